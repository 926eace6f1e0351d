import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.issue.document import Article, Emphasis, Figure, Link, ListBlock, Paragraph, Quote, Section, Text
from composer.rendering.text_wrapping import columns, hanging, wrapped
from composer.rendering.theme_model import Theme
from composer.themes.theme_loading import load_theme, theme_names
from config.env import ROOT
from tests.composer.making import composed, issue_of, paragraph

THEMES = ROOT / "templates" / "email"


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("中文", 4), ("e\u0301", 1), ("ｱ", 1), ("", 0)])
def test_the_width_of_text_in_columns_is_computed(text: str, width: int) -> None:
    assert columns(text) == width


def test_chinese_breaks_between_characters_but_not_before_a_full_stop() -> None:
    assert wrapped("科学技术协会。", width=12).split("\n") == ["科学技术协", "会。"]
    assert wrapped("说（科学）", width=4).split("\n") == ["说", "（科", "学）"]


def test_an_address_is_not_broken() -> None:
    url = "https://example.org/" + "a" * 100
    assert url in wrapped(f"see {url} there").split("\n")


def test_later_lines_of_a_list_item_are_indented() -> None:
    assert hanging("one two three", "1. ", 10) == "1. one two\n   three"


@given(st.text(st.sampled_from("ab 中。（科é"), max_size=200), st.integers(8, 40))
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, width: int) -> None:
    made = wrapped(text, width=width)
    assert made.replace("\n", "").replace(" ", "") == text.replace(" ", "")
    longest = max((columns(word) for word in text.split()), default=0)
    assert all(columns(line) <= width for line in made.split("\n")) or longest > 1


def test_links_are_listed_once_and_numbered_throughout_the_issue(theme: Theme) -> None:
    def link(url: str, words: str = "here") -> Paragraph:
        return Paragraph((Text("see "), Link(url, (Emphasis((Text(words),)),))))

    one = Article("one", "One", (link("https://e.org/a"), link("https://e.org/b"), link("#two", "more"), link("#two", "Two")))
    two = Article("two", "Two", (link("https://e.org/a"), link("mailto:x@e.org", "x@e.org"), link("https://e.org/c")))
    text = composed(issue_of(sections=(Section("S", (one, two)),)), theme=theme).text
    assert "see here [1]\n\nsee here [2]\n\nsee more (→ Two)\n\nsee Two\n\n[1] https://e.org/a\n[2] https://e.org/b\n" in text
    assert "see here [1]\n\nsee x@e.org\n\nsee here [3]\n\n[3] https://e.org/c\n" in text


@pytest.mark.parametrize(
    ("alt", "caption", "told"),
    [("a lamp", "The light", "come: a lamp · The light]"), ("", "The light", "come: The light]"), ("", "", "come]")],
)
def test_a_missing_picture_is_described_by_its_alternative_text_or_caption(
    theme: Theme, alt: str, caption: str, told: str
) -> None:
    mail = composed(issue_of((Figure("missing", alt, (Text(caption),) if caption else ()),)), theme=theme)
    assert f"[A picture is still to {told}" in mail.text
    assert f"A picture is still to {told.removesuffix(']')}" in re.sub("<br ?/?>", " · ", mail.html)
    assert "still to come: <" not in mail.html


@pytest.mark.parametrize("name", theme_names(THEMES))
def test_the_caption_and_credit_of_a_missing_picture_are_in_the_draft(name: str) -> None:
    figure = Figure("missing", "a lamp", (Text("The "), Emphasis((Text("light"),))), (Text("Zhang Shan"),))
    mail = composed(issue_of((figure,)), theme=load_theme(name, THEMES))
    words = " ".join(re.sub("<[^>]*>", " ", mail.html).split())
    assert "A picture is still to come: a lamp The light" in words
    assert "Zhang Shan" in words
    assert "a lamp · The light · Zhang Shan]" in " ".join(mail.text.split())


def test_lists_and_quotations_are_rendered_as_text(theme: Theme) -> None:
    inner = ListBlock(((paragraph("b"),),))
    blocks = (ListBlock(((paragraph("a"), inner), (paragraph("c"),)), True, 9), Quote((paragraph("q"), paragraph("r"))))
    text = composed(issue_of(blocks), theme=theme).text
    assert "\n9. a\n   - b\n10. c\n\n> q\n>\n> r\n" in text


def test_no_line_is_longer_than_76_columns(theme: Theme) -> None:
    long = paragraph("word " * 300 + "中文科学" * 200)
    mail = composed(issue_of((long, Quote((long,)), ListBlock(((long,),))), title="CAST", subject="x"), theme=theme)
    assert max(columns(line) for line in mail.text.split("\n")) <= 76
