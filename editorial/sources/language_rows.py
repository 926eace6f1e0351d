"""Two languages of an issue next to each other: what is missing in one of them, and what changed since the other was edited."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from composer.issue.document import Figure, Inlines, plain, walk
from composer.issue.editing.source_blocks import blocks_of, read_groups
from composer.issue.editing.untranslated_texts import Untranslated, untranslated
from composer.issue.languages import HAN_RANGES
from composer.issue.parts import outline
from composer.issue.parts.splitting import Part, Parts
from editorial.models import IssueEdit, IssueRecord
from editorial.sources import edits_sql
from editorial.sources.comparing import readable
from editorial.sources.issue_state import IssueState

_WORDS = re.compile(r"[^\W\d_][\w'’-]*|\d[\d.,]*")
_WITHOUT_SPACES = re.compile(f"[{HAN_RANGES}\u3040-\u30ff]")  # Chinese, and the letters of Japanese
# What readers do not see in lines that are not read as blocks: addresses of links and pictures, conditions, marks for editors,
# and the words that announce a line.
_UNSEEN = re.compile(
    r"\]\([^()\n]*\)|^Only:.*$|<!--[^<>]*-->|^(?:Caption|Credit|Sources?|Table|Name|Role|Summary|By|Text):|^:{3,}.*$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class LanguageCoverage:
    """How much of an issue is in one language: `articles` of `all_articles`, and `missing` texts that another language has."""

    language: str
    articles: int
    all_articles: int
    missing: int


@dataclass(frozen=True, slots=True)
class TextLength:
    """The length of a text: its words, and its characters of scripts without spaces between words."""

    word_count: int
    character_count: int


@dataclass(frozen=True, slots=True)
class NewestEdit:
    author: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SharedFigure:
    """A figure of one language, for the other one. `digest`: of its picture, if the issue still has it."""

    src: str
    caption: str
    credit: str
    digest: str | None


@dataclass(frozen=True, slots=True)
class LanguageSide:
    """A part in one language. `lacks`: the figures that only the other language has there. `has_mark`: something is marked to be
    checked, such as a text that is not translated yet. `untranslated`: the texts that are still those of the first language."""

    part: Part
    length: TextLength
    lacks: tuple[SharedFigure, ...] = ()
    changed: NewestEdit | None = None
    has_mark: bool = False
    untranslated: tuple[Untranslated, ...] = ()

    @property
    def needs_work(self) -> bool:
        """Whether the part is not translated yet, or is marked to be checked."""
        return self.has_mark or bool(self.untranslated)


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """A part with its text in both languages; None where it is missing. `is_behind`: the text in the first language changed
    after somebody last edited the other one."""

    id: str
    kind: str
    first: LanguageSide | None
    second: LanguageSide | None
    is_behind: bool = False


def rows_of(issue: IssueRecord, state: IssueState, first: str, second: str) -> list[LanguageRow]:
    """The parts of two files, in the order of the first. Three queries."""
    sides = [{part.id: part for part in state.files[file]} for file in (first, second)]
    seen = _when_translated(issue, state, first, second)
    newest = _newest_edits(issue, state, (first, second))
    tags = outline.language_of(state.files[second]), outline.language_of(state.files[first])
    rows = []
    for name in _order(state.files[first], state.files[second]):
        first_part, second_part = (side.get(name) for side in sides)
        before = seen.get(name)
        rows.append(
            LanguageRow(
                name,
                outline.kind_of(first_part or second_part or Part(name, "")),
                _side(first_part, second_part, state, newest.get((first, name))),
                _side(
                    second_part,
                    first_part,
                    state,
                    newest.get((second, name)),
                    untranslated(second_part, first_part, *tags) if first_part and second_part else (),
                ),
                first_part is not None and before is not None and readable(before) != readable(first_part.text),
            )
        )
    return rows


def untranslated_in(state: IssueState, first: str, file: str, part: Part) -> tuple[Untranslated, ...]:
    """The texts of a part of another language that are still those of the first one."""
    original = next((other for other in state.files.get(first, ()) if other.id == part.id), None)
    if file == first or original is None:
        return ()
    return untranslated(part, original, *(outline.language_of(state.files.get(other, ())) for other in (file, first)))


def coverage(files: Mapping[str, Parts], first: str) -> list[LanguageCoverage]:
    """For each language, the first one first, how many of the texts that any language has are in it."""
    ordered = languages_of(files, first)
    kinds: dict[str, str] = {}
    for file, _ in ordered:
        for part in files[file]:
            kinds.setdefault(part.id, outline.kind_of(part))
    texts = {name for name, kind in kinds.items() if kind in outline.TEXT_KINDS}
    articles = {name for name in texts if kinds[name] == outline.ARTICLE}
    coverages = []
    for file, language in ordered:
        own = {part.id for part in files[file]}
        coverages.append(LanguageCoverage(language, len(articles & own), len(articles), len(texts - own)))
    return coverages


def behind(issue: IssueRecord, state: IssueState, first: str) -> dict[str, list[str]]:
    """The file of each other language with parts whose text in the first language changed since, and the ids of these parts."""
    newest = {part.id: part.text for part in state.files.get(first, ())}
    parts_of_files = {}
    for file, _ in languages_of(state.files, first):
        seen = _when_translated(issue, state, first, file) if file != first else {}
        changed = [name for name, text in seen.items() if name in newest and readable(text) != readable(newest[name])]
        if changed:
            parts_of_files[file] = changed
    return parts_of_files


def text_when_translated(issue: IssueRecord, state: IssueState, first: str, second: str, part: str) -> str | None:
    """The text of a part in the first language when somebody last edited it in the second; None if it is the same as now."""
    before = _when_translated(issue, state, first, second).get(part)
    newest = next((candidate.text for candidate in state.files.get(first, ()) if candidate.id == part), None)
    return before if before is not None and newest is not None and readable(before) != readable(newest) else None


def _when_translated(issue: IssueRecord, state: IssueState, first: str, second: str) -> dict[str, str]:
    """For each part whose text in the first language has a newer edit than the other language: the text before that."""
    since = {}
    for part in state.files.get(second, ()):
        numbers = [state.edits.get(("text", file, part.id), 0) for file in (first, second)]
        if 0 < numbers[1] < numbers[0]:
            since[part.id] = numbers[1]
    return edits_sql.texts_at(issue.pk, first, since) if since else {}


def _newest_edits(issue: IssueRecord, state: IssueState, files: Iterable[str]) -> dict[tuple[str, str], NewestEdit]:
    is_text = IssueEdit.Kind.TEXT
    numbers = {number: thing[1:] for thing, number in state.edits.items() if thing[0] == is_text and thing[1] in files}
    edits = IssueEdit.objects.filter(issue=issue, number__in=list(numbers)).values_list("number", "actor__name", "created_at")
    return {numbers[number]: NewestEdit(author, at) for number, author, at in edits}


def _order(first: Sequence[Part], second: Sequence[Part]) -> list[str]:
    """The ids of the first file; those that only the second has follow the one that is before them there."""
    order = [part.id for part in first]
    before: str | None = None
    for part in second:
        if part.id not in order:
            order.insert(order.index(before) + 1 if before is not None else 0, part.id)
        before = part.id
    return order


def _side(
    part: Part | None, other: Part | None, state: IssueState, changed: NewestEdit | None, copied: tuple[Untranslated, ...] = ()
) -> LanguageSide | None:
    if part is None:
        return None
    lacks: tuple[SharedFigure, ...] = ()
    if other is not None:
        own = {figure.src for figure in figures_of(part)}
        lacks = tuple(_shared(figure, state.pictures) for figure in figures_of(other) if figure.src not in own)
    return LanguageSide(part, length_of(readable(part.text)), lacks, changed, "<!--" in part.text, copied)


def figures_of(part: Part) -> list[Figure]:
    """The figures of a part, each picture once, without those whose picture is missing."""
    if outline.kind_of(part) not in (outline.ARTICLE, "opening") or "![" not in part.text:
        return []
    figures = (block for block in walk(tuple(blocks_of(read_groups(body_of(part))))) if isinstance(block, Figure))
    return list({figure.src: figure for figure in figures if not figure.missing}.values())


def body_of(part: Part) -> str:
    """The lines of a part below its heading, without the empty lines around them."""
    is_headed = outline.kind_of(part) in (outline.SECTION, outline.ARTICLE)
    return (part.text.partition("\n")[2] if is_headed else part.text).strip("\n")


def _shared(figure: Figure, pictures: Mapping[str, str]) -> SharedFigure:
    return SharedFigure(figure.src, _words(figure.caption), _words(figure.credit), pictures.get(figure.src))


def _words(content: Inlines) -> str:
    return " ".join(plain(content).split())


def length_of(text: str) -> TextLength:
    """How long a text is for its readers; pictures count with the text that describes them, merge fields with their default."""
    shown = " ".join(_shown_texts(text))
    characters = len(_WITHOUT_SPACES.findall(shown))
    return TextLength(len(_WORDS.findall(_WITHOUT_SPACES.sub(" ", shown))), characters)


def _shown_texts(text: str) -> Iterator[str]:
    for group in read_groups(text):
        if group.fault is not None:  # what cannot be read as blocks
            yield _UNSEEN.sub(" ", group.source)
        for block in walk(group.blocks):
            yield from block.own_texts()
            yield from map(plain, block.contents())


def languages_of(files: Mapping[str, Parts], first: str) -> list[tuple[str, str]]:
    """(file, language) of each file, the first language first, the others by their tags."""
    ordered = sorted(files, key=lambda name: (name != first, name))
    return [(file, outline.language_of(files[file]) or file) for file in ordered]
