"""The text of a part as its readers see it, with labels in the language of the page: to quote from, and to compare."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from composer.issue.editing.head_values import FIELDS, UnreadableHeadError, values_of
from composer.issue.editing.source_blocks import read_groups
from composer.issue.parts import outline
from composer.issue.parts.outline import title_of
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import Part, Parts
from composer.rendering.writers import text_writer
from composer.rendering.writers.text_writer import CONDITION, LineWriter, ReaderLine
from web.texts.issues.condition_texts import ConditionWords
from web.texts.issues.field_texts import FIELD_LABELS

# The kinds of lines beside those of blocks. The texts of value lines are those of a field, whose name is in `name`; a credit has
# its role there, and an account its name.
TITLE, SOURCE_LINES, VALUE, MADE_BY, HIGHLIGHT = "title", "lines", "value", "made_by", "highlight"


def lines_of(part: Part, titles: Mapping[str, str], *, with_addresses: bool = False) -> Iterator[ReaderLine]:
    """The lines of a part. `titles`: of the articles, by their ids. `with_addresses`: links show where they lead to.

    Lines that Mailroom cannot read as blocks stay as they are.
    """
    kind = outline.kind_of(part)
    if kind in ("head", "highlights", "credits", "footer"):
        yield from _of_head(kind, part.text, titles)
    elif kind == "whole":
        yield ReaderLine(SOURCE_LINES, part.text.strip("\n"))
    else:
        if title := outline.title_of(part):
            yield ReaderLine(TITLE, title)
        yield from _of_body(part, LineWriter(with_addresses))


def _of_head(kind: str, text: str, titles: Mapping[str, str]) -> Iterator[ReaderLine]:
    try:
        values = values_of(kind, text)
    except UnreadableHeadError:
        yield ReaderLine(SOURCE_LINES, text.strip("\n"))
        return
    for name in FIELDS.get(kind, ()):
        if values.texts[name]:
            yield ReaderLine(VALUE, " ".join(values.texts[name].split()), name)
    for first, second in values.rows:
        yield ReaderLine(HIGHLIGHT, titles.get(first, first)) if kind == "highlights" else ReaderLine(MADE_BY, second, first)


def _of_body(part: Part, writer: LineWriter) -> Iterator[ReaderLine]:
    for group in read_groups(opened(part.text).body):
        if group.fault is not None:
            yield ReaderLine(SOURCE_LINES, group.source)
        if group.only:
            yield ReaderLine(CONDITION, group.only)
        yield from writer.blocks(group.blocks)


_LABELS: Mapping[str, str | Promise] = {
    text_writer.PICTURE: _("Picture"),
    text_writer.CAPTION: _("Caption"),
    text_writer.CREDIT: _("Credit"),
    text_writer.SOURCE: _("Source"),
    text_writer.BUTTON: _("Button"),
    text_writer.CONDITION: _("Only for some readers"),
    HIGHLIGHT: _("Highlight"),
}
_LABELLED = _("%(label)s: %(text)s")
_UNDESCRIBED = _("without a description")


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """`kind`: as of a ReaderLine. `label`: empty, or what stands before the text; it is not part of the issue."""

    kind: str
    label: str
    text: str

    def __str__(self) -> str:
        if self.kind == text_writer.ITEM:
            return f"{self.label} {self.text}"
        return str(_LABELLED) % {"label": self.label, "text": self.text} if self.label else self.text


def titles_of(parts: Parts) -> dict[str, str]:
    """Id -> title of the parts of a file that have one."""
    return {part.id: title for part in parts if (title := title_of(part))}


def labelled(part: Part, titles: Mapping[str, str], *, with_addresses: bool = False) -> Iterator[LabelledLine]:
    """Yield the lines of a part. `titles` are those of the articles of its file."""
    condition_words = ConditionWords()
    for line in lines_of(part, titles, with_addresses=with_addresses):
        text = str(_UNDESCRIBED) if line.kind == text_writer.PICTURE and not line.text else line.text
        if line.kind == text_writer.CONDITION:
            text = condition_words.of(text)
        yield LabelledLine(line.kind, _label(line), text)


def compared(part: Part, parts: Parts) -> str:
    """The text of a part for a comparison: each line of readers in a line, with the addresses of links."""
    return "\n".join(map(str, labelled(part, titles_of(parts), with_addresses=True)))


def _label(line: ReaderLine) -> str:
    if line.kind == VALUE:
        return str(FIELD_LABELS.get(line.name, line.name))
    return str(_LABELS[line.kind]) if line.kind in _LABELS else line.name
