"""The text of a cell of a workbook, as a person reads it in the spreadsheet program. Knows no Django."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

_ZEROS = re.compile(r"0+")
_PERCENT = re.compile(r"0(?:\.(0+))?%")
_BREAKS = re.compile(r"\s*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+\s*")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MOST_DIGITS = 15  # more than these a spreadsheet does not keep


def cell_text(value: Any, number_format: str) -> str:
    """The text of a stored value in one line. A day has no time, and a number no exponent and no separators."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return _number(value, number_format)
    if isinstance(value, datetime):
        moment = _rounded(value)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("seconds")
    if isinstance(value, timedelta):
        return str(value)
    return one_line(str(value))


def one_line(text: str) -> str:
    """The text with its line breaks as spaces, so that a row of the sheet stays one line."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
    return text if text.isprintable() else _BREAKS.sub(" ", text)


def _rounded(moment: datetime) -> datetime:
    """To the second: a workbook stores moments as fractions of days."""
    return (moment + timedelta(milliseconds=500)).replace(microsecond=0)


def _number(value: float, number_format: str) -> str:
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return ""
    whole = isinstance(value, int) or value.is_integer()
    if whole and value >= 0 and _ZEROS.fullmatch(number_format) and len(number_format) < _MOST_DIGITS:
        return str(int(value)).zfill(len(number_format))  # a postal code or a number of members
    if match := _PERCENT.fullmatch(number_format):
        return f"{value * 100:.{len(match[1] or '')}f}%"
    if whole:
        return str(int(value))
    text = f"{value:.{_MOST_DIGITS}g}"
    return text if "e" not in text else f"{value:.20f}".rstrip("0").rstrip(".")
