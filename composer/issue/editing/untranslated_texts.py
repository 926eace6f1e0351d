"""Finds texts of a part that are the same in two languages of an issue: they were copied, and are not translated yet."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from composer.issue import document as doc
from composer.issue.editing.head_values import CREDITS, FIELDS, UnreadableHeadError, values_of
from composer.issue.editing.source_blocks import blocks_of, read_groups
from composer.issue.languages import HAN_CHARACTER, is_written_with_han
from composer.issue.parts import outline
from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import Part

# Fields that readers read. The others are dates, addresses, and choices.
_READ: Mapping[str, tuple[str, ...]] = {
    "head": ("subject", "preheader", "number", "title", "organisation", "tagline"),
    "footer": ("about",),
}
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)\S+\Z|[^\s@]+@[^\s@]+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Untranslated:
    """`field`: a field of the head or footer, or role (of a credit), title, caption, alt, text. `text`: what it contains."""

    field: str
    text: str


def untranslated(part: Part, original: Part, language: str, first: str) -> tuple[Untranslated, ...]:
    """Returns the texts of a part in `language` that are still those of the `original`, the same part in the language `first`.

    Not those that need no translation: names of persons, addresses, abbreviations, numbers without letters.
    """
    if not language or not first or _primary(language) == _primary(first) or not _share_a_line(part.text, original.text):
        return ()
    before = set(_texts(original))
    copied = (
        candidate for candidate in _texts(part) if candidate in before and _needs_translation(candidate.text, language, first)
    )
    return tuple(dict.fromkeys(copied))


def _primary(language: str) -> str:
    return language.split("-")[0].lower()


def _share_a_line(text: str, other: str) -> bool:
    """Most parts share no line with their original. Only the others are parsed."""
    lines = {line.strip() for line in text.split("\n")} - {"", "---"}
    return any(line.strip() in lines for line in other.split("\n"))


def _needs_translation(text: str, language: str, first: str) -> bool:
    """Whether a copied text has words that are not in `language`. Capital letters alone are an abbreviation, such as CAST."""
    small = sum(character.islower() for character in text)
    caseless = sum(unicodedata.category(character) == "Lo" for character in text)
    if not small + caseless or _ADDRESS.match(text):
        return False
    here, there = is_written_with_han(language), is_written_with_han(first)
    if here and not there:
        han = len(HAN_CHARACTER.findall(text))
        return not han or 2 * han < small  # mostly Chinese: the original has the text of the other language
    return here or not there or small <= 4 * caseless


def _texts(part: Part) -> Iterator[Untranslated]:
    kind = outline.kind_of(part)
    if kind in FIELDS or kind == CREDITS:
        try:
            values = values_of(kind, part.text)
        except UnreadableHeadError:
            return
        roles = values.rows if kind == CREDITS else ()  # the names of accounts are the same in every language
        named_texts = [("role", role) for role, _name in roles] + [(name, values.texts[name]) for name in _READ.get(kind, ())]
    elif kind in outline.TEXT_KINDS:
        named_texts = [("title", outline.title_of(part))] if kind != "opening" else []
        named_texts += _of_blocks(tuple(blocks_of(read_groups(opened(part.text).body))))
    else:
        return
    yield from (
        Untranslated(field, text) for field, text in ((field, " ".join(text.split())) for field, text in named_texts) if text
    )


def _of_blocks(blocks: tuple[doc.Block, ...]) -> Iterator[tuple[str, str]]:
    for block in blocks:
        if isinstance(block, doc.Passage):
            continue  # says itself which language it is in
        yield from block.translated_texts()
        for inner in block.nested():
            yield from _of_blocks(inner)
