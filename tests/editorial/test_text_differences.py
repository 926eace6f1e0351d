"""Differences between texts: nothing is lost, words are marked, long texts stay quick; and merging two changes by line."""

import difflib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.issue.parts.splitting import Part
from editorial import text_differences
from editorial.review import version_differences
from editorial.review.version_differences import Content
from editorial.text_differences import (
    ADDED,
    CHANGED,
    EQUAL,
    REMOVED,
    SKIPPED,
    ComparisonBudget,
    DifferenceRow,
    DifferenceSegment,
    compare,
    compare_words,
    merge_lines,
)  # fmt: skip
from tests.support.variations import examples

TEXTS = st.lists(st.text("ab 科学\n", max_size=8), max_size=12).map("\n".join)


def side(rows, without: str) -> str:
    """One of the two texts again."""
    kept = ["".join(segment.text for segment in row.segments if segment.kind != without) for row in rows if row.kind != without]
    return "\n".join(kept)


@examples(100)
@given(TEXTS, TEXTS)
def test_the_rows_contain_both_texts_completely(before, after):
    rows = compare(before, after)
    assert side(rows, ADDED) == before
    assert side(rows, REMOVED) == after
    assert {row.kind for row in rows} <= {EQUAL, REMOVED, ADDED, CHANGED}


@examples(100)
@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text):
    assert {row.kind for row in compare(text, text)} == {EQUAL}


def test_changed_words_are_marked_in_their_line():
    rows = compare("one\nthe light source opens today\nthree", "one\nthe light source closes today\nthree")
    assert [row.kind for row in rows] == [EQUAL, CHANGED, EQUAL]
    assert rows[1].segments == (
        DifferenceSegment(EQUAL, "the light source "), DifferenceSegment(REMOVED, "opens"), DifferenceSegment(ADDED, "closes"), DifferenceSegment(EQUAL, " today"),
    )  # fmt: skip


def test_chinese_text_is_compared_by_character():
    assert compare_words("光源今日开放", "光源明日开放") == (
        DifferenceSegment(EQUAL, "光源"), DifferenceSegment(REMOVED, "今"), DifferenceSegment(ADDED, "明"), DifferenceSegment(EQUAL, "日开放"),
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
    assert compare("a\nb", "a\nb", context=1) == (DifferenceRow(SKIPPED, count=2),)


@pytest.mark.parametrize("word", ["a ", "科", "a\n", "x"])
def test_a_long_text_of_equal_words_does_not_take_the_matcher_quadratic_time(word):
    before, after = word * 30_000, "y" + word * 29_000 + "z" + word
    rows = compare(before, after)
    assert (side(rows, ADDED), side(rows, REMOVED)) == (before, after)


LINES = st.lists(st.sampled_from(["a", "b", "c", "the", "科"]), max_size=30)


@examples(100)
@given(LINES, LINES)
def test_blocks_are_those_that_difflib_finds(old, new):
    numbers = {line: number for number, line in enumerate(dict.fromkeys(old + new))}
    first, second = ([numbers[line] for line in lines] for lines in (old, new))
    blocks = text_differences._BoundedMatcher(first, second, ComparisonBudget()).get_opcodes()
    assert blocks == difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def repeated_and_different(count: int, other: str) -> str:
    """Every second line occurs `count` times, the others occur once: difflib takes count³ steps for two such texts."""
    return "\n".join(f"x\n{other}{number}" for number in range(count))


def lines_run(action) -> int:
    """How many lines of the comparing code are run: a measure of work that does not depend on the machine."""
    count = 0

    def trace(frame, event, _argument):
        nonlocal count
        if frame.f_code.co_filename not in {difflib.__file__, text_differences.__file__}:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("join", ["\n", " "])
def test_comparisons_of_a_request_take_no_more_steps_than_their_budget(join):
    before, after = (repeated_and_different(120, other).replace("\n", join) for other in "ab")
    budget = ComparisonBudget(20_000)
    first = lines_run(lambda: compare(before, after, budget=budget))
    rest = lines_run(lambda: [compare(before, after, budget=budget) for _ in range(20)])
    assert first < 4 * 20_000 + 30_000, "about four lines for each step, and the rest for each line of the texts"
    assert rest < 20 * 10_000, "once it is used up, only the beginning and the end are compared"
    rows = compare(before, after, budget=budget)
    assert (side(rows, ADDED), side(rows, REMOVED)) == (before, after)


def test_all_parts_of_two_contents_share_one_budget(monkeypatch):
    monkeypatch.setattr(text_differences, "MOST_STEPS", 20_000)
    contents = [
        Content(None, {"issue.md": tuple(Part(f"p{n}", repeated_and_different(60, side)) for n in range(30))}, {}, {})
        for side in "ab"
    ]
    assert lines_run(lambda: version_differences.compare(*contents)) < 4 * 20_000 + 30 * 4_000


def test_merging_within_a_used_up_budget_keeps_both_changes():
    base = repeated_and_different(50, "a")
    merged, clean = merge_lines(base, repeated_and_different(50, "b"), repeated_and_different(50, "c"), ComparisonBudget(0))
    assert not clean
    assert {f"{side}{number}" for side in "bc" for number in range(50)} <= set(merged.split("\n"))


# ------------------------------------------------------------------------------------------------------------- merging
def test_changes_of_different_lines_are_both_in_the_merged_text():
    assert merge_lines("a\nb\nc\nd", "A\nb\nc\nd", "a\nb\nc\nD\ne") == ("A\nb\nc\nD\ne", True)


def test_changes_of_the_same_line_are_both_shown_and_reported():
    assert merge_lines("a\nb\nc", "a\ntheirs\nc", "a\nmine\nc") == ("a\ntheirs\nmine\nc", False)


def test_two_insertions_at_one_place_are_both_kept_and_reported():
    assert merge_lines("a\nb", "a\ntheirs\nb", "a\nmine\nb") == ("a\ntheirs\nmine\nb", False)


@examples(100)
@given(TEXTS, TEXTS)
def test_merging_with_an_unchanged_side_gives_the_other_side(base, changed):
    assert merge_lines(base, changed, base) == (changed, True)
    assert merge_lines(base, base, changed) == (changed, True)
    assert merge_lines(base, changed, changed) == (changed, True)


@examples(100)
@given(TEXTS, TEXTS, TEXTS)
def test_a_merge_loses_no_line_that_somebody_added(base, theirs, mine):
    merged, _ = merge_lines(base, theirs, mine)
    lines = merged.split("\n")
    for text in (theirs, mine):
        for line in set(text.split("\n")) - set(base.split("\n")):
            assert line in lines
