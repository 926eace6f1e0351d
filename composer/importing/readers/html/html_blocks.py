"""Reads the tree of a web page into parts: paragraphs, lists, tables, quotations and pictures in reading order."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urljoin

from composer.importing.manuscript import inline_slicing as inlines
from composer.importing.manuscript.document_parts import TITLE, DocumentPart, Listing, Manuscript, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import usable_links
from composer.importing.manuscript.list_items import gather_lists
from composer.importing.manuscript.vocabulary import count_units
from composer.importing.readers.html.html_nodes import BLOCKS, HtmlNode, HtmlPage, decode_page, read_tree
from composer.importing.readers.html.html_pictures import PagePictures
from composer.importing.readers.layout_tables import Cell, Grid, read_grid
from composer.issue.document import Inline, LineBreak, Link, ListBlock, Paragraph, Quote, Text, plain

CONTROLS = frozenset(["button", "select", "option", "textarea"])
BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
PLAIN = re.compile(r"font-weight\s*:\s*(?:normal|[1-5]00)", re.IGNORECASE)
ITALIC = re.compile(r"font-style\s*:\s*(?:italic|oblique)", re.IGNORECASE)
SIZE = re.compile(r"font-size\s*:\s*(\d{0,4}\.?\d{1,4})(px|pt)", re.IGNORECASE | re.ASCII)
CODE = "a block of code: an issue has none, so it is a paragraph here"


@dataclass(frozen=True, slots=True)
class InheritedStyle:
    """The formatting of text at the current position, inherited from the enclosing elements."""

    bold: bool = False
    italic: bool = False
    href: str = ""
    size: float = 0.0
    centred: bool = False
    role: Role = Role.BODY
    level: int | None = None
    listing: Listing | None = None


@dataclass(slots=True)
class Flow:
    """The content read since the last block began. `before`: pictures before any text; `after`: all other pictures."""

    content: list[Inline] = field(default_factory=list)
    before: list[DocumentPart] = field(default_factory=list)
    after: list[DocumentPart] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)


class HtmlBlockReader:
    def __init__(self, pictures: PagePictures, log: ImportLog, base: str = "") -> None:
        self.pictures, self.log, self.base = pictures, log, base
        self.position = 1
        self.titles: list[str] = []  # texts of attributes, which are not part of the text of the page
        self.lists = 0
        self.item_begun = False

    def read(self, node: HtmlNode, style: InheritedStyle) -> list[DocumentPart]:
        parts: list[DocumentPart] = []
        flow = Flow()
        self.walk(node, style, flow, parts)
        self.flush(flow, style, parts)
        return parts

    def walk(self, node: HtmlNode, style: InheritedStyle, flow: Flow, parts: list[DocumentPart]) -> None:
        for child in node.children:
            if isinstance(child, str):
                text = inlines.clean_text(child)
                flow.content += inlines.typeset(text, flow.questions, bold=style.bold, italic=style.italic, href=style.href)
            elif child.is_hidden:
                self.leave_out(child, "hidden in the page")
            elif child.tag == "br":
                flow.content.append(LineBreak())
            elif child.tag == "img":
                made = self.pictures.read(child, self.position, style.href)
                (flow.after if plain(tuple(flow.content)).strip() else flow.before).extend(made)
            elif child.tag in BLOCKS:
                self.flush(flow, style, parts)
                parts += self.read_block(child, style)
            else:
                if child.tag == "a":
                    self.leave_out_title(child)
                self.walk(child, self.style_of(child, style), flow, parts)

    def leave_out_title(self, link: HtmlNode) -> None:
        """Logs the title of a Markdown link (`[text](address "title")`) for the report, because mails do not show it."""
        if self.pictures.titles and (title := inlines.clean_line(link.get("title"))):
            self.log.leave_out(self.position, self.position, title, "the title of a link, which mails do not show")
            self.titles.append(title)

    def flush(self, flow: Flow, style: InheritedStyle, parts: list[DocumentPart]) -> None:
        pieces = inlines.split_breaks(joined_links(flow.content))
        parts += flow.before
        for number, piece in enumerate(pieces):
            may_be_caption = style.role is Role.BODY and style.level is None and style.listing is None
            like_caption = may_be_caption and (style.centred or inlines.is_all_emphasis(piece))
            role = Role.MAYBE_CAPTION if like_caption else style.role
            listing = style.listing
            if listing is not None and (number > 0 or self.item_begun):
                listing = replace(listing, goes_on=True)
            self.item_begun = True
            bold, questions = inlines.is_all_bold(piece), tuple(flow.questions)
            parts.append(
                DocumentPart(
                    Paragraph(piece),
                    self.position,
                    style.level,
                    role,
                    bold=bold,
                    size=style.size,
                    listing=listing,
                    questions=questions,
                )
            )
            self.position += 1
        parts += flow.after
        flow.content, flow.before, flow.after, flow.questions = [], [], [], []

    # -- blocks --------------------------------------------------------------------------------------------------

    def read_block(self, node: HtmlNode, style: InheritedStyle) -> list[DocumentPart]:
        tag = node.tag
        inside = self.style_of(node, style)
        if tag == "nav" or node.get("role") in ("navigation", "search"):
            return self.leave_out(node, "the navigation of the page")
        if tag in CONTROLS:
            return self.leave_out(node, "a control of the page")
        if "MsoToc" in node.get("class"):
            return self.leave_out(node, "a table of contents")
        if tag == "hr":
            return []
        if tag in ("ul", "ol"):
            return self.read_list(node, inside)
        if tag == "table":
            return self.read_table(node, inside)
        if tag == "blockquote":
            return self.read_quote(node, inside)
        if tag == "pre":
            return self.read_code(node, inside)
        if tag == "dt":
            inside = replace(inside, bold=True)
        return self.read(node, inside)

    def style_of(self, node: HtmlNode, style: InheritedStyle) -> InheritedStyle:
        tag, css, classes = node.tag, node.get("style"), node.get("class")
        bold = style.bold or tag in ("b", "strong", "th") or bool(BOLD.search(css))
        if PLAIN.search(css) or tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            bold = False
        match = SIZE.search(css)
        size = float(match[1]) * (0.75 if match[2].lower() == "px" else 1.0) if match else style.size
        href = style.href
        if tag == "a" and node.get("href").strip():
            href = self.whole(node.get("href").strip())
        changed = replace(
            style, bold=bold, italic=style.italic or tag in ("i", "em", "cite", "dfn") or bool(ITALIC.search(css)), href=href,
            size=size, centred=style.centred or tag == "center" or node.get("align") == "center" or "text-align:center" in css,
        )  # fmt: skip
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            return replace(changed, level=int(tag[1]), bold=False)
        if "MsoTitle" in classes or "MsoSubtitle" in classes:
            title = "MsoTitle" in classes
            return replace(changed, level=TITLE if title else None, role=Role.BODY if title else Role.SUBTITLE)
        if tag == "figcaption" or "caption" in classes.casefold():
            return replace(changed, role=Role.CAPTION)
        return changed

    def whole(self, href: str) -> str:
        """Resolves a relative address, if the page gives its own address."""
        if not self.base or href.startswith("#"):
            return href
        try:
            return urljoin(self.base, href)
        except ValueError:
            return href

    def read_list(self, node: HtmlNode, style: InheritedStyle) -> list[DocumentPart]:
        """Returns the items of a list; pictures, tables and headings in an item become parts between the items, because an issue
        allows no others."""
        self.lists += 1
        outer = style.listing
        start = node.get("start")
        listing = Listing(
            outer.depth + 1 if outer else 0, node.tag == "ol", int(start) if start.isdecimal() and len(start) < 5 else 1,
            f"{self.lists}",
        )  # fmt: skip
        parts: list[DocumentPart] = []
        for child in node.children:
            if isinstance(child, str):
                if child.strip():
                    parts += self.read(HtmlNode("li", {}, [child]), replace(style, listing=listing))
                continue
            self.item_begun = False
            if child.is_hidden:
                self.leave_out(child, "hidden in the page")
            elif child.tag in ("ul", "ol"):
                parts += self.read_list(child, replace(style, listing=listing))
            else:
                parts += self.read(child, replace(self.style_of(child, style), listing=listing))
        return parts

    def read_quote(self, node: HtmlNode, style: InheritedStyle) -> list[DocumentPart]:
        """Returns a quotation, or the inner parts if they cannot be in one: some pages use blockquote only to indent."""
        position = self.position
        parts = gather_lists(self.read(node, style), self.log)
        blocks = [part.block for part in parts]
        if not blocks or style.listing or not all(
            part.level is None and isinstance(part.block, Paragraph | ListBlock | Quote) for part in parts
        ):  # fmt: skip
            return parts
        return [
            DocumentPart(
                Quote(tuple(blocks)), position, questions=tuple(question for part in parts for question in part.questions)
            )
        ]

    def read_code(self, node: HtmlNode, style: InheritedStyle) -> list[DocumentPart]:
        text = "".join(texts_of(node))
        lines = [inlines.clean_text(line).rstrip() for line in text.strip("\n").split("\n")]
        content: list[Inline] = []
        for line in lines:
            content += [*([LineBreak()] if content else []), Text(line)]
        piece = inlines.normal(content)
        self.leave_links(node, "a link in a block of code, which is a paragraph without links here")
        self.position += 1
        return [DocumentPart(Paragraph(piece), self.position - 1, style.level, style.role, questions=(CODE,))] if piece else []

    def read_table(self, node: HtmlNode, style: InheritedStyle) -> list[DocumentPart]:
        grid = Grid(self.position)
        inner = replace(style, bold=False, level=None)
        headed = False
        nested = any(child.tag == "table" for child in node.walk())
        for part in rows_of(node):
            if part.tag == "caption":
                content = [inline for made in self.read(part, inner) for inline in (*made.content, Text(" "))]
                grid.caption = inlines.normal(content)
                continue
            row: list[Cell] = []
            for cell in part.children:
                if isinstance(cell, HtmlNode) and cell.tag in ("td", "th"):
                    headed = headed or cell.tag == "th"
                    row.append(self.read_cell(cell, inner))
                elif isinstance(cell, HtmlNode):
                    row.append(Cell(self.read_block(cell, inner)))
                elif cell.strip():
                    row.append(Cell(self.read(HtmlNode("td", {}, [cell]), inner)))
            grid.rows.append(row)
        if node.get("role") in ("presentation", "none") or nested:
            grid.sure = False
        elif headed or grid.caption:
            grid.sure = True
        return read_grid(grid)

    def read_cell(self, cell: HtmlNode, style: InheritedStyle) -> Cell:
        inside = self.style_of(cell, style)
        read = self.leave_out(cell, "hidden in the page") if cell.is_hidden else self.read(cell, replace(inside, bold=False))
        parts = gather_lists(read, self.log)
        return Cell(parts, span_of(cell, "colspan"), down=span_of(cell, "rowspan"), heading=cell.tag == "th")

    def leave_out(self, node: HtmlNode, reason: str) -> list[DocumentPart]:
        if text := inlines.clean_line(" ".join(spaced_texts(node))):
            self.log.leave_out(self.position, self.position, text, reason)
        self.leave_links(node, reason)
        return []

    def leave_links(self, node: HtmlNode, reason: str) -> None:
        """Logs the links in an element whose content is left out or loses its links, and those around the element itself."""
        linked = [node, *node.walk()]
        written = (("".join(link.texts()), self.whole(link.get("href").strip())) for link in linked if link.tag == "a")
        self.log.leave_links(self.position, inlines.usable_links(written), reason)


def joined_links(content: list[Inline]) -> list[Inline]:
    joined: list[Inline] = []
    for node in content:
        last = joined[-1] if joined else None
        if isinstance(node, Link) and isinstance(last, Link) and last.href == node.href:
            joined[-1] = replace(last, children=(*last.children, *node.children))
        else:
            joined.append(node)
    return joined


def rows_of(table: HtmlNode) -> list[HtmlNode]:
    """Returns the rows and the caption of a table, without those of nested tables."""
    rows: list[HtmlNode] = []
    for child in table.children:
        if isinstance(child, str):
            if child.strip():
                rows.append(HtmlNode("tr", {}, [HtmlNode("td", {}, [child])]))
        elif child.tag in ("tbody", "thead", "tfoot"):
            rows += rows_of(child)
        else:
            rows.append(child)
    return rows


def texts_of(node: HtmlNode) -> list[str]:
    return [
        child if isinstance(child, str) else "\n" if child.tag == "br" else "".join(texts_of(child)) for child in node.children
    ]


def spaced_texts(node: HtmlNode) -> list[str]:
    """Returns the texts in the element, split where a block begins or ends."""
    made: list[str] = [""]
    for child in node.children:
        if isinstance(child, str):
            made[-1] += child
        elif child.tag in BLOCKS:
            made += [*spaced_texts(child), ""]
        else:
            inner = spaced_texts(child)
            made[-1] += inner[0]
            made += inner[1:]
    return made


def span_of(cell: HtmlNode, name: str) -> int:
    text = cell.get(name)
    return min(max(int(text), 1), 60) if text.isdecimal() and len(text) < 5 else 1


def read_page(data: bytes, name: str, folder: Path) -> Manuscript:
    source, guess = decode_page(data, name)
    page = read_tree(source, name)
    script = make_manuscript(page, name, folder)
    script.log.limit_encoding(guess)
    levels = [part.level for part in script.parts if part.level is not None]
    has_masthead = bool(levels) and levels.count(levels[0]) == 1 and levels[0] == min(levels)
    if page.title and not has_masthead:
        # The masthead of such a page is usually a picture; the page title has the same text.
        script.parts.insert(0, DocumentPart(Paragraph((Text(page.title),)), 1, TITLE))
        script.source_text = f"{page.title}\n{script.source_text}"
    elif count_units([page.title]) - count_units([script.source_text]):
        script.log.leave_out(0, 0, page.title, "the title of the page")
        script.source_text = f"{page.title}\n{script.source_text}"
    script.head_lines.append(page.title)
    return script


def make_manuscript(page: HtmlPage, name: str, folder: Path, *, titles: bool = False) -> Manuscript:
    log = ImportLog(unit="paragraph")
    pictures = PagePictures(folder, log, titles=titles)
    reader = HtmlBlockReader(pictures, log, page.base)
    parts = gather_lists(reader.read(page.body, InheritedStyle()), log)
    if page.unveiled:
        log.note("most of the text of the page was hidden, as on some pages until their script runs; it was imported")
    if page.unread:
        what = "1 word" if page.unread == 1 else f"{page.unread:,} words"
        was = "was" if page.unread == 1 else "were"
        log.limit(f"{what} of drawings, formulas or frames of the page {was} not read: add the text by hand")
    if page.embedded:
        what = "frame, embedded file or form field" if page.embedded == 1 else "frames, embedded files or form fields"
        log.limit(f"{page.embedded:,} {what} of the page could not be read: if there is text inside, add it by hand")
    source_text = "\n".join((page.text, *reader.titles))
    links = usable_links((text, reader.whole(href) if href else "") for text, href in page.links)
    return Manuscript(name, parts, source_text, log, pictures.picture_files.pictures, links=links)
