"""Numbers that Word counts itself: those that a list of an issue cannot show become text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from composer.importing.importer import import_file
from composer.importing.readers.docx.docx_styles import Level, Numbering, Numberings
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.comparing import Row, rows_of
from tests.samples.word_file import WordFile

LONG = "11月18日，省科协在杭州召开年度学术交流会，来自42个省级学会的310名代表参加，会议设有6个分论坛。"


@pytest.fixture
def rows(tmp_path: Path) -> Callable[[WordFile], list[Row]]:
    def run(file: WordFile) -> list[Row]:
        path = tmp_path / "通讯.docx"
        path.write_bytes(file.save())
        done = import_file(path)
        assert (done.missing, [text for text in done.added if text[:1] in "（第"]) == ((), [])
        assert "Every word of the source is in the issue" in done.report
        found = rows_of(parse_issue(done.issue_md, unfinished=True))
        return found[found.index(("paragraph", LONG)) + 1 :]

    return run


def begun() -> WordFile:
    file = WordFile()
    file.paragraph("江南科技通讯", "title")
    file.paragraph("要闻", "heading 1")
    file.paragraph("省科协召开年度学术交流会", "heading 2")
    file.paragraph(LONG)
    return file


@pytest.mark.parametrize(
    ("format_", "shown"),
    [
        ("chineseCounting", {1: "一", 10: "十", 11: "十一", 20: "二十", 21: "二十一", 99: "九十九", 100: "一〇〇"}),
        ("chineseCountingThousand", {10: "十", 19: "十九", 100: "一百", 101: "一百零一", 110: "一百一十", 1001: "一千零一"}),
        ("japaneseCounting", {10: "十", 21: "二十一", 100: "百", 111: "百十一", 2001: "二千一"}),
        ("ideographDigital", {1: "一", 10: "一〇", 21: "二一", 105: "一〇五"}),
        ("chineseLegalSimplified", {1: "壹", 10: "壹拾", 12: "壹拾贰"}),
        ("ideographTraditional", {1: "甲", 10: "癸", 11: "11"}),
        ("decimalEnclosedCircleChinese", {1: "①", 20: "⑳", 21: "21"}),
    ],
)
def test_each_number_is_written_as_word_writes_it(format_: str, shown: dict[int, str]) -> None:
    level = Level(format_, 1, "%1、")
    assert {number: level.shown(number) for number in shown} == shown
    assert level.spelled


@pytest.mark.parametrize(("format_", "text"), [("decimal", "%1."), ("decimal", "%1、"), ("lowerLetter", "%1)"), ("bullet", "●")])
def test_numbers_as_lists_show_them_stay_a_list(format_: str, text: str) -> None:
    assert not Level(format_, 1, text).spelled


def test_a_deeper_number_begins_again_below_each_higher_one() -> None:
    levels = {0: Level("chineseCountingThousand", 1, "第%1章"), 1: Level("decimal", 1, "第%1.%2节")}
    counting = Numberings({"1": Numbering("7", levels, {}), "2": Numbering("7", levels, {0: 5})})
    shown = [counting.count(numbering) for numbering in [("1", 0), ("1", 1), ("1", 1), ("1", 0), ("1", 1), ("2", 0), ("2", 0)]]
    assert shown == ["第一章 ", "第一.1节 ", "第一.2节 ", "第二章 ", "第二.1节 ", "第五章 ", "第六章 "]
    assert counting.count(("3", 0)) == counting.count(("1", 4)) == ""  # not in the file


def test_paragraphs_and_headings_keep_the_chinese_numbers_that_word_counts(rows: Callable[[WordFile], list[Row]]) -> None:
    file = begun()
    heading, item = file.numbering_with(("chineseCountingThousand", "%1、")), file.numbering_with(("chineseCounting", "（%1）"))
    file.numbered("会议概况", heading, "heading 3")
    file.paragraph("主要议题有两个：")
    file.numbered("基础研究中的长期支持；", item)
    file.numbered("", item)  # Word counts an empty paragraph
    file.numbered("科研数据的开放与共享。", item)
    file.numbered("主要成果", heading, "heading 3")
    file.paragraph("会议通过了倡议书。")
    assert rows(file) == [
        ("heading", "一、会议概况"),
        ("paragraph", "主要议题有两个："),
        ("paragraph", "（一）基础研究中的长期支持；"),
        ("paragraph", "（三）科研数据的开放与共享。"),
        ("heading", "二、主要成果"),
        ("paragraph", "会议通过了倡议书。"),
    ]


def test_a_decimal_list_goes_on_behind_paragraphs_with_chinese_numbers(rows: Callable[[WordFile], list[Row]]) -> None:
    file = begun()
    number = file.numbering_with(("decimal", "%1."), ("decimal", "（%2）"))
    for text, depth in (("论文", 0), ("全文", 1), ("摘要", 1), ("倡议", 0)):
        file.numbered(text, number, depth=depth)
    assert rows(file) == [("ordered", "论文"), ("paragraph", "（1）全文"), ("paragraph", "（2）摘要"), ("ordered", "倡议")]


def test_a_number_with_endless_text_around_it_is_cut(rows: Callable[[WordFile], list[Row]]) -> None:
    file = begun()
    number = file.numbering_with(("chineseCounting", "第%1" + "条" * 5_000))
    file.numbered("总则。", number)
    [(kind, text)] = rows(file)
    assert (kind, text[:3], text[-3:], len(text)) == ("paragraph", "第一条", "总则。", 43)
