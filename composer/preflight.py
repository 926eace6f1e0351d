"""What must hold before a mail is sent: a table of rules, each with a code, and a place where it looks.

Rules judge the finished parts, not the way they were made; so they also hold for a theme that is not ours.
"""

from __future__ import annotations

import quopri
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from composer import inspection
from composer.document import Issue
from composer.errors import Finding, Level
from composer.images import Picture
from composer.inspection import Page
from composer.theme import Theme

if TYPE_CHECKING:
    from composer.pipeline import ComposedIssue

GMAIL_CLIPS = 104_448  # bytes of HTML: 102 KB
GMAIL_WARNS = 92_160
GMAIL_STYLE = 16_384  # bytes of style blocks
GMAIL_STYLE_WARNS = 8_192
PICTURE_BYTES = 200_000  # house limits
PICTURES_BYTES = 800_000
LONGEST_ALT = 125


@dataclass(frozen=True)
class Mail:
    """Everything the rules may look at."""

    subject: str
    preheader: str
    html: str
    text: str
    issue: Issue
    theme: Theme
    pictures: tuple[Picture, ...] = ()
    picture_urls: tuple[str, ...] = ()
    stage: Literal["draft", "send"] = "draft"

    @classmethod
    def of(
        cls,
        composed: ComposedIssue,
        issue: Issue,
        theme: Theme,
        stage: Literal["draft", "send"],
        picture_urls: Iterable[str],
    ) -> Mail:
        return cls(
            composed.subject,
            composed.preheader,
            composed.html,
            composed.text,
            issue,
            theme,
            composed.pictures,
            tuple(picture_urls),
            stage,
        )

    @cached_property
    def page(self) -> Page:
        return inspection.read_page(self.html)

    @property
    def sending(self) -> bool:
        return self.stage == "send"


Check = Callable[[Mail], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """`code` names the rule for people and in the documentation; its findings carry the same code."""

    code: str
    check: Check


RULES: list[Rule] = []


def rule(code: str) -> Callable[[Check], Check]:
    """Puts a check into the table."""

    def enter(check: Check) -> Check:
        RULES.append(Rule(code, check))
        return check

    return enter


def inspect(mail: Mail) -> tuple[Finding, ...]:
    """The findings of every rule, in the order of the table. Errors forbid sending; they do not forbid a draft."""
    found: list[Finding] = []
    for entry in RULES:
        found += [replace(item, file=item.file or mail.issue.file) for item in entry.check(mail)]
    return tuple(found)


def _finding(code: str, level: Level = "error", line: int | None = None, **params: object) -> Finding:
    return Finding(code, level, params, "", line)


# -- size ------------------------------------------------------------------------------------------------------------


@rule("size-gmail")
def _size(mail: Mail) -> Iterator[Finding]:
    """Gmail cuts a message off; people then never see the unsubscribe link."""
    size = len(mail.html.encode())
    if size > GMAIL_WARNS:
        yield _finding("size-gmail", "error" if size > GMAIL_CLIPS else "warning", size=size, limit=GMAIL_CLIPS)


@rule("style-gmail")
def _style_size(mail: Mail) -> Iterator[Finding]:
    size = sum(len(style.encode()) for style in mail.page.styles)
    if size > GMAIL_STYLE_WARNS:
        yield _finding("style-gmail", "error" if size > GMAIL_STYLE else "warning", size=size, limit=GMAIL_STYLE)


@rule("images-weight")
def _weight(mail: Mail) -> Iterator[Finding]:
    for picture in mail.pictures:
        if len(picture.data) > PICTURE_BYTES:
            problem = f"{picture.name} has {len(picture.data)} bytes, more than {PICTURE_BYTES}"
            yield _finding("images-weight", "warning", problem=problem)
    total = sum(len(picture.data) for picture in mail.pictures)
    if total > PICTURES_BYTES:
        yield _finding("images-weight", "warning", problem=f"all pictures have {total} bytes, over {PICTURES_BYTES}")


# -- structure -------------------------------------------------------------------------------------------------------


@rule("style-head")
def _style_place(mail: Mail) -> Iterator[Finding]:
    if mail.page.styles_in_body:
        yield _finding("style-head")


@rule("style-poison")
def _style_poison(mail: Mail) -> Iterator[Finding]:
    for style in mail.page.styles:
        for problem in inspection.poison(style):
            yield _finding("style-poison", problem=problem)


@rule("important")
def _important(mail: Mail) -> Iterator[Finding]:
    if any("!important" in style for style in mail.page.inline_styles):
        yield _finding("important")


@rule("mso-balance")
def _mso(mail: Mail) -> Iterator[Finding]:
    for problem in inspection.unbalanced(mail.html):
        yield _finding("mso-balance", problem=problem)


@rule("outlook-width")
def _widths(mail: Mail) -> Iterator[Finding]:
    limit = mail.theme.width
    for image in mail.page.images:
        width = image.get("width", "")
        if not width.isdigit() or int(width) > limit:
            yield _finding("outlook-width", problem=f"a picture has the width “{width}”", limit=limit)
    for width_px in inspection.mso_widths(mail.html):
        if width_px > limit:
            yield _finding("outlook-width", problem=f"a cell for Outlook is {width_px} pixels wide", limit=limit)


@rule("no-active")
def _active(mail: Mail) -> Iterator[Finding]:
    for what in mail.page.active:
        yield _finding("no-active", what=what)


@rule("role")
def _roles(mail: Mail) -> Iterator[Finding]:
    if mail.page.tables_without_role:
        yield _finding("role")


# -- words -----------------------------------------------------------------------------------------------------------


@rule("alt")
def _alt(mail: Mail) -> Iterator[Finding]:
    for image in mail.page.images:
        alt = image.get("alt")
        if alt is None:
            yield _finding("alt", problem=f"the picture {image.get('src', '')} has no alternative text")
        elif len(alt) > LONGEST_ALT:
            problem = f"the words for a picture have {len(alt)} characters, more than {LONGEST_ALT}: {alt[:40]}…"
            yield _finding("alt", "warning", problem=problem)
        elif alt.lower().endswith((".jpg", ".jpeg", ".png", ".gif", ".webp")):
            yield _finding("alt", "warning", problem=f"the words for a picture are a file name: {alt}")


@rule("lang")
def _language(mail: Mail) -> Iterator[Finding]:
    if mail.page.language != mail.issue.language:
        yield _finding("lang", found=mail.page.language, wanted=mail.issue.language)


@rule("title")
def _title(mail: Mail) -> Iterator[Finding]:
    if not mail.page.title.strip():
        yield _finding("title")


@rule("headings")
def _headings(mail: Mail) -> Iterator[Finding]:
    depths = [depth for depth, _ in mail.page.headings]
    if depths.count(1) != 1:
        yield _finding("headings", "warning", problem=f"there are {depths.count(1)} headings of the first level")
    for before, after in pairwise(depths):
        if after > before + 1:
            yield _finding("headings", "warning", problem=f"a heading of level {after} follows one of level {before}")
            return


@rule("preheader")
def _preheader(mail: Mail) -> Iterator[Finding]:
    line = mail.issue.lines.get("preheader")
    words = mail.issue.preheader
    if not words or words[:20] not in mail.page.words:
        yield _finding("preheader", "error", line, problem="the preheader is not in the mail")
    elif not 40 <= len(words) <= 130:
        yield _finding("preheader", "warning", line, problem=f"the preheader has {len(words)} characters")
    if words == mail.issue.subject:
        yield _finding("preheader", "warning", line, problem="the preheader repeats the subject")


@rule("subject")
def _subject(mail: Mail) -> Iterator[Finding]:
    line = mail.issue.lines.get("subject")
    length = len(mail.issue.subject)
    if length > 150:
        yield _finding("subject", "warning", line, problem=f"the subject has {length} characters; most will be cut off")


@rule("control-chars")
def _controls(mail: Mail) -> Iterator[Finding]:
    for name, part in (("subject", mail.subject), ("HTML", mail.html), ("text", mail.text)):
        for problem in inspection.controls(part, one_line=name == "subject"):
            yield _finding("control-chars", problem=f"the {name} holds {problem}")
    for value in mail.page.attributes:
        if "\\u{" in value:
            yield _finding("control-chars", problem=f"an attribute holds a literal escape: {value[:60]}")


# -- links and fields ------------------------------------------------------------------------------------------------


@rule("link-url")
def _links(mail: Mail) -> Iterator[Finding]:
    ids = mail.page.ids
    for link in mail.page.links:
        problem = inspection.link_problem(link.url, ids)
        if problem:
            yield _finding("link-url", url=link.url, problem=problem)


@rule("tokens")
def _tokens(mail: Mail) -> Iterator[Finding]:
    for problem in inspection.token_problems(mail.html, mail.text):
        yield _finding("tokens", problem=problem)


@rule("unsubscribe")
def _unsubscribe(mail: Mail) -> Iterator[Finding]:
    tag = "-mr_unsubscribe_url-"
    if not any(link.url == tag and link.text for link in mail.page.links):
        yield _finding("unsubscribe", where="the HTML")
    if tag not in mail.text:
        yield _finding("unsubscribe", where="the text part")


@rule("text-parity")
def _parity(mail: Mail) -> Iterator[Finding]:
    bare = inspection.squeezed(mail.text)
    if not bare:
        yield _finding("text-parity", what="all words")
        return
    for article in mail.issue.articles():
        if inspection.squeezed(article.title) not in bare:
            yield _finding("text-parity", line=article.line, what=f"the title “{article.title}”")
    for link in mail.page.links:
        target = link.url.removeprefix("mailto:")
        if not target.startswith("#") and inspection.squeezed(target) not in bare:
            yield _finding("text-parity", what=f"the link {link.url}")
    if len(bare) < 0.2 * len(inspection.squeezed(mail.page.words)):
        yield _finding("text-parity", what="most words of the HTML")


@rule("postal-address")
def _address(mail: Mail) -> Iterator[Finding]:
    address = inspection.squeezed(mail.issue.footer.address)
    level: Level = "error" if mail.sending else "warning"
    if not address:
        yield _finding("postal-address", level, mail.issue.lines.get("footer"), where="the issue")
        return
    for where, part in (("the HTML", mail.page.words), ("the text part", mail.text)):
        if address not in inspection.squeezed(part):
            yield _finding("postal-address", where=where)


# -- what an editor still has to do ----------------------------------------------------------------------------------


@rule("editor-mark")
def _marks(mail: Mail) -> Iterator[Finding]:
    for mark in inspection.marks_of(mail.issue):
        yield _finding("editor-mark", "error" if mail.sending else "warning", mark.line, text=mark.text)


@rule("image-missing")
def _missing(mail: Mail) -> Iterator[Finding]:
    if mail.sending:  # for a draft, the parser has warned already
        for figure in inspection.missing_pictures(mail.issue):
            yield _finding("image-missing", line=figure.line)


@rule("images-https")
def _https(mail: Mail) -> Iterator[Finding]:
    if mail.sending:
        for url in mail.picture_urls:
            if not url.startswith("https://"):
                loopback = url.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
                yield _finding("images-https", "warning" if loopback else "error", url=url)


def quoted_printable_size(html: str) -> int:
    """Bytes of the HTML as quoted-printable, the way it travels."""
    return len(quopri.encodestring(html.encode()))
