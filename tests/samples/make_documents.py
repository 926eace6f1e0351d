"""Makes the sample documents for the import from the example issue: `python -m tests.samples.make_documents`.

The Word document and the web page are written here. LibreOffice converts the Word document to the PDF, in two columns, with
running headers and hyphenation; only this needs `soffice` and an English hyphenation dictionary.
"""

import functools
import html
import io
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from composer.issue.document import (  # fmt: skip
    FULL,
    Block,
    Emphasis,
    Figure,
    Inlines,
    Issue,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Sources,
    Strong,
    SubHeading,
    Text,
    plain,
)
from composer.issue.parsing.issue_file import load_issue
from tests.samples.word_file import WordFile
from tests.support.issues import without_summaries

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cast-2023-03"
DOCUMENTS = Path(__file__).resolve().parent / "documents"
RUNNING_HEAD = "CAST Newsletter, March 2023"
BOX = "The newsletter is read in 97 countries."
FOOTNOTE = "The award is named after the Society of Chemical Engineers, Japan."
TABLE = [
    [("Field", 1, ""), ("Winners", 2, "")],
    [("", 1, ""), ("2022", 1, ""), ("2023", 1, "")],
    [("Life sciences", 1, "restart"), ("3", 1, ""), ("4", 1, "")],
    [("", 1, "continue"), ("1", 1, ""), ("2", 1, "")],
]


@dataclass
class Faults:
    """What the sample has in addition to the example, by name, so that tests can check each."""

    tracked: bool = True
    box: bool = True
    footnote: bool = True
    table: bool = True
    bare_picture: str = "pacifichem.jpg"  # without caption and alternative text
    columns: int = 2
    comments: list[tuple[str, str]] = field(default_factory=lambda: [("Wei Yumeng", "Is the spelling of the name right?")])


@functools.cache
def small_picture(name: str, width: int = 240) -> bytes:
    with Image.open(EXAMPLE / "images" / name) as image:
        scaled = image.convert("RGB").resize((width, round(image.height * width / image.width)))
    out = io.BytesIO()
    scaled.save(out, "JPEG", quality=72)
    return out.getvalue()


def load_example() -> Issue:
    """The example as an office would write it in Word: the whole text, and no summaries."""
    return replace(without_summaries(load_issue(EXAMPLE)), layout=FULL)


def caption_of(figure: Figure) -> Inlines:
    return (*figure.caption, Text(" Photo credit: "), *figure.credit)


def sources_of(sources: Sources) -> Inlines:
    word = "Source: " if len(sources.entries) == 1 else "Sources: "
    made: list[object] = [Text(word)]
    for number, entry in enumerate(sources.entries):
        made += [*([Text("; ")] if number else []), *entry]
    return tuple(made)  # type: ignore[arg-type]


def opening_of(issue: Issue) -> list[str]:
    return [" ".join(plain(block.content).split()) for block in issue.opening if isinstance(block, Paragraph)]


# -- Word -----------------------------------------------------------------------------------------------------------


def word_of(issue: Issue, faults: Faults, **look: bool) -> WordFile:
    file = WordFile(**look)
    file.head, file.foot = RUNNING_HEAD, "Page"
    file.comments = faults.comments
    file.paragraph(issue.title, "title")
    file.paragraph(issue.tagline, "subtitle")
    file.paragraph(f"Issue {issue.number}, {issue.date:%d %B %Y}".replace(" 0", " "))
    file.paragraph("In this issue")
    for article in issue.highlighted():
        file.item((Text(article.title),))
    if faults.columns > 1:
        file.begin_columns(faults.columns)
    for text in opening_of(issue):
        file.paragraph(text)
    for section in issue.sections:
        file.paragraph(section.title, "heading 1")
        for article in section.articles:
            file.paragraph(article.title, "heading 2")
            for block in article.blocks:
                put_word_block(file, block, faults)
            put_word_faults(file, article.id, faults)
            for block in article.blocks:
                if isinstance(block, Sources):
                    file.paragraph(sources_of(block))
    file.paragraph(" ".join(f"{credit.role}: {credit.name}" for credit in issue.credits))
    file.paragraph(f"{issue.footer.about} Address: {issue.footer.address}")
    file.paragraph(f"{issue.footer.website} {issue.footer.email}")
    return file


def put_word_block(file: WordFile, block: Block, faults: Faults) -> None:
    match block:
        case SubHeading(text, number):
            file.paragraph(text if number is None else f"{number}. {text}", "heading 3")
        case Figure():
            bare = block.src.endswith(faults.bare_picture)
            file.picture(small_picture(Path(block.src).name), "" if bare else block.alt)
            if not bare:
                file.paragraph(caption_of(block), "caption")
        case ListBlock(items, ordered):
            number = file.new_numbering() if ordered else None
            for item in items:
                for inner in item:
                    if isinstance(inner, Paragraph):
                        file.item(inner.content, ordered=ordered, number=number)
        case Quote(blocks):
            for inner in blocks:
                if isinstance(inner, Paragraph):
                    file.paragraph(inner.content, "quote")
        case Paragraph(content):
            file.paragraph(content)


def put_word_faults(file: WordFile, article: str, faults: Faults) -> None:
    if article == "wei-wei-award" and faults.footnote:
        file.raw(file.run("A note on the name follows.") + file.footnote(FOOTNOTE))
    if article == "shi-yigong-wins-unesco-prize" and faults.table:
        file.table(TABLE)
    if article == "tropical-crops" and faults.box:
        file.raw(file.run("A box stands beside this line.") + file.box(BOX))
    if article == "luobing-congress" and faults.tracked:
        file.raw(
            file.run("The next congress meets in ") + file.deleted("Tianjin") + file.inserted("Hebei") + file.run(" next spring.")
        )


# -- PDF ------------------------------------------------------------------------------------------------------------


def pdf_of(word: bytes) -> bytes:
    """Converts a Word document to PDF with LibreOffice."""
    program = shutil.which("soffice")
    if program is None:
        sys.exit("The PDF is made by LibreOffice, and there is none: install it (`libreoffice-writer`).")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sample.docx"
        path.write_bytes(word)
        command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
                   "--outdir", folder, str(path)]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return (Path(folder) / "sample.pdf").read_bytes()


def hyphenated(word: bytes) -> bytes:
    """Returns the document with words broken at line ends, as in a newspaper."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                data = re.sub(rb"<w:pPr>", b"<w:pPr>", data)
            target.writestr(name, data)
        settings = (
            '<?xml version="1.0"?><w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            '<w:autoHyphenation/><w:hyphenationZone w:val="120"/></w:settings>'
        )
        target.writestr("word/settings.xml", settings)
    return add_settings(out.getvalue())


def add_settings(word: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(word)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/_rels/document.xml.rels":
                kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings"
                data = data.replace(
                    b"</Relationships>", f'<Relationship Id="se" Type="{kind}" Target="settings.xml"/></Relationships>'.encode()
                )
            if name == "[Content_Types].xml":
                kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"
                data = data.replace(
                    b"</Types>", f'<Override PartName="/word/settings.xml" ContentType="{kind}"/></Types>'.encode()
                )
            target.writestr(name, data)
    return out.getvalue()


# -- web page -------------------------------------------------------------------------------------------------------


def html_inlines(content: Inlines) -> str:
    made = ""
    for node in content:
        match node:
            case Text(text):
                made += html.escape(text, quote=False)
            case Strong(children):
                made += f"<b>{html_inlines(children)}</b>"
            case Emphasis(children):
                made += f"<i>{html_inlines(children)}</i>"
            case Link(href, children):
                made += f'<a href="{html.escape(href)}">{html_inlines(children)}</a>'
            case other:
                made += html.escape(plain((other,)), quote=False)
    return made


def html_block(block: Block, pictures: dict[str, bytes]) -> str:
    match block:
        case SubHeading(text, number):
            return f"<h4>{html.escape(text if number is None else f'{number}. {text}')}</h4>"
        case Figure():
            name = Path(block.src).name
            pictures[name] = small_picture(name)
            said = f"{html_inlines(block.caption)} Photo credit: {html_inlines(block.credit)}"
            return f'<figure><img src="page_files/{name}" alt="{html.escape(block.alt)}"><figcaption>{said}</figcaption></figure>'
        case ListBlock(items, ordered):
            inside = "".join(
                f"<li>{''.join(html_inlines(p.content) for p in item if isinstance(p, Paragraph))}</li>" for item in items
            )
            return f"<ol>{inside}</ol>" if ordered else f"<ul>{inside}</ul>"
        case Quote(blocks):
            return f"<blockquote>{''.join(html_block(inner, pictures) for inner in blocks)}</blockquote>"
        case Sources():
            return f"<p>{html_inlines(sources_of(block))}</p>"
        case Paragraph(content):
            return f"<p>{html_inlines(content)}</p>"
    return ""


def page_of(issue: Issue) -> tuple[str, dict[str, bytes]]:
    """A saved web page like a newsletter: laid out with tables, with a menu, a script and a hidden line."""
    pictures: dict[str, bytes] = {}
    rows = ""
    for section in issue.sections:
        rows += f"<tr><td colspan=2><h2>{html.escape(section.title)}</h2></td></tr>\n"
        for article in section.articles:
            inside = "\n".join(html_block(block, pictures) for block in article.blocks)
            rows += f"<tr><td width=12>&nbsp;</td><td><h3>{html.escape(article.title)}</h3>\n{inside}</td></tr>\n"
    listed = "".join(f"<li><a href='#x'>{html.escape(article.title)}</a></li>" for article in issue.highlighted())
    staff = " ".join(f"{credit.role}: {credit.name}" for credit in issue.credits)
    opening = "".join(f"<p>{html.escape(text)}</p>" for text in opening_of(issue))
    page = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{issue.title}</title><style>p {{ margin: 0 }}</style>
<script>document.write("never")</script></head>
<body><div style="display:none">Five stories from Madrid to Dalian</div>
<nav><a href="/">Home</a> <a href="/archive">All issues</a></nav>
<h1>{issue.title}</h1><p>Issue {issue.number}, {issue.date:%d %B %Y}</p><p>In this issue</p><ul>{listed}</ul>
{opening}
<table width=600 cellpadding=0>{rows}</table>
<img src="https://count.example/pixel.gif" width=1 height=1>
<p>{staff}</p><p>{html.escape(issue.footer.about)} Address: {html.escape(issue.footer.address)}</p>
<p><a href="{issue.footer.website}">{issue.footer.website}</a> <a href="mailto:{issue.footer.email}">{issue.footer.email}</a></p>
</body></html>
"""
    return page, pictures


def main() -> None:
    issue = load_example()
    DOCUMENTS.mkdir(exist_ok=True)
    (DOCUMENTS / "sample.docx").write_bytes(word_of(issue, Faults()).save())
    settled = word_of(issue, Faults(tracked=False, box=False, footnote=False, table=False, comments=[]))
    (DOCUMENTS / "sample.pdf").write_bytes(pdf_of(hyphenated(settled.save())))
    page, pictures = page_of(issue)
    (DOCUMENTS / "sample.html").write_text(page, encoding="utf-8")
    (DOCUMENTS / "page_files").mkdir(exist_ok=True)
    for name, data in pictures.items():
        (DOCUMENTS / "page_files" / name).write_bytes(data)


if __name__ == "__main__":
    main()
