"""Proves that an import lost no word: compares the source with the issue, what was left out and what was changed."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

from composer.importing.manuscript.import_log import ImportLog
from composer.issue.document import (
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

# Scripts without spaces between words: one wrong space or line break would make another "word" of a whole clause.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f"
    "\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
UNIT = re.compile(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+")


@dataclass(frozen=True, slots=True)
class Account:
    """`missing`: words of the source that are nowhere; `invented`: words of the issue that the source has not; `divided`:
    words that are there with other spaces or in another order of letters. As often as each is."""

    missing: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()
    divided: tuple[str, ...] = ()


def units_of(text: str) -> list[str]:
    """What is counted: words of scripts with spaces, single characters of Chinese, Japanese and the like. Compatibility forms
    (full width, Kangxi radicals, ligatures) count as the usual character."""
    return UNIT.findall(unicodedata.normalize("NFKC", text))


def count_units(texts: Iterable[str]) -> Counter[str]:
    return Counter(unit for text in texts for unit in units_of(text))


def compare_words(source: str, issue: Issue, log: ImportLog, added: Iterable[str]) -> Account:
    """Compares the source with the issue and the log; `added` are texts of the head that the source has not."""
    wanted = count_units([source]) + count_units(change.after for change in log.changes)
    found = (
        count_units(texts_of(issue))
        + count_units(left.text for left in log.left_out)
        + count_units(change.before for change in log.changes)
    )
    found.subtract(count_units(added))
    missing, invented = sorted((wanted - found).elements()), sorted((found - wanted).elements())
    # A word that was parted or joined, such as a number at the end of a line, has the same letters on both sides.
    letters, others = Counter("".join(missing)), Counter("".join(invented))
    lost, new = letters - others, others - letters
    return Account(
        tuple(word for word in missing if not lost.keys().isdisjoint(word)),
        tuple(word for word in invented if not new.keys().isdisjoint(word)),
        (*missing, "→", *invented) if missing and invented and not lost and not new else (),
    )


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
