"""The links of a document: those of headings are kept, those that cannot be kept are listed, and a lost one is named."""

from pathlib import Path

import pytest

from composer.importing.importer import Imported, import_file
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import SourceLink
from composer.importing.report.word_audit import compare_links
from composer.issue import links
from composer.issue.document import plain
from composer.issue.parsing.issue_file import parse_issue
from tests.samples.make_documents import small_picture
from tests.samples.mutated import zipped
from tests.samples.word_file import SPACES, WordFile, rels

AT = "https://example.org"
PAGE = f"""<html><body><nav><a href="{AT}/nav">All issues</a></nav><h1><a href="{AT}/post">The Harbour Post</a></h1>
<h2><a href="{AT}/news">News</a></h2><h3>Robots <a href="{AT}/weld">learn to weld</a></h3>
<p>See <a href="{AT}/a">this</a><a href="{AT}/a"> report</a> and {AT}/weld too.</p><h4><a href="{AT}/how">How they see</a></h4>
<pre><a href="{AT}/code">code</a></pre><p>They see well. <a href="mailto:a@example.org">Write to us</a>.</p>
<table><tr><th><a href="{AT}/year">Year</a></th><th>Count</th></tr><tr><td>2023</td><td><a href="{AT}/count">12</a></td></tr></table>
<p><a href="{AT}/picture"><img src="a.png" alt="x"></a></p><p>Source: <a href="{AT}/source">Gazette</a></p></body></html>"""
KEPT = {
    (f"{AT}/post", "The Harbour Post"), (f"{AT}/news", "News"), (f"{AT}/weld", "learn to weld"), (f"{AT}/a", "this report"),
    (f"{AT}/weld", f"{AT}/weld"), (f"{AT}/how", "How they see"), ("mailto:a@example.org", "Write to us"), (f"{AT}/year", "Year"),
    (f"{AT}/count", "12"), (f"{AT}/source", "Gazette"),
}  # fmt: skip
LEFT = {(f"{AT}/nav", "All issues"), (f"{AT}/code", "code")}


def imported(folder: Path, name: str, data: bytes) -> Imported:
    (folder / name).write_bytes(data)
    return import_file(folder / name)


def kept_links(done: Imported) -> set[tuple[str, str]]:
    issue = parse_issue(done.issue_md, unfinished=True)
    found = (link for block in issue.blocks() for content in block.contents() for link in links.links_of(content))
    return {(link.href, plain(link.children)) for link in found}


def left_links(done: Imported) -> set[tuple[str, str]]:
    return {(left.href, left.text) for left in done.left_out if left.href}


def test_links_of_headings_are_below_them_and_links_that_cannot_be_kept_are_listed(tmp_path: Path) -> None:
    done = imported(tmp_path, "post.html", PAGE.encode())
    assert (kept_links(done), left_links(done)) == (KEPT, LEFT)
    assert "Every link of the source (11) is in the issue" in done.report  # that of the picture has no text, but a mark
    assert "links of 4 headings are below them now" in done.report
    assert f"the navigation of the page: All issues ({AT}/nav)" in done.report
    assert "## Robots learn to weld {#robots-learn-to-weld}\n\n[News]" in done.issue_md  # a section has no text of its own
    assert (done.missing, done.missing_links, "WORDS" in done.report) == ((), (), False)


def test_links_of_markdown_are_counted(tmp_path: Path) -> None:
    text = f"# Post\n\n## News\n\n### [Robots]({AT}/1) weld\n\nSee [a][x], [b]({AT}/2 'title') and <{AT}/3>.\n\n[x]: {AT}/4\n[unused]: {AT}/5\n"
    done = imported(tmp_path, "post.md", text.encode())
    assert kept_links(done) == {(f"{AT}/1", "Robots"), (f"{AT}/4", "a"), (f"{AT}/2", "b"), (f"{AT}/3", f"{AT}/3")}
    assert "Every link of the source (4)" in done.report


def field_link(file: WordFile, address: str, text: str) -> str:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    instruction = f'<w:r><w:instrText> HYPERLINK "{address}" </w:instrText></w:r>'
    return f"{mark('begin')}{instruction}{mark('separate')}{file.run(text)}{mark('end')}"


def linked(file: WordFile, address: str, text: str) -> str:
    return f'<w:hyperlink r:id="{file.relate("hyperlink", address, external=True)}">{file.run(text)}</w:hyperlink>'


def test_links_and_pictures_of_a_word_document_are_counted_in_every_place(tmp_path: Path) -> None:
    file = WordFile(head="Running head")
    file.paragraph("The Harbour Post", "title")
    file.raw(linked(file, f"{AT}/news", "News"), "heading 1")
    file.raw(linked(file, f"{AT}/weld", "Robots") + linked(file, f"{AT}/weld", " weld"), "heading 2")
    file.raw(file.run("See ") + field_link(file, f"{AT}/field", "this field") + file.run(" and more."))
    simple = f'<w:fldSimple w:instr=" HYPERLINK &quot;{AT}/simple&quot; ">{file.run("simple one")}</w:fldSimple>'
    file.raw(file.run("See ") + simple + file.run(" and more of it."))
    file.raw(file.box("x").replace(file.run("x"), linked(file, f"{AT}/box", "boxed")))
    members = file.members()
    picture = '<w:r><w:pict><v:shape><v:imagedata r:id="p1"/></v:shape></w:pict></w:r>'
    header = (
        f"<w:hdr {SPACES}><w:p>{file.run('Running head')}{linked(file, AT, 'home').replace('rId', 'h')}{picture}</w:p></w:hdr>"
    )
    key = f"h{len(file.relations)}"
    members["word/header1.xml"] = header.encode()
    members["word/media/logo.png"] = small_picture("pacifichem.jpg")
    relations = [(key, "hyperlink", AT, True), ("p1", "image", "media/logo.png", False)]
    members["word/_rels/header1.xml.rels"] = rels(relations).encode()
    done = imported(tmp_path, "post.docx", zipped(members))
    assert kept_links(done) == {
        (f"{AT}/news", "News"), (f"{AT}/weld", "Robots weld"), (f"{AT}/field", "this field"), (f"{AT}/simple", "simple one"),
        (f"{AT}/box", "boxed"),
    }  # fmt: skip
    assert "Every link of the source (5)" in done.report
    assert left_links(done) == {(AT, "home")}
    assert ("logo.png", "a picture of a header or footer of the pages") in [(left.text, left.reason) for left in done.left_out]
    assert (done.missing, "WORDS" in done.report) == ((), False)


def test_a_lost_link_is_named_and_an_address_in_the_text_does_not_stand_in_for_it(tmp_path: Path) -> None:
    done = imported(tmp_path, "post.html", PAGE.encode())
    less = done.issue_md.replace(f"[learn to weld]({AT}/weld)", "learn to weld").replace(f"[12]({AT}/count)", "12")
    log = ImportLog(list(done.left_out))
    source = [SourceLink(text, href) for href, text in (KEPT | LEFT) if text != href]
    audit = compare_links(source, parse_issue(less, unfinished=True), log)
    assert set(audit.missing) == {SourceLink("learn to weld", f"{AT}/weld"), SourceLink("12", f"{AT}/count")}
    assert audit.total == 11


@pytest.mark.parametrize(
    ("line", "is_heading"),
    [("Robots weld (Source: Xinhua)", False), ("机器人焊接（来源：科技日报）", False), ("Robots weld (as never before)", True)],
)
def test_a_line_that_ends_with_its_source_is_no_heading(tmp_path: Path, line: str, is_heading: bool) -> None:
    file = WordFile()
    file.paragraph("The Harbour Post", size=44, bold=True)
    file.paragraph("News", size=32, bold=True)
    file.paragraph("The lighthouse opens", size=26, bold=True)
    file.paragraph("The lighthouse opened its doors, and everybody came.", size=20)
    file.paragraph(line, size=26, bold=True)
    file.paragraph("The harbour of Brest has bought two robots.", size=20)
    done = imported(tmp_path, "post.docx", file.save())
    titles = [article.title for article in parse_issue(done.issue_md, unfinished=True).articles()]
    assert (line in titles) is is_heading, titles


PLACES = {
    "text": "<p>a\x81b</p>", "reference": "<p>a&#129;b</p>", "address": '<p><a href="https://example.org/a&#129;">x y</a></p>',
    "relative address": '<p><a href="a\x81b">x y</a></p>', "picture": '<img src="a\x81.png" alt="b\x81">',
    "link of a picture": '<a href="a\x81"><img src="a.png"></a>', "cell": "<table><tr><th>a\x81</th><th>b</th></tr><tr><td>1<td>2\x81</table>",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_a_control_character_anywhere_is_no_fault_of_the_import(tmp_path: Path, place: str) -> None:
    page = f"<html><meta charset=utf-8><h1>The Post</h1><h2>News</h2><h3>Robots</h3><p>They weld.</p>{PLACES[place]}</html>"
    done = imported(tmp_path, "post.html", page.encode())
    assert ("\x81" in done.issue_md, done.missing) == (False, ())
