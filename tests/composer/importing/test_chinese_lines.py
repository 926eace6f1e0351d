"""The rules for single lines of Chinese documents; beside each what looks similar and is something else."""

import pytest

from composer.importing.manuscript.captions import find_chinese_credit, is_chinese_caption
from composer.importing.manuscript.chinese_lines import (
    find_issue_number,
    footer_fields,
    is_issue_line,
    read_sources,
    split_chinese_sources,
    trailing_sources,
    without_issue_number,
)
from composer.importing.manuscript.line_patterns import is_sources, is_staff, read_staff
from composer.importing.manuscript.title_similarity import POSSIBLE, SURE, match_titles


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


@pytest.mark.parametrize(
    ("line", "caption", "credit"),
    [
        ("图1　年度学术交流会会场。新华社记者 王明 摄", "图1　年度学术交流会会场。", "新华社记者 王明 摄"),
        ("林佩兰　海洋化学家，省海洋研究所研究员。（本人供图）", "林佩兰　海洋化学家，省海洋研究所研究员。", "本人供图"),
        ("年度学术交流会会场 王明 摄", "年度学术交流会会场", "王明 摄"),
        ("会场。新华社记者王明摄", "会场。", "新华社记者王明摄"),
        ("会场。新华社发（王明 摄）", "会场。", "新华社发（王明 摄）"),
        ("会场。本报记者 王明 通讯员 李华 摄影报道", "会场。", "本报记者 王明 通讯员 李华 摄影报道"),
        ("会场　李强摄影", "会场", "李强摄影"),
        ("监测站（资料图片）", "监测站", "资料图片"),
        ("会场（图片由省统计局提供）", "会场", "图片由省统计局提供"),
    ],
)
def test_a_credit_at_the_end_of_a_chinese_caption_is_found(line: str, caption: str, credit: str) -> None:
    found = find_chinese_credit(line)
    assert found is not None
    assert (line[: found.start].strip(), line[found.begin : found.end]) == (caption, credit)
    assert is_chinese_caption(line, is_first=True)


@pytest.mark.parametrize(
    "line", ["图1　会场", "图 2-1：会场", "图三 会场", "图①　会场", "图为年度学术交流会会场。", "左图：会场", "▲会场"]
)
def test_a_line_that_begins_as_captions_do_is_a_caption_without_a_credit(line: str) -> None:
    assert is_chinese_caption(line, is_first=True)
    assert find_chinese_credit(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "会议于下午五时结束。",
        "摄影师李强在现场摄下了这一瞬间。",
        "张三摄影展将于下月开幕",
        "本次活动由王明拍摄。",
        "他喜欢 户外摄影",
        "会上公布了年度数据（数据由省统计局提供）",
        "监测站已建成三年（2026年11月摄）",
        "三年的变化很大（见下图）",
        "获奖作品《春潮》（摄影）",
        "图1显示了三年来的变化。",
        "图1、图2分别为改造前后",
        "图书馆已向公众开放",
        "学会已将照片（共12张）送交档案馆",
        "学会征集照片，稿件请注明来源。" * 8 + "（摄影：李强）",  # too long for a caption
    ],
)
def test_an_ordinary_paragraph_below_a_picture_is_not_its_caption(line: str) -> None:
    assert not is_chinese_caption(line, is_first=True)


def test_below_a_caption_only_a_bare_credit_belongs_to_it() -> None:
    assert is_chinese_caption("供图：省海洋研究所", is_first=False)
    assert not is_chinese_caption("代表们随后参观了展览（摄影：李强）", is_first=False)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("2026年第11期（总第87期）　2026年11月30日", "2026年第11期（总第87期）"),
        ("第3卷第2期 2026年11月 星期一", "第3卷第2期"),
        ("（总第87期）", "总第87期"),
        ("2026年第11期　主办：江南科学技术协会", "2026年第11期"),
    ],
)
def test_a_line_with_the_number_of_the_issue_is_found(line: str, number: str) -> None:
    assert is_issue_line(line)
    assert find_issue_number(line) == number


@pytest.mark.parametrize("line", ["第3期培训班开班", "第3期青年学者培训班将于下月开班，欢迎报名", "2026年11月30日", "第87届年会"])
def test_a_line_that_counts_something_else_is_not_the_number_of_the_issue(line: str) -> None:
    assert not is_issue_line(line)


def test_the_number_behind_a_title_is_split_off() -> None:
    assert without_issue_number("江南科技通讯 2026年第11期（总第87期）") == "江南科技通讯"
    assert without_issue_number("第3期培训班开班") == "第3期培训班开班"
    assert without_issue_number("江南科技通讯第3期培训班专辑") == "江南科技通讯第3期培训班专辑"


TITLES = ["省科协召开年度学术交流会", "青年科学家论坛在苏州举行", "智能水网：一个县的节水实践", "林佩兰：把一滴海水看清楚"]


@pytest.mark.parametrize(
    ("highlight", "title", "sure"),
    [
        ("青年科学家论坛在苏州举行", 1, True),
        ("青年科学家论坛苏州举行", 1, True),
        ("人物：海洋化学家林佩兰", 3, True),  # the title sets the name apart
        ("智能水网让漏损降到百分之八", 2, True),
        ("从节水实践看县域治理", 2, False),  # a phrase of the title, which could be of another article
        ("科学人物：王芳", -1, False),
        ("海水淡化", -1, False),  # two characters in common
    ],
)
def test_a_chinese_highlight_is_matched_by_the_name_it_shares_with_one_title(highlight: str, title: int, sure: bool) -> None:
    ((found, score),) = match_titles([highlight], TITLES)
    assert (found, score >= SURE) == (title, sure)
    assert found < 0 or score >= POSSIBLE


def test_a_name_that_two_titles_have_decides_nothing() -> None:
    assert match_titles(["人物：海洋化学家林佩兰"], ["林佩兰：把一滴海水看清楚", "林佩兰获奖"]) == [(-1, 0.0)]
    titles = ["青年科学家论坛在苏州举行", "学会开通服务热线"]
    found = match_titles(["青年科学家论坛在苏州举行", "青年科学家王芳的一天"], titles)
    assert [column for column, _ in found] == [0, -1]  # another highlight names that article
