"""Finds text that cannot be read reliably: characters without a meaning, and text that seems to run backwards."""

from __future__ import annotations

import re
import unicodedata

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.vocabulary import BINDING_WORDS, words_of

NO_MEANING = frozenset(["Co", "Cs"])  # Unicode categories: private use, surrogate
BULLET = re.compile(r"^[^\S\n]*+[\uf000-\uf0ff]\s", re.MULTILINE)  # of a symbol font; at the start of a line always a bullet
SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
MOST_DIFFERENT_SIGNS = 7
ENDS = "。，、！？；：）」』”"
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
    if runs_backwards(source):
        log.limit("the text seems to be mirrored or reversed: compare it with the source before you use it")


def count_unreadable(text: str) -> int:
    if text.isascii():
        return 0
    return sum(character == "\ufffd" or unicodedata.category(character) in NO_MEANING for character in BULLET.sub("", text))


def is_garbled(line: str) -> bool:
    """Whether a line has many different ASCII symbols and few letters. A drawn line repeats one symbol and does not count."""
    signs = SIGNS.findall(line)
    return len(set(signs)) >= MOST_DIFFERENT_SIGNS and len(signs) > sum(character.isalpha() for character in line)


def runs_backwards(text: str) -> bool:
    """Whether common English words are spelled backwards, or Chinese lines begin with closing punctuation."""
    words = [word.casefold() for word in words_of(text) if len(word) > 1]
    forward = sum(word in BINDING_WORDS for word in words)
    backward = sum(word[::-1] in BINDING_WORDS and word not in BINDING_WORDS for word in words)
    if backward >= FEWEST and backward > 2 * forward:
        return True
    lines = [line.strip() for line in re.split(r"[\n\f]", text) if len(line.strip()) > 4]
    begun = sum(line[0] in ENDS and line[-1] not in ENDS for line in lines)
    ended = sum(line[-1] in ENDS and line[0] not in ENDS for line in lines)
    return begun >= FEWEST and begun > 2 * ended
