"""Proves that an import lost no word: the source against the issue, what was left out and what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import assert_never

from composer.document import (
    Action,
    Block,
    Calendar,
    EditorMark,
    Figure,
    Issue,
    ListBlock,
    Only,
    Paragraph,
    Passage,
    Profile,
    Quote,
    Sources,
    SubHeading,
    Table,
    contents,
    nested,
    plain,
)
from composer.importing.ledger import Ledger
from composer.importing.vocabulary import words_of


def count_words(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in words_of(text))


def compare_words(source: str, issue: Issue, ledger: Ledger, added: Iterable[str]) -> tuple[list[str], list[str]]:
    """(words missing, words invented), as often as each is; `added` are texts of the head that the source has not."""
    wanted = count_words([source]) + count_words(change.after for change in ledger.changes)
    found = (
        count_words(texts_of(issue))
        + count_words(left.text for left in ledger.left_out)
        + count_words(change.before for change in ledger.changes)
    )
    found.subtract(count_words(added))
    missing, invented = wanted - found, found - wanted
    return sorted(missing.elements()), sorted(invented.elements())


def texts_of(issue: Issue) -> Iterable[str]:
    """Every text that comes from the source once: not the subject, preheader or alt texts, which are copies."""
    yield issue.title
    yield issue.tagline
    for block in issue.opening:
        yield from words_of_block(block)
    for credit in issue.credits:
        yield f"{credit.role} {credit.name}"
    yield from (issue.footer.about, issue.footer.address, issue.footer.website, issue.footer.email)
    for section in issue.sections:
        yield section.title
        for article in section.articles:
            yield article.title
            for block in article.blocks:
                yield from words_of_block(block)


def words_of_block(block: Block) -> Iterable[str]:
    """The words of a block that come from a source; what an import never makes, it has none of."""
    match block:
        case SubHeading(text, number):
            yield text if number is None else f"{number}. {text}"
        case Profile(name, role):
            yield f"{name} {role}"
        case Paragraph() | Figure() | Quote() | ListBlock() | Table() | Calendar() | Action() | Passage() | Only() | Sources():
            yield from (plain(content) for content in contents(block))
        case EditorMark():
            pass  # a remark of the import
        case other:
            assert_never(other)
    for run in nested(block):
        for inner in run:
            yield from words_of_block(inner)
