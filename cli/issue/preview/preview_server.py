"""Serves the preview on loopback: which address is what, to whom it is given, and under which headers. Nothing can be changed."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from cli import output
from cli.issue.preview.folder_watch import THEMES, Desk, told_bug
from cli.issue.preview.page_texts import LANGUAGES, language_of
from cli.later import later

if TYPE_CHECKING:
    from cli.issue.preview import client_views as views
    from cli.issue.preview import mail_locator as places
    from cli.issue.preview import page_data as sheet
    from cli.issue.preview import preview_page as page
    from cli.issue.preview import sample_reader as reader
    from cli.issue.preview.sample_reader import Reader
    from composer.composition import ComposedVariant
else:  # the address is told before composing is imported
    page, places, reader, sheet, views = (
        later(f"cli.issue.preview.{name}")
        for name in ("preview_page", "mail_locator", "sample_reader", "page_data", "client_views")
    )

HOST = "127.0.0.1"
HEARTBEAT = 10.0  # seconds after which a page that has gone is noticed
_MAIL = re.compile(r"/mail/(\d{1,9})/([a-z-]{1,20})\Z")
_REASONS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 421: "Misdirected Request", 500: "Internal Server Error"}

Headers = dict[str, str]
Query = Mapping[str, str]
Start = Callable[[str, list[tuple[str, str]]], Any]


class Preview(ThreadingMixIn, WSGIServer):
    """The server of one folder. `port` 0 takes any that is free. Raises OSError where the port is taken."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def __init__(self, folder: Path, port: int = 0, themes: Path = THEMES) -> None:
        self.desk = Desk(folder, themes)
        super().__init__((HOST, port), _Quiet)
        self.set_app(self.answer)

    def _forget(self, request: object, client_address: object) -> None:
        """A browser that closes a connection halfway is nobody's fault."""

    handle_error = _forget  # its name in socketserver

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own asks the name service who we are, which can take seconds
        self.server_name, self.server_port = HOST, int(self.server_address[1])
        self.setup_environ()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    def serve(self) -> None:
        """Compose and serve until `stop`, or until interrupted."""
        threading.Thread(target=self.desk.watch, name="watch", daemon=True).start()
        try:
            self.serve_forever(poll_interval=0.1)
        finally:
            self.desk.stop()
            self.server_close()

    def stop(self) -> None:
        """Ends `serve`, which runs in another thread."""
        self.shutdown()

    # -- answering

    def answer(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        """The WSGI application."""
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        try:
            status, headers, body = self._find(environ, method, path)
        except Exception as fault:  # a bug: one line on the terminal, and the preview goes on
            status, headers, body = _words(500, told_bug(fault))
            output.note(f"mailroom: {body.decode().strip()}")
        given = {
            "Server": "mailroom", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store", "Content-Security-Policy": page.PAGE_POLICY, **headers,
        }  # fmt: skip
        if isinstance(body, bytes):
            given["Content-Length"] = str(len(body))
        start(f"{status} {_REASONS[status]}", list(given.items()))
        return [b"" if method == "HEAD" else body] if isinstance(body, bytes) else body

    def _find(self, environ: Mapping[str, Any], method: str, path: str) -> tuple[int, Headers, bytes | Iterator[bytes]]:
        # A foreign name that resolves to this machine would make its pages ours, for the browser (DNS rebinding).
        if environ.get("HTTP_HOST", "").lower() not in {f"{name}:{self.server_port}" for name in (HOST, "localhost")}:
            return _words(421, f"this preview answers to {self.address} only")
        if method not in ("GET", "HEAD"):
            status, headers, body = _words(405, "there is nothing to change here")
            return status, {**headers, "Allow": "GET, HEAD"}, body
        try:
            query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=60))
            return self._look_up(path, query, environ.get("HTTP_ACCEPT_LANGUAGE", ""), method)
        except (ValueError, LookupError):  # a number that is none, a variant, finding, view or picture that is not there
            return _words(404, "there is nothing here")

    def _look_up(self, path: str, query: Query, accepted: str, method: str) -> tuple[int, Headers, bytes | Iterator[bytes]]:
        wanted = query.get("lang", "")
        language = wanted if wanted in LANGUAGES else language_of(accepted)
        mail = _MAIL.match(path)
        if path == "/":
            return 200, {"Content-Type": "text/html; charset=utf-8"}, page.page(language).encode()
        if path == "/sheet.json":
            document = sheet.sheet(self.desk.proof(), reader.Reader.of(query), self.desk.folder, language)
            return 200, {"Content-Type": "application/json"}, json.dumps(document, ensure_ascii=False).encode()
        if path == "/changes" and method == "GET":
            return 200, {"Content-Type": "text/event-stream"}, self._changes(int(query.get("after", "0")))
        if mail is not None:
            return self._mail(int(mail[1]), mail[2], query)
        if path.startswith("/pictures/"):
            return self._picture(path.removeprefix("/pictures/"))
        name = path.removeprefix("/own/")
        return 200, {"Content-Type": page.ASSETS[name], "Cross-Origin-Resource-Policy": "same-origin"}, page.asset(name)

    def _mail(self, number: int, view: str, query: Query) -> tuple[int, Headers, bytes]:
        """A variant in a view, for a reader; `finding` and `article` mark a place in it, `changed` what is new."""
        proof, whom = self.desk.proof(), reader.Reader.of(query)
        if proof.composition is None or view not in views.VIEWS:
            raise LookupError(view)
        variant = proof.composition.variants[number]
        html = views.show(whom.fill_page(variant.mail.html, variant.mail.fields), view)
        if "finding" in query:
            place = sheet.place_in(proof, proof.composition, variant, int(query["finding"]))
            html = views.mark(html, places.locate(places.read(html), place), views.HERE)
        elif "article" in query:
            html = views.mark(html, places.locate(places.read(html), places.Place(article=query["article"])), views.HERE)
        elif "changed" in query:
            html = self._mark_change(sheet.previous(proof, variant), view, html, whom)
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": page.mail_policy(pictures=view not in views.WITHOUT_PICTURES),
        }
        return 200, headers, html.encode()

    def _mark_change(self, before: ComposedVariant | None, view: str, html: str, whom: Reader) -> str:
        if before is None:
            return html
        old = views.show(whom.fill_page(before.mail.html, before.mail.fields), view)
        return views.mark(html, places.first_change(old, html), views.CHANGED)

    def _picture(self, name: str) -> tuple[int, Headers, bytes]:
        """A picture as it was composed, found by the name that the mail gives it: no file is opened."""
        proof = self.desk.proof()
        shown = [each for each in (proof.composition, proof.before) if each is not None]
        picture = {picture.name: picture for each in shown for picture in each.pictures}[name]
        return 200, {"Content-Type": picture.content_type}, picture.data

    def _changes(self, after: int) -> Iterator[bytes]:
        """Server-sent events: one for each proof."""
        yield b"retry: 1000\n\n"
        while not self.desk.stopped:
            proof = self.desk.proof(after, HEARTBEAT)
            if proof.revision > after:
                after = proof.revision
                yield f"data: {after}\n\n".encode()
            else:
                yield b": still here\n\n"


class _Quiet(WSGIRequestHandler):
    """No line per request on the terminal."""

    def log_message(self, format: str, *args: Any) -> None:
        return


def _words(status: int, words: str) -> tuple[int, Headers, bytes]:
    return status, {"Content-Type": "text/plain; charset=utf-8"}, f"{words}\n".encode()
