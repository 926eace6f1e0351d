"""Languages: writing direction, the language that a script implies, and the best available language for a reader."""

import re
import unicodedata
from collections.abc import Sequence

LONGEST_LANGUAGE = 35  # characters; RFC 5646 promises no more
LANGUAGE = re.compile(
    rf"(?=.{{2,{LONGEST_LANGUAGE}}}\Z)" + r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{5,8})*\Z"
)
_READER_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|\d{3}))?", re.ASCII)
# The languages of two letters: ISO 639-1, and the older codes that programs still write.
_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et "
    "eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik in io is it iu iw ja ji jv jw ka kg "
    "ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mo mr ms mt my na nb nd ne ng nl nn no "
    "nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg "
    "th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
_TWO_LETTERS = frozenset(_CODES.split())
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"})
_WRITTEN_WITH_HAN = frozenset({"zh", "ja", "ko", "yue", "wuu", "nan", "hak"})
HAN = "zh-CN"  # the language of Han characters in an issue of another language, unless it is marked otherwise
HAN_RANGES = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # for a set of a regular expression
_SIGNS = rf"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029{HAN_RANGES}"  # radicals, repetition marks and numerals, too
_HAN = re.compile(rf"[{_SIGNS}](?:[\u2e80-\u2fdf\u3000-\u303f{HAN_RANGES}\uff00-\uffef\u00b7]*[{_SIGNS}])?")
HAN_CHARACTER = re.compile(f"[{HAN_RANGES}]")
_TRADITIONAL = frozenset({"tw", "hk", "mo"})


def direction_of(language: str) -> str:
    """Returns `rtl` or `ltr`."""
    parts = language.lower().split("-")
    return "rtl" if parts[0] in _RIGHT_TO_LEFT or "arab" in parts or "hebr" in parts else "ltr"


def runs_left_to_right(text: str) -> bool:
    """Whether a text reads from left to right whatever surrounds it: it has letters or digits, and no right-to-left letter."""
    classes = {unicodedata.bidirectional(character) for character in text}
    return not classes & {"R", "AL", "AN"} and bool(classes & {"L", "EN"})


def is_reader_language(tag: str) -> bool:
    """Whether this can be the language of a person, a list or the publication: BCP 47 without variants and extensions.

    Two letters must be a language. Of three letters there are thousands, which no table here has.
    """
    match = _READER_LANGUAGE.fullmatch(tag)
    return match is not None and (len(match[1]) == 3 or match[1].lower() in _TWO_LETTERS)


def spelt(tag: str) -> str:
    """Returns a tag in its usual spelling: en, zh-Hans, pt-BR."""
    first, *rest = tag.replace("_", "-").split("-")
    return "-".join([first.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])


def is_written_with_han(language: str) -> bool:
    return language.split("-")[0].lower() in _WRITTEN_WITH_HAN


def parts_of(text: str, around: str) -> Sequence[tuple[str, str]]:
    """Splits the text into parts with their language; "" for parts in the language `around`.

    Only Han characters are distinguished: without a language, mail clients may draw Chinese with Japanese glyphs, and screen
    readers spell it out.
    """
    if text.isascii() or is_written_with_han(around):
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


def best_language(preferred: str, offered: Sequence[str]) -> str:
    """Returns the best language in `offered` for a reader of `preferred`, or the first one if none fits.

    Best is the same tag, then the same language in the same script (zh-CN gets zh-Hans), then the same language.
    """
    asked = subtags(preferred)
    for exactness in (3, 2, 1):
        for language in offered:
            if asked[:exactness] == subtags(language)[:exactness] and asked[0]:
                return language
    return offered[0]


def subtags(tag: str) -> tuple[str, str, str]:
    """Returns (language, script, whole tag). For Chinese, the region implies the script if the tag has none."""
    parts = tag.strip().lower().replace("_", "-").split("-")
    script = next((part for part in parts[1:] if len(part) == 4 and part.isalpha()), "")
    if not script and parts[0] == "zh":
        script = "hant" if _TRADITIONAL & set(parts[1:]) else "hans"
    return parts[0], script, "-".join(parts)
