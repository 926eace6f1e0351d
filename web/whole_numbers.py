"""Reads whole numbers that browsers send as text."""

ID_DIGITS = 18  # of the longest id in a URL (web.access.Id)


def whole_number(text: str, digits: int = ID_DIGITS) -> int | None:
    """The number in ASCII digits, of at most so many digits; None for everything else, also for what no column can hold."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None
