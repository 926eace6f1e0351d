"""Guards cells that a spreadsheet would treat as formulas when they are written, and restores them when they are read.

A cell is dangerous if it begins with =, +, -, @, TAB or CR, also after spaces. It gets an apostrophe in front, which a
spreadsheet understands as text. Cells that already look guarded get one more, so that reading restores the original.
"""

import re

_DANGEROUS = re.compile(r"'*(?:[^\S\t\r]*[=+\-@\t\r\uff0b\uff0d\uff1d\uff20])")


def guard(cell: str) -> str:
    """`=1+1` -> `'=1+1`; harmless cells stay unchanged."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def unguard(cell: str) -> str:
    """The original cell: the reverse of `guard`."""
    return cell[1:] if cell[:1] == "'" and _DANGEROUS.match(cell) else cell
