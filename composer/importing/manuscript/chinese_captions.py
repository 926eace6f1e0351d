"""Recognises the captions and credits of Chinese documents, as `图1　会场。新华社记者 王明 摄` and `合影（摄影：李强）`."""

from __future__ import annotations

import re
from typing import NamedTuple

from composer.importing.manuscript.chinese_lines import CLOSE, HAN, OPEN, SURNAMES, spaced_words
from composer.importing.manuscript.vocabulary import word_set

LONGEST_CAPTION = 100  # characters; a longer paragraph is text that only ends with a credit
_SLASH_OR_COLON = r"\s*[:：/／|｜]\s*"
_LABELS = spaced_words(
    word_set(
        """
        摄影 摄影报道 图片摄影 摄 拍摄 图片来源 图片提供 照片来源 照片提供 供图 供图单位 供图者 图源 图片
        照片 图 文图 图文 文/图 文／图 图/文 图／文
        """
    )
)
_PERSON = rf"(?:[{HAN}]{{2,4}}|[{HAN}][ \u3000][{HAN}]|[{HAN}]{{1,8}}·[{HAN}]{{1,8}})"
_PEOPLE = rf"{_PERSON}(?:[\s、，/]+{_PERSON}){{0,3}}"
_PRESS = rf"[{HAN}]{{0,12}}(?:记者|通讯员|摄影师|摄影员|特派员)"
_TAKEN = "(?:摄影报道|摄影|供图|摄)"
# Without 记者 before it, a name must begin with a surname.
_MAKER = rf"(?:(?:{_PRESS}\s*{_PEOPLE}\s*)+{_TAKEN}|(?=[{SURNAMES}]|[{HAN}]+·){_PEOPLE}\s*{_TAKEN}|[{HAN}]{{2,20}}供图)"
_AGENCY = rf"[{HAN}]{{2,10}}(?:社|报|网)\s*(?:发|供图|资料图|图)"
# In brackets a credit may be shorter than elsewhere, because nothing else ends so.
_BRACKETED = re.compile(
    rf"(?P<label>(?:{_LABELS}){_SLASH_OR_COLON})(?P<named>[^。！？!?；;：:（）()]{{1,40}})"
    rf"|(?P<whole>[^。！？!?，,；;：:（）()]{{0,30}}(?:供图|[社报网刊]图|摄影报道|摄影|(?<![\d年月日])摄|{_AGENCY}"
    r"|资料图片?|资料照片|网络图片|图源网络|图片来?源[于自]?网络|视频截图|(?<!由)(?:图片|照片)由?[^，,。]{2,16}提供))"
)
_IN_BRACKETS = re.compile(rf"\s*[{OPEN}]\s*([^{OPEN}{CLOSE}]{{2,50}}?)\s*[{CLOSE}]\s*$")
_AT_END = re.compile(
    rf"(?:^|(?<=[。！？!?”’；;）)])|[\s|｜]){{1}}\s*"
    rf"(?:(?P<label>(?:{_LABELS}){_SLASH_OR_COLON})(?P<named>{_PEOPLE}|[{HAN}A-Za-z·]{{2,20}})"
    rf"|(?P<whole>{_MAKER}|{_AGENCY}\s*[（(]\s*{_PEOPLE}\s*摄影?\s*[）)]))\s*[。.]?\s*$"
)
_NUMBERED = re.compile(
    r"(?:图\s*[0-9０-９]{1,2}(?:[-—–.][0-9]{1,2})?|图\s*[一二三四五六七八九十]{1,3}|图\s*[①-⑳]|图[（(][0-9一二三四五六七八九十]{1,2}[)）])(?=\s*$|[\s:：.．。]|[（(])"
    r"|图为|[上下左右][图排]\s*[:：]|图片说明\s*[:：]|▲|△"
)  # fmt: skip


class ChineseCredit(NamedTuple):
    """Positions in a line: the caption ends at `start`; the credit is between `begin` and `end`."""

    start: int
    begin: int
    end: int


def find_chinese_credit(text: str) -> ChineseCredit | None:
    """Returns where the credit at the end of the line is. A word such as 摄影 is a credit's label and not part of it; a phrase
    such as 本人供图 stays whole."""
    if found := _AT_END.search(text):
        begin, end = found.span("named" if found["named"] else "whole")
        return ChineseCredit(found.start(), begin, end)
    if found := _IN_BRACKETS.search(text):
        inner = _BRACKETED.fullmatch(found[1])
        if inner is None:
            return None
        begin, end = inner.span("named" if inner["named"] else "whole")
        return ChineseCredit(found.start(), found.start(1) + begin, found.start(1) + end)
    return None


def is_chinese_caption(text: str, *, is_first: bool) -> bool:
    """Whether the line below a picture is its caption for certain: short, with a credit at its end or 图1 at its start. Below the
    first line of a caption (`is_first` is False), only a line that is nothing but a credit belongs to it, or another 图2."""
    if len(text) > LONGEST_CAPTION:
        return False
    if _NUMBERED.match(text.strip()):
        return True
    found = find_chinese_credit(text)
    return found is not None and (is_first or not text[: found.start].strip())
