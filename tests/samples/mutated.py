"""Documents with seeded faults: the example issue in many layouts, with words swapped, and paragraphs split or merged.

Each document comes with its words, which are known from generating it, not from reading it.
"""

import html
import random
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from composer.issue.document import (  # fmt: skip
    Block,
    Figure,
    Issue,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Sources,
    SubHeading,
    Text,
    plain,
)
from tests.samples.make_documents import (
    Faults,
    caption_of,
    html_block,
    html_inlines,
    opening_of,
    small_picture,
    sources_of,
    word_of,
)  # fmt: skip
from tests.samples.pdf_file import PdfFile, Shape
from tests.samples.word_file import WordFile


@dataclass
class Mutant:
    """`words`: every text of the document. `issue`: the expected result of an import, where it is certain after the mutation."""

    data: bytes
    words: str
    issue: Issue
    files: dict[str, bytes] = field(default_factory=dict)
    about: str = ""


def mutate_issue(issue: Issue, chance: random.Random) -> Issue:
    """Mutates words and paragraphs of the issue: swaps, drops, splits and merges them, and moves pictures."""
    sections = []
    for section in issue.sections:
        articles = [replace(article, blocks=tuple(mutate_blocks(list(article.blocks), chance))) for article in section.articles]
        if chance.random() < 0.2:
            chance.shuffle(articles)
        if len(articles) > 2 and chance.random() < 0.2:
            articles.pop(chance.randrange(len(articles)))
        sections.append(replace(section, articles=tuple(articles)))
    kept = {article.id for section in sections for article in section.articles}
    return replace(issue, sections=tuple(sections), highlights=tuple(name for name in issue.highlights if name in kept))


def mutate_blocks(blocks: list[Block], chance: random.Random) -> list[Block]:
    made: list[Block] = []
    for block in blocks:
        if isinstance(block, Paragraph) and all(isinstance(node, Text) for node in block.content):
            text = swap_words(" ".join(plain(block.content).split()), chance)
            made += [Paragraph((Text(part),)) for part in split_text(text, chance)]
        else:
            made.append(block)
    figures = [at for at, block in enumerate(made) if isinstance(block, Figure)]
    if figures and chance.random() < 0.4:  # the picture moves, but the sources stay last
        figure = made.pop(chance.choice(figures))
        made.insert(chance.randint(0, max(len(made) - 1, 0)), figure)
    return made


def swap_words(text: str, chance: random.Random) -> str:
    """Sometimes swaps two small words in the middle; the beginning and end of the sentence stay the same."""
    words = text.split(" ")
    middle = [at for at in range(1, len(words) - 1) if words[at].isalpha() and words[at].islower()]
    if len(middle) > 4 and chance.random() < 0.5:
        a, b = chance.sample(middle, 2)
        words[a], words[b] = words[b], words[a]
    return " ".join(words)


def split_text(text: str, chance: random.Random) -> list[str]:
    ends = [found.end() for found in re.finditer(r"[a-z]{3,}[.] (?=[A-Z])", text)]
    if not ends or chance.random() < 0.75:
        return [text]
    at = chance.choice(ends)
    return [text[:at].strip(), text[at:].strip()]


# -- Word -----------------------------------------------------------------------------------------------------------


def make_word(issue: Issue, seed: int) -> Mutant:
    """A Word document with XML as after many edits by different programs."""
    chance = random.Random(f"word {seed}")
    mutated = mutate_issue(issue, chance)
    styled = chance.random() < 0.7
    faults = Faults(tracked=False, box=chance.random() < 0.5, footnote=chance.random() < 0.5, table=chance.random() < 0.5)
    faults.columns = chance.choice((1, 2))
    file = word_of(mutated, faults, styled=styled, localised=chance.random() < 0.3)
    members = file.members()
    body = members["word/document.xml"].decode()
    body = mutate_xml(body, chance, styled=styled)
    members["word/document.xml"] = body.encode()
    for name in ("word/numbering.xml", "word/styles.xml"):
        if chance.random() < 0.08:
            members.pop(name)
    words = "\n".join(
        words_of_xml(members[name].decode()) for name in members if re.search(r"(document|notes|er1|ments)\.xml$", name)
    )
    return Mutant(zipped(members), words, mutated, about=f"styled {styled}")


def zipped(members: dict[str, bytes]) -> bytes:
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            # Without a fixed date, a member gets the current time, and test names made from the bytes differ between processes.
            archive.writestr(zipfile.ZipInfo(name, (2023, 3, 31, 12, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def mutate_xml(body: str, chance: random.Random, *, styled: bool) -> str:
    body = re.sub(r"<w:r>(<w:rPr>.*?</w:rPr>)?<w:t [^>]*>([^<]{12,})</w:t></w:r>", lambda found: split_run(found, chance), body)
    paragraphs = re.split(r"(?=<w:p>)", body)
    made: list[str] = []
    for paragraph in paragraphs:
        roll = chance.random()
        if styled and 'pStyle w:val="' in paragraph and roll < 0.04:
            paragraph = re.sub(r"<w:pStyle [^>]*/>", "", paragraph)  # a heading that lost its style
        elif roll < 0.07:
            paragraph = paragraph.replace("Heading2", "Heading3").replace("berschrift2", "berschrift3")
        elif roll < 0.10 and "<w:txbx" not in paragraph and paragraph.count("</w:p>") == 1 and "</w:tbl>" not in paragraph:
            paragraph = paragraph.replace("<w:p>", "<w:sdt><w:sdtContent><w:p>", 1).replace(
                "</w:p>", "</w:p></w:sdtContent></w:sdt>", 1
            )
        elif roll < 0.13:
            paragraph = paragraph.replace("<w:r>", '<w:bookmarkStart w:id="7" w:name="_x"/><w:r>', 1)
        made.append(paragraph)
        if made and chance.random() < 0.01 and "<w:txbx" not in paragraph and paragraph.endswith("</w:p>"):
            made.append(f"<w:p><w:r><w:t>{chance.choice(('Stray line', 'A word between', '…'))}</w:t></w:r></w:p>")
    return "".join(made)


def split_run(found: re.Match[str], chance: random.Random) -> str:
    """Splits a run, also inside a word, with the traces of spell checking and page breaks."""
    properties, text = found[1] or "", found[2]
    if chance.random() < 0.6 or "&" in text:
        return found[0]
    at = chance.randint(1, len(text) - 1)
    between = chance.choice(
        ("", '<w:proofErr w:type="spellStart"/>', "<w:r><w:lastRenderedPageBreak/></w:r>", "<w:r><w:softHyphen/></w:r>")
    )
    tag = f'<w:r>{properties}<w:t xml:space="preserve">'
    return f"{tag}{text[:at]}</w:t></w:r>{between}{tag}{text[at:]}</w:t></w:r>"


def words_of_xml(xml: str) -> str:
    """Returns the text of every paragraph, found by a pattern, not a parser; text repeated for older programs counts once."""
    xml = re.sub(r"<mc:Fallback>.*?</mc:Fallback>", "", xml, flags=re.DOTALL)
    boxes = re.findall(r"<w:txbxContent>(.*?)</w:txbxContent>", xml, flags=re.DOTALL)
    xml = re.sub(r"<w:txbxContent>.*?</w:txbxContent>", "", xml, flags=re.DOTALL)
    texts = [
        "".join(
            " " if found[0].startswith("<w:br") else found[1]
            for found in re.finditer(r"<w:t(?: [^>]*)?>([^<]*)</w:t>|<w:br/>", part)
        )
        for whole in (xml, *boxes)
        for part in whole.split("</w:p>")
    ]
    return html.unescape("\n".join(texts))


# -- PDF ------------------------------------------------------------------------------------------------------------


def make_pdf(issue: Issue, seed: int) -> Mutant:
    """A PDF with one of the layouts of newsletters."""
    chance = random.Random(f"pdf {seed}")
    mutated = mutate_issue(issue, chance)
    indented = chance.random() < 0.35
    shape = Shape(
        columns=chance.choice((1, 2, 2, 2, 3)), size=chance.choice((9.0, 10.0, 11.0)), face=chance.choice(("serif", "sans")),
        hyphens=chance.choice((0.0, 0.4, 0.9)), justified=chance.random() < 0.4, by_words=chance.random() < 0.3,
        by_rows=chance.random() < 0.15, indent=12.0 if indented else 0.0, spacing=1.0 if indented else chance.choice((5.0, 8.0)),
        head=chance.choice(("", "The CAST Monthly", "学会通讯月刊版")) , foot=chance.choice(("", "Page")), margin=chance.choice((48.0, 60.0)),
    )  # fmt: skip
    if shape.columns == 3:
        shape.size = 9.0
    shape.head = shape.head if shape.head.isascii() else ""
    file = PdfFile(shape, chance)
    put_pdf(file, mutated, chance)
    data = file.save()
    return Mutant(data, "\n".join(file.drawn), mutated, about=str(shape))


def put_pdf(file: PdfFile, issue: Issue, chance: random.Random) -> None:
    size = file.shape.size
    file.put(issue.title, size * 2.2, bold=True, whole=True)
    file.put(f"Issue {issue.number}, {issue.date:%d %B %Y}", whole=True)
    file.put("In this issue", whole=True)
    for article in issue.highlighted():
        file.put(f"• {article.title}", whole=True)
    for section in issue.sections:
        file.room(size * 12)
        file.put(section.title, size * 1.8, bold=True, before=10, whole=True)
        for article in section.articles:
            file.room(size * 9)
            file.put(article.title, size * 1.4, bold=True, before=8, whole=True)
            for block in article.blocks:
                put_pdf_block(file, block, chance)
    file.put(" ".join(f"{credit.role}: {credit.name}" for credit in issue.credits), before=10, whole=True)
    footer = issue.footer
    file.put(f"{footer.about} Address: {footer.address}", whole=True)
    file.put(f"{footer.website} {footer.email}", whole=True)


def put_pdf_block(file: PdfFile, block: Block, chance: random.Random) -> None:
    size, indent = file.shape.size, file.shape.indent
    match block:
        case SubHeading(text, number):
            file.room(size * 6)
            file.put(text if number is None else f"{number}. {text}", size * 1.15, bold=True, before=5, whole=True)
        case Figure():
            file.picture(small_picture(Path(block.src).name, 160))
            file.put(" ".join(plain(caption_of(block)).split()), size * 0.8, whole=True, before=1)
        case ListBlock(items, ordered, start):
            for number, item in enumerate(items, start=start):
                text = " ".join(" ".join(plain(inner.content).split()) for inner in item if isinstance(inner, Paragraph))
                file.put(f"{number}. {text}" if ordered else f"• {text}", whole=True)
        case Quote(blocks):
            for inner in blocks:
                if isinstance(inner, Paragraph):
                    file.put(" ".join(plain(inner.content).split()), italic=True, inset=14, before=4)
        case Sources():
            link = next((node.href for entry in block.entries for node in entry if isinstance(node, Link)), "")
            file.put(" ".join(plain(sources_of(block)).split()), whole=True, href=link if len(block.entries) == 1 else "")
        case Paragraph(content):
            file.put(" ".join(plain(content).split()), first=indent)


# -- web page and Markdown ------------------------------------------------------------------------------------------


def make_page(issue: Issue, seed: int) -> Mutant:
    """A web page as saved by mail clients, editors and word processors."""
    chance = random.Random(f"page {seed}")
    mutated = mutate_issue(issue, chance)
    levels = chance.choice(((1, 2, 3, 4), (1, 2, 3, 4), (1, 3, 4, 5), (2, 3, 4, 5)))
    pictures: dict[str, bytes] = {}
    rows = [f"<h{levels[0]}>{html.escape(mutated.title)}</h{levels[0]}>", f"<p>Issue {mutated.number}</p>"]
    rows += [f"<p>{html.escape(text)}</p>" for text in opening_of(mutated)]
    for section in mutated.sections:
        rows.append(f"<h{levels[1]}>{html.escape(section.title)}</h{levels[1]}>")
        for article in section.articles:
            rows.append(f"<h{levels[2]}>{html.escape(article.title)}</h{levels[2]}>")
            rows += [html_block(block, pictures).replace("h4>", f"h{levels[3]}>") for block in article.blocks]
    rows.append(f"<p>{' '.join(f'{credit.role}: {credit.name}' for credit in mutated.credits)}</p>")
    rows.append(f"<p>{html.escape(mutated.footer.about)} {mutated.footer.email}</p>")
    rows = [mutate_html(row, chance) for row in rows]
    layout = chance.random()
    if layout < 0.4:
        rows = [f"<table><tr><td>{row}</td></tr></table>" for row in rows]
    elif layout < 0.5:
        rows = ["<div>" * 300, *rows, "</div>" * 300]
    page = f"<!DOCTYPE html><html><head><title>x</title><style>p{{}}</style></head><body>{chr(10).join(rows)}</body></html>"
    words = re.sub(r"<(style|script|title)\b.*?</\1>|<!--.*?-->", "", page, flags=re.DOTALL)
    words = re.sub(r"<(/?)(b|i|em|strong|a|span|font)\b[^>]*>", "", words)
    return Mutant(
        page.encode(),
        html.unescape(re.sub(r"<[^>]*>", "\n", words)),
        mutated,
        {f"page_files/{k}": v for k, v in pictures.items()},
    )


def mutate_html(row: str, chance: random.Random) -> str:
    roll = chance.random()
    if roll < 0.15:
        return row.replace("</p>", "").replace("</li>", "")  # old editors leave these out
    if roll < 0.3:
        return (
            re.sub(r"([a-z]{4})([a-z]{3,})(?![^<]*>)", lambda found: f"{found[1]}<span>{found[2]}</span>", row, count=3)
            if "<img" not in row and "href" not in row
            else row
        )
    if roll < 0.4:
        return f'<div class="x"><div>{row}</div><!-- remark --></div>'
    if roll < 0.5:
        return f"<script>if (a < b) document.write('<p>never</p>')</script>{row}"
    if roll < 0.6:
        return row.replace("<p>", '<p style="text-align:center;font-size:14px">')
    if roll < 0.65:
        return "<br><br>" + re.sub(r"</?p>", "", row) + "<br><br>"
    return row


def make_markdown(issue: Issue, seed: int) -> Mutant:
    """Markdown of another program: any heading levels, reference links, lines wrapped anywhere."""
    chance = random.Random(f"markdown {seed}")
    mutated = mutate_issue(issue, chance)
    level = chance.choice((1, 2))
    signs = chance.choice("-*+")
    rows: list[str] = []
    if level == 2 and chance.random() < 0.5:
        rows.append(f"---\ntitle: {mutated.title}\ndate: 2023-03-31\n---")
    elif level == 2:
        rows.append(f"{mutated.title}\n{'=' * 15}")
    words = [mutated.title, "title date 2023 03 31" if rows and rows[0].startswith("---") else ""]
    if level == 1:
        words = []
    for section in mutated.sections:
        rows.append(f"{'#' * level} {section.title}")
        words.append(section.title)
        for article in section.articles:
            rows.append(f"{'#' * (level + 1)} {article.title}")
            words.append(article.title)
            for block in article.blocks:
                put_markdown(block, rows, words, level, signs, chance)
    rows.append("Editor: Ying Wenqi")
    words.append("Editor: Ying Wenqi")
    return Mutant("\n\n".join(rows).encode(), "\n".join(words), mutated)


def put_markdown(block: Block, rows: list[str], words: list[str], level: int, signs: str, chance: random.Random) -> None:
    match block:
        case SubHeading(text, number):
            said = text if number is None else f"{number}. {text}"
            rows.append(f"{'#' * (level + 2)} {said}")
            words.append(said)
        case Figure():
            said = " ".join(plain(caption_of(block)).split())
            rows.append(f"![{block.alt}]({block.src})")
            rows.append(f"*{said}*" if chance.random() < 0.5 else said)
            words.append(said)
        case ListBlock(items, ordered):
            texts = [
                " ".join(" ".join(plain(inner.content).split()) for inner in item if isinstance(inner, Paragraph))
                for item in items
            ]
            rows.append(
                "\n".join(f"{number}. {text}" if ordered else f"{signs} {text}" for number, text in enumerate(texts, start=1))
            )
            words += texts
        case Quote(blocks):
            said = " ".join(" ".join(plain(inner.content).split()) for inner in blocks if isinstance(inner, Paragraph))
            rows.append(f"> {said}")
            words.append(said)
        case Sources() | Paragraph():
            content = sources_of(block) if isinstance(block, Sources) else block.content
            said = " ".join(plain(content).split())
            words.append(said)
            text = html_inlines(content) if chance.random() < 0.1 else said
            if chance.random() < 0.3:
                text = re.sub(r"((?:\S+ ){8})", r"\1\n", text).replace(" \n", "\n")
            rows.append(re.sub(r"(?m)^(\d+)\.", r"\1\\.", text))


__all__ = ["Mutant", "WordFile", "make_markdown", "make_page", "make_pdf", "make_word"]
