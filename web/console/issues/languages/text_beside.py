"""The text of a part in another language, to read beside its editor, with what changed since the part was last edited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from composer.issue import document as doc
from composer.issue.editing.head_values import FIELDS, UnreadableHeadError, values_of
from composer.issue.editing.source_blocks import read_groups
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord
from editorial.sources import language_rows
from editorial.sources.comparing import readable
from editorial.sources.issue_state import IssueState
from editorial.text_differences import DifferenceRow, compare
from web.console.issues.issue_page import part_of, part_url, resolve_thumbnail
from web.texts.issues.field_texts import LABELS, untranslated_names
from web.texts.language_names import language_name


@dataclass(frozen=True, slots=True)
class CopiedTexts:
    """`language`: the name of the first language. `names`: what is copied, in words. `fields`: the names of the fields of a form,
    `roles`: the roles of the credits."""

    language: str
    names: tuple[str, ...]
    fields: frozenset[str]
    roles: frozenset[str]


def copied_texts(state: IssueState, file: str, part: Part) -> CopiedTexts | None:
    """Return the texts of a part that are not translated yet, or None if all are translated."""
    untranslated = language_rows.untranslated_in(state, ISSUE_FILE, file, part)
    if not untranslated:
        return None
    return CopiedTexts(
        language_name(outline.language_of(state.files.get(ISSUE_FILE, ()))),
        tuple(untranslated_names(untranslated, outline.kind_of(part))),
        frozenset(copied.field for copied in untranslated),
        frozenset(copied.text for copied in untranslated if copied.field == "role"),
    )


_CONTEXT = 1  # equal lines around each change


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of a text. `kind`: heading, paragraph, picture, source, value (of a field, after its label), or lines (as written).
    `picture`: the address of a small one."""

    kind: str
    text: str
    label: str | Promise = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class TextList:
    """A list, with the pieces of each item."""

    items: tuple[tuple[Piece, ...], ...]
    is_ordered: bool
    start: int
    kind: str = "list"


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table; `head` is empty if its columns have no names."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    kind: str = "table"


Piece = TextPiece | TextList | TextTable


@dataclass(frozen=True, slots=True)
class TextBeside:
    """`part` is None if the other language lacks it. `changes`: since the part was last edited in this language."""

    language: str
    name: str
    part: Part | None
    lines: tuple[Piece, ...] = ()
    changes: tuple[DifferenceRow, ...] = ()
    url: str = ""


def text_beside(request: HttpRequest, issue: IssueRecord, state: IssueState, file: str, part: Part) -> TextBeside | None:
    """Return the same part in the language of `?beside=`, or None if the request names no language."""
    values = request.POST if request.method == "POST" else request.GET
    asked = values.get("beside", "")[:80]
    other = next((name for name, parts in state.files.items() if name != file and outline.language_of(parts) == asked), None)
    if not asked or other is None:
        return None
    other_part = part_of(state, other, part.id)
    if other_part is None:
        return TextBeside(asked, language_name(asked), None)
    before = language_rows.text_when_translated(issue, state, other, file, part.id) if other == ISSUE_FILE else None
    changes = compare(readable(before), readable(other_part.text), context=_CONTEXT) if before is not None else ()
    lines = tuple(_lines(issue, state, other_part))
    return TextBeside(asked, language_name(asked), other_part, lines, changes, part_url(issue, other, part.id))


def _lines(issue: IssueRecord, state: IssueState, part: Part) -> list[Piece]:
    kind = outline.kind_of(part)
    if kind in FIELDS:
        try:
            values = values_of(kind, part.text)
            named = [(label, values.texts[name]) for name, (label, _hint) in LABELS[kind].items()] + list(values.rows)
            return [TextPiece("value", text, label) for label, text in named if text]
        except UnreadableHeadError:
            pass
    if kind in ("head", "highlights", "credits", "footer", "whole"):
        return [TextPiece("lines", part.text.strip("\n"))]
    title = outline.title_of(part)
    lines: list[Piece] = [TextPiece("heading", title)] if title else []
    for group in read_groups(language_rows.body_of(part)):
        if group.fault is not None:
            lines.append(TextPiece("lines", group.source))
        lines += _pieces(issue, state, group.blocks)
    return lines


def _pieces(issue: IssueRecord, state: IssueState, blocks: Iterable[doc.Block]) -> list[Piece]:
    """Return the pieces of blocks in reading order."""
    pieces: list[Piece] = []
    for block in blocks:
        if isinstance(block, doc.ListBlock):
            items = tuple(tuple(_pieces(issue, state, item)) for item in block.items)
            pieces.append(TextList(items, block.ordered, block.start))
        elif isinstance(block, doc.Table):
            rows = tuple(tuple(map(_plain, row)) for row in block.rows)
            pieces.append(TextTable(_plain(block.caption), tuple(map(_plain, block.head)) if block.has_headings else (), rows))
        else:
            pieces += _of_block(issue, state, block)
            for inner in block.nested():
                pieces += _pieces(issue, state, inner)
    return pieces


def _plain(content: doc.Inlines) -> str:
    return " ".join(doc.plain(content).split())


def _of_block(issue: IssueRecord, state: IssueState, block: doc.Block) -> list[TextPiece]:
    if isinstance(block, doc.EditorMark):
        return []
    kinds: dict[type[doc.Block], str] = {doc.SubHeading: "heading", doc.Figure: "picture", doc.Sources: "source"}
    kind = kinds.get(type(block), "paragraph")
    texts = [text for text in block.own_texts() if text]
    texts += map(_plain, block.contents())
    picture = ""
    if isinstance(block, doc.Figure):
        digest = state.pictures.get(block.src)
        picture = resolve_thumbnail(issue, digest) if digest else ""
        texts = texts or [""]
    return [TextPiece(kind, text, picture=picture if at == 0 else "") for at, text in enumerate(texts)]
