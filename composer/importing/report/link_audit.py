"""Checks that an import lost no link: compares the links of the source with those of the issue and those that were left out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from composer.errors import ContentError
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import SourceLink
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
