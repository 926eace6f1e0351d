"""The date and the number of an issue, from the lines above its articles, and its preheader."""

from datetime import date

import pytest

from composer.importing.manuscript.issue_dates import find_dating, is_dating_line
from composer.importing.structure.issue_head import make_preheader


@pytest.mark.parametrize(
    ("masthead", "number"),
    [
        ("Harbour Letter\nNumber 7, 12 November 2026", "7"),
        ("12th of November 2026", ""),
        ("Issue 7 | 12 Nov. 2026", "7"),
        ("November 12, 2026", ""),
        ("Nov 12th 2026 – Nov 12th, 2026", ""),
        ("2026-11-12", ""),
        ("No. 7, 12.11.2026", "7"),
        ("2026.11.12 No.99", "99"),
        ("Vol. 3, No. 31\n12 NOVEMBER 2026", "31"),
        ("Noviembre 12, 2026", ""),
        ("N.º 7\n12 de noviembre de 2026", "7"),
        ("Nº 7\n12 de noviembre de 2026", "7"),
        ("12. November 2026 – Ausgabe 7", "7"),
        ("le 12 novembre 2026", ""),
        ("№ 7, 12 ноября 2026", "7"),
        ("2026年11月12日", ""),
        ("第12期2026年11月12日星期四", "第12期"),
        ("二〇二六年十一月十二日", ""),
        ("２０２６年１１月１２日", ""),
        ("2026年第11期（总第87期）　2026年11月12日", "2026年第11期（总第87期）"),
        ("2026 年第 11 期\n总第 87 期\n2026年11月12日", "2026年第11期（总第87期）"),
        ("第十一期 | 2026-11-12", "第十一期"),
        ("（总第87期） 2026年11月12日", "总第87期"),
    ],
)
def test_a_full_date_in_the_masthead_is_the_date_of_the_issue(masthead: str, number: str) -> None:
    dating = find_dating(masthead)
    todo = "check that both are right" if number else "write the number"
    assert (dating.number, dating.day, dating.summary) == (
        number,
        date(2026, 11, 12),
        f"the masthead names 12 November 2026; {todo}",
    )


@pytest.mark.parametrize(
    ("masthead", "day", "said"),
    [
        ("November 2026", date(2026, 11, 1), "the masthead names November 2026; write the day and the number"),
        ("No. 7, diciembre 2026", date(2026, 12, 1), "the masthead names December 2026; write the day"),
        ("2026年6月", date(2026, 6, 1), "the masthead names June 2026; write the day and the number"),
        ("31 November 2026", date(2026, 11, 1), "the masthead names November 2026; write the day and the number"),
        (
            "12 November 2026, from 3 November 2026",
            date(2026, 11, 1),
            "the masthead names November 2026; write the day and the number",
        ),
        ("10 – 12 November 2026", date(2026, 11, 1), "the masthead names November 2026; write the day and the number"),
        ("10–12 November 2026", date(2026, 11, 1), "the masthead names November 2026; write the day and the number"),
        ("12/11/2026", None, "no date was recognised above the articles; write the date and the number"),
        ("Version 1.2.2026.3", None, "no date was recognised above the articles; write the date and the number"),
        ("Founded in 1937. You may 2026 times", None, "no date was recognised above the articles; write the date and the number"),
        ("", None, "no date was recognised above the articles; write the date and the number"),
    ],
)
def test_a_date_that_the_document_does_not_say_is_asked_for(masthead: str, day: date | None, said: str) -> None:
    dating = find_dating(masthead)
    assert (dating.day, dating.summary) == (day, said)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("No. 31", True), ("15 March 2024", True), ("Friday, 15 March 2024", True), ("第12期", True), ("2024年6月18日 星期二", True),
        ("Vol. 3, No. 31 | March 2024", True), ("2024.10.26 No.99", True), ("Diciembre 6, 2025", True),
        ("No. 31 of our best robots", False), ("March 2024 in pictures", False), ("Robots", False), ("", False), ("2024", False),
        ("第3期培训班开班", False),
    ],
)  # fmt: skip
def test_a_line_with_nothing_but_number_and_date_is_recognised(line: str, expected: bool) -> None:
    assert is_dating_line(line) is expected


def test_a_preheader_of_a_chinese_issue_has_no_english_words() -> None:
    titles = ["省科协召开年度学术交流会", "青年科学家论坛在苏州举行", "林佩兰：把一滴海水看清楚"]
    assert (
        make_preheader(titles, titles[0], "江南科技通讯")
        == "本期《江南科技通讯》：青年科学家论坛在苏州举行；林佩兰：把一滴海水看清楚"
    )
    assert make_preheader(["A prize"], "A prize", "Post") == "In this issue of Post: A prize, and more to read"


def test_a_preheader_names_no_publication_that_is_not_known() -> None:
    assert make_preheader(["A prize"], "A prize", "") == "In this issue: A prize, and more to read"
    assert make_preheader(["一项奖"], "一项奖", "") == "本期要目：一项奖"
