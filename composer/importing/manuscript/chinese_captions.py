"""Recognises the captions and credits of Chinese documents, as `图1　会场。新华社记者 王明 摄` and `合影（摄影：李强）`."""

import re
from typing import NamedTuple

from composer.importing.manuscript.chinese_lines import CLOSE, GAP, HAN, OPEN, is_surname, spaced_words
from composer.importing.manuscript.vocabulary import word_set

LONGEST_LINE = 400  # characters; only lines that a style marks as captions are longer than the next
LONGEST_CAPTION = 100  # characters; a longer paragraph is text that only ends with a credit
_LABELS = spaced_words(word_set("摄影 摄影报道 图片摄影 摄 拍摄 图片来源 图片提供 照片来源 照片提供 供图 供图单位 供图者 图源"))
# 图片：会场 is a caption, so behind these only a name is a credit.
_WEAK_LABELS = spaced_words(word_set("图片 照片 图 文图 图文 文/图 文／图 图/文 图／文"))
_SIGN = rf"{GAP}[:：/／|｜]{GAP}"
_LABELLED = re.compile(rf"(?:{_LABELS}|(?P<weak>{_WEAK_LABELS})){_SIGN}(?P<named>[^。！？!?；;：:（）()]{{1,40}})")
# In brackets a credit may be shorter than elsewhere, because nothing else ends so.
_BRACKETED = re.compile(
    r"[^。！？!?，,；;：:（）()]{1,30}(?:供图|[社报网刊]图|(?<![\d年月日])摄|[社报网]发)"
    r"|[^。！？!?，,；;：:（）()]{0,10}(?:资料图片?|资料照片|网络图片|图源网络|图片来?源[于自]?网络|视频截图)"
    r"|(?:图片|照片)由?[^，,。（）()]{2,16}提供"
)
_BRACKETS = re.compile(rf"{GAP}[{OPEN}]{GAP}([^{OPEN}{CLOSE}]{{2,50}})[{CLOSE}]{GAP}$")
_TAKEN = re.compile(rf"(?P<makers>.{{1,60}}?){GAP}(?:摄影报道|摄影|供图|摄)")
_PRESS = re.compile(rf"[{HAN}]{{0,12}}(?:记者|通讯员|摄影师|摄影员|特派员)(?P<name>[{HAN}]{{0,4}})")
_AGENCY = re.compile(rf"[{HAN}]{{1,10}}[社报网](?:发(?:{GAP}[（(][{HAN} 、\u3000]{{2,20}}[）)])?|供图|资料图|图)")
_SOURCE = re.compile("(?:社|报|日报|网|网络)$")
_PERSON = re.compile(rf"[{HAN}]{{2,4}}|[{HAN}]{{1,8}}·[{HAN}]{{1,8}}")
_PADDED = re.compile(rf"(?<![{HAN}])([{HAN}])[ \u3000]([{HAN}])(?![{HAN}])")
_NAME_ENDS = re.compile(r"[\s、，/]+")
_BEGINS = re.compile(r"(?<=[。！？!?”’；;）)\s|｜])(?=[^\s|｜])")
_NUMBERED = re.compile(
    r"(?:图\s{0,4}[0-9０-９]{1,2}(?:[-—–.][0-9]{1,2})?|图\s{0,4}[一二三四五六七八九十]{1,3}|图\s{0,4}[①-⑳]|图[（(][0-9一二三四五六七八九十]{1,2}[)）])(?=\s{0,4}$|[\s:：.．。]|[（(])"
    r"|图为|(?:图片|照片)\s{0,4}[:：]|[上下左右][图排]\s{0,4}[:：]|图片说明\s{0,4}[:：]|▲|△"
)  # fmt: skip


class ChineseCredit(NamedTuple):
    """Positions in a line: the caption ends at `start`; the credit is between `begin` and `end`."""

    start: int
    begin: int
    end: int


def find_chinese_credit(text: str) -> ChineseCredit | None:
    """Returns where the credit at the end of the line is. A word such as 摄影 is a credit's label and not part of it; a phrase
    such as 本人供图 stays whole."""
    if len(text) > LONGEST_LINE:
        return None
    end = len(text.rstrip(" \u3000。."))
    for start in (0, *(match.start() for match in _BEGINS.finditer(text))):
        if (credit := credit_in(text[start:end])) is not None:
            return ChineseCredit(len(text[:start].rstrip(" \u3000|｜")), start + credit, end)
    if match := _BRACKETS.search(text):
        inner, at = match[1].rstrip(), match.start(1)
        credit = 0 if _BRACKETED.fullmatch(inner) else credit_in(inner)
        return None if credit is None else ChineseCredit(match.start(), at + credit, at + len(inner))
    return None


def credit_in(text: str) -> int | None:
    """Returns where the name begins, behind a label, if the text is nothing but a credit."""
    if labelled := _LABELLED.fullmatch(text):
        named = labelled["named"].strip()
        return labelled.start("named") if not labelled["weak"] or are_makers(named) or _SOURCE.search(named) else None
    return 0 if _AGENCY.fullmatch(text) or is_maker(text) else None


def is_maker(text: str) -> bool:
    """Whether the text names who took the picture, as `新华社记者 王明 摄` or `省海洋研究所供图`."""
    match = _TAKEN.fullmatch(text)
    if match is None:
        return False
    supplied = text.endswith("供图") and re.fullmatch(f"[{HAN}]{{2,20}}", match["makers"]) is not None
    return supplied or are_makers(match["makers"])


def are_makers(text: str) -> bool:
    """Whether every word is a name, or a reporter with or without a name. Without 记者 before it, a name must begin with a
    surname: 户外摄影 is not by a person called 户外."""
    reporter = False
    for word in _NAME_ENDS.split(_PADDED.sub(r"\1\2", text.strip())):
        press = _PRESS.fullmatch(word)
        if not press and not (_PERSON.fullmatch(word) and (reporter or is_surname(word) or "·" in word)):
            return False
        reporter = press is not None and not press["name"]
    return not reporter


def is_chinese_caption(text: str, *, is_first: bool) -> bool:
    """Whether the line below a picture is its caption for certain: short, with a credit at its end or 图1 at its start. Below the
    first line of a caption (`is_first` is False), only a line that is nothing but a credit belongs to it, or another 图2."""
    if len(text) > LONGEST_CAPTION:
        return False
    if _NUMBERED.match(text.strip()):
        return True
    credit = find_chinese_credit(text)
    return credit is not None and (is_first or not text[: credit.start].strip())
