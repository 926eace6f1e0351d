"""Finds the number and the date of an issue in the lines above its articles. What these do not say stays empty."""

import re
import unicodedata
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from composer.importing.manuscript.chinese_lines import find_issue_number, is_issue_line
from composer.importing.manuscript.chinese_numbering import value_of

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ABBREVIATED = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
# German, French, Spanish, Portuguese, Italian, Russian (in dates, and alone): most of them are written in lowercase.
_OTHER_LANGUAGES = """
januar februar märz april mai juni juli august september oktober november dezember
janvier février mars avril mai juin juillet août septembre octobre novembre décembre
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro
gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
января февраля марта апреля мая июня июля августа сентября октября ноября декабря
январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
"""


def _months() -> dict[str, int]:
    """Returns each form of the names of months -> the number of the month. English names have a capital: may is a verb."""
    names: dict[str, int] = {}
    for row in (" ".join(MONTHS), _ABBREVIATED, *_OTHER_LANGUAGES.strip().split("\n")):
        for month, name in enumerate(row.split(), start=1):
            lowercase = () if name[0].isupper() else (name,)
            names |= dict.fromkeys((*lowercase, name.capitalize(), name.upper()), month)
    return names | dict.fromkeys(("Sept", "SEPT"), 9)


_MONTH_OF = _months()
_NAMES = "|".join(sorted(_MONTH_OF, key=lambda name: (-len(name), name)))
_MONTH = rf"(?P<name>{_NAMES})\b\.?"
_DAY, _YEAR, _DIGITS = r"(?P<day>\d{1,2})", r"(?P<year>(?:19|20)\d\d)", r"(?P<month>\d{1,2})"
_LETTER = "A-Za-z0-9_\u00c0-\u024f\u0400-\u04ff"  # Chinese text may precede and follow a date without a space
_BEFORE = rf"(?<![{_LETTER}./-])(?<!\d\s[–-]\s)(?<!\d–)"
_AFTER = rf"(?![{_LETTER}/-]|\.\d)"
_WEEKDAY = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lunes|martes|miércoles|"
    r"jueves|viernes|sábado|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b|(?:星期|周)[一二三四五六日天]",
    re.IGNORECASE,
)
# 12/11/2026 is not recognised: it is 12 November in Europe and 11 December in the USA.
_WHOLE_DAYS = (
    *(
        re.compile(f"{_BEFORE}{pattern}{_AFTER}")
        for pattern in (
            rf"{_DAY}(?:st|nd|rd|th|er|º)?\.?\s{{1,4}}(?:of\s{{1,4}}|de\s{{1,4}})?{_MONTH}(?:\s{{1,4}}del?)?,?\s{{1,4}}{_YEAR}",
            rf"{_MONTH}\s{{1,4}}{_DAY}(?:st|nd|rd|th)?,?\s{{1,4}}(?:de\s{{1,4}})?{_YEAR}",
            rf"{_YEAR}-{_DIGITS}-{_DAY}",
            rf"{_YEAR}[./]{_DIGITS}[./]{_DAY}",
            rf"{_DAY}\.\s?{_DIGITS}\.\s?{_YEAR}",
        )
    ),
    re.compile(rf"(?<!\d){_YEAR}\s?年\s?{_DIGITS}\s?月\s?{_DAY}\s?[日号]"),
)
_RANGE = r"\s{1,4}\d{1,2}(?:st|nd|rd|th)?(?:\s{0,4}(?:-|–|to|and)\s{0,4}\d{1,2}(?:st|nd|rd|th)?)?"
_WHOLE_MONTHS = (
    re.compile(rf"\b{_MONTH}(?:{_RANGE})?(?:\s{{1,4}}del?)?,?\s{{1,4}}{_YEAR}\b"),
    re.compile(rf"(?<!\d){_YEAR}\s?年\s?{_DIGITS}\s?月"),
)
_COUNT = "[一二三四五六七八九十]{1,3}"
_CHINESE_DATE = re.compile(f"([〇○零一二三四五六七八九]{{4}})年({_COUNT})月(?:({_COUNT})([日号]))?")
_CHINESE_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_NUMBER = re.compile(
    rf"(?<![{_LETTER}])(?P<label>issue|number|n\.?o|n\.?°|nr|núm(?:ero)?|numéro|numero|ausgabe|edición|edição|vol(?:ume)?)"
    r"(?:\.\s*+|\s++)?+(?:[:#]\s*+)?(?P<number>\d{1,4}(?:[-/]\d{1,3})?)(?![\w-])",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\s|·•,;:.()（）/—–\-，；：。]+|\band\b|\bof\b", re.IGNORECASE)
LONGEST_LINE = 90  # characters of a line that says number and date


@dataclass(frozen=True, slots=True)
class Dating:
    """`day`: the date, or the first day of a month that is named without a day (`month_only`); None if no date was recognised."""

    number: str = ""
    day: date | None = None
    month_only: bool = False

    @property
    def summary(self) -> str:
        """What the document says about the date, and what an editor has to do, as a sentence without its full stop."""
        missing = ["the day"] if self.month_only else ["the date"] if self.day is None else []
        missing += [] if self.number else ["the number"]
        source = "no date was recognised above the articles"
        if self.day is not None:
            day = "" if self.month_only else f"{self.day.day} "
            source = f"the masthead names {day}{MONTHS[self.day.month - 1]} {self.day.year}"
        return f"{source}; " + (f"write {' and '.join(missing)}" if missing else "check that both are right")


def find_dating(lines: str) -> Dating:
    """Returns what the lines say. Several different days, such as the dates of an event, leave only their month."""
    number, days = number_in(lines), days_in(lines)
    if len(days) == 1:
        return Dating(number, next(iter(days)))
    if months := months_in(lines):
        (year, month), _ = max(months.items(), key=lambda entry: (entry[1], entry[0]))
        return Dating(number, date(year, month, 1), month_only=True)
    return Dating(number)


def names_issue(text: str) -> bool:
    """Whether the text contains an issue number, or a month with its year."""
    return bool(_NUMBER.search(text) or days_in(text) or months_in(text)) or is_issue_line(text)


def is_dating_line(text: str) -> bool:
    """Whether the line says the number or the date of the issue, and nothing else: `No. 31`, `15 March 2024`, `第12期`."""
    if len(text) > LONGEST_LINE or not names_issue(text):
        return False
    if is_issue_line(text):
        return True
    rest = _plain(text)
    for pattern in (*_WHOLE_DAYS, *_WHOLE_MONTHS, _NUMBER, _WEEKDAY):
        rest = pattern.sub(" ", rest)
    return not _SEPARATORS.sub("", rest)


def number_in(text: str) -> str:
    """Returns the number of the issue. A Chinese one keeps its words: `2026年第11期（总第87期）`. A volume is a number only if
    there is no other."""
    if number := find_issue_number(text):
        return number
    matches = list(_NUMBER.finditer(unicodedata.normalize("NFKC", text)))
    issues = [match for match in matches if not match["label"].casefold().startswith("vol")]
    return next((match["number"] for match in (*issues, *matches)), "")


def days_in(text: str) -> set[date]:
    days: set[date] = set()
    lines = _plain(text).split("\n")  # a number at the end of a line is no day of the month on the next one
    for match in (match for line in lines for pattern in _WHOLE_DAYS for match in pattern.finditer(line)):
        with suppress(ValueError):  # the 31st of November
            days.add(date(int(match["year"]), _month_in(match), int(match["day"])))
    return days


def months_in(text: str) -> Counter[tuple[int, int]]:
    """Returns (year, month) -> how often the text names that month."""
    months: Counter[tuple[int, int]] = Counter()
    for match in (match for pattern in _WHOLE_MONTHS for match in pattern.finditer(_plain(text))):
        if 1 <= (month := _month_in(match)) <= 12:
            months[int(match["year"]), month] += 1
    return months


def _month_in(match: re.Match[str]) -> int:
    groups = match.groupdict()
    return int(groups["month"]) if groups.get("month") else _MONTH_OF[groups["name"]]


def _plain(text: str) -> str:
    """Returns the text with usual digits, also in dates such as 二〇二四年六月十八日."""

    def digits(match: re.Match[str]) -> str:
        day = f"{value_of(match[3])}{match[4]}" if match[3] else ""
        return f"{match[1].translate(_CHINESE_DIGITS)}年{value_of(match[2])}月{day}"

    return _CHINESE_DATE.sub(digits, unicodedata.normalize("NFKC", text))
