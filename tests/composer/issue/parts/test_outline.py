"""What each part of a file is, its title, and where it can be moved."""

import pytest

from composer.issue.parts.outline import Moves, block, end_of_section, kind_of, language_of, moves, title_of
from composer.issue.parts.splitting import WHOLE, Part, split
from tests.composer.making import HEAD

SOURCE = HEAD + "\nDear\n\n# A {#a}\n\n## One {#one}\n\nx\n\n## Two {#two}\n\n# B {#b}\n\n## Three {#three}\n\nx\n"
PARTS = split(SOURCE)


def test_kinds_of_parts():
    assert [kind_of(part) for part in PARTS] == [
        "head", "footer", "opening", "section", "article", "article", "section", "article",
    ]  # fmt: skip
    assert kind_of(Part(WHOLE, "# x")) == "whole"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("## Light {#light}", "Light"), ("# 要闻 {#news}  ", "要闻"), ("## A \\#1 <!-- check: x --> {#a}", "A #1"),
        ("## A {#a} <!-- check: open", "A"), ("## Title ##", "Title"), ("##", ""), ("## {#a}", ""), ("##Title", ""),
        ("## <b>x</b> {#a}", "<b>x</b>"),
    ],
)  # fmt: skip
def test_the_title_of_a_heading(line, title):
    assert title_of(Part("a", line + "\n\ntext")) == title


def test_a_section_moves_with_its_articles():
    assert list(block(PARTS, 3)) == [3, 4, 5]
    assert list(block(PARTS, 4)) == [4]
    assert list(block(PARTS, 6)) == [6, 7]


def test_where_sections_and_articles_can_move():
    assert moves(PARTS) == {
        "a": Moves(None, "three"),
        "one": Moves(None, "two"),
        "two": Moves("a", "b"),
        "b": Moves("@opening", None),
        "three": Moves("two", None),
    }


def test_moving_past_parts_that_stand_outside_of_sections():
    parts = split(HEAD + "\n## One {#one}\n\nx\n\n# A {#a}\n")
    assert moves(parts) == {"one": Moves(None, "a"), "a": Moves(None, None)}


def test_the_language_of_a_file_and_the_end_of_a_section():
    assert language_of(PARTS) == "en"
    assert language_of(split("no head")) == ""
    assert [end_of_section(PARTS, at) for at in range(8)] == [0, 1, 2, 5, 5, 5, 7, 7]
