"""Reads where the parts of an issue file begin, even if their content has errors."""

import re
from dataclasses import dataclass
from functools import lru_cache

from composer.errors import Findings
from composer.issue.characters import FORBIDDEN
from composer.issue.document import Block, Figure, walk
from composer.issue.parsing.body import GOOD_ID, BodyReader, Heading
from composer.issue.parsing.head import read_head, split
from composer.issue.parsing.issue_file import LARGEST_FILE, unified_lines

_UNREADABLE = {"mark-open", "too-much", "too-deep"}  # findings after which nobody knows where a part ends
_HEADING = re.compile(r" {0,3}#{1,2}(?![^ \t])")


@dataclass(frozen=True, slots=True)
class Structure:
    """Line numbers count from 1. `keys`: each known key of the head with its line. `pictures`: the files of all figures,
    and of the QR code in the footer."""

    head_end: int
    keys: dict[str, int]
    headings: tuple[Heading, ...]
    pictures: tuple[str, ...]


# An edit reads the same text up to four times: to write its ids, to check them, and to split it before and after.
@lru_cache(maxsize=32)
def read_structure(source: str) -> Structure | None:
    """Returns the structure of an issue file, or None if it cannot be known or if its written ids are wrong or not unique.

    Other errors, such as a wrong link, do not matter.
    """
    lines = unified_lines(source)
    if len(source) > LARGEST_FILE or any(map(FORBIDDEN.search, lines)):
        return None
    findings = Findings("")
    head, body, lines_before = split(lines, findings)
    if findings.fatal:
        return None
    findings = Findings("")
    reader = BodyReader(findings, lines_before)
    reader.read(body)
    written = [heading.id for heading in reader.headings if heading.written]
    # A mark of several lines may end on the line of a heading: then a part would begin inside the mark.
    broken = any(not _HEADING.match(lines[heading.line - 1]) for heading in reader.headings)
    if broken or len(set(written)) < len(written) or not all(map(GOOD_ID.match, written)):
        return None
    if not _UNREADABLE.isdisjoint(finding.code for finding in findings.collected):
        return None
    values = read_head(head, Findings(""))
    return Structure(lines_before, values.lines, tuple(reader.headings), _pictures(reader, values.footer.wechat))


def _pictures(reader: BodyReader, wechat: str) -> tuple[str, ...]:
    blocks: list[Block] = [*reader.opening]
    for section in reader.sections:
        for article in section.articles:
            blocks += article.blocks
    sources = [block.src for block in walk(tuple(blocks)) if isinstance(block, Figure) and not block.missing]
    return tuple(dict.fromkeys([*sources, wechat] if wechat else sources))
