"""Decides where `*` and `_` may begin and end emphasis: the rules of CommonMark 0.31 with the CJK-friendly amendment.

CommonMark alone leaves the asterisks of `**指导思想：**坚持` as text: a closing run after punctuation must be followed by a space
or more punctuation, which Chinese does not write. With the amendment (specification: markdown-cjk-friendly), a run of `*` may
begin and end next to any Chinese, Japanese or Korean character, including punctuation. Text without such characters is parsed
as in CommonMark.
"""

import re
from collections.abc import MutableMapping
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.ruler import Ruler
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

# Noncharacters, which no text may contain: placeholders for what was cut out before the Markdown parser ran.
FIELD_OPEN, FIELD_CLOSE, MARK_OPEN, MARK_CLOSE = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3"

# East Asian Width W, F or H except default emoji, and the script Hangul (EastAsianWidth.txt, emoji-data.txt, Scripts.txt).
# Written out because Python knows neither emoji nor scripts, and its versions know different characters. The areas that Unicode
# reserves for further ideographs (3400, 4E00, F900, 20000, 30000) are included completely. Placeholders of merge fields are
# included as well, because a value may begin and end with any character.
CJK = (
    "[\u1100-\u11ff\u20a9\u2329-\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u2e99\u2e9b-\u2ef3\u2f00-\u2fd5\u2ff0-\u303e\u3041-\u3096"
    "\u3099-\u30ff\u3105-\u312f\u3131-\u318e\u3190-\u31e5\u31ef-\u321e\u3220-\u3247\u3250-\ua48c\ua490-\ua4c6\ua960-\ua97c"
    "\uac00-\ud7a3\ud7b0-\ud7c6\ud7cb-\ud7fb\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe52\ufe54-\ufe66\ufe68-\ufe6b\uff01-\uffbe"
    "\uffc2-\uffc7\uffca-\uffcf\uffd2-\uffd7\uffda-\uffdc\uffe0-\uffe6\uffe8-\uffee\U00016fe0-\U00016fe4\U00016ff0-\U00016ff6"
    "\U00017000-\U00018cd5\U00018cff-\U00018d1e\U00018d80-\U00018df2\U0001aff0-\U0001aff3\U0001aff5-\U0001affb"
    "\U0001affd-\U0001affe\U0001b000-\U0001b122\U0001b132\U0001b150-\U0001b152\U0001b155\U0001b164-\U0001b167"
    "\U0001b170-\U0001b2fb\U0001d300-\U0001d356\U0001d360-\U0001d376\U0001f200\U0001f202\U0001f210-\U0001f219"
    "\U0001f21b-\U0001f22e\U0001f230-\U0001f231\U0001f237\U0001f23b\U0001f240-\U0001f248\U0001f260-\U0001f265"
    "\U00020000-\U0003fffd" + FIELD_OPEN + FIELD_CLOSE + "]"
)  # a character class for regular expressions
_CJK = re.compile(CJK)
_VARIANT = re.compile("[\ufe00-\ufe0e]")  # FE0F is not one of them: it makes an emoji
_IDEOGRAPHIC_VARIANT = re.compile("[\U000e0100-\U000e01ef]")
_FULL_WIDTH = "\ufe01"
_QUOTATION_MARKS = "\u2018\u2019\u201c\u201d"  # both Latin and Chinese; full-width only with a variation selector after them


def is_cjk(character: str) -> bool:
    """Whether the amendment counts the character as Chinese, Japanese or Korean."""
    return _CJK.match(character) is not None


def opens_and_closes(before: str, after: str, *, within_words: bool) -> tuple[bool, bool]:
    """Whether a run of delimiters may open and may close emphasis.

    `before` ends with the text before the run (two characters are checked), `after` begins with the text after it; an empty text
    is the edge of a paragraph. `within_words`: true for `*`, false for `_`.
    """
    last, following = before[-1:] or " ", after[:1] or " "
    main, variant = last, ""
    if _VARIANT.match(last) and len(before) > 1 and not _is_space(before[-2]):
        main, variant = before[-2], last
    space_before, space_after = _is_space(main), _is_space(following)
    if space_before or space_after:
        return not space_after, not space_before
    punctuation_before, punctuation_after = _is_punctuation(main), _is_punctuation(following)
    if not within_words:
        return punctuation_before, punctuation_after
    if is_cjk(following) or _is_cjk_before(main, variant):
        return True, True
    return punctuation_before or not punctuation_after, punctuation_after or not punctuation_before


def _is_cjk_before(main: str, variant: str) -> bool:
    if is_cjk(main) or _IDEOGRAPHIC_VARIANT.match(main):
        return True
    return variant == _FULL_WIDTH and main in _QUOTATION_MARKS


def _is_space(character: str) -> bool:
    return isWhiteSpace(ord(character))


def _is_punctuation(character: str) -> bool:
    return isMdAsciiPunct(ord(character)) or isPunctChar(character)


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803  (the parser's own names)
        end, delimiter = start, self.src[start]
        while end < self.posMax and self.src[end] == delimiter:
            end += 1
        before, after = _without_marks_before(self.src, start), _without_marks_after(self.src, end, self.posMax)
        opens, closes = opens_and_closes(self.src[max(0, before - 2) : before], after, within_words=canSplitWord)
        return Scanned(opens, closes, end - start)


def _without_marks_before(text: str, at: int) -> int:
    """Returns the end of the text before `at`, skipping editor marks, which are not in the mail."""
    while at and text[at - 1] == MARK_CLOSE:
        at = max(text.rfind(MARK_OPEN, 0, at), 0)
    return at


def _without_marks_after(text: str, at: int, end: int) -> str:
    """Returns the first character from `at` on that is not part of an editor mark, or an empty string at `end`."""
    while at < end and text[at] == MARK_OPEN:
        closing = text.find(MARK_CLOSE, at, end)
        at = closing + 1 if closing >= 0 else end
    return text[at : min(at + 1, end)]


class EmphasisInline(ParserInline):
    def __init__(self, ruler: Ruler[Any], closing: Ruler[Any]) -> None:
        super().__init__()
        self.ruler, self.ruler2 = ruler, closing

    def parse(self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens
