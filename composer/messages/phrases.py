"""Fills the templates of messages and translates them, including the phrases that are parameters of a finding."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Translate = Callable[[str], str]  # an English template -> the same template in the reader's language


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of ours as a parameter of a finding. It keeps its template and values, so that it can be shown in any language."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return fill(self.template, self.values)


def phrase(template: str, /, **values: object) -> Phrase:
    """A Phrase. The translation catalogue is made from these calls, so `template` must be a literal."""
    return Phrase(template, values)


def fill(template: str, values: Mapping[str, object], translate: Translate = str) -> str:
    """The template in the reader's language, with its values; “…” replaces a value that is missing."""
    if not template:  # gettext returns the header of the catalogue for an empty text
        return ""
    written = _Values({name: _written(value, translate) for name, value in values.items()})
    return translate(template).format_map(written)


def _written(value: object, translate: Translate) -> object:
    """A value as text; whole numbers have commas, as in the command line, the console and the preview."""
    if isinstance(value, Phrase):
        return fill(value.template, value.values, translate)
    if isinstance(value, Mapping) and isinstance(values := value.get("values"), Mapping):  # a Phrase of a stored finding
        return fill(str(value.get("template", "")), values, translate)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


class _Values(dict[str, object]):
    """A stored finding may be older than its text, and lack a value that the text now names."""

    def __missing__(self, key: str) -> str:
        return "…"
