"""The variants of an issue: one mail per language and outcome of its conditions, all composed before sending.

For each recipient, only the number of the variant is decided: by their language, and by which comparisons hold for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from composer.errors import ComposeError, Finding
from composer.issue import conditions, languages, links
from composer.issue.conditions import Comparison
from composer.issue.document import Article, Block, EditorMark, Issue, Only, Passage, walk

MOST_COMPARISONS = 5  # in one language: 32 outcomes
MOST_VARIANTS = 32


@dataclass(frozen=True, slots=True)
class Variant:
    """One mail to compose: `issue` has no conditions any more. `holds`: the outcomes that lead to it, as text."""

    number: int
    issue: Issue
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Which variant the readers of `language` get.

    `comparisons` are valid segments. `numbers[outcome]` is the variant for an outcome, whose bits say which comparisons hold; the
    lowest bit is the first comparison.
    """

    language: str
    comparisons: tuple[str, ...]
    numbers: tuple[int, ...]

    def number(self, truths: Sequence[bool]) -> int:
        return self.numbers[sum(1 << at for at, holds in enumerate(truths) if holds)]


def variants_of(issues: Sequence[Issue]) -> tuple[tuple[Variant, ...], tuple[Choice, ...]]:
    """Returns the variants of an issue, given in each of its languages; the first serves readers of all other languages.

    Raises ComposeError if there are too many variants, or if one of them would be empty.
    """
    variants: list[Variant] = []
    choices: list[Choice] = []
    for issue in issues:
        asked = comparisons_of(issue)
        if len(asked) > MOST_COMPARISONS:
            raise ComposeError(Finding("variants-many", params={"count": len(asked), "limit": MOST_COMPARISONS}, file=issue.file))
        numbers: list[int] = []
        for outcome in range(1 << len(asked)):
            truths = {comparison: bool(outcome >> at & 1) for at, comparison in enumerate(asked)}
            numbers.append(_enter(resolve(issue, truths), _outcome_text(truths), variants))
        choices.append(Choice(issue.language, tuple(map(str, asked)), tuple(numbers)))
    if len(variants) > MOST_VARIANTS:
        raise ComposeError(Finding("variants-many", params={"count": len(variants), "limit": MOST_VARIANTS}, file=issues[0].file))
    return tuple(variants), tuple(choices)


def choose(language: str, person: Mapping[str, object], choices: Sequence[Choice]) -> int:
    """Returns the number of the variant for a reader of `language` with the fields in `person` (field -> value)."""
    served = languages.best_language(language, [choice.language for choice in choices])
    choice = next(choice for choice in choices if choice.language == served)
    return choice.number([conditions.parse(text).holds(person) for text in choice.comparisons])


def choose_for_anybody(language: str, choices: Sequence[Choice]) -> int:
    """Returns the number of the variant for a reader of `language` with empty fields.

    A condition `country = None` holds for them. Public pages only show this variant.
    """
    return choose(language, {}, choices)


def _enter(issue: Issue, outcome: str, variants: list[Variant]) -> int:
    """Returns the number of the variant with this issue; adds one if there is none yet."""
    for at, variant in enumerate(variants):
        if variant.issue == issue:
            variants[at] = replace(variant, holds=(*variant.holds, outcome))
            return variant.number
    variants.append(Variant(len(variants), issue, (outcome,) if outcome else ()))
    return variants[-1].number


def _outcome_text(truths: Mapping[Comparison, bool]) -> str:
    return " and ".join(str(replace(comparison, negated=not holds)) for comparison, holds in truths.items())


def comparisons_of(issue: Issue) -> tuple[Comparison, ...]:
    """Returns the comparisons in an issue, each once, in reading order."""
    comparisons: dict[Comparison, None] = {}
    for text, _ in conditions_of(issue):
        for comparison in conditions.parse(text).comparisons:
            comparisons.setdefault(comparison.positive)
    return tuple(comparisons)


def conditions_of(issue: Issue) -> Iterator[tuple[str, int]]:
    """Yields every condition of an issue with its line, in reading order; for a section or article, the line of its heading."""
    yield from _asked(issue.opening)
    for section in issue.sections:
        if section.only:
            yield section.only, section.line
        for article in section.articles:
            if article.only:
                yield article.only, article.line
            yield from _asked(article.blocks)


def _asked(blocks: tuple[Block, ...]) -> Iterator[tuple[str, int]]:
    return ((block.condition, block.line) for block in walk(blocks) if isinstance(block, Only))


def resolve(issue: Issue, truths: Mapping[Comparison, bool]) -> Issue:
    """Returns the issue without conditions, for the outcome `truths`. Raises ComposeError if the result has a fault."""

    def shown(text: str) -> bool:
        return not text or conditions.parse(text).decide(truths)

    def opened(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        visible: list[Block] = []
        for block in blocks:
            if isinstance(block, Only):
                visible += opened(block.blocks) if shown(block.condition) else ()
            elif isinstance(block, Passage):
                inner = opened(block.blocks)
                visible += (replace(block, blocks=inner),) if inner else ()
            else:
                visible.append(block)
        return tuple(visible)

    def article_of(article: Article) -> Article | None:
        blocks = opened(article.blocks)
        empty = all(isinstance(block, EditorMark) for block in blocks)
        if empty or not shown(article.only):
            return None
        return replace(article, blocks=blocks, only="") if article.only or blocks != article.blocks else article

    sections = [
        replace(section, articles=tuple(filter(None, map(article_of, section.articles))), only="")
        for section in issue.sections
        if shown(section.only)
    ]
    kept = tuple(section for section in sections if section.articles)
    resolved = replace(issue, sections=kept, opening=opened(issue.opening))
    ids = {article.id for article in resolved.articles()}
    highlights = tuple(highlight for highlight in issue.highlights if highlight in ids)
    resolved = replace(resolved, highlights=highlights, lead=issue.lead if issue.lead in ids else "")
    _check(resolved, ids, _outcome_text(truths))
    return resolved


def _check(issue: Issue, ids: set[str], outcome: str) -> None:
    if not ids:
        raise ComposeError(Finding("variant-empty", params={"who": outcome}, file=issue.file))
    for block in issue.blocks():
        for content in block.contents():
            for link in links.links_of(content):
                if link.href.startswith("#") and link.href[1:] not in ids:
                    line = link.line or block.line
                    raise ComposeError(Finding("link-hidden", "error", {"url": link.href, "who": outcome}, issue.file, line))
