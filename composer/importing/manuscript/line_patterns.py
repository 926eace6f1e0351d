"""Recognises single lines by their form: picture credits, sources, staff, addresses, headings."""

import re
from enum import Enum, auto

from composer.importing.manuscript.chinese_lines import read_chinese_staff, read_sources
from composer.importing.manuscript.vocabulary import BINDING_WORDS, words_of

CREDIT = re.compile(
    r"\b(?:photo(?:graph)?|picture|image|illustration|graphic)s?\s*(?:credits?|sources?|courtesy(?:\s+of)?|by)\s*[:：;.]\s*",
    re.IGNORECASE,
)
SOURCES = re.compile(r"[(（]?\s*(sources?)\s*[:：]\s*", re.IGNORECASE)
INNER_SOURCE = re.compile(r"\bsources?\s*[:：]\s*", re.IGNORECASE)
ROLE_RANKS = (
    "chief|managing|executive|deputy|senior|associate|assistant|copy|art|graphic|web|photo|contributing|guest|english|chinese"
)
ROLES = (
    "editors?|proofreaders?|designers?|translators?|writers?|authors?|photographers?|illustrators?|directors?|producers?|"
    "reviewers?|reporters?|publishers?|layout|design|coordinators?|advisers?|advisors?"
)
STAFF = re.compile(
    rf"\b((?:(?:{ROLE_RANKS})[\s-]+){{0,8}}(?:{ROLES})(?:[\s-]+in[\s-]+chief)?)\s*[:：]\s*",
    re.IGNORECASE,
)
URL = re.compile(r"(?:https?://|www\.)[^\s<>()（）,;，；]+", re.IGNORECASE)
EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
ADDRESS = re.compile(r"\b(?:postal\s+)?address\s*[:：]\s*", re.IGNORECASE)
SENTENCE_END = re.compile(r"[.!?;:。！？；：…][\"'”’)\]*]*$")
INNER_SENTENCE = re.compile(r"[a-z)\]”\"][.!?]\s+[A-Z“\"]")
NUMBERED = re.compile(r"\d{1,2}[.)]\s+(?=\S)")
BULLETED = re.compile(r"(?:[-*•·▪◦–]|©)\s+(?=\S)")
PAGE_NUMBER = re.compile(r"[\W_]*(?:page\s+)?\d{1,3}(?:\s*(?:/|of)\s*\d{1,3})?[\W_]*", re.IGNORECASE)
GREETING = re.compile(r"(?:dear|hello|hi)\s+\S", re.IGNORECASE)
_ENDING_SOURCE = re.compile(
    r"[(（\[【]\s{0,4}(?:sources?|来源|稿源|信息来源)\s{0,4}[:：][^()（）]{1,200}[)）\]】]\s{0,4}$", re.IGNORECASE
)
MAX_HEADING = 200
MAX_HEADING_WORDS = 32
LONGEST_CAPTION = 400


class LineKind(Enum):
    """What a line or paragraph is by its form. FIGURE: a picture, or a picture credit. OTHER: not text, or a greeting."""

    TEXT = auto()
    ITEM = auto()
    SOURCES = auto()
    FIGURE = auto()
    STAFF = auto()
    OTHER = auto()


def kind_of_line(text: str) -> LineKind:
    if is_staff(text):
        return LineKind.STAFF
    if is_sources(text):
        return LineKind.SOURCES
    if is_credit(text):
        return LineKind.FIGURE
    return LineKind.ITEM if BULLETED.match(text) else LineKind.TEXT


def is_credit(text: str) -> bool:
    """Whether the line credits a picture. A longer text is a paragraph that only mentions a photo credit."""
    return len(text) <= LONGEST_CAPTION and CREDIT.search(text) is not None


def is_bare_credit(text: str) -> bool:
    """Whether the line is a credit without a caption before or inside it."""
    match = CREDIT.match(text)
    return match is not None and INNER_SOURCE.search(text, match.end()) is None


def is_sources(text: str) -> bool:
    """Whether the line names sources. Without brackets it must also be short, because a paragraph may begin the same way."""
    match = SOURCES.match(text)
    if match is None:
        return read_sources(text) is not None
    return text[0] in "(（" or len(text) <= MAX_HEADING


def ends_with_source(text: str) -> bool:
    """Whether the line ends with a source in brackets, as `Robots weld (Source: Xinhua)`. Such a line is not a heading."""
    return _ENDING_SOURCE.search(text[-240:]) is not None


def is_staff(text: str) -> bool:
    """Whether the line names staff, as `Editor: A Proofreader: B`: every word is a role or part of a name."""
    if STAFF.match(text) is None:
        return bool(read_chinese_staff(text))
    return len(text) <= 400 and all(is_name(name) for _, name in read_staff(text))


def read_staff(text: str) -> list[tuple[str, str]]:
    if pairs := read_chinese_staff(text):
        return pairs
    parts = STAFF.split(text)
    return [(role, name.strip(" ,;|·")) for role, name in zip(parts[1::2], parts[2::2], strict=True)]


def is_name(text: str) -> bool:
    names = re.split(r"(?:(?<!\s)\s++)?(?:,|;|、|&|\band\b)\s*+", text)
    return all(
        1 <= len(name.split()) <= 5 and not name[0].islower() and not SENTENCE_END.search(name) for name in names if name
    ) and any(names)


def is_closed(text: str) -> bool:
    """Whether a sentence ends here."""
    return SENTENCE_END.search(text[-40:]) is not None


def is_binding_end(text: str) -> bool:
    """Whether the text cannot end here: its last word or character is a comma, hyphen, preposition, article or open bracket."""
    if text.endswith((",", "-", "–", "—", "(", "&", "/", "，")):
        return True
    words = words_of(text[-40:])
    return bool(words) and words[-1] in BINDING_WORDS and not is_closed(text)


def begins_small(text: str) -> bool:
    """Whether the first letter after quotation marks and brackets is lowercase."""
    bare = text[:80].lstrip("\"'“‘(*[")
    return bool(bare) and bare[0].islower() and not URL.match(bare)


def is_heading_like(text: str) -> bool:
    """Whether the text has the form of a heading: short, not beginning with a lowercase letter, without a sentence end."""
    if len(text) > MAX_HEADING:
        return False
    bare = NUMBERED.sub("", text, count=1) if NUMBERED.match(text) else text
    if not bare or len(words_of(bare)) > MAX_HEADING_WORDS or begins_small(bare):
        return False
    if ends_with_source(bare) or URL.search(bare) or EMAIL.search(bare) or INNER_SENTENCE.search(bare) or is_binding_end(bare):
        return False
    if bare.endswith("?"):
        return len(words_of(bare)) <= 14
    return not is_closed(bare) and any(letter.isalpha() for letter in bare)


def is_titled(text: str) -> bool:
    """Whether the text has the form of a section name: at most five words, all capitalised."""
    words = text.split()
    if not 1 <= len(words) <= 5 or not text[0].isalpha() or "," in text:
        return False
    return all(word[0].isupper() or word.casefold() in BINDING_WORDS for word in words) and words[-1][0].isupper()
