"""Attaches to each picture of a document its caption and credit, which are paragraphs next to it."""

import re
from dataclasses import replace
from typing import NamedTuple

from composer.importing.manuscript.chinese_lines import CLOSE, GAP, HAN, OPEN, is_surname, spaced_words
from composer.importing.manuscript.document_parts import DocumentPart, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import cut
from composer.importing.manuscript.issue_dates import is_dating_line
from composer.importing.manuscript.line_patterns import CREDIT, INNER_SOURCE, LONGEST_CAPTION, is_closed, is_credit
from composer.importing.manuscript.vocabulary import word_set
from composer.issue.document import MISSING_PICTURE, Figure, Inlines, Paragraph, Text, plain

LONGEST_LINE = 400  # characters; only lines that a style marks as captions are longer than the next
LONGEST_CHINESE_CAPTION = 100  # characters; a longer paragraph is text that only ends with a credit
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
    if len(text) > LONGEST_CHINESE_CAPTION:
        return False
    if _NUMBERED.match(text.strip()):
        return True
    credit = find_chinese_credit(text)
    return credit is not None and (is_first or not text[: credit.start].strip())


LABELS = ("caption", "credit")
# The label of these is the one that an issue has for every credit; all others, as `Illustration by:`, stay with the credit.
PLAIN_CREDIT = re.compile(r"(?:photo(?:graph)?|picture|image)s?\s*credits?\s*[:：;.]\s*", re.IGNORECASE)
ENGLISH_CREDIT = re.compile(
    r"(?:(?<=[.!?)”\"])\s{1,4}|^|\s{0,4}[(（\[])"
    r"((?:photo(?:graph)?|picture|image|illustration|graphic)s?\s{0,4}(?P<by>by(?=\s)|courtesy\s{1,4}of(?=\s)|courtesy\s{0,4}:|[:：]|©)"
    r"\s{0,4}(?P<named>[^.!?;:()（）\[\]]{2,80}))[.)）\]]{0,2}\s{0,4}$",
    re.IGNORECASE,
)
LONGEST_CREDITED = 260
NAME_PARTICLES = ("of", "the", "and", "de", "der", "van", "von", "for", "&", "/")
MANY_WORDS = "is all of this the caption, or is part of it the text of the article?"
LONG_CREDIT = "is all of this the credit, or is part of it the text of the article?"
GUESSED = "the line below the picture was taken as its caption: is that right?"
NO_CAPTION = "the picture has no caption in the document: describe the picture in the square brackets"
# The caption is not copied into the alternative text: a screen reader reads out both, so a reader would hear it twice.
NO_ALT = "the document has no alternative text for this picture: describe the picture in the square brackets"


def settle_captions(parts: list[DocumentPart], log: ImportLog) -> list[DocumentPart]:
    """Moves the caption and credit lines next to pictures into the figures. A credit without a picture becomes a figure whose
    picture is missing."""
    settled: list[DocumentPart] = []
    index = 0
    while index < len(parts):
        stop = index
        while stop < len(parts) and isinstance(parts[stop].block, Figure):
            stop += 1
        if stop > index:
            lines = lines_below(parts, stop)
            figures, index = parts[index:stop], stop + len(lines)
            if not lines and settled and (settled[-1].role is Role.CAPTION or is_lone_credit(settled[-1])):
                lines = [settled.pop()]
            settled += pair(figures, lines, log)
            continue
        part = parts[index]
        index += 1
        if is_lone_credit(part) and not (index < len(parts) and isinstance(parts[index].block, Figure)):
            above = [settled.pop()] if settled and settled[-1].role is Role.CAPTION else []
            part = with_caption(replace(part, block=Figure(MISSING_PICTURE), questions=()), [*above, part], log)
        settled.append(part)
    return settled


def is_lone_credit(part: DocumentPart) -> bool:
    return part.level is None and is_credit(part.text)


def lines_below(parts: list[DocumentPart], start: int) -> list[DocumentPart]:
    lines: list[DocumentPart] = []
    for index, part in enumerate(parts[start : start + 6], start):
        if part.level is not None or not isinstance(part.block, Paragraph) or len(part.text) > LONGEST_CAPTION:
            break
        labelled = label_of(part.text) != ""
        longest = 160 if is_closed(part.text) else 220  # a whole sentence may be a caption when it is not long
        labelled = (
            labelled or is_chinese_caption(part.text, is_first=not lines) or is_english_caption(part.text, is_first=not lines)
        )
        if any(is_dating_line(other.text) for other in parts[index : index + 2]):  # the masthead, below a picture of its own
            break
        guessed = not lines and part.role is Role.MAYBE_CAPTION and len(part.text) <= longest
        if not (part.role is Role.CAPTION or labelled or is_credit(part.text) or guessed):
            break
        lines.append(part.with_questions(GUESSED) if guessed and not (labelled or is_credit(part.text)) else part)
    return lines


def pair(figures: list[DocumentPart], lines: list[DocumentPart], log: ImportLog) -> list[DocumentPart]:
    """Gives each picture its own line if there are as many lines as pictures; otherwise the last picture gets all lines."""
    shares = [[line] for line in lines] if len(lines) == len(figures) else [*([] for _ in figures[1:]), lines]
    return [with_caption(figure, share, log) for figure, share in zip(figures, shares, strict=True)]


def with_caption(figure: DocumentPart, lines: list[DocumentPart], log: ImportLog) -> DocumentPart:
    """Returns the figure with the caption and credit from `lines`, and with questions about what is not sure."""
    block = figure.block
    assert isinstance(block, Figure)  # noqa: S101 - the callers check it
    caption, credit = block.caption, block.credit
    questions = [question for question in figure.questions if question not in (NO_ALT, NO_CAPTION)]
    for part in lines:
        description, maker, labels = read_caption_line(part.content)
        if labels:
            log.change(part.position, part.position, labels, "", "a label, written as Caption or Credit")
        caption, credit = spaced(caption, description), spaced(credit, maker)
        questions += [question for question in part.questions if question not in questions]
    made = replace(block, caption=caption, credit=credit)
    return replace(figure, block=made, role=Role.BODY, questions=(*questions, *questions_about(made)))


def questions_about(figure: Figure) -> list[str]:
    """Returns questions for what an editor should add or check. If the picture is missing, only the form of the lines shows where
    its caption ends."""
    caption, credit = plain(figure.caption).strip(), plain(figure.credit)
    questions: list[str] = []
    if not figure.alt:
        questions.append(NO_ALT if caption else NO_CAPTION)
    if len(caption) > 260 or (figure.missing and (len(caption) > 220 or is_closed(caption))):
        questions.append(MANY_WORDS)
    if figure.missing and (len(credit) > 160 or ". " in credit):
        questions.append(LONG_CREDIT)
    return questions


def spaced(first: Inlines, second: Inlines) -> Inlines:
    return (*first, Text(" "), *second) if first and second else first + second


def label_of(text: str) -> str:
    word, colon, _ = text.replace("：", ":").partition(":")
    return word.strip().casefold() if colon and word.strip().casefold() in LABELS else ""


def read_caption_line(content: Inlines) -> tuple[Inlines, Inlines, str]:
    """Splits a line into (caption, credit, label). It understands `Caption: X`, `Credit: X`, `caption Photo credit: X`,
    `Photo credit: caption Source: X`, and a caption without a label."""
    text = plain(content)
    if label := label_of(text):
        start = min(text.find(colon) for colon in ":：" if colon in text) + 1
        rest = cut(content, start)
        return (rest, (), text[:start]) if label == "caption" else ((), rest, text[:start])
    match = CREDIT.search(text)
    if match is None:
        if credit := find_english_credit(text):
            return cut(content, 0, credit.start()), cut(content, *credit.span(1)), ""
        return read_chinese_caption(content, text)
    before = cut(content, 0, match.start())
    inner = INNER_SOURCE.search(text, match.end())
    if inner is None and not PLAIN_CREDIT.fullmatch(match[0]):
        return before, cut(content, match.start()), ""
    if inner is None:
        return before, cut(content, match.end()), match[0].strip()
    caption = spaced(before, cut(content, match.end(), inner.start()))
    return caption, cut(content, inner.end()), f"{match[0].strip()} {inner[0].strip()}"


def read_chinese_caption(content: Inlines, text: str) -> tuple[Inlines, Inlines, str]:
    """As `read_caption_line`, for `合影（摄影：李强）`. A line without a credit is a caption. The label stays
    with the credit: it says who took the picture, supplied it, or also wrote the text."""
    credit = find_chinese_credit(text)
    if credit is None:
        return content, (), ""
    label = text[credit.start : credit.begin].lstrip(" \u3000(（【[|｜")
    return cut(content, 0, credit.start), cut(content, credit.begin - len(label), credit.end), ""


def is_english_caption(text: str, *, is_first: bool) -> bool:
    """Whether the line below a picture ends with a credit, or, below the first line of a caption, is nothing else."""
    match = find_english_credit(text)
    return match is not None and (is_first or not text[: match.start()].strip())


def find_english_credit(text: str) -> re.Match[str] | None:
    """Returns the credit at the end of a caption, as `Photo by Zhang San/Xinhua`; behind `Photo:` there must be names."""
    match = ENGLISH_CREDIT.search(text) if len(text) <= LONGEST_CREDITED else None
    if match is None or match["by"].endswith((":", "：")):
        names = match["named"].split() if match else []
        return match if names and all(name in NAME_PARTICLES or not name[0].islower() for name in names) else None
    return match
