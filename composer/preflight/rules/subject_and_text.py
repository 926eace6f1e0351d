"""Rules about words: subject, preheader, placeholders left, characters that hide, and that the text part says the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from composer.errors import Finding
from composer.issue.document import EditorMark, Figure, Inlines, SubHeading, contents, plain
from composer.preflight.parsed_html import Page, squeezed, unusual
from composer.preflight.rule_registry import Mail, fault, rule, usual

SUBJECT_COLUMNS = (10, 90)
SUBJECT_LONGEST = 255  # characters: what headers carry everywhere
PREHEADER = (40, 130)  # columns
PREHEADER_ALONE = 70  # from here on an inbox has no room for what follows it
LEAST_TEXT = 0.2  # of the HTML's words

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LINE_END = re.compile("[\r\n\u2028\u2029]")
_MARKS = re.compile("[\u200e\u200f\u061c\u200b\u2060\ufeff]")
_ESCAPE = re.compile(r"\\u\{[0-9a-fA-F]+\}|\\[nrt]")
_SHOUTING = re.compile(r"[!！?？]\s*[!！?？]|\${2,}|€{2,}|¥{2,}|[*★☆]{2,}")
_FILLER = re.compile("[\u200c\u034f\u00ad\ufeff\u2007]")
_LATIN_FILL = re.compile(r"lorem ipsum", re.IGNORECASE)
_NOTES = re.compile(r"\b(?:TODO|FIXME|TBD|XXX+)\b")
_PARTS = ("the HTML", "the text part")


def columns(text: str) -> int:
    """How many columns the text takes where East Asian characters take two."""
    from composer.rendering import text_part as texts  # noqa: PLC0415  (it brings the template engine with it)

    return texts.columns(text)


@rule("subject", "error", "warning", part="issue")
def _subject(mail: Mail) -> Iterator[Finding]:
    """As somebody with an ordinary name gets it: a long name is no fault of the editor's."""
    line, shown = mail.issue.lines.get("subject"), usual(mail.subject, mail.fields)
    wide, (least, most) = columns(shown), SUBJECT_COLUMNS
    if len(shown) > SUBJECT_LONGEST:
        yield fault("error", line, problem=f"the subject has {len(shown)} characters; no more than {SUBJECT_LONGEST} are safe")
    elif wide > most:
        yield fault("warning", line, problem=f"the subject is {wide} columns wide; inboxes cut it off")
    elif wide < least:
        yield fault("warning", line, problem=f"the subject has only {wide} columns: “{shown}”")


@rule("subject-capitals", "warning", part="issue")
def _capitals(mail: Mail) -> Iterator[Finding]:
    cased = [each for each in usual(mail.subject, mail.fields) if each.lower() != each.upper()]
    if len(cased) >= 8 and all(each == each.upper() for each in cased):
        yield fault("warning", mail.issue.lines.get("subject"))


@rule("subject-signs", "warning", part="issue")
def _signs(mail: Mail) -> Iterator[Finding]:
    match = _SHOUTING.search(mail.issue.subject)
    if match or len(re.findall("[!！]", mail.issue.subject)) > 1:
        yield fault("warning", mail.issue.lines.get("subject"), found=match[0] if match else "!")


@rule("subject-characters", "error", part="issue")
def _subject_characters(mail: Mail) -> Iterator[Finding]:
    for key, words in (("subject", mail.subject), ("preheader", mail.preheader)):
        for sign in sorted({*CONTROL.findall(words), *_LINE_END.findall(words), *_MARKS.findall(words)}):
            yield fault("error", mail.issue.lines.get(key), key=key, character=f"U+{ord(sign):04X}")


@rule("preheader", "error", part="issue.mjml.j2")
def _preheader(mail: Mail) -> Iterator[Finding]:
    words = " ".join(mail.issue.preheader.split())
    begin = _until_field(words)
    page = mail.page
    if not words or begin not in page.words:
        yield fault("error", mail.issue.lines.get("preheader") if not words else None, problem="the preheader is not in the mail")
    elif begin in page.seen and not any(begin in _joined(element) for element in page.hidden):
        yield fault("error", problem="the preheader is not hidden: it is shown a second time as text")


def _joined(element: object) -> str:
    return " ".join("".join(element.itertext()).split()) if hasattr(element, "itertext") else ""


def _until_field(words: str) -> str:
    """The beginning of the words, as far as a merge field leaves it alone."""
    return words.split("{{")[0][:30].strip() or words.split("}}")[-1][:30].strip()


@rule("preheader-length", "warning", part="issue")
def _preheader_length(mail: Mail) -> Iterator[Finding]:
    wide = columns(usual(mail.preheader, mail.fields))
    if wide and not PREHEADER[0] <= wide <= PREHEADER[1]:
        yield fault("warning", mail.issue.lines.get("preheader"), wide=wide, least=PREHEADER[0], most=PREHEADER[1])


@rule("preheader-subject", "warning", part="issue")
def _preheader_subject(mail: Mail) -> Iterator[Finding]:
    if mail.issue.preheader and mail.issue.preheader.strip().casefold() == mail.issue.subject.strip().casefold():
        yield fault("warning", mail.issue.lines.get("preheader"))


@rule("preheader-filler", "info", part="issue")
def _filler(mail: Mail) -> Iterator[Finding]:
    """After a short preheader an inbox goes on with the next words of the mail, unless something empty follows."""
    wide = columns(usual(mail.preheader, mail.fields))
    if not PREHEADER[0] <= wide < PREHEADER_ALONE:
        return
    begin = _until_field(" ".join(mail.issue.preheader.split()))
    rest = "".join(text for _, text in mail.page.texts).partition(begin)[2]
    if len(_FILLER.findall(rest[: 10 * PREHEADER_ALONE])) < PREHEADER_ALONE - wide:
        yield fault("info", mail.issue.lines.get("preheader"), wide=wide, least=PREHEADER_ALONE)


@rule("control-chars", "error")
def _controls(mail: Mail) -> Iterator[Finding]:
    few = (mail.page.unusual, unusual(mail.text.encode("utf-8", "ignore")))
    for name, part, unusual_ones in zip(_PARTS, (mail.html, mail.text), few, strict=True):
        if not CONTROL.search(unusual_ones):
            continue
        for match in {each[0]: each for each in CONTROL.finditer(part)}.values():
            before = re.split(r"[<>\n]", part[max(0, match.start() - 30) : match.start()])[-1].strip()
            line = mail.sources.line_of_words(match[0]) or (mail.sources.line_of_words(before) if len(before) > 5 else None)
            yield fault("error", line, part=name, character=f"U+{ord(match[0]):04X}")


@rule("literal-escape", "error")
def _escapes(mail: Mail) -> Iterator[Finding]:
    """The MJML engine writes some characters of attributes as if for a programmer."""
    page, names = mail.page, ("alt", "title", "href", "content")
    suspects = {element for name in names for element, value in page.having(name).items() if "\\" in value}
    for element in page.elements if suspects else ():
        for name in names if element in suspects else ():
            value = element.get(name) or ""
            match = _ESCAPE.search(value)
            if match:
                yield fault("error", mail.sources.line_of_words(value), found=match[0], attribute=name, words=value[:60])


@rule("placeholder", "error", "warning", part="issue")
def _placeholders(mail: Mail) -> Iterator[Finding]:
    """What stood there until somebody would write: told of the issue's words, and of the theme's where they hold it."""
    seen: set[str] = set()
    noted = _may_be_noted("\n".join(words for _, words in _written(mail, plain)))
    starter = starter_words()
    for line, words in _written(mail, _in_a_line) if noted or starter else ():
        latin = _LATIN_FILL.findall(words) if noted else []
        found = [words] if words in starter else latin
        for text in found:
            seen.add(text)
            yield fault("error", line, text=text[:60])
        for text in _NOTES.findall(words) if noted else ():
            seen.add(text)
            yield fault("warning", line, text=text)
    left_in = [part for part in (mail.page.words, mail.text) if _may_be_filled(part)]
    for text in _LATIN_FILL.findall(f"{mail.page.words} {mail.text}") if left_in else ():
        if text not in seen:
            seen.add(text)
            yield fault("error", text=text)


def _may_be_noted(words: str) -> bool:
    """A quick look before the patterns are tried on each text: False where none of them can be found."""
    encoded = words.encode("utf-8", "replace")  # in which a word is found in half the time
    return any(sign in encoded for sign in (b"TODO", b"FIXME", b"TBD", b"XXX")) or b"lorem" in encoded.lower()


def _may_be_filled(words: str) -> bool:
    return b"lorem" in words.encode("utf-8", "replace").lower()


def _in_a_line(content: Inlines) -> str:
    return " ".join(plain(content).split())


def _written(mail: Mail, read: Callable[[Inlines], str]) -> Iterator[tuple[int | None, str]]:
    """(line, words) of each text an editor writes; `read` tells the words of inline content."""
    issue = mail.issue
    for key in ("title", "organisation", "tagline", "subject", "preheader"):
        yield issue.lines.get(key), str(getattr(issue, key))
    for key in ("about", "address"):
        yield issue.lines.get(f"footer.{key}", issue.lines.get("footer")), getattr(issue.footer, key)
    for credit in issue.credits:
        yield issue.lines.get("credits"), credit.name
    for section in issue.sections:
        yield section.line, section.title
        yield from ((article.line, article.title) for article in section.articles)
    for block in mail.sources.blocks:
        if isinstance(block, SubHeading):
            yield block.line, block.text
        if isinstance(block, Figure):
            yield block.line, block.alt
        for content in contents(block):
            yield block.line, read(content)


@lru_cache(maxsize=1)
def starter_words() -> frozenset[str]:
    """The texts of the issue that `mailroom issue new` writes, which are to be written anew."""
    from datetime import date  # noqa: PLC0415  (with the next line)

    from composer.issue.starter import starter  # noqa: PLC0415  (it composes, and so imports this)

    issue = starter(date(2000, 1, 1))
    heads = [issue.organisation, issue.subject, issue.preheader, issue.footer.about, issue.footer.address]
    titles = [article.title for article in issue.articles()]
    blocks = [" ".join(plain(content).split()) for block in issue.blocks() for content in contents(block)]
    credits_ = [credit.name for credit in issue.credits]
    # Two words and more: “Coming up” may well be meant.
    return frozenset(text for text in (*heads, *titles, *blocks, *credits_) if text.count(" ") >= 2)


@rule("text-missing", "error", part="text.txt.j2")
def _text_missing(mail: Mail) -> Iterator[Finding]:
    if not mail.squeezed:
        yield fault()


@rule("text-parity", "error", part="text.txt.j2")
def _parity(mail: Mail) -> Iterator[Finding]:
    bare = mail.squeezed
    if not bare:
        return
    for article in mail.issue.articles():
        if squeezed(article.title) not in bare:
            yield fault(what=f"the title “{article.title}”")
    seen: set[str] = set()
    for link in mail.page.links:
        target = link.url.removeprefix("mailto:").removeprefix("tel:")
        if not target.startswith(("#", "-mr_")) and squeezed(target) not in bare and target not in seen:
            seen.add(target)
            yield fault(what=f"the link {link.url}")
    # Normal forms make three characters of one at most: for nearly all mails the length of the words is enough to know.
    if len(bare) < LEAST_TEXT * 3 * len(mail.page.seen) and len(bare) < LEAST_TEXT * len(mail.page.squeezed):
        yield fault(what="most words of the HTML")


@rule("postal-address", "error", part="issue")
def _address(mail: Mail) -> Iterator[Finding]:
    address = squeezed(mail.issue.footer.address)
    line = mail.issue.lines.get("footer.address", mail.issue.lines.get("footer"))
    if not address:
        yield fault("error", line, where="the issue")
        return
    words = " ".join(mail.issue.footer.address.split())
    parts: tuple[tuple[str, Page | Mail], ...] = ((mail.page.seen, mail.page), (mail.text, mail))
    for where, (part, told) in zip(_PARTS, parts, strict=True):
        if part.strip() and not _stands_in(part, words) and address not in told.squeezed:
            yield fault(where=where)


def _stands_in(part: str, words: str) -> bool:
    """A quick look: True where the words stand there as they are written, and nothing beside them can change a letter of them."""
    _, found, behind = part.partition(words)
    return bool(found) and words[:1].isascii() and behind.lstrip()[:1].isascii()


@rule("editor-mark", "error", part="issue")
def _marks(mail: Mail) -> Iterator[Finding]:
    for block in mail.sources.blocks:
        if isinstance(block, EditorMark):
            yield fault("error", block.line, text=block.text)
