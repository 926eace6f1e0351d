"""Decodes text files: detects the encoding, or raises an error that names the encodings tried."""

import codecs
import re

import webencodings

from composer.importing.refusals import ImportRefusedError

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
# Labels for which the standard, or the usual meaning on web pages, differs from Python's codec of that name.
WEB_CODECS: dict[str, tuple[str, ...]] = {
    "replacement": (),  # the standard forbids decoding these encodings
    "utf-16le": ("utf-8",),  # the label was readable as ASCII, so the bytes are not UTF-16
    "utf-16be": ("utf-8",),
    "gbk": ("gb18030",),
    "windows-1252": ("utf-8", "windows-1252"),  # also the label latin-1, which many pages in UTF-8 carry
    "x-user-defined": ("windows-1252",),
}
# A single Chinese character between Latin letters. If most are like this, Western text was decoded as GB18030.
GLUED_HAN = re.compile(r"[A-Za-z][\u3400-\u9fff](?![\u3400-\u9fff])|(?<![\u3400-\u9fff])[\u3400-\u9fff][A-Za-z]")
CYRILLIC_WORD = re.compile(rb"(?<![A-Za-z\xc0-\xff])[\xa8\xb8\xc0-\xff]{3,40}(?![A-Za-z\xc0-\xff])")
FEWEST_CYRILLIC = 20  # letters
HAN = re.compile(r"[\u3400-\u9fff]")


def decode(data: bytes, name: str) -> str:
    """Decodes the bytes: by the byte order mark if there is one, otherwise by trying encodings in a fixed order."""
    return decode_guessed(data, name)[0]


def decode_guessed(data: bytes, name: str) -> tuple[str, str]:
    """Returns the text, and the name of its encoding if that is only a guess: several encodings with one byte for each letter fit
    the same bytes. Raises ImportRefusedError."""
    for bom, encoding in BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding).removeprefix("\ufeff"), ""
            except UnicodeDecodeError as error:
                raise ImportRefusedError(
                    f"{name} begins like {encoding}, but byte {error.start} is not {encoding}: the file is damaged. "
                    "Save it as plain text in UTF-8 and import it again.",
                    "encoding",
                ) from error
    tried = likely_encodings(data)
    for encoding in tried:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding == "gb18030" and (is_cyrillic(data) or 4 * len(GLUED_HAN.findall(text)) > len(HAN.findall(text))):
            continue
        if encoding == "windows-1252" and is_cyrillic(data):
            text, encoding = data.decode("windows-1251", "replace"), "windows-1251"
        is_guess = encoding in ("windows-1251", "windows-1252") and any(letter > "\x7f" and letter.isalpha() for letter in text)
        return text, encoding if is_guess else ""
    outcome = "was tried and does not fit" if len(tried) == 1 else "were tried and none fits"
    raise ImportRefusedError(
        f"{name} is not a text file that can be read: {', '.join(tried)} {outcome}. "
        "Save it as plain text in UTF-8 and import it again.",
        "encoding",
    )


def decode_labelled(data: bytes, label: str) -> str | None:
    """Decodes a web page in the encoding that it declares; None if the label is not a web encoding, or does not fit.

    Only the encodings of the WHATWG standard are allowed. Python has others (punycode, undefined) that take quadratic time or
    raise unexpected exceptions, and an untrusted file chooses the label.
    """
    encoding = webencodings.lookup(label)
    if encoding is None:
        return None
    if encoding.name == "windows-1252" and is_cyrillic(data):
        return None  # the label of a program's defaults
    for codec in WEB_CODECS.get(encoding.name, (encoding.codec_info.name,)):
        try:
            return data.decode(codec, "replace" if codec == "windows-1252" else "strict")  # five bytes of it have no meaning
        except UnicodeError:
            pass  # the declared encoding is wrong
    return None


def is_cyrillic(data: bytes) -> bool:
    """Whether the bytes are Cyrillic letters of windows-1251: whole words of them, mostly lowercase. In Western text the
    same bytes are single letters with accents."""
    words = CYRILLIC_WORD.findall(data)
    letters = sum(map(len, words))
    small = sum(byte >= 0xE0 for word in words for byte in word)
    return letters >= FEWEST_CYRILLIC and 2 * letters > sum(byte >= 0x80 for byte in data) and 2 * small > letters


def likely_encodings(data: bytes) -> tuple[str, ...]:
    """Returns the encodings to try. Zero bytes in every second position mean UTF-16 without a byte order mark; any other zero
    bytes mean that this is not text."""
    sample = data[:4000]
    if b"\0" not in sample:
        return ("utf-8", "gb18030", "windows-1252")
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 4 * even and odd * 8 > len(sample):
        return ("utf-16-le",)
    if even > 4 * odd and even * 8 > len(sample):
        return ("utf-16-be",)
    return ("utf-8",)
