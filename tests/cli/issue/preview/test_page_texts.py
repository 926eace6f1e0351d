"""The words of the page: whole in both languages, and all that its files ask for."""

from __future__ import annotations

import re

import pytest

from cli.issue.preview import preview_page
from cli.issue.preview.page_texts import WORDS, language_of


def test_both_languages_fill_the_same_places():
    for key, (english, chinese) in WORDS.items():
        assert english, key
        assert chinese, key
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", chinese)), key


def test_every_word_that_is_asked_for_is_there_and_none_is_idle():
    sources = "".join(path.read_text(encoding="utf-8") for path in preview_page.TEMPLATES.iterdir())
    asked = set(re.findall(r"""say\([^"'`)]*["']([a-z-]+)["']""", sources)) | set(
        re.findall(r"""words\[["']([a-z-]+)["']\]""", sources)
    )
    asked |= set(re.findall(r"words\.([a-z]+)\b(?!\()", sources)) - {"replace"}
    assert {"stale", "live", "skip", "reader"} <= asked
    assert asked <= WORDS.keys()
    built = {
        *preview_page.VIEWS_SHOWN,
        *(f"{view}-hint" for view in preview_page.VIEWS_SHOWN),
        *preview_page.WIDTHS,
        *preview_page.PANELS,
        "error",
        "warning",
        "info",
    }
    built |= {key for key in WORDS if key.startswith(("sample", "from-"))}
    assert built <= WORDS.keys()
    quoted = set(re.findall(r'["\']([a-z][a-z-]+)["\']', sources))
    assert WORDS.keys() - asked - built - quoted == set()


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        ("", "en"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"), ("zh-Hans", "zh-Hans"), ("de, en;q=0.5", "en"), ("en, zh", "en"),
        ("zh;q=0.1, en;q=0.9", "en"), ("fr", "en"), (";;,,q=x", "en"), ("*", "en"), ("zh;q=oops, en;q=0.5", "en"),
    ],
)  # fmt: skip
def test_the_language_of_the_page(wanted, language):
    assert language_of(wanted) == language


def test_no_word_can_end_the_data_of_the_page(monkeypatch):
    monkeypatch.setitem(WORDS, "preview", ("</script><script>", "x"))
    assert preview_page.page("en").count("</script>") == 2
