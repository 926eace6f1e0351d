"""Checks that an import lost no word and no link: compares the source with the issue, what was left out and what was changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from composer.errors import ContentError
from composer.importing.manuscript.document_parts import words_of_block
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import SourceLink
from composer.importing.manuscript.vocabulary import count_units
from composer.issue import links
from composer.issue.document import Issue, plain


@dataclass(frozen=True, slots=True)
class LinkAudit:
    """`total`: how many links the source has; `missing`: those that are neither in the issue nor in the log."""

    total: int = 0
    missing: tuple[SourceLink, ...] = ()


def compare_links(source: Sequence[SourceLink], issue: Issue, log: ImportLog) -> LinkAudit:
    written = [link for block in issue.blocks() for content in block.contents() for link in links.links_of(content)]
    kept = Counter(_kind(plain(link.children), link.href) for link in written)
    kept.update(_kind(left.text, left.href) for left in log.left_out if left.href)
    in_footer = {_normal(issue.footer.website), _normal(f"mailto:{issue.footer.email}")}
    missing: list[SourceLink] = []
    for link in source:
        kind = _kind(link.text, link.href)
        if kept[kind] > 0:
            kept[kind] -= 1
        elif kind[0] not in in_footer:
            missing.append(link)
    return LinkAudit(len(source), tuple(missing))


def _kind(text: str, href: str) -> tuple[str, bool]:
    """Returns the address, and whether the text of the link is that address. The import makes links of addresses that are only
    text, and these must not stand in for a link that was lost."""
    bare = "".join(text.split())
    address = _normal(href)
    return address, address in {_normal(written) for written in (bare, f"http://{bare}", f"https://{bare}", f"mailto:{bare}")}


def _normal(href: str) -> str:
    try:
        return links.normalise(href).rstrip("/")
    except ContentError:
        return href


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
