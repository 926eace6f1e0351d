"""How a mail shows the number of an issue: within the words of its theme, unless the number has its own."""

import re

_WRITTEN_OUT = re.compile(r"第\s*[^\s第期]{1,8}\s*期")


def is_written_out(number: str) -> bool:
    """Whether the number has its own words, as `2026年第11期（总第87期）`."""
    return _WRITTEN_OUT.search(number) is not None


def shown_number(number: str, pattern: str) -> str:
    """Returns the number within words such as `Issue {number}` or `第 {number} 期`."""
    return number if is_written_out(number) else pattern.format(number=number)
