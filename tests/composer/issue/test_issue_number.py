"""How a mail shows the number of an issue."""

import pytest

from composer.issue.issue_number import shown_number


@pytest.mark.parametrize(
    ("number", "words", "shown"),
    [
        ("2026-11", "第 {number} 期", "第 2026-11 期"),
        ("2026年第11期（总第87期）", "第 {number} 期", "2026年第11期（总第87期）"),
        ("第十一期", "第 {number} 期", "第十一期"),
        ("总第87期", "Issue {number}", "总第87期"),
        ("2026-11", "Issue {number}", "Issue 2026-11"),
        ("11 期", "Issue {number}", "Issue 11 期"),
    ],
)
def test_a_number_with_words_of_its_own_is_shown_as_it_is(number: str, words: str, shown: str) -> None:
    assert shown_number(number, words) == shown
