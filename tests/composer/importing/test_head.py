"""The date and the number of an issue, from its masthead."""

from __future__ import annotations

from datetime import date

import pytest

from composer.importing.structure.head_fields import guess_date, make_preheader

TODAY = date(2026, 1, 5)


@pytest.mark.parametrize(
    ("masthead", "number"),
    [
        ("Harbour Letter\nNumber 7, 12 November 2026", "7"),
        ("12th of November 2026", "2026-11"),
        ("Issue 7 | 12 Nov. 2026", "7"),
        ("November 12, 2026", "2026-11"),
        ("Nov 12th 2026 – Nov 12th, 2026", "2026-11"),
        ("2026-11-12", "2026-11"),
        ("No. 7, 12.11.2026", "7"),
        ("2026年11月12日", "2026-11"),
        ("2026年第11期（总第87期）　2026年11月12日", "2026年第11期（总第87期）"),
        ("2026 年第 11 期\n总第 87 期\n2026年11月12日", "2026年第11期（总第87期）"),
        ("第十一期 | 2026-11-12", "第十一期"),
        ("（总第87期） 2026年11月12日", "总第87期"),
    ],
)
def test_a_full_date_in_the_masthead_is_the_date_of_the_issue(masthead: str, number: str) -> None:
    found = guess_date("x.txt", masthead, masthead, TODAY)
    assert (found.number, found.day, found.said, found.sure) == (
        number,
        date(2026, 11, 12),
        "the masthead names 12 November 2026",
        True,
    )


@pytest.mark.parametrize(
    ("masthead", "day", "said"),
    [
        ("November 2026", date(2026, 11, 1), "the masthead names November 2026"),
        ("31 November 2026", date(2026, 11, 1), "the masthead names November 2026"),
        ("12 November 2026, from 3 November 2026", date(2026, 11, 1), "the masthead names November 2026 2 times"),
        ("10 – 12 November 2026", date(2026, 11, 1), "the masthead names November 2026"),
        ("10–12 November 2026", date(2026, 11, 1), "the masthead names November 2026"),
        ("12/11/2026", date(2026, 1, 1), "the text names no month, so this is the current one"),
        ("Version 1.2.2026.3", date(2026, 1, 1), "the text names no month, so this is the current one"),
    ],
)
def test_an_ambiguous_date_is_not_taken_as_the_date_of_the_issue(masthead: str, day: date, said: str) -> None:
    found = guess_date("x.txt", masthead, masthead, TODAY)
    assert (found.day, found.said, found.sure) == (day, said, False)


def test_a_preheader_of_a_chinese_issue_has_no_english_words() -> None:
    titles = ["省科协召开年度学术交流会", "青年科学家论坛在苏州举行", "林佩兰：把一滴海水看清楚"]
    assert (
        make_preheader(titles, titles[0], "江南科技通讯")
        == "本期《江南科技通讯》：青年科学家论坛在苏州举行；林佩兰：把一滴海水看清楚"
    )
    assert make_preheader(["A prize"], "A prize", "Post") == "In this issue of Post: A prize, and more to read"
