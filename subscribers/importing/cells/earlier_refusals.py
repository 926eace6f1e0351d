"""The columns that Mailroom adds to refused rows. An import of the corrected file knows by them what was refused, and why."""

import re
from collections.abc import Sequence
from typing import NamedTuple

# They are ignored, so that the corrected file can be imported as it is.
PASSED_OVER = ("refused_line", "refused_reason", "refused_message", "refused_hint")
# Their names in the files that staff download, in every language of the console, in lower case; the first one has the number of
# the import.
_LINE_ON_PAGES = re.compile(r"(?:row not imported|未导入的行)\s*(?:[(（]\s*(?:import|导入)\s*(\d{1,18})\s*[)）])?")
_REASONS_ON_PAGES = frozenset({"why it was not imported", "未导入的原因"})
# What such a file says of a row whose address an earlier row has, as `refused_rows` and the console write it.
_REPEATED = re.compile(r"address (\S+) is also in (?:row|line) (\d{1,18})|邮箱 (\S+) 也在第 (\d{1,18}) 行")


class Repeated(NamedTuple):
    """A row was refused because an earlier one, `line` of that file, has its `address`."""

    address: str
    line: int


def is_passed_over(heading: str) -> bool:
    name = heading.strip().lower()
    return name in PASSED_OVER or name in _REASONS_ON_PAGES or bool(_LINE_ON_PAGES.fullmatch(name))


def line_column(header: Sequence[str]) -> tuple[int, int]:
    """The column with the rows of the first import, and the number of this import; -1 and 0 if a file has none."""
    for at, heading in enumerate(header):
        if (named := _LINE_ON_PAGES.fullmatch(heading.strip().lower())) and named[1]:
            return at, int(named[1])
    return -1, 0


def reason_columns(header: Sequence[str]) -> tuple[int, ...]:
    """The columns that say why a row was refused."""
    names = [heading.strip().lower() for heading in header]
    return tuple(at for at, name in enumerate(names) if name == PASSED_OVER[2] or name in _REASONS_ON_PAGES)


def repeated(reason: str) -> Repeated | None:
    """Which address an earlier row had, if that is the reason."""
    if (match := _REPEATED.search(reason)) is None:
        return None
    return Repeated(match[1] or match[3], int(match[2] or match[4]))
