"""Finds text that cannot be read reliably: characters without a meaning, and text that seems to run backwards."""

import re
import unicodedata

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.vocabulary import BINDING_WORDS, words_of

NO_MEANING = frozenset(["Co", "Cs"])  # Unicode categories: private use, surrogate
BULLET = re.compile(r"^[^\S\n]*+[\uf000-\uf0ff]\s", re.MULTILINE)  # of a symbol font; at the start of a line always a bullet
SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
MOST_DIFFERENT_SIGNS = 7
ENDS = "。，、！？；：）」』”"
LETTERS = re.compile(r"\b(?:([^\W\d_]) (?=\1))?[^\W\d_]{3,}")  # also `D Daattaa`
SHORT_DOUBLED, LONG_DOUBLED = 6, 10  # letters
ORDINAL = re.compile(r"^[^\S\n]{0,9}(th|st|nd|rd)[^\S\n]{0,9}$|(?<!\S)(th|nd|rd) \d{1,2}(?!\S)", re.MULTILINE)
# Letters and forms of letters that only end words: ta marbuta and alif maqsura, and the five final forms of Hebrew.
FINAL = "\u0629\u0649\u05da\u05dd\u05df\u05e3\u05e5"
RIGHT_TO_LEFT = "\u0590-\u05ff\u0600-\u06ff"
NO_LETTER = f"(?<![{RIGHT_TO_LEFT}])", f"(?![{RIGHT_TO_LEFT}])"
# Words that begin with a final letter, or end with the article read backwards; and the same the right way.
BACKWARD = re.compile(f"{NO_LETTER[0]}(?:[{FINAL}](?=[{RIGHT_TO_LEFT}])|[{RIGHT_TO_LEFT}]{{2,20}}\u0644\u0627{NO_LETTER[1]})")
FORWARD = re.compile(f"[{RIGHT_TO_LEFT}][{FINAL}]{NO_LETTER[1]}|{NO_LETTER[0]}\u0627\u0644[{RIGHT_TO_LEFT}]{{2}}")
FEWEST_LEFTWARDS = 2  # the article \u0627\u0644 and final letters are in nearly every sentence
FEWEST = 4  # backward words or lines, which must also be more than twice the forward ones


def find_limits(source: str, log: ImportLog) -> None:
    """Logs why the import cannot promise that every word of this source was read."""
    if count := count_unreadable(source):
        log.limit(
            f"{count:,} {'character' if count == 1 else 'characters'} of the source could not be read: the file does not say "
            "which letters they are. They are shown as \ufffd or as empty boxes; compare these places with the source"
        )
    if garbled := [line for line in source.splitlines() if is_garbled(line)]:
        log.limit(
            f"{len(garbled):,} {'line has' if len(garbled) == 1 else 'lines have'} more symbols than letters, as when a font "
            f'does not say which letters it draws: compare them with the source; the first is "{garbled[0].strip()[:60]}"'
        )
    if doubled := doubled_words(source):
        log.limit(
            f"{len(doubled):,} {'word has' if len(doubled) == 1 else 'words have'} each letter twice, as when letters are "
            f'drawn twice to look bold: compare them with the source; the first is "{doubled[0]}"'
        )
    if torn := [(match[1] or match[2]) for match in ORDINAL.finditer(source)]:
        log.limit(
            f'{len(torn):,} {"ending" if len(torn) == 1 else "endings"} of ordinal numbers, such as "{torn[0]}", '
            f"{'is' if len(torn) == 1 else 'are'} not behind the number: compare the dates with the source"
        )
    if runs_backwards(source):
        log.limit("the text seems to be mirrored or reversed: compare it with the source before you use it")


def count_unreadable(text: str) -> int:
    if text.isascii():
        return 0
    return sum(character == "\ufffd" or unicodedata.category(character) in NO_MEANING for character in BULLET.sub("", text))


def is_garbled(line: str) -> bool:
    """Whether a line has many different ASCII symbols and few letters. A drawn line repeats one symbol and does not count."""
    symbols = SIGNS.findall(line)
    return len(set(symbols)) >= MOST_DIFFERENT_SIGNS and len(symbols) > sum(character.isalpha() for character in line)


def doubled_words(text: str) -> list[str]:
    """Returns words in which each letter is written twice, as `DDaattaa` or `D Daattaa`; a single one may be an acronym."""
    doubled = [match[0] for match in LETTERS.finditer(text) if is_doubled(match[0].replace(" ", ""))]
    return doubled if len(doubled) > 1 or any(len(word) >= LONG_DOUBLED for word in doubled) else []


def is_doubled(word: str) -> bool:
    return len(word) >= SHORT_DOUBLED and word[0::2] == word[1::2] and len(set(word)) > 2


def runs_backwards(text: str) -> bool:
    """Whether common English words are spelled backwards, Arabic or Hebrew words begin with letters that end words, or Chinese
    lines begin with closing punctuation."""
    wrong, right = len(BACKWARD.findall(text)), len(FORWARD.findall(text))
    if wrong >= FEWEST_LEFTWARDS and wrong > 2 * right:
        return True
    words = [word.casefold() for word in words_of(text) if len(word) > 1]
    forward = sum(word in BINDING_WORDS for word in words)
    backward = sum(word[::-1] in BINDING_WORDS and word not in BINDING_WORDS for word in words)
    if backward >= FEWEST and backward > 2 * forward:
        return True
    lines = [line.strip() for line in re.split(r"[\n\f]", text) if len(line.strip()) > 4]
    begun = sum(line[0] in ENDS and line[-1] not in ENDS for line in lines)
    ended = sum(line[-1] in ENDS and line[0] not in ENDS for line in lines)
    return begun >= FEWEST and begun > 2 * ended
