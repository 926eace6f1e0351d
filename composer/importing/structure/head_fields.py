"""Guesses fields of the head from the text: number and date, preheader, language."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from composer.importing.manuscript.chinese_lines import find_issue_number

NUMBER = re.compile(r"\b(?:issue|no|number|vol|volume)\.?\s*+(?::\s*+)?(\d{1,4}(?:[-/]\d{1,3})?)\b", re.IGNORECASE)
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONTH = "|".join(MONTHS)
DAYS = r"(?:\s+\d{1,2}(?:\s*(?:-|–|to|and)\s*\d{1,2})?)?"
NAMED = re.compile(rf"\b({MONTH}){DAYS},?\s+((?:19|20)\d\d)\b|\b((?:19|20)\d\d)年(\d{{1,2}})月")
ALONE = re.compile(rf"(?<=\d )({MONTH})\b|\b({MONTH})(?= \d)")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MONTH_NAMED = rf"(?P<name>{MONTH}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
# A day, as mastheads write it. 12/11/2026 is not recognised: it is 12 November in Europe and 11 December in the USA.
WHOLE_DAYS = tuple(
    re.compile(rf"(?<![\w./-])(?<!\d\s[–-]\s)(?<!\d–){pattern}(?![\w/-]|\.\d)")
    for pattern in (
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_MONTH_NAMED},?\s+(?P<year>(?:19|20)\d\d)",
        rf"{_MONTH_NAMED}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)",
        r"(?P<year>(?:19|20)\d\d)-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>(?:19|20)\d\d)",
        r"(?P<year>(?:19|20)\d\d)年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
    )
)
IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.](0[1-9]|1[0-2])(?!\d)")
SHORTEST, LONGEST = 40, 130


@dataclass(frozen=True, slots=True)
class Dating:
    """`said` is a text for the editor about where the date comes from; `sure` is whether that source names the exact day."""

    number: str
    day: date
    said: str
    sure: bool = False


def guess_date(name: str, front: str, text: str, today: date) -> Dating:
    """Takes the date from the first of these that has one: the day in the masthead, the month in the masthead, the file name,
    the month that the text names most often, the current month."""
    number = number_in(front)
    days = days_in(front)
    if len(days) == 1:
        (day,) = days
        said = f"the masthead names {day.day} {MONTHS[day.month - 1]} {day.year}"
        return Dating(number or f"{day:%Y-%m}", day, said, sure=True)
    places = {"the masthead": months_in(front), "the name of the file": months_in_name(name), "the text": months_in(text)}
    for place, found in places.items():
        if found:
            (year, month), count = max(found.items(), key=lambda entry: (entry[1], entry[0]))
            said = f"{place} names {MONTHS[month - 1]} {year}" + (f" {count} times" if count > 1 else "")
            return Dating(number or f"{year}-{month:02}", date(year, month, 1), said)
    said = "the text names no month, so this is the current one"
    return Dating(number or f"{today:%Y-%m}", today.replace(day=1), said)


def number_in(front: str) -> str:
    """Returns the number of the issue in the masthead. A Chinese one keeps its words: `2026年第11期（总第87期）`."""
    found = NUMBER.search(front)
    return find_issue_number(front) or (found[1] if found else "")


def days_in(text: str) -> set[date]:
    """Returns the days that a text names together with their year."""
    found: set[date] = set()
    for match in (match for pattern in WHOLE_DAYS for match in pattern.finditer(text)):
        said = match.groupdict()
        month = int(said.get("month") or next(at for at, name in enumerate(MONTHS, 1) if name[:3] == said["name"][:3]))
        with suppress(ValueError):  # the 31st of November
            found.add(date(int(said["year"]), month, int(said["day"])))
    return found


def months_in(text: str) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for match in NAMED.finditer(text):
        year = int(match[2] or match[3])
        month = MONTHS.index(match[1]) + 1 if match[1] else int(match[4])
        if 1 <= month <= 12:
            found[year, month] += 1
    return found or months_alone(text)


def months_alone(text: str) -> Counter[tuple[int, int]]:
    """For texts that name months with days but without years: returns the most frequent month in the most frequent year."""
    months = Counter(found[1] or found[2] for found in ALONE.finditer(text))
    years = Counter(YEAR.findall(text))
    if not months or not years:
        return Counter()
    (month, count), (year, _) = months.most_common(1)[0], years.most_common(1)[0]
    return Counter({(int(year), MONTHS.index(month) + 1): count})


def months_in_name(name: str) -> Counter[tuple[int, int]]:
    found = IN_NAME.search(name)
    return Counter({(int(found[1]), int(found[2])): 1}) if found else Counter()


def make_preheader(lines: list[str], subject: str, title: str) -> str:
    """Makes a preheader of 40 to 130 characters from as many highlights as fit, in order, without the one used as subject."""
    rest = [line for line in lines if line != subject] or [subject]
    chinese = guess_language(title + "".join(lines)) == "zh"
    between = "；" if chinese else "; "
    chosen: list[str] = []
    for line in rest:
        if len(between.join([*chosen, line])) <= LONGEST:
            chosen.append(line)
    made = between.join(chosen) or shorten(rest[0], LONGEST)
    if len(made) < SHORTEST and chinese:
        made = f"本期《{title}》：{made}"
    elif len(made) < SHORTEST:
        named = f"{title}: {made}"
        made = named if len(named) >= SHORTEST else f"In this issue of {named}, and more to read"
    return shorten(made, LONGEST)


def shorten(text: str, length: int) -> str:
    """Returns the text; a longer one is cut at a space and ends with an ellipsis."""
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:.") + "…"


def guess_language(text: str) -> str:
    """Guesses the language by its script and its most common short words; English if there is no evidence."""
    letters = [letter for letter in text[:50_000] if letter.isalpha()]
    if letters and sum("\u3400" <= letter <= "\u9fff" for letter in letters) * 3 > len(letters):
        return "zh"
    words = Counter(re.findall(r"[a-zà-ÿ]+", text[:50_000].lower()))
    marks = {"en": "the and of", "de": "der und die", "fr": "les et des", "es": "los y del"}
    return max(marks, key=lambda tongue: sum(words[word] for word in marks[tongue].split()))
