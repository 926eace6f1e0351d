"""The rules for single lines of Chinese documents; beside each what looks similar and is something else."""

from __future__ import annotations

import pytest

from composer.importing.manuscript.chinese_lines import (
    footer_fields,
    read_sources,
    split_chinese_sources,
    trailing_sources,
)
from composer.importing.manuscript.line_patterns import is_sources, is_staff, read_staff


@pytest.mark.parametrize(
    ("line", "sources"),
    [
        ("（来源：科技日报、省科协网站）", ["科技日报", "省科协网站"]),
        ("来源：科技日报", ["科技日报"]),
        ("来源: 科技日报，新华社；人民网", ["科技日报", "新华社", "人民网"]),
        ("【资料来源：《科技日报》（2026年11月3日，第2版）、新华社】", ["《科技日报》（2026年11月3日，第2版）", "新华社"]),
        ("（据科技日报、人民网报道）", ["科技日报", "人民网"]),
        ("（摘自《人民日报》）", ["《人民日报》"]),
        ("（转自：江南科协）", ["江南科协"]),
        ("来源：https://example.org/a,b", ["https://example.org/a,b"]),
    ],
)
def test_a_chinese_line_that_names_only_sources_is_one(line: str, sources: list[str]) -> None:
    found = read_sources(line)
    assert found is not None
    assert split_chinese_sources(found.body) == sources
    assert is_sources(line)


@pytest.mark.parametrize(
    "line",
    [
        "经费来源：财政拨款",
        "数据来源：国家统计局",  # of a table
        "图片来源：新华社",  # a picture credit
        "来源：这一问题的根源在于长期缺乏投入。各级学会应当重视。",
        "来源：科技日报　责任编辑：周晓",
        "本刊稿件的来源：一是各学会来稿，二是约稿。",
        "（据说此事已有报道）",
        "（据不完全统计，已有多家媒体报道）",
        "据新华社报道，会议在杭州召开",
        "（科技日报）",
    ],
)
def test_a_line_that_only_mentions_a_source_is_text(line: str) -> None:
    assert read_sources(line) is None
    assert not is_sources(line)


def test_sources_in_brackets_behind_the_last_sentence_are_found() -> None:
    assert trailing_sources("会议在杭州召开。（来源：科技日报）") == len("会议在杭州召开。")
    assert trailing_sources("会议的两个议题（来源：省科协）都已通过。") == -1
    assert trailing_sources("会议在杭州召开。（会期两天）") == -1
    assert trailing_sources("会议材料（来源：科技日报）") == -1  # not behind a sentence


@pytest.mark.parametrize(
    ("line", "staff"),
    [
        ("责任编辑：周晓　　编辑：吴磊　　校对：郑洁", [("责任编辑", "周晓"), ("编辑", "吴磊"), ("校对", "郑洁")]),
        ("主编: 李国强；执行编辑: 王芳", [("主编", "李国强"), ("执行编辑", "王芳")]),
        ("（撰稿：周晓 翻译：阿依努尔·买买提）", [("撰稿", "周晓"), ("翻译", "阿依努尔·买买提")]),
        ("美　编：吴　磊", [("美编", "吴磊")]),
        ("审核：省科协宣传部 编辑、校对：郑洁", [("审核", "省科协宣传部"), ("编辑、校对", "郑洁")]),
    ],
)
def test_a_chinese_line_of_roles_and_names_is_staff(line: str, staff: list[tuple[str, str]]) -> None:
    assert read_staff(line) == staff
    assert is_staff(line)


@pytest.mark.parametrize(
    "line",
    [
        "编辑：请各学会于本月底前报送材料",
        "设计：以人为本",
        "审核：通过",
        "责任编辑：周晓说，会议很成功。",
        "本届大赛的策划：面向青年，面向基层",
        "编辑部：杭州",
    ],
)
def test_a_line_that_only_begins_as_staff_does_is_text(line: str) -> None:
    assert not is_staff(line)


def test_a_line_about_the_publisher_is_split_at_its_labels() -> None:
    found = footer_fields("《江南科技通讯》编辑部　主办单位：江南科协　地　址：科技路1号　邮编：310000")
    assert [(field.label, field.value) for field in found] == [
        ("", "《江南科技通讯》编辑部"),
        ("主办单位", "江南科协"),
        ("地址", "科技路1号"),
        ("邮编", "310000"),
    ]
    assert footer_fields("会议的地址见附件，电话会议另行通知。") == []
