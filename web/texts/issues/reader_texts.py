"""The text of a part as its readers see it, with labels in the language of the page: to quote from, and to compare."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from composer.issue.parts.outline import title_of
from composer.issue.parts.splitting import Part, Parts
from composer.rendering.writers import line_writer
from composer.rendering.writers.line_writer import ReaderLine
from editorial.review import reader_lines
from web.texts.issues.condition_texts import ConditionWords
from web.texts.issues.field_texts import LABELS

_LABELS: Mapping[str, str | Promise] = {
    line_writer.PICTURE: _("Picture"),
    line_writer.CAPTION: _("Caption"),
    line_writer.CREDIT: _("Credit"),
    line_writer.SOURCE: _("Source"),
    line_writer.BUTTON: _("Button"),
    line_writer.CONDITION: _("Only for some readers"),
    reader_lines.HIGHLIGHT: _("Highlight"),
}
_LABELLED = _("%(label)s: %(text)s")
_UNDESCRIBED = _("without a description")
_FIELDS = {name: text.label for fields in LABELS.values() for name, text in fields.items()}


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """`kind`: as of a ReaderLine. `label`: empty, or what stands before the text; it is not part of the issue."""

    kind: str
    label: str
    text: str

    def __str__(self) -> str:
        if self.kind == line_writer.ITEM:
            return f"{self.label} {self.text}"
        return str(_LABELLED) % {"label": self.label, "text": self.text} if self.label else self.text


def titles_of(parts: Parts) -> dict[str, str]:
    """Id -> title of the parts of a file that have one."""
    return {part.id: title for part in parts if (title := title_of(part))}


def labelled(part: Part, titles: Mapping[str, str], *, with_addresses: bool = False) -> Iterator[LabelledLine]:
    """Yield the lines of a part. `titles` are those of the articles of its file."""
    condition_words = ConditionWords()
    for line in reader_lines.lines_of(part, titles, with_addresses=with_addresses):
        text = str(_UNDESCRIBED) if line.kind == line_writer.PICTURE and not line.text else line.text
        if line.kind == line_writer.CONDITION:
            text = condition_words.of(text)
        yield LabelledLine(line.kind, _label(line), text)


def compared(part: Part, parts: Parts) -> str:
    """The text of a part for a comparison: each line of readers in a line, with the addresses of links."""
    return "\n".join(map(str, labelled(part, titles_of(parts), with_addresses=True)))


def _label(line: ReaderLine) -> str:
    if line.kind == reader_lines.VALUE:
        return str(_FIELDS.get(line.name, line.name))
    return str(_LABELS[line.kind]) if line.kind in _LABELS else line.name
