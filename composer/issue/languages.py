"""Languages: direction of writing, the language that a script implies, and which offered language serves a reader."""

from __future__ import annotations

import re
from collections.abc import Sequence

_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"})
_WRITTEN_WITH_HAN = frozenset({"zh", "ja", "ko", "yue", "wuu", "nan", "hak"})
HAN = "zh-CN"  # what Han characters are in an issue of another language, unless its author says otherwise
_HAN = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
    "(?:[\u2e80-\u2fdf\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\u00b7\U00020000-\U000323af]*"
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af])?"
)
_TRADITIONAL = frozenset({"tw", "hk", "mo"})


def direction_of(language: str) -> str:
    """`rtl` or `ltr`."""
    parts = language.lower().split("-")
    return "rtl" if parts[0] in _RIGHT_TO_LEFT or "arab" in parts or "hebr" in parts else "ltr"


def spelt(tag: str) -> str:
    """A tag in its usual spelling: en, zh-Hans, pt-BR."""
    first, *rest = tag.replace("_", "-").split("-")
    return "-".join([first.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def parts_of(text: str, around: str) -> Sequence[tuple[str, str]]:
    """The text in parts with the language of each; "" for what is in the language `around`.

    Only Han characters are told apart: without their language, programs show Chinese in Japanese shapes, and a screen
    reader spells them.
    """
    if text.isascii() or around.split("-")[0].lower() in _WRITTEN_WITH_HAN:
        return ((text, ""),)
    parts: list[tuple[str, str]] = []
    end = 0
    for match in _HAN.finditer(text):
        if match.start() > end:
            parts.append((text[end : match.start()], ""))
        parts.append((match[0], HAN))
        end = match.end()
    if end < len(text):
        parts.append((text[end:], ""))
    return parts


def serving(wanted: str, offered: Sequence[str]) -> str:
    """The language of `offered` for somebody who reads `wanted`; the first where none is theirs.

    The same tag, else the same language in the same script (zh-CN is served by zh-Hans), else the same language.
    """
    asked = _told(wanted)
    for exactness in (3, 2, 1):
        for language in offered:
            if asked[:exactness] == _told(language)[:exactness] and asked[0]:
                return language
    return offered[0]


def _told(tag: str) -> tuple[str, str, str]:
    """(language, script, the whole tag); of Chinese the script follows from the region where it is not written."""
    parts = tag.strip().lower().replace("_", "-").split("-")
    script = next((part for part in parts[1:] if len(part) == 4 and part.isalpha()), "")
    if not script and parts[0] == "zh":
        script = "hant" if _TRADITIONAL & set(parts[1:]) else "hans"
    return parts[0], script, "-".join(parts)
