"""Runs all stages of composing in order, from an issue to the finished and checked mail."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from composer import preflight
from composer.errors import ComposeError, Finding
from composer.images.picture_encoder import Picture, encode_picture, encode_small
from composer.issue import digest, merge_fields
from composer.issue.document import DIGEST, Action, Article, EditorMark, Figure, Footer, Issue, Link, Paragraph, Section, Text
from composer.issue.parsing.issue_file import picture_fault, placed
from composer.issue.typography import typeset_issue
from composer.preflight.phone_view import PhoneView
from composer.rendering.css_inliner import inline_css
from composer.rendering.measured_links import NOT_MEASURED, LongestAddresses
from composer.rendering.mjml_compiler import compile_mjml
from composer.rendering.mjml_rendering import render_mjml
from composer.rendering.text_part import render_text
from composer.rendering.theme_model import SMALL, Theme

_html: dict[tuple[str, str], str] = {}  # (digest of the theme, language) -> HTML; rendering it takes 3 ms
_MOST_KEPT = 32


def plainest_html(theme: Theme, language: str) -> str:
    """Returns the HTML of the theme's simplest mail in a language, or "" if the theme cannot render it."""
    key = (theme.digest, language)
    html = _html.get(key)  # looked up once: another thread may clear the cache
    if html is None:
        try:
            html = _rendered(theme, _plainest(theme.name, language))
        except ComposeError:
            html = ""
        if len(_html) >= _MOST_KEPT:
            _html.clear()
        _html[key] = html
    return html


def _rendered(theme: Theme, issue: Issue) -> str:
    pictures = {"a.png": Picture("a.png", "image/png", b"", 600, 300, ""), **theme.pictures}
    urls = {name: f"https://example.org/{picture.name}" for name, picture in pictures.items()}
    mjml = render_mjml(issue, theme, issue.tags(), pictures, urls)
    return inline_css(compile_mjml(mjml), theme.css)


def _plainest(theme: str, language: str) -> Issue:
    text = (Text("-"),)
    blocks = (Paragraph(text), Figure("a.png", "-"), Action(Link("https://example.org/", text)))
    return Issue(
        title="-", organisation="-", number="-", date=date(2000, 1, 1), subject="-", preheader="-", language=language,
        footer=Footer("-", "-", "https://example.org/", "a@example.org"), theme=theme,
        sections=(Section("-", (Article("a", "-", blocks),)),),
    )  # fmt: skip


LARGEST_MARKUP = 600_000  # characters of MJML: several times what Gmail shows of a mail; more would take seconds


@dataclass(frozen=True, slots=True)
class ComposedIssue:
    """The finished mail, the same for all recipients; `fields` are the places that are filled for each recipient.

    `digest` is the SHA-256 in hexadecimal over everything that reaches a recipient, and over the texts of the articles if the
    mail only leads to them.
    """

    subject: str
    preheader: str
    html: str = field(repr=False)
    text: str = field(repr=False)
    language: str
    fields: tuple[merge_fields.MergeField, ...]
    digest: str
    findings: tuple[Finding, ...] = ()
    pictures: tuple[Picture, ...] = ()
    placed: tuple[tuple[str, str], ...] = ()  # src of a figure -> name of its picture, in reading order
    budget: preflight.SizeBudget | None = None
    phone: PhoneView | None = None


def compose(
    issue: Issue, *, folder: Path, theme: Theme, picture_url: Callable[[Picture], str], measured: LongestAddresses = NOT_MEASURED
) -> ComposedIssue:
    """Composes the mail. The same input gives the same bytes, in every process.

    `folder` contains the pictures; `picture_url` returns the address of a picture. The results of the pre-send checks are in
    `findings`: an error there prevents sending. `measured`: the longest addresses that measuring will write, for the size
    checks; the mail itself keeps its links. Raises ComposeError if there can be no mail.
    """
    issue = typeset_issue(issue)
    if issue.layout == DIGEST and not theme.has_digest:
        fault = Finding("theme-digest", params={"name": theme.name}, file=issue.file, line=issue.lines.get("layout"))
        raise ComposeError(fault)
    encoded = {**encode_pictures(issue, folder), **theme.pictures}
    pictures = encoded | _small_pictures(issue, theme, encoded)
    urls = {src: picture_url(picture) for src, picture in pictures.items()}
    tags = issue.tags()
    mjml = render_mjml(issue, theme, tags, pictures, urls)
    if len(mjml) > LARGEST_MARKUP:
        raise ComposeError(Finding("mail-too-big", params={"size": len(mjml), "limit": LARGEST_MARKUP}, file=issue.file))
    # Spaces and empty lines between tags are shown by no mail client, but Gmail counts them.
    html = re.sub(r">\s*\n\s*<", ">\n<", compile_mjml(mjml))
    html = inline_css(html, theme.css, file=issue.file)
    text = render_text(issue, theme, tags)
    subject = tags.replace_fields(issue.subject, "text")
    preheader = tags.replace_fields(issue.preheader, "text")
    try:
        fields = tags.used(subject, preheader, html, text)
    except ValueError as problem:
        raise ComposeError(Finding("merge-invariant", params={"what": str(problem)}, file=issue.file)) from problem
    # Of the small pictures, the theme shows only some.
    unique = {picture.name: picture for src, picture in pictures.items() if src in encoded or picture.name in html}
    composed = ComposedIssue(
        subject, preheader, html, text, issue.language, fields, "", (), tuple(unique.values()),
        tuple((src, picture.name) for src, picture in encoded.items()),
    )  # fmt: skip
    composed = replace(composed, digest=_digest(composed, issue))
    mail = mail_to_check(composed, issue, theme, urls, measured)
    findings = preflight.inspect(mail)
    if issue.source:
        findings = placed(findings, issue.source)
    return replace(composed, findings=(*issue.findings, *theme.findings, *findings), budget=mail.budget, phone=mail.phone)


def mail_to_check(
    composed: ComposedIssue, issue: Issue, theme: Theme, urls: Mapping[str, str], measured: LongestAddresses = NOT_MEASURED
) -> preflight.Mail:
    """Returns the mail for the pre-send checks; `urls` is src -> address of a picture."""
    return preflight.Mail(
        composed.subject, composed.preheader, composed.html, composed.text, issue, theme, plainest_html(theme, issue.language),
        composed.fields, composed.pictures, urls, measured,
    )  # fmt: skip


def encode_pictures(issue: Issue, folder: Path) -> dict[str, Picture]:
    """Returns src -> encoded picture for every figure that has one, and for the QR code in the footer.

    Raises ComposeError with all faults.
    """
    pictures: dict[str, Picture] = {}
    faults: list[Finding] = []
    for src, line in issue.pictures():
        if src in pictures:
            continue
        fault = picture_fault(src, folder)
        if fault:
            faults.append(Finding(fault, params={"src": src, "nearest": ""}, file=issue.file, line=line))
            continue
        try:
            # A scanner needs dark on light: transparent places would have the dark ground of a mail client behind them.
            is_code = src == issue.footer.wechat
            pictures[src] = encode_picture(folder / src, file=issue.file, line=line, src=src, opaque=is_code)
        except ComposeError as error:
            faults += error.findings
    if faults:
        raise ComposeError(faults)
    return pictures


def _small_pictures(issue: Issue, theme: Theme, pictures: Mapping[str, Picture]) -> dict[str, Picture]:
    """Returns a cropped picture for each story of a digest, if the theme shows small pictures."""
    width = int(theme.settings["pictures"].get("small", 0))
    made: dict[str, Picture] = {}
    for article in issue.articles() if width else ():
        figure = digest.first_figure(article) if digest.is_story(issue, article) else None
        if figure is not None and figure.src in pictures and (small := encode_small(pictures[figure.src], width)):
            made[SMALL + figure.src] = small
    return made


def _digest(composed: ComposedIssue, issue: Issue) -> str:
    reaching: dict[str, object] = {
        "subject": composed.subject,
        "preheader": composed.preheader,
        "html": composed.html,
        "text": composed.text,
        "language": composed.language,
        "fields": [[item.tag, item.name, item.default, item.escape] for item in composed.fields],
        "pictures": [picture.digest for picture in composed.pictures],
    }
    # Otherwise a correction in an article would be the version before, already approved, and would not be sent.
    if issue.layout == DIGEST:
        reaching["articles"] = [article for section in issue.sections for article in section.articles]
    return hashlib.sha256(json.dumps(reaching, default=_values, ensure_ascii=True, sort_keys=True).encode()).hexdigest()


def _values(part: Any) -> object:
    """Returns the fields of a part of an issue that readers see. Defaults are left out, so that a new field changes no digest."""
    if isinstance(part, date):
        return part.isoformat()
    values: dict[str, Any] = {"is": type(part).__name__}
    for entry in fields(part):
        value = getattr(part, entry.name) if entry.compare else entry.default
        if isinstance(value, tuple):
            value = tuple(item for item in value if not isinstance(item, EditorMark))
        if value != entry.default:
            values[entry.name] = value
    return values
