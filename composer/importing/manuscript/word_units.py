"""Splits texts into the units that the word audit counts: words, or single characters of Chinese and similar scripts."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from composer.issue.document import Block, SubHeading, plain, walk

# Scripts without spaces between words. Counted by word, one moved space or line break would change a whole clause.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3105-\u312f"
    "\u31a0-\u31ff\u3400-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
UNIT = re.compile(f"[{UNSPACED}]|[^\\W_{UNSPACED}]+")


def units_of(text: str) -> list[str]:
    """Returns words, or single characters of scripts without spaces. Compatibility forms (full width, Kangxi radicals, ligatures)
    count as the usual character (NFKC)."""
    return UNIT.findall(unicodedata.normalize("NFKC", text))


def count_units(texts: Iterable[str]) -> Counter[str]:
    return Counter(unit for text in texts for unit in units_of(text))


def words_of_block(block: Block) -> Iterable[str]:
    """Yields the texts of a block that come from the source: no questions for the editor, and no alternative texts, which are
    copies."""
    for inner in walk((block,)):
        if isinstance(inner, SubHeading):
            yield inner.text if inner.number is None else f"{inner.number}. {inner.text}"
        yield from (plain(content) for content in inner.contents())
