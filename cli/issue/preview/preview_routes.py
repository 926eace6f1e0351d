"""Answers each address of the preview: the page, its data, a mail in a view, a picture, the stream of changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from cli.issue.preview import preview_page
from cli.issue.preview.folder_watch import FolderWatcher
from cli.issue.preview.page_texts import LANGUAGES, language_of, translation
from composer.rendering.writers.mail_search import SearchTarget
from editorial.previewing import client_views, mail_locator, page_data
from editorial.previewing.sample_reader import Reader

HEARTBEAT = 10.0  # seconds after which a closed page is noticed
_MAIL = re.compile(r"/mail/(\d{1,9})/([a-z-]{1,20})\Z")

Headers = dict[str, str]
Query = Mapping[str, str]
PreviewAnswer = tuple[int, Headers, bytes | Iterator[bytes]]  # status, headers, body


def answer(watcher: FolderWatcher, path: str, query: Query, accepted: str, method: str) -> PreviewAnswer:
    wanted = query.get("lang", "")
    language = wanted if wanted in LANGUAGES else language_of(accepted)
    mail = _MAIL.match(path)
    if path == "/":
        return 200, {"Content-Type": "text/html; charset=utf-8"}, preview_page.page(language).encode()
    if path == "/sheet.json":
        document = page_data.document(watcher.proof(), Reader.of(query), watcher.folder, translation(language))
        return 200, {"Content-Type": "application/json"}, json.dumps(document, ensure_ascii=False).encode()
    if path == "/changes" and method == "GET":
        return 200, {"Content-Type": "text/event-stream"}, _changes(watcher, int(query.get("after", "0")))
    if mail is not None:
        return _mail(watcher, int(mail[1]), mail[2], query)
    if path.startswith("/pictures/"):
        return _picture(watcher, path.removeprefix("/pictures/"))
    name = path.removeprefix("/own/")
    headers = {"Content-Type": preview_page.ASSETS[name], "Cross-Origin-Resource-Policy": "same-origin"}
    return 200, headers, preview_page.asset(name)


def _mail(watcher: FolderWatcher, number: int, view: str, query: Query) -> PreviewAnswer:
    """A variant in a view, for a reader; `finding` and `article` mark a place in it, `changed` marks the latest change."""
    proof, whom = watcher.proof(), Reader.of(query)
    if proof.composition is None or view not in client_views.VIEWS:
        raise LookupError(view)
    variant = proof.composition.variants[number]
    html = client_views.show(whom.fill_page(variant.mail.html, variant.mail.fields), view)
    if "finding" in query or "article" in query:
        place = SearchTarget(article=query.get("article", ""))
        if "finding" in query:
            place = page_data.target_in(proof, proof.composition, variant, int(query["finding"]))
        html = client_views.mark(html, mail_locator.locate(mail_locator.read(html), place), client_views.HERE)
    elif "changed" in query and (before := page_data.previous(proof, variant)) is not None:
        old = client_views.show(whom.fill_page(before.mail.html, before.mail.fields), view)
        html = client_views.mark(html, mail_locator.first_change(old, html), client_views.CHANGED)
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": preview_page.mail_policy(pictures=view != "no-pictures"),
    }
    return 200, headers, html.encode()


def _picture(watcher: FolderWatcher, name: str) -> PreviewAnswer:
    """A composed picture, found by its name in the mail: no file is opened."""
    proof = watcher.proof()
    shown = [each for each in (proof.composition, proof.before) if each is not None]
    picture = {picture.name: picture for each in shown for picture in each.pictures}[name]
    return 200, {"Content-Type": picture.content_type}, picture.data


def _changes(watcher: FolderWatcher, after: int) -> Iterator[bytes]:
    """Server-sent events, one for each proof."""
    yield b"retry: 1000\n\n"
    while not watcher.stopped:
        proof = watcher.proof(after, HEARTBEAT)
        if proof.revision > after:
            after = proof.revision
            yield f"data: {after}\n\n".encode()
        else:
            yield b": still here\n\n"
