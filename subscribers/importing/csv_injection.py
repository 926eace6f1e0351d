"""Cells that a spreadsheet would calculate: guarded when written, restored when read again.

A cell is dangerous where =, +, -, @, TAB or CR comes first, after blanks too. It gets an apostrophe in front, which a
spreadsheet takes as "this is text". Cells that already look guarded get one more, so that reading gives back what was written.
"""

from __future__ import annotations

import re

_DANGEROUS = re.compile(r"'*(?:[^\S\t\r]*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20])")


def guard(cell: str) -> str:
    """`=1+1` -> `'=1+1`; what is harmless stays."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def unguard(cell: str) -> str:
    """The cell that `guard` was given."""
    return cell[1:] if cell[:1] == "'" and _DANGEROUS.match(cell) else cell
