"""Reads days as an issue file has them."""

import re
from datetime import date


def read_day(written: str) -> date | None:
    """Parses a day such as `2023-03-31`; None for anything else, such as the 30th of February."""
    # The pattern is needed because fromisoformat also accepts 20230331 and week dates.
    try:
        return date.fromisoformat(written) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", written, re.ASCII) else None
    except ValueError:
        return None
