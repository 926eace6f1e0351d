"""Chinese Word documents: single rules, each with the smallest document that shows it, then the committed sample."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from composer.building import build
from composer.importing.importer import Imported, import_file, write_import
from composer.issue.document import EditorMark, Footer, Issue, ListBlock
from composer.issue.parsing.issue_file import parse_issue
from tests.composer.importing.comparing import Row, block_rows, questions_of, rows_of
from tests.samples.make_documents import DOCUMENTS, small_picture
from tests.samples.word_file import WordFile

LONG = "11月18日，省科协在杭州召开年度学术交流会，来自42个省级学会的310名代表参加，会议设有6个分论坛。"
CENTRED = '<w:jc w:val="center"/>'
Importing = Callable[[WordFile], tuple[Imported, Issue]]


@pytest.fixture
def imported(tmp_path: Path) -> Importing:
    def run(file: WordFile) -> tuple[Imported, Issue]:
        path = tmp_path / "通讯.docx"
        path.write_bytes(file.save())
        done = import_file(path)
        assert "Every word of the source is in the issue or in the list of what was left out." in done.report
        return done, parse_issue(done.issue_md, unfinished=True)

    return run


def begun(*, masthead: str = "江南科技通讯") -> WordFile:
    file = WordFile()
    file.paragraph(masthead, "title")
    file.paragraph("要闻", "heading 1")
    file.paragraph("省科协召开年度学术交流会", "heading 2")
    file.paragraph(LONG)
    return file


def rows_after(issue: Issue, text: str = LONG) -> list[Row]:
    rows = rows_of(issue)
    return rows[rows.index(("paragraph", text)) + 1 :]


# -- sources --------------------------------------------------------------------------------------------------------


def test_a_line_of_sources_becomes_the_sources_of_the_article(imported: Importing) -> None:
    file = begun()
    file.paragraph("（来源：科技日报、省科协网站）", extra='<w:jc w:val="right"/>')
    file.paragraph("学会开通服务热线", "heading 2")
    file.paragraph("会员可以在工作日拨打。来源：这里说的不是出处。")
    _, issue = imported(file)
    assert rows_after(issue) == [
        ("sources", "科技日报; 省科协网站"),
        ("article", "学会开通服务热线"),
        ("paragraph", "会员可以在工作日拨打。来源：这里说的不是出处。"),
    ]
    assert questions_of(issue).count("check: 1 article names no source: 学会开通服务热线") == 1


def test_sources_at_the_end_of_the_last_paragraph_are_split_off(imported: Importing) -> None:
    file = begun()
    file.paragraph("会议通过了倡议书。（来源：新华社）")
    file.paragraph("代表们参观了实验室。（来源：科技日报）")
    file.paragraph("学会开通服务热线", "heading 2")
    file.paragraph("会员可以在工作日拨打。（来源：省科协）")
    _, issue = imported(file)
    assert rows_after(issue) == [
        ("paragraph", "会议通过了倡议书。（来源：新华社）"),  # not the end of the article
        ("paragraph", "代表们参观了实验室。"),
        ("sources", "科技日报"),
        ("article", "学会开通服务热线"),
        ("paragraph", "会员可以在工作日拨打。"),
        ("sources", "省科协"),
    ]


# -- staff and publisher ---------------------------------------------------------------------------------------------


def test_staff_and_publisher_on_one_line_each_fill_the_head(imported: Importing) -> None:
    file = begun()
    file.paragraph("责任编辑：周晓　　编辑：吴磊、李　华　　校　对：郑洁")
    file.paragraph(
        "主办：江南科学技术协会　地址：杭州市西湖区科技路1号　邮编：310000　电话：0571-85000000　网址：www.example.org.cn　邮箱：news@example.org.cn"
    )
    _, issue = imported(file)
    assert rows_after(issue) == []
    assert [(credit.role, credit.name) for credit in issue.credits] == [
        ("责任编辑", "周晓"),
        ("编辑", "吴磊、李华"),
        ("校对", "郑洁"),
    ]
    assert issue.organisation == "江南科学技术协会"
    assert issue.footer.about == "主办：江南科学技术协会 邮编：310000 电话：0571-85000000"
    assert issue.footer.address == "杭州市西湖区科技路1号"
    assert issue.footer.website == "http://www.example.org.cn"
    assert issue.footer.email == "news@example.org.cn"
    assert not [question for question in questions_of(issue) if "organisation" in question or "footer" in question]


def test_publisher_and_addresses_on_lines_of_their_own_without_staff_fill_the_head(imported: Importing) -> None:
    file = begun()
    file.paragraph("主办单位：江南科学技术协会")
    file.paragraph("投稿邮箱：news@example.org.cn　邮箱：office@example.org.cn")
    file.paragraph("地　址：杭州市西湖区科技路1号")
    _, issue = imported(file)
    assert rows_after(issue) == []
    assert issue.organisation == "江南科学技术协会"
    assert (issue.footer.address, issue.footer.email) == ("杭州市西湖区科技路1号", "news@example.org.cn")
    assert issue.footer.about == "主办单位：江南科学技术协会 邮箱：office@example.org.cn"


def test_addresses_without_a_label_beside_labelled_values_are_found(imported: Importing) -> None:
    file = begun()
    file.paragraph("责任编辑：周晓")
    file.paragraph("《江南科技通讯》编辑部 news@example.org.cn　电话：0571-85000000")
    _, issue = imported(file)
    assert (issue.footer.about, issue.footer.email) == ("《江南科技通讯》编辑部 电话：0571-85000000", "news@example.org.cn")


def test_the_byline_of_the_last_article_does_not_make_its_text_a_footer(imported: Importing) -> None:
    file = begun()
    file.paragraph("一滴海水里的秘密", "heading 2")
    file.paragraph("撰稿：周晓")
    file.paragraph("林佩兰在实验室里工作了三十一年，她的团队建立了近海微量元素数据库。")
    file.paragraph("会场地址：杭州市西湖区科技路1号，请提前半小时到达。")
    _, issue = imported(file)
    assert rows_after(issue, "撰稿：周晓") == [
        ("paragraph", "林佩兰在实验室里工作了三十一年，她的团队建立了近海微量元素数据库。"),
        ("paragraph", "会场地址：杭州市西湖区科技路1号，请提前半小时到达。"),
    ]
    assert issue.credits == ()
    assert issue.footer.address == ""


# -- captions --------------------------------------------------------------------------------------------------------


def with_picture(*lines: tuple[str, str]) -> WordFile:
    """A document whose article has a picture, and below it these lines: (text, formatting)."""
    file = begun()
    file.picture(small_picture("pacifichem.jpg"))
    for text, extra in lines:
        file.paragraph(text, extra=extra)
    return file


@pytest.mark.parametrize(
    ("line", "extra", "figure"),
    [
        ("图1　年度学术交流会会场。新华社记者 王明 摄", CENTRED, "图1 年度学术交流会会场。 / 新华社记者 王明 摄"),
        ("与会青年科学家合影（摄影：李强）", CENTRED, "与会青年科学家合影 / 摄影：李强"),
        ("林佩兰　海洋化学家。（本人供图）", "", "林佩兰 海洋化学家。 / 本人供图"),
        ("图为会场。", "", "图为会场。 / "),
    ],
)
def test_the_line_below_a_picture_that_is_surely_its_caption_needs_no_question(
    imported: Importing, line: str, extra: str, figure: str
) -> None:
    _, issue = imported(with_picture((line, extra), ("会议还通过了倡议书。", "")))
    assert rows_after(issue) == [("figure", figure), ("paragraph", "会议还通过了倡议书。")]
    assert not [question for question in questions_of(issue) if "caption: is that right" in question]


def test_a_centred_line_below_a_picture_is_its_caption_with_a_question(imported: Importing) -> None:
    _, issue = imported(with_picture(("年度学术交流会会场", CENTRED), ("供图：省科协", CENTRED), ("会议还通过了倡议书。", "")))
    assert rows_after(issue) == [("figure", "年度学术交流会会场 / 供图：省科协"), ("paragraph", "会议还通过了倡议书。")]
    assert [question for question in questions_of(issue) if "caption: is that right" in question]


def test_a_credit_without_a_picture_stays_text(imported: Importing) -> None:
    file = begun()
    file.paragraph("（李强 摄）")
    _, issue = imported(file)
    assert rows_after(issue) == [("paragraph", "（李强 摄）")]


# -- masthead --------------------------------------------------------------------------------------------------------


def headless(*lines: tuple[str, int], section: str = "heading 1") -> WordFile:
    """A document that begins with these centred lines, (text, size in half points), and has no title style."""
    file = WordFile()
    for text, size in lines:
        file.paragraph(text, size=size, bold=size > 0, extra=CENTRED)
    file.paragraph("各位读者：")
    file.paragraph("要闻", section)
    file.paragraph("省科协召开年度学术交流会", "heading 2")
    file.paragraph(LONG)
    return file


def test_a_large_first_line_is_the_masthead_and_the_next_names_number_and_date(imported: Importing) -> None:
    done, issue = imported(headless(("江南科技通讯", 52), ("2026年第11期（总第87期）　2026年11月30日", 0)))
    assert (issue.title, issue.number, issue.date) == ("江南科技通讯", "2026年第11期（总第87期）", date(2026, 11, 30))
    assert [row for block in issue.opening for row in block_rows(block)] == [("paragraph", "各位读者：")]
    assert not [question for question in questions_of(issue) if question.startswith("check: title")]
    assert [each.text for each in done.left_out] == ["2026年第11期（总第87期） 2026年11月30日"]


def test_a_first_line_above_the_number_is_the_masthead_whatever_its_size(imported: Importing) -> None:
    _, issue = imported(headless(("江南科技通讯", 0), ("第11期", 0)))
    assert (issue.title, issue.number) == ("江南科技通讯", "第11期")


def test_a_masthead_in_the_style_of_the_sections_is_recognised_by_the_number_below_it(imported: Importing) -> None:
    file = WordFile()
    file.paragraph("江南科技通讯", "heading 1")
    file.paragraph("2026年第11期")
    file.body += headless(section="heading 1").body
    _, issue = imported(file)
    assert issue.title == "江南科技通讯"
    assert [section.title for section in issue.sections] == ["要闻"]


def test_the_number_behind_the_title_goes_into_its_field(imported: Importing) -> None:
    _, issue = imported(begun(masthead="江南科技通讯 2026年第11期"))
    assert (issue.title, issue.number) == ("江南科技通讯", "2026年第11期")


def test_the_masthead_names_the_publisher(imported: Importing) -> None:
    _, issue = imported(headless(("江南科技通讯", 52), ("2026年第11期　主办：江南科学技术协会", 0)))
    assert (issue.title, issue.organisation) == ("江南科技通讯", "江南科学技术协会")


def test_a_first_line_as_large_as_the_text_is_not_a_masthead(imported: Importing) -> None:
    file = headless(("第3期培训班开班", 0), ("欢迎报名参加", 0))
    file.paragraph("典型案例", "heading 1")
    file.paragraph("智能水网：一个县的节水实践", "heading 2")
    file.paragraph("三年前，县城供水管网的漏损率还在23%。")
    _, issue = imported(file)
    assert [question for question in questions_of(issue) if question.startswith("check: title")]
    assert ("paragraph", "第3期培训班开班") in [row for block in issue.opening for row in block_rows(block)]


# -- numbered lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", ["1． 2． 3．", "1、 2、 3、", "1. 2. 3."])
def test_short_neighbouring_paragraphs_with_numbers_are_a_list(imported: Importing, numbers: str) -> None:
    file = begun()
    texts = ["基础研究中的长期支持；", "科研数据的开放与共享；", "女性科研人员的职业发展。"]
    for number, text in zip(numbers.split(), texts, strict=True):
        file.paragraph(number + text)
    file.paragraph("会议于下午五时结束。")
    done, issue = imported(file)
    assert rows_after(issue) == [*(("ordered", text) for text in texts), ("paragraph", "会议于下午五时结束。")]
    assert [change.before for change in done.changes if change.reason == "the number of a list item"] == numbers.split()


@pytest.mark.parametrize("numbers", ["（一） （二） （三）", "(1) (2) (3)", "1） 2） 3）", "① ② ③", "一、 二、 三、"])
@pytest.mark.parametrize("styled", [True, False])
def test_items_with_numbers_that_a_list_cannot_show_keep_them(imported: Importing, numbers: str, styled: bool) -> None:
    file = begun()
    file.styled = styled
    file.paragraph("主要议题有三个：")
    texts = [
        "基础研究",
        "科研数据的开放与共享",
        "女性科研人员的职业发展与长期支持",
    ]  # each shorter than the next, as headings are
    written = [number + text for number, text in zip(numbers.split(), texts, strict=True)]
    for text in written:
        file.paragraph(text)
    file.paragraph(LONG + "会议于下午五时结束。")
    done, issue = imported(file)
    assert [row for row in rows_of(issue) if any(text in row[1] for text in texts)] == [("paragraph", text) for text in written]
    assert "the number of a list item" not in {change.reason for change in done.changes}


def test_contents_with_chinese_numbers_are_the_highlights(imported: Importing) -> None:
    file = WordFile()
    file.paragraph("江南科技通讯", "title")
    for text in ("本期目录", "一、省科协召开年度学术交流会", "二、学会开通服务热线"):
        file.paragraph(text)
    file.body += begun().body[1:]
    file.paragraph("学会开通服务热线", "heading 2")
    file.paragraph("会员可以在工作日拨打。")
    _, issue = imported(file)
    assert [article.title for article in issue.highlighted()] == ["省科协召开年度学术交流会", "学会开通服务热线"]
    assert issue.opening == tuple(block for block in issue.opening if isinstance(block, EditorMark))


def test_two_lists_with_other_numbers_each_begin_with_one(imported: Importing) -> None:
    file = begun()
    for text in ("1．基础研究；", "2．数据共享；", "（一）政策；", "（二）经费。", "1、政策；", "2、经费。"):
        file.paragraph(text)
    _, issue = imported(file)
    lists = [block for article in issue.articles() for block in article.blocks if isinstance(block, ListBlock)]
    assert [(len(block.items), block.ordered, block.start) for block in lists] == [(2, True, 1), (2, True, 1)]


def test_short_numbered_lines_above_longer_text_are_sub_headings_and_keep_their_numbers(imported: Importing) -> None:
    file = begun()
    for heading in ("一、会议概况", "二、主要成果"):
        file.paragraph(heading)
        file.paragraph(LONG + "会期两天。")
    file.paragraph("1．论文；")
    file.paragraph("2．倡议。")
    _, issue = imported(file)
    assert rows_after(issue) == [
        ("heading", "一、会议概况"),
        ("paragraph", LONG + "会期两天。"),
        ("heading", "二、主要成果"),
        ("paragraph", LONG + "会期两天。"),
        ("ordered", "论文；"),
        ("ordered", "倡议。"),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ("一、会议概况", LONG),  # nothing counts on
        ("（一）" + LONG * 3, "（二）" + LONG * 3),  # long paragraphs keep their numbers
        ("1.5亿元经费已下达。", "2.3亿元用于基础研究。"),
        ("1、2号楼已启用。", "2、3号楼在建。"),
        ("二、主要成果", "三、下一步工作"),  # does not begin with one
        ("（一）基础研究；", "会议休息。", "（二）数据共享。"),  # no neighbours, and sentences
        ("十一、二十二日放假。", "十二日上班。"),
    ],
)
def test_other_lines_that_begin_with_numbers_stay_paragraphs(imported: Importing, lines: tuple[str, ...]) -> None:
    file = begun()
    for text in lines:
        file.paragraph(text)
    _, issue = imported(file)
    assert rows_after(issue) == [("paragraph", text) for text in lines]


# -- the sample ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample() -> tuple[Imported, Issue]:
    done = import_file(DOCUMENTS / "sample-zh.docx")
    return done, parse_issue(done.issue_md, unfinished=True)


def test_no_word_of_the_sample_is_lost(sample: tuple[Imported, Issue]) -> None:
    done, _ = sample
    assert (done.missing, done.added) == ((), ())
    assert "Every word of the source is in the issue or in the list of what was left out." in done.report


def test_the_head_of_the_sample_is_complete(sample: tuple[Imported, Issue]) -> None:
    _, issue = sample
    assert (issue.title, issue.number, issue.date) == ("江南科技通讯", "2026年第11期（总第87期）", date(2026, 11, 30))
    assert (issue.organisation, issue.language, issue.tagline) == ("江南科学技术协会", "zh", "")
    assert issue.footer == Footer(
        "主办：江南科学技术协会 邮编：310000 电话：0571-85000000",
        "杭州市西湖区科技路1号",
        "http://www.example.org.cn",
        "news@example.org.cn",
    )
    assert [f"{credit.role}：{credit.name}" for credit in issue.credits] == [
        "责任编辑：周晓", "编辑：吴磊、李华", "校对：郑洁", "主编：李国强", "执行编辑：王芳", "美编：孙悦", "翻译：赵一鸣",
    ]  # fmt: skip
    assert [article.title for article in issue.highlighted()] == [article.title for article in issue.articles()]
    assert next(row for block in issue.opening for row in block_rows(block)) == ("paragraph", "各位读者：")


def test_every_part_of_the_articles_of_the_sample_is_recognised(sample: tuple[Imported, Issue]) -> None:
    _, issue = sample
    assert [(kind, text[:20]) for kind, text in rows_of(issue)] == [
        ("section", "要闻"),
        ("article", "省科协召开年度学术交流会"),
        ("heading", "一、会议概况"),
        ("paragraph", "11月18日，省科协在杭州召开年度学术交"),
        ("figure", "图1 年度学术交流会会场。 / 新华社记"),
        ("heading", "二、主要成果"),
        ("paragraph", "会议通过了三项倡议。经费来源：各学会自筹"),
        ("row", "分论坛 | 论文数"),
        ("row", "新材料 | 41"),
        ("row", "生命健康 | 52"),
        ("sources", "科技日报; 省科协网站"),
        ("section", "学术交流"),
        ("article", "青年工程师论坛在苏州举行"),
        ("paragraph", "论坛为期两天，主要议题有三个："),
        ("paragraph", "（一）基础研究中的长期支持；"),
        ("paragraph", "（二）科研数据的开放与共享；"),
        ("paragraph", "（三）女性科研人员的职业发展。"),
        ("figure", "与会青年工程师合影 / 摄影：李强"),
        ("paragraph", "论坛网站：https://forum.e"),
        ("sources", "人民网"),
        ("section", "典型案例"),
        ("article", "智能水网：一个县的节水实践"),
        ("paragraph", "三年前，县城供水管网的漏损率还在23%。"),
        ("figure", " / "),
        ("paragraph", "管网改造于去年完成。"),
        ("quote", "“以前靠耳朵听，现在靠数据看。”老管网工"),
        ("sources", "新华社; 科技日报"),
        ("section", "科学人物"),
        ("article", "林佩兰：把一滴海水看清楚"),
        ("figure", "林佩兰 海洋化学家，省海洋研究所研究员。"),
        ("paragraph", "林佩兰在实验室里工作了三十一年，她的团队"),
        ("sources", "江南日报; 省海洋研究所"),
    ]


def test_the_sample_leaves_only_questions_that_a_person_must_answer(sample: tuple[Imported, Issue]) -> None:
    _, issue = sample
    kinds = Counter(question.removeprefix("check: ").split(":")[0] for question in questions_of(issue))
    assert kinds == {
        "date and number": 1,
        "subject and preheader": 1,
        "the document has no alternative text for this picture": 3,
        "the picture has no caption in the document": 1,
        "is the first row of this table its heading?": 1,
    }


def test_the_mail_shows_the_number_of_the_sample_as_it_is(sample: tuple[Imported, Issue], tmp_path: Path) -> None:
    done, _ = sample
    write_import(done, tmp_path / "issue")
    build(tmp_path / "issue", tmp_path / "mail")
    for name in ("issue.html", "issue.txt"):
        text = (tmp_path / "mail" / name).read_text(encoding="utf-8")
        assert "2026年第11期（总第87期）" in text
        assert "第 2026年" not in text
