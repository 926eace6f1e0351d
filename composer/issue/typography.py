"""Typographic quotation marks, apostrophes and dashes for the straight ones that people type, by the rules of each language.

The issue file keeps what was typed. Marks without a partner stay as they are, and so do measures (5'10"), addresses and code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from itertools import islice
from typing import Any, NamedTuple, assert_never

from composer.issue.document import (
    Article,
    Block,
    EditorMark,
    Emphasis,
    Field,
    Inline,
    Inlines,
    Issue,
    LineBreak,
    Link,
    Span,
    Strong,
    Text,
)
from composer.issue.languages import HAN_RANGES, subtags

_THIN = "\u202f"  # a narrow space at which no line breaks
_BREAK, _OTHER = "\n", "\ufffc"  # what stands for a line end, and for a merge field or words of another language


class Style(NamedTuple):
    """Opening and closing marks of a quotation, of one within it, and the dash between two spaces."""

    outer: tuple[str, str]
    inner: tuple[str, str]
    dash: str


_ENGLISH = Style(("“", "”"), ("‘", "’"), "–")
_CORNERS = Style(("「", "」"), ("『", "』"), "—")
_GUILLEMETS = Style(("«", "»"), ("“", "”"), "–")
STYLES = {
    "en": _ENGLISH, "zh": _ENGLISH, "zh-hant": _CORNERS, "ja": _CORNERS, "ko": _ENGLISH, "nl": _ENGLISH, "pt": _ENGLISH,
    "de": Style(("„", "“"), ("‚", "‘"), "–"), "fr": Style((f"«{_THIN}", f"{_THIN}»"), ("“", "”"), "–"), "es": _GUILLEMETS,
    "it": _GUILLEMETS, "ar": _GUILLEMETS, "ru": Style(("«", "»"), ("„", "“"), "—"), "uk": Style(("«", "»"), ("„", "“"), "—"),
    "pl": Style(("„", "”"), ("«", "»"), "–"),
}  # fmt: skip

_CODE = re.compile(r"`[^`]*`|\b\w+=(?:'[^']*'|\"[^\"]*\")")
# What addresses, names of files and of accounts, and code have within a run of characters without spaces.
_RUN, _OPENING = re.compile(r"[^\s\"']+"), "(（[“«"
_SIGN = re.compile(r"://|www\.|[@_=<>{}\\|#]|\w/\w|\w\.\w{2,}/")
_CJK = re.compile(f"[{HAN_RANGES}\u3000-\u30ff\uac00-\ud7af\uff00-\uffef]")
_DASH = re.compile(r"(?<=[^\s\d]) --? (?=\S)|(?<=\S) --? (?=[^\s\d])|(?<=[^\s\d-])--(?=[^\s\d-])|\A-- (?=\S)")
_DOTS = re.compile(r"(?<!\.)\.\.\.(?!\.)")
_DECADE = re.compile(r"'\d\ds?\b")
_QUOTE = re.compile("[\"']")
_REPLACED = re.compile(r"[\"']|--| -|\.\.\.| [;:!?]")  # without one of these, a text stays as it is


@cache
def style_of(language: str) -> Style | None:
    """Returns the marks of a language; None if they are not known here: then its texts stay as typed."""
    primary, script, _ = subtags(language)
    return STYLES.get(f"{primary}-{script}") or STYLES.get(primary)


def typeset(text: str, language: str) -> str:
    style = style_of(language)
    return "".join(_replaced(text, style, language)) if style is not None and _REPLACED.search(text) else text


def _replaced(text: str, style: Style, language: str) -> list[str]:
    """Returns what replaces each character."""
    written = list(text)
    kept = {at for start, end in _kept(text) for at in range(start, end)}
    open_marks: list[tuple[str, int]] = []
    for at, mark in ((match.start(), match[0]) for match in _QUOTE.finditer(text)):
        if at in kept:
            continue
        before, after = text[at - 1 : at] or " ", text[at + 1 : at + 2] or " "
        if mark == "'" and _is_apostrophe(text, at, before, after):
            written[at] = "’"
            continue
        opened = next((index for index, (kind, _) in enumerate(open_marks) if kind == mark), None)
        if opened is not None and open_marks[opened][1] < at - 1 and _may_close(before, after):
            level = max(opened, 1) if mark == "'" else opened
            pair = style.inner if level % 2 else style.outer
            written[open_marks[opened][1]], written[at] = pair
            del open_marks[opened:]
        elif opened is None and _may_open(before, after):
            open_marks.append((mark, at))
        elif mark == "'" and before.isalpha() and not _CJK.match(before):
            written[at] = "’"  # the genitive of a plural
    _write_dashes(text, written, kept, style, language)
    return written


def _kept(text: str) -> Iterator[tuple[int, int]]:
    """Yields (start, end) of what stays as typed."""
    yield from (match.span() for match in _CODE.finditer(text))
    for run in _RUN.finditer(text) if _SIGN.search(text) else ():
        if sign := _SIGN.search(run[0]):
            before = run[0][: sign.start()]
            yield run.start() + max(map(before.rfind, _OPENING)) + 1, run.end()


def _is_apostrophe(text: str, at: int, before: str, after: str) -> bool:
    between = before.isalnum() and after.isalpha() and not _CJK.match(before) and not _CJK.match(after)
    return between or (_DECADE.match(text, at) is not None and not before.isalnum())


def _may_open(before: str, after: str) -> bool:
    if after.isspace() or after in ",.;:!?)]":
        return False
    return before.isspace() or before in "([{—–-/“‘«„‚「『\"'" + _OTHER or _CJK.match(before) is not None


def _may_close(before: str, after: str) -> bool:
    return not before.isspace() and (not after.isalnum() or _CJK.match(after) is not None or _CJK.match(before) is not None)


def _write_dashes(text: str, written: list[str], kept: set[int], style: Style, language: str) -> None:
    is_chinese = language.split("-")[0].lower() in ("zh", "ja")
    for match in _DASH.finditer(text) if "--" in text or " -" in text else ():  # most texts have hyphens only
        start, end = match.span()
        if kept.intersection(range(start, end)) or (is_chinese and "--" not in match[0]):
            continue
        if is_chinese:
            dash = "——"
        elif match[0] == "--":
            dash = "—" if style.dash == "—" or style is _ENGLISH else f" {style.dash} "
        else:
            dash = "— " if start == 0 else f" {style.dash} "
        written[start:end] = [dash, *[""] * (end - start - 1)]
    for match in _DOTS.finditer(text):
        if not kept.intersection(range(*match.span())):
            written[slice(*match.span())] = ["……" if is_chinese else "…", "", ""]
    if language.split("-")[0].lower() == "fr":
        for match in re.finditer(r"(?<=\w) (?=[;:!?](?:\s|\Z))", text):
            written[match.start()] = _THIN


# ------------------------------------------------------------------------------------------------------ the whole issue
def typeset_issue(issue: Issue) -> Issue:
    """Returns the issue with the marks of its language in its prose. Addresses, numbers and names of files stay as typed."""
    if style_of(issue.language) is None:
        return issue

    def line(text: str) -> str:
        return typeset(text, issue.language)

    sections = tuple(
        replace(
            section, title=line(section.title), articles=tuple(_article(article, issue.language) for article in section.articles)
        )
        for section in issue.sections
    )
    return replace(
        issue, sections=sections, opening=tuple(_block(block, issue.language) for block in issue.opening),
        tagline=line(issue.tagline), footer=replace(issue.footer, about=line(issue.footer.about)),
    )  # fmt: skip


def _article(article: Article, language: str) -> Article:
    return replace(
        article, title=typeset(article.title, language), blocks=tuple(_block(block, language) for block in article.blocks)
    )


def _block(block: Block, language: str) -> Block:
    if isinstance(block, EditorMark):
        return block
    own = getattr(block, "language", language)  # of a passage
    prose = frozenset(block.own_texts())
    written = own if isinstance(own, str) else language
    typed = {name: getattr(block, name) for name in _fields_of(type(block))}
    changed = {name: value for name in typed if (value := _value(typed[name], prose, written)) is not typed[name]}
    return replace(block, **changed) if changed else block


@cache
def _fields_of(kind: type[Block]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in ("line", "language", "condition", "src"))


def _value(value: Any, prose: frozenset[str], language: str) -> Any:
    if isinstance(value, str):
        return typeset(value, language) if value in prose else value
    if isinstance(value, Block):
        return _block(value, language)
    if isinstance(value, Link):
        return _inlines((value,), language)[0]
    if isinstance(value, tuple):
        if value and all(isinstance(item, Inline) for item in value):
            return _inlines(value, language)
        return tuple(_value(item, prose, language) for item in value) if value else value
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _value(getattr(value, field.name), prose, language) for field in fields(value)})
    return value


def _inlines(content: Inlines, language: str) -> Inlines:
    """Marks that open in one text may close in the next, in strong text or in a link."""
    style = style_of(language)
    if style is None:
        return content
    text = "".join(_pieces(content))
    if _OTHER not in text and not _REPLACED.search(text):
        return content
    written = iter(_replaced(text, style, language))
    return tuple(_written(node, written, language) for node in content)


def _pieces(content: Sequence[Inline]) -> Iterator[str]:
    for node in content:
        match node:
            case Text(text):
                yield text
            case Strong(children) | Emphasis(children) | Link(children=children):
                yield from _pieces(children)
            case LineBreak():
                yield _BREAK
            case Span() | Field():
                yield _OTHER
            case other:
                assert_never(other)


def _written(node: Inline, written: Iterator[str], language: str) -> Inline:
    """Returns a node with what `written` has for each of its characters."""
    match node:
        case Text(text):
            return replace(node, text="".join(islice(written, len(text))))
        case Strong(children) | Emphasis(children) | Link(children=children):
            return replace(node, children=tuple(_written(child, written, language) for child in children))
        case Span(own_language, children):
            next(written)
            return replace(node, children=_inlines(children, own_language))
        case Field() | LineBreak():
            next(written)
            return node
        case other:
            assert_never(other)
