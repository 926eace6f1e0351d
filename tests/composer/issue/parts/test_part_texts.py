"""The text of a part as people edit it: nothing is lost, and what nobody changed stays byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.issue.parts.part_texts import PartText, closed, opened

LINES = st.lists(st.sampled_from(["", "x", "  y", "---", "## A {#a}", "# B {#b-1}", "## A <!-- m --> {#a}", "##"]), max_size=8)


@given(LINES.map("\n".join))
def test_a_text_that_nobody_changed_stays_the_same(text):
    assert closed(opened(text), text) == text


@given(LINES.map("\n".join), st.text("ab\n #", max_size=10))
def test_what_was_typed_is_what_is_opened_again(text, typed):
    edited = PartText(opened(text).title, typed)
    assert opened(closed(edited, text)).body.strip("\n") == typed.strip("\n") or edited.title is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("## Light {#light}\n\nx\n\n", PartText("Light", "x")),
        ("# News {#news}\n\n", PartText("News", "")),
        ("\nDear reader,\n\n", PartText(None, "Dear reader,")),
        ("## A <!-- check --> {#a}\nx\n", PartText(None, "## A <!-- check --> {#a}\nx")),
    ],
)
def test_the_heading_is_apart_from_the_body(text, found):
    assert opened(text) == found


@pytest.mark.parametrize(
    ("text", "edited", "after"),
    [
        ("## Light {#light}\n\nx\n\n", PartText("New  light ", "x"), "## New light {#light}\n\nx\n\n"),
        ("## Light {#light}\n\nx\n\n", PartText("Light", "\ny\n\nz\n"), "## Light {#light}\n\ny\n\nz\n\n"),
        ("## Light {#light}\n\n", PartText("Light", "y"), "## Light {#light}\n\ny\n\n"),
        ("## Light {#light}", PartText("Light", "y"), "## Light {#light}\n\ny\n\n"),
        ("## Light {#light}\n\nx", PartText("Light", "y"), "## Light {#light}\n\ny"),
        ("## Light {#light}\n\nx", PartText("Light", ""), "## Light {#light}\n\n"),
        ("\nDear\n\n", PartText(None, "Hello"), "\nHello\n\n"),
        ("", PartText(None, "Hello"), "Hello\n\n"),
        ("", PartText("Light", "x"), "## Light\n\nx\n\n"),
        ("## Light {#light}\n\nx\n", PartText(None, "## Light {#light}\n\ny"), "## Light {#light}\n\ny\n"),
        ("\nDear\n", PartText(None, ""), ""),
    ],
)
def test_an_edited_part(text, edited, after):
    assert closed(edited, text) == after
