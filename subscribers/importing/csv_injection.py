"""Guards cells that a spreadsheet would treat as formulas when they are written, and restores them when they are read.

A cell is dangerous if it begins with =, +, -, @, TAB or CR, also after spaces. It gets an apostrophe in front, which a
spreadsheet understands as text. Cells that already look guarded get one more, so that reading restores the original.
"""

import re

_BEGIN = r"=+\-@\t\r\uff0b\uff0d\uff1d\uff20"
_DANGEROUS = re.compile(rf"'*(?:[^\S\t\r]*[{_BEGIN}])")
# The same for PostgreSQL, whose \s depends on the locale.
_SPACES = "".join(char for char in map(chr, range(0x10000)) if re.fullmatch(r"[^\S\t\r]", char))
SQL_PATTERN = rf"^'*[{_SPACES}]*[{_BEGIN}]"
# The code points with which a cell begins that the pattern may match.
FIRST_CODES = [ord(char) for char in map(chr, range(0x10000)) if re.fullmatch(rf"['{_SPACES}{_BEGIN}]", char)]


def guard(cell: str) -> str:
    """`=1+1` -> `'=1+1`; harmless cells stay unchanged."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def unguard(cell: str) -> str:
    """The original cell: the reverse of `guard`."""
    return cell[1:] if cell[:1] == "'" and _DANGEROUS.match(cell) else cell
