"""The terms by which readers find an article: words of scripts with spaces, and pairs of Chinese, Japanese and Korean characters.

Without spaces nobody knows where a word begins, so each pair of neighbouring characters is a term.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from composer.issue.languages import HAN_RANGES

_JOINED = rf"{HAN_RANGES}\u3005\u3040-\u30ff\uac00-\ud7af"  # scripts without spaces, and Hangul, whose words have endings
_RUN = re.compile(rf"[{_JOINED}]+|[^\W_{_JOINED}]+")
_IS_JOINED = re.compile(f"[{_JOINED}]")
LONGEST = 60  # characters of a term


def terms_of(text: str) -> Iterator[str]:
    """Yields the terms of a text. The last character of a run is one, too: then each character begins a term."""
    for run in _runs(text):
        if _IS_JOINED.match(run):
            yield from (run[at : at + 2] for at in range(len(run)))
        else:
            yield run[:LONGEST]


def query_of(text: str, most: int) -> list[tuple[str, bool]]:
    """Returns the terms that a reader looks for, at most `most`, each with whether it may be the beginning of a longer one."""
    asked: dict[tuple[str, bool], None] = {}
    for run in _runs(text):
        if not _IS_JOINED.match(run):
            asked[run[:LONGEST], len(run) > 2] = None
        elif len(run) == 1:
            asked[run, True] = None
        else:
            asked |= dict.fromkeys((run[at : at + 2], False) for at in range(len(run) - 1))
    return list(asked)[:most]


def matches_of(text: str, query: Iterable[tuple[str, bool]]) -> list[tuple[int, int, str]]:
    """Returns where a text has terms of a query: beginning and end of each word or pair of characters, and the term."""
    query = tuple(query)
    if not query:
        return []
    bare = [_bare_character(character) for character in text]
    folded, places = "".join(bare), [at for at, part in enumerate(bare) for _ in part]  # of each folded character in the text
    matches = []
    for run in _RUN.finditer(folded):
        matches += [(places[at], places[to - 1] + 1, term) for at, to, term in _in_run(run[0], run.start(), query)]
    return matches


def _in_run(run: str, start: int, query: tuple[tuple[str, bool], ...]) -> Iterator[tuple[int, int, str]]:
    if _IS_JOINED.match(run):
        for at in range(len(run)):
            yield from ((start + at, start + at + len(term), term) for term, _ in query if run.startswith(term, at))
        return
    for term, is_beginning in query:
        if run[:LONGEST] == term or (is_beginning and run.startswith(term)):
            yield start, start + len(run), term
            return


def _runs(text: str) -> list[str]:
    return _RUN.findall(_bare(text))


def _bare(text: str) -> str:
    """Returns a text in lower case without accents."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(character for character in folded if not unicodedata.combining(character))
    return unicodedata.normalize("NFC", bare)


_bare_character = lru_cache(maxsize=10_000)(_bare)  # most texts have few different ones
