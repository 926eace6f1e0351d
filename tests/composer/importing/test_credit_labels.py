"""Labels of picture credits and sources: an issue keeps every label that it does not write itself."""

from pathlib import Path

import pytest

from composer.building import build
from composer.importing.importer import Imported, import_file, write_import
from composer.issue.document import Figure, Sources, plain
from composer.issue.parsing.issue_file import parse_issue
from tests.samples.make_documents import small_picture
from tests.samples.word_file import WordFile


def imported(folder: Path, *lines: str, article: str = "会议通过了倡议书。") -> Imported:
    """Imports a document whose article has a picture with these lines below it."""
    file = WordFile()
    file.paragraph("江南科技通讯 2026年第11期", "title")
    file.paragraph("2026年11月30日")
    file.paragraph("要闻", "heading 1")
    file.paragraph("省科协召开年度学术交流会", "heading 2")
    file.paragraph(article)
    if lines:
        file.picture(small_picture("pacifichem.jpg"), "The hall")
    for line in lines:
        file.paragraph(line)
    path = folder / "通讯.docx"
    path.write_bytes(file.save())
    done = import_file(path)
    assert "Every word of the source is in the issue or in the list of what was left out." in done.report
    return done


def figure_of(done: Imported) -> tuple[str, str]:
    [figure] = [block for block in parse_issue(done.issue_md, unfinished=True).blocks() if isinstance(block, Figure)]
    return plain(figure.caption), plain(figure.credit)


@pytest.mark.parametrize(
    ("line", "figure"),
    [
        ("摄影：李雷", ("", "摄影：李雷")),
        ("会场｜图片：王明", ("会场", "图片：王明")),
        ("会场。供图：省海洋研究所", ("会场。", "供图：省海洋研究所")),
        ("论坛现场　图/张三", ("论坛现场", "图/张三")),
        ("文/图：李强", ("", "文/图：李强")),
        ("图片来源：新华社", ("", "图片来源：新华社")),
        ("合影（摄影：李强）", ("合影", "摄影：李强")),
        ("Photo by Zhang San/Xinhua", ("", "Photo by Zhang San/Xinhua")),
        ("The hall. (Photo by Zhang San/Xinhua)", ("The hall.", "Photo by Zhang San/Xinhua")),
        ("The hall (Photo: Li Lei)", ("The hall", "Photo: Li Lei")),
        ("Photos courtesy of the Harbour Office", ("", "Photos courtesy of the Harbour Office")),
        ("The hall. Illustration by: Li Lei", ("The hall.", "Illustration by: Li Lei")),
        ("The hall. Photo credit: Li Lei", ("The hall.", "Li Lei")),  # the label of every credit
    ],
)
def test_the_label_of_a_credit_stays_with_it(tmp_path: Path, line: str, figure: tuple[str, str]) -> None:
    assert figure_of(imported(tmp_path, line)) == figure


@pytest.mark.parametrize(
    "line", ["Photo: Robots learn to weld", "The photo by the door shows how they weld under water in winter."]
)
def test_a_sentence_about_a_photo_is_no_credit(tmp_path: Path, line: str) -> None:
    assert line in imported(tmp_path, "图1　会场", line).issue_md
    assert figure_of(imported(tmp_path, "图1　会场", line)) == ("图1 会场", "")


@pytest.mark.parametrize(
    ("line", "shown", "not_shown"),
    [
        ("摄影：李雷", "摄影：李雷", "图片："),
        ("Photo by Zhang San/Xinhua", "Photo by Zhang San/Xinhua", "图片："),
        ("会场。新华社记者 王明 摄", "图片：新华社记者 王明 摄", "图片：图片"),
        ("The hall. Photo credit: Li Lei", "图片：Li Lei", "credit:"),
    ],
)
def test_a_mail_writes_no_second_label_before_a_credit(tmp_path: Path, line: str, shown: str, not_shown: str) -> None:
    write_import(imported(tmp_path, line), tmp_path / "issue")
    build(tmp_path / "issue", tmp_path / "mail")
    html = (tmp_path / "mail" / "issue.html").read_text(encoding="utf-8").replace("\u00ad", "")
    assert shown in html
    assert not_shown not in html


@pytest.mark.parametrize(
    ("sentence", "entries"),
    [
        ("会议闭幕。（来源：科技日报、省科协网站）", ["科技日报", "省科协网站"]),
        ("会议闭幕。（摘自《人民日报》）", ["摘自《人民日报》"]),
        ("会议闭幕。（据新华社、科技日报报道）", ["新华社", "科技日报"]),
        ("会议闭幕。（转载自：科技日报）", ["转载自：科技日报"]),
    ],
)
def test_words_that_say_more_than_source_stay_with_the_source(tmp_path: Path, sentence: str, entries: list[str]) -> None:
    issue = parse_issue(imported(tmp_path, article=sentence).issue_md, unfinished=True)
    [sources] = [block for block in issue.blocks() if isinstance(block, Sources)]
    assert [plain(entry) for entry in sources.entries] == entries
