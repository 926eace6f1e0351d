import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.issue.languages import HAN, best_language, direction_of, parts_of


@pytest.mark.parametrize(
    ("wanted", "offered", "served"),
    [
        ("zh-CN", ["en", "zh-Hans"], "zh-Hans"),
        ("zh", ["en", "zh-Hant", "zh-Hans"], "zh-Hans"),
        ("zh-TW", ["en", "zh-Hans", "zh-Hant"], "zh-Hant"),
        ("zh-TW", ["en", "zh-Hans"], "zh-Hans"),
        ("zh_hk", ["en", "zh-Hant"], "zh-Hant"),
        ("ZH-hans", ["en", "zh-Hans"], "zh-Hans"),
        ("en-GB", ["de", "en"], "en"),
        ("en-GB", ["en", "en-GB"], "en-GB"),
        ("sr-Latn", ["en", "sr-Cyrl", "sr-Latn"], "sr-Latn"),
        ("fr", ["de", "en"], "de"),
        ("", ["de", "en"], "de"),
        ("-", ["de", "en"], "de"),
        ("e", ["de", "en"], "de"),
    ],
)
def test_readers_get_the_best_available_language(wanted: str, offered: list[str], served: str) -> None:
    assert best_language(wanted, offered) == served


@given(st.text(max_size=20), st.lists(st.sampled_from(["en", "de", "zh-Hans", "ar"]), min_size=1))
def test_every_reader_gets_an_available_language(wanted: str, offered: list[str]) -> None:
    assert best_language(wanted, offered) in offered
    assert all(best_language(language, offered) == language for language in offered)


@pytest.mark.parametrize(
    ("language", "direction"),
    [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("az-Arab", "rtl"), ("AR", "rtl"), ("zh-CN", "ltr"), ("arn", "ltr")],
)
def test_the_writing_direction_of_languages_is_known(language: str, direction: str) -> None:
    assert direction_of(language) == direction


def test_chinese_in_another_language_is_split_off_with_its_punctuation() -> None:
    assert list(parts_of("The 中国（科学）技术, or CAST", "en")) == [("The ", ""), ("中国（科学）技术", HAN), (", or CAST", "")]
    assert list(parts_of("中国", "ja")) == [("中国", "")]
    assert list(parts_of("é、", "en")) == [("é、", "")]


@given(st.text(st.sampled_from("a 中国。（·）é\U00020000"), max_size=30), st.sampled_from(["en", "zh-CN"]))
def test_splitting_by_language_loses_no_character(text: str, around: str) -> None:
    assert "".join(part for part, _ in parts_of(text, around)) == text
