"""Differences between texts: nothing is lost, words are marked, long texts stay quick; and merging two changes by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editorial.text_differences import ADDED, CHANGED, EQUAL, REMOVED, SKIPPED, Row, Segment, compare, compare_words, merge_lines

TEXTS = st.lists(st.text("ab 科学\n", max_size=8), max_size=12).map("\n".join)


def side(rows, without: str) -> str:
    """One of the two texts again."""
    kept = ["".join(each.text for each in row.segments if each.kind != without) for row in rows if row.kind != without]
    return "\n".join(kept)


@given(TEXTS, TEXTS)
def test_the_rows_contain_both_texts_completely(before, after):
    rows = compare(before, after)
    assert side(rows, ADDED) == before
    assert side(rows, REMOVED) == after
    assert {row.kind for row in rows} <= {EQUAL, REMOVED, ADDED, CHANGED}


@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert {row.kind for row in compare(text, text)} == {EQUAL}


def test_changed_words_are_marked_in_their_line():
    rows = compare("one\nthe light source opens today\nthree", "one\nthe light source closes today\nthree")
    assert [row.kind for row in rows] == [EQUAL, CHANGED, EQUAL]
    assert rows[1].segments == (
        Segment(EQUAL, "the light source "), Segment(REMOVED, "opens"), Segment(ADDED, "closes"), Segment(EQUAL, " today"),
    )  # fmt: skip


def test_chinese_text_is_compared_by_character():
    assert compare_words("光源今日开放", "光源明日开放") == (
        Segment(EQUAL, "光源"), Segment(REMOVED, "今"), Segment(ADDED, "明"), Segment(EQUAL, "日开放"),
    )  # fmt: skip


def test_lines_that_have_nothing_in_common_are_shown_one_after_the_other():
    assert [(row.kind, row.text) for row in compare("a dog barks", "旧金山下雪了")] == [
        (REMOVED, "a dog barks"),
        (ADDED, "旧金山下雪了"),
    ]


def test_equal_lines_far_from_a_change_are_counted_instead_of_shown():
    lines = [f"line {number}" for number in range(20)]
    rows = compare("\n".join(lines), "\n".join([*lines[:10], "new", *lines[10:]]), context=2)
    assert [row.kind for row in rows] == [SKIPPED, EQUAL, EQUAL, ADDED, EQUAL, EQUAL, SKIPPED]
    assert (rows[0].count, rows[-1].count) == (8, 8)
    assert compare("a\nb", "a\nb", context=1) == (Row(SKIPPED, count=2),)


@pytest.mark.parametrize("word", ["a ", "科", "a\n", "x"])
def test_a_long_text_of_equal_words_does_not_take_the_matcher_quadratic_time(word):
    before, after = word * 30_000, "y" + word * 29_000 + "z" + word
    rows = compare(before, after)
    assert (side(rows, ADDED), side(rows, REMOVED)) == (before, after)


# ------------------------------------------------------------------------------------------------------------- merging
def test_changes_of_different_lines_are_both_in_the_merged_text():
    assert merge_lines("a\nb\nc\nd", "A\nb\nc\nd", "a\nb\nc\nD\ne") == ("A\nb\nc\nD\ne", True)


def test_changes_of_the_same_line_are_both_shown_and_reported():
    assert merge_lines("a\nb\nc", "a\ntheirs\nc", "a\nmine\nc") == ("a\ntheirs\nmine\nc", False)


def test_two_insertions_at_one_place_are_both_kept_and_reported():
    assert merge_lines("a\nb", "a\ntheirs\nb", "a\nmine\nb") == ("a\ntheirs\nmine\nb", False)


@given(TEXTS, TEXTS)
def test_merging_with_an_unchanged_side_gives_the_other_side(base, changed):
    assert merge_lines(base, changed, base) == (changed, True)
    assert merge_lines(base, base, changed) == (changed, True)
    assert merge_lines(base, changed, changed) == (changed, True)


@given(TEXTS, TEXTS, TEXTS)
def test_a_merge_loses_no_line_that_somebody_added(base, theirs, mine):
    merged, _ = merge_lines(base, theirs, mine)
    lines = merged.split("\n")
    for text in (theirs, mine):
        for line in set(text.split("\n")) - set(base.split("\n")):
            assert line in lines
