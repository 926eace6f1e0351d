"""Checks that an import lost no word: compares the source with the issue, what was left out and what was changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.word_units import count_units, words_of_block
from composer.issue.document import Issue


@dataclass(frozen=True, slots=True)
class WordAudit:
    """The differences, each word as often as it occurs. `missing`: words of the source that are nowhere; `invented`: words of the
    issue that are not in the source; `divided`: words with the same letters but other spaces, or in another order."""

    missing: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()
    divided: tuple[str, ...] = ()


def compare_words(source: str, issue: Issue, log: ImportLog, added: Iterable[str]) -> WordAudit:
    """Compares the source with the issue and the log; `added` are texts in the head that are not from the source."""
    expected = count_units([source]) + count_units(change.after for change in log.changes)
    present = (
        count_units(texts_of(issue))
        + count_units(left.text for left in log.left_out if not left.href)
        + count_units(change.before for change in log.changes)
    )
    present.subtract(count_units(added))
    missing, invented = sorted((expected - present).elements()), sorted((present - expected).elements())
    # A word that was split or joined, such as a number at a line end, has the same letters on both sides.
    letters, others = Counter("".join(missing)), Counter("".join(invented))
    lost, new = letters - others, others - letters
    return WordAudit(
        tuple(word for word in missing if not lost.keys().isdisjoint(word)),
        tuple(word for word in invented if not new.keys().isdisjoint(word)),
        (*missing, "→", *invented) if missing and invented and not lost and not new else (),
    )


def texts_of(issue: Issue) -> Iterable[str]:
    """Yields every text that comes from the source; not the subject, preheader and alternative texts, which are copies."""
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
