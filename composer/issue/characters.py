"""The characters that an issue may contain."""

import re
import unicodedata

from composer.errors import Findings

# Control characters except tab and line end, surrogates, bidirectional overrides, noncharacters. The pattern lists the allowed
# characters, because most characters are then found in the table of the first plane, which is fast.
FORBIDDEN = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufffd"
    + "".join(f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


def check_characters(text: str, line: int, findings: Findings) -> None:
    """Adds an error for each invisible character that can mislead, however it was written."""
    for character in sorted(set(FORBIDDEN.findall(text))):
        name = unicodedata.name(character, "control")
        findings.error("bad-character", line, character=f"U+{ord(character):04X} ({name.lower()})")
