"""Removes page furniture from the text: page numbers, running headers and footers, ornaments."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import PAGE_NUMBER, is_credit, is_sources
from composer.importing.readers.text.text_blocks import TextLine

NUMBER_FIRST = re.compile(r"(?:page\s+)?(\d{1,3})[\s|·–—-]+(\D.{1,58})", re.IGNORECASE)
NUMBER_LAST = re.compile(r"(.{1,58}\D)[\s|·–—-]+(?:page\s+)?(\d{1,3})", re.IGNORECASE)
COMMAND = re.compile(r"\$?\\[A-Za-z]{3,}\$?")
BULLET = re.compile(r"(?:[-*•–·▪◦]|\d{1,2}[.)])\s+")
RUNNING_HEAD_LENGTH = 60
DOMINANT_SHARE = 0.8
MAX_SEARCHED_LINES = 2_000  # each candidate is searched for in every line
NEVER = r"(?!)"  # a pattern that matches nothing
SYMBOLS = {"So", "Sk", "Cf", "Mn", "Co", "Cn"}  # categories of Unicode


def clear_furniture(lines: list[TextLine], log: ImportLog) -> tuple[list[TextLine], set[int]]:
    """Returns the lines without furniture (emptied, not removed), and the numbers of the lines where some was removed."""
    script = dominant_script(line.text for line in lines)
    heads = find_running_heads(lines, script)
    cut_at: set[int] = set()
    cleared: list[TextLine] = []
    for index, line in enumerate(lines):
        reason = furniture_reason(line.text, heads.phrases)
        if reason and not is_masthead(lines, index):
            log.leave_out(line.number, line.number, line.text, reason)
            cut_at.add(line.number)
            cleared.append(TextLine(line.number, ""))
            continue
        text = cut_running_heads(line, heads, script, log, cut_at)
        cleared.append(TextLine(line.number, strip_ornaments(line.number, text, log)))
    return cleared, cut_at


def dominant_script(texts: Iterable[str]) -> str:
    """Returns `LATIN`, `CJK` … if at least 80 % of the letters are of that script, else an empty string."""
    counts: Counter[str] = Counter()
    for text in texts:
        for letter, count in Counter(text).items():
            if letter.isalpha():
                counts[script_of(letter)] += count
    if not counts:
        return ""
    script, count = counts.most_common(1)[0]
    return script if count >= DOMINANT_SHARE * counts.total() else ""


def script_of(letter: str) -> str:
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "UNKNOWN").split()[0]


def is_foreign(text: str, script: str) -> bool:
    """Whether the text has letters, and none of them is of this script."""
    letters = [letter for letter in text if letter.isalpha()]
    return bool(script and letters) and all(script_of(letter) != script for letter in letters)


@dataclass(slots=True)
class RunningHeads:
    """The texts of running headers and footers, and on which side of them the page number is."""

    phrases: set[str]
    number_first: bool
    number_last: bool


def find_running_heads(lines: list[TextLine], script: str) -> RunningHeads:
    """Finds phrases that are repeatedly next to a page number, or once but in another script than the text."""
    numbered: Counter[str] = Counter()
    plain: Counter[str] = Counter()
    first: set[str] = set()
    for line in lines:
        if not line.text or len(line.text) > RUNNING_HEAD_LENGTH + 8 or is_credit(line.text) or is_sources(line.text):
            continue
        phrase = phrase_beside_number(line.text)
        if phrase:
            numbered[phrase] += 1
            first |= {phrase} if line.text.endswith(phrase) else set()
        elif len(line.text) <= RUNNING_HEAD_LENGTH and not BULLET.match(line.text):
            plain[line.text] += 1
    heads = {
        phrase
        for phrase, count in numbered.items()
        if count + plain[phrase] > 1 or is_foreign(phrase, script) or ends_lines(phrase, lines)
    }
    leading, trailing = heads & first, heads - first
    heads |= {phrase for phrase, count in plain.items() if count > 2}
    return RunningHeads(heads, bool(leading) or not trailing, bool(trailing) or not leading)


def ends_lines(phrase: str, lines: list[TextLine]) -> bool:
    """Whether the phrase, found once on its own line, is also at the end of a longer line with a page number."""
    if len(lines) > MAX_SEARCHED_LINES:
        return False
    shape = re.compile(rf"\S \d{{1,3}}\s+{re.escape(phrase)}$|\S {re.escape(phrase)}\s+\d{{1,3}}$")
    return any(phrase in line.text[-RUNNING_HEAD_LENGTH:] and shape.search(line.text[-80:]) for line in lines)


def phrase_beside_number(text: str) -> str:
    """Returns the phrase in `3 Monthly News` or `Monthly News | 3`; an empty string for any other line."""
    if BULLET.match(text):
        return ""
    if match := NUMBER_FIRST.fullmatch(text):
        return match[2].strip()
    if match := NUMBER_LAST.fullmatch(text):
        return match[1].strip(" |·–—-")
    return ""


def furniture_reason(text: str, phrases: set[str]) -> str:
    """Returns why the whole line is furniture; an empty string if it is not."""
    if not text:
        return ""
    if len(text) <= 20 and PAGE_NUMBER.fullmatch(text):
        return "a page number"
    if len(text) > RUNNING_HEAD_LENGTH + 8 or is_credit(text):
        return ""
    if text in phrases or phrase_beside_number(text) in phrases:
        return "a running header or footer of the page"
    return ""


def is_masthead(lines: list[TextLine], index: int) -> bool:
    """Whether this is the first line with letters: it is the masthead, even if every page repeats it."""
    before = (line.text for line in lines[:index])
    return not any(letter.isalpha() for text in before for letter in text) and not PAGE_NUMBER.fullmatch(lines[index].text)


def cut_running_heads(line: TextLine, heads: RunningHeads, script: str, log: ImportLog, cut_at: set[int]) -> str:
    """Removes running headers that a page break left inside a sentence: with a page number, or in another script."""
    text = line.text
    present = [phrase for phrase in sorted(heads.phrases, key=len, reverse=True) if phrase in text]
    if not present:
        return text
    either = "|".join(re.escape(phrase) for phrase in present)
    foreign = "|".join(re.escape(phrase) for phrase in present if is_foreign(phrase, script)) or NEVER
    page = r"(?:page\s+)?\d{1,3}"
    before = rf"{page}[\s|·–—-]+(?:{either})" if heads.number_first else NEVER
    after = rf"(?:{either})[\s|·–—-]+{page}" if heads.number_last else NEVER
    shape = re.compile(rf"(?<!\S)(?:{before}|{after}|{foreign})(?!\S)")
    fragments = [match[0] for match in shape.finditer(text)]
    for fragment in fragments:
        log.leave_out(line.number, line.number, fragment, "a running header or footer inside a sentence")
        cut_at.add(line.number)
    return " ".join(shape.sub(" ", text).split()) if fragments else text


def strip_ornaments(number: int, text: str, log: ImportLog) -> str:
    """Removes decorative symbols at the ends of a line, such as an icon that was read as a letter-like character."""
    bullet = BULLET.match(text)
    lead = bullet[0] if bullet else ""
    pieces = text[len(lead) :].split(" ")
    first, last = 0, len(pieces)
    while first < last and is_ornament(pieces[first], pieces[first + 1] if first + 1 < last else ""):
        first += 1
    while last > first and is_ornament(pieces[last - 1], ""):
        last -= 1
    dropped = [piece for piece in pieces[:first] + pieces[last:] if piece]
    if not dropped:
        return text
    log.leave_out(number, number, " ".join(dropped), "an ornament")
    return lead + " ".join(pieces[first:last]) if last > first else ""


def is_ornament(word: str, following: str) -> bool:
    """Whether the word consists only of symbols. A copyright sign before a year is text."""
    if COMMAND.fullmatch(word):
        return True
    if word == "©" and following[:4].isdigit():
        return False
    return bool(word) and all(unicodedata.category(character) in SYMBOLS for character in word)
