"""The fixed texts of mails in every language: complete, punctuated by the rules of the language, dates as in the Unicode CLDR.

docs/theme-words.md names the sources of the texts themselves.
"""

import re
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
import yaml
from babel import Locale
from babel.dates import format_date
from babel.units import format_unit

from composer.issue.document import CalendarEvent, Text
from composer.rendering.shared_values import around_credit, day_text, days_text
from composer.rendering.text_part import render_text
from composer.themes.theme_loading import DEFAULT_ROOT, load_theme, theme_names
from composer.themes.theme_settings import common_words
from tests.composer.making import theme_copy
from tests.composer.themes.test_themes import specimen_in

WORDS = common_words()
LANGUAGES = tuple(WORDS)
every_language = pytest.mark.parametrize("language", LANGUAGES)
# English writes the day first, as newsletters from China do; CLDR's `en` is that of the USA, and its `pt` that of Brazil.
LOCALES = {"en": "en_GB", "zh": "zh_Hans", "zh-Hant": "zh_Hant", "pt": "pt_PT"}
# Our texts have a space between Chinese and a number, and none between Japanese and a number; CLDR has it the other way round.
SPACED_UNLIKE_CLDR = {"zh", "ja"}
# Abbreviations, loanwords and cognates that are written as in English. Texts without letters may be the same everywhere.
LIKE_ENGLISH = {"de": {"links"}, "fr": {"source", "sources"}, "es": {"minutes"}, "pt": {"minutes", "links"}}
DAY, SAME_MONTH, SAME_YEAR, NEXT_YEAR = date(2023, 4, 12), date(2023, 4, 14), date(2023, 5, 2), date(2024, 1, 2)


def locale_of(language: str) -> Locale:
    return Locale.parse(LOCALES.get(language, language))


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


# ------------------------------------------------------------------------------------------------------------- completeness
@every_language
def test_a_language_has_every_text_with_the_same_fields(language: str) -> None:
    own = WORDS[language]
    assert list(own) == list(WORDS["en"])
    for word, text in own.items():
        if isinstance(text, str):
            assert fields_of(text) - {"last_month"} == fields_of(WORDS["en"][word]) - {"last_month"}, word


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_text_is_english_in_another_language(language: str) -> None:
    english = {word: text for word, text in WORDS["en"].items() if re.search(r"[^\W\d_]", re.sub(r"{\w+}", "", str(text)))}
    assert {word for word, text in english.items() if WORDS[language][word] == text} == LIKE_ENGLISH.get(language, set())


@pytest.mark.parametrize("name", theme_names())
def test_the_own_texts_of_a_theme_are_in_every_language(name: str) -> None:
    own = yaml.safe_load((DEFAULT_ROOT / name / "theme.yaml").read_text(encoding="utf-8")).get("words", {})
    for language, texts in own.items():
        assert texts.keys() == own["en"].keys()
        assert language == "en" or not any(text == own["en"][word] for word, text in texts.items())
    assert not own or set(own) == set(LANGUAGES)


# -------------------------------------------------------------------------------------------------------------- punctuation
@every_language
def test_punctuation_is_that_of_the_language(language: str) -> None:
    texts = [text for text in WORDS[language].values() if isinstance(text, str)]
    wrong = {
        "fr": r"(?<!\u202f)[:;?!]|'",  # a narrow space before these marks, at which no line breaks
        "zh": r"[:;?!,]", "zh-Hant": r"[:;?!,]", "ja": r"[:;?!,~]",  # full-width marks
        "ar": r"[;?,]", "es": r"^[^¿]*\?", "ru": r" г\.",
    }.get(language, r"[：；？]|\s[:;?!]")  # fmt: skip
    assert [text for text in texts if re.search(wrong, text)] == []


@every_language
def test_a_question_and_the_link_after_it_are_apart(language: str) -> None:
    forwarded = WORDS[language]["forwarded"]
    assert re.search(r"？\Z|[?؟] \Z", forwarded), forwarded


def test_marks_keep_the_order_of_a_number_in_arabic() -> None:
    # Without them, 2026-12 is shown as 12-2026 after an Arabic letter, and a date after the number joins it.
    assert WORDS["ar"]["number"].endswith("\u200e{number}\u200f")


def test_the_text_part_has_the_colon_of_the_language() -> None:
    chinese = specimen_in("zh-Hans")
    text = render_text(chinese, load_theme("plain"), chinese.tags())
    assert "\n在浏览器中阅读：\n" in text
    assert not re.search("[\u4e00-\u9fff]: ", text)


def test_a_theme_in_an_own_language_may_lack_the_colon(tmp_path: Path) -> None:
    dutch = {word: text for word, text in WORDS["de"].items() if word != "colon"}
    own = yaml.safe_dump({"words": {"nl": dutch}}, allow_unicode=True)
    root = theme_copy(tmp_path, theme__yaml=("width: 600", f"{own}width: 600"))
    assert load_theme("ours", root).fixed_texts("nl")["colon"] == ": "


@every_language
def test_a_credit_with_the_label_of_its_language_gets_no_second_one(language: str) -> None:
    before, _, after = str(WORDS[language]["photo"]).partition("{credit}")
    assert around_credit((Text("Lin Yue"),), WORDS[language]) == (before, after)
    for label in (before, before.replace("\u202f", " "), before.strip().upper()):
        assert around_credit((Text(f"{label}Lin Yue"),), WORDS[language]) == ("", "")
    assert around_credit((Text("Lin Yue: Archive"),), WORDS[language]) == (before, after)


# ------------------------------------------------------------------------------------------------------------------ the CLDR
@every_language
def test_dates_and_months_are_those_of_the_cldr(language: str) -> None:
    for month in range(1, 13):
        day = date(2023, month, 5)
        assert day_text(day, WORDS[language]) == format_date(day, "long", locale_of(language))


def interval(first: date, last: date, differs: str, locale: Locale) -> str:
    """Returns an interval as the CLDR writes it, with whole names of months. `differs`: d, M or y.

    The CLDR has thin spaces around dashes, which many fonts of mail clients lack, so our texts have ordinary ones.
    """
    formats = locale.interval_formats
    patterns = (formats.get("yMMMMd") or formats["yMMMd"])[differs]
    whole = [re.sub(r"(?<!M)MMM(?!M)", "MMMM", pattern) for pattern in patterns]
    return "".join(format_date(day, part, locale) for day, part in zip((first, last), whole, strict=True)).replace("\u2009", " ")


@every_language
@pytest.mark.parametrize(("last", "differs"), [(SAME_MONTH, "d"), (SAME_YEAR, "M"), (NEXT_YEAR, "y")])
def test_intervals_are_those_of_the_cldr(language: str, last: date, differs: str) -> None:
    event = CalendarEvent(DAY, (), last)
    assert days_text(event, WORDS[language]) == interval(DAY, last, differs, locale_of(language))


@every_language
def test_minutes_are_those_of_the_cldr(language: str) -> None:
    for count in (2, 5, 11, 21):
        ours = WORDS[language]["minutes"].format(count=count)
        theirs = format_unit(count, "minute", "short", locale=language.replace("-", "_"))
        if language in SPACED_UNLIKE_CLDR:
            ours, theirs = ours.replace(" ", ""), theirs.replace(" ", "")
        assert ours == theirs
