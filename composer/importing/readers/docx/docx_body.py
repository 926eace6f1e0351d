"""Reads the body of a Word document into parts: paragraphs, lists, tables, pictures, text boxes, footnotes, in reading order."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from lxml import etree

from composer.importing.files.zip_package import Package
from composer.importing.manuscript.document_parts import DocumentPart, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import clean_line, clean_text, is_usable, links_in, normal, split_breaks
from composer.importing.manuscript.picture_files import PictureFiles
from composer.importing.readers.docx.docx_runs import DocxRunReader, Drawn, Runs
from composer.importing.readers.docx.docx_styles import Looks, Styles, numbering_of, outline_level
from composer.importing.readers.docx.docx_xml import BOX, PARAGRAPH, A, R, V, W, number_of, outermost, value_of
from composer.importing.readers.docx.tracked_changes import position_of
from composer.importing.readers.html.html_nodes import decode_page, read_tree
from composer.importing.readers.layout_tables import Cell, Grid, read_grid
from composer.issue.document import MISSING_PICTURE, Figure, Inline, Inlines, LineBreak, Paragraph, Quote, Text, plain

BOXED = "this was in a text box: is it in the right place?"
NO_DRAWING = "there was a drawing here that cannot be imported: put a picture of it into images/"
LINKED = "the picture is not in the document but linked from {}: put it into images/"
PICTURE_LINK = "the link of a picture; a picture in an issue cannot be a link"
FILE_NAME = re.compile(r"\S+\.[A-Za-z]{3,4}")
READ_CHUNKS = (".htm", ".html", ".xhtml", ".txt")
DEEPEST = 40  # nested tables and boxes


@dataclass(slots=True)
class DocxBodyReader:
    """Reads the block elements of one document. `targets`: relationship id -> member of the package, or an address."""

    package: Package
    styles: Styles
    targets: dict[str, str]
    numbers: dict[tuple[str, str], int]
    notes: dict[tuple[str, str], etree._Element]
    log: ImportLog
    picture_files: PictureFiles
    targets_of_notes: dict[str, dict[str, str]] = field(default_factory=dict)  # kind of note -> its own targets
    chunks: list[str] = field(default_factory=list)  # texts of embedded files
    referenced_notes: set[tuple[str, str]] = field(default_factory=set)  # footnotes that a paragraph refers to

    def read(self, element: Iterable[etree._Element], depth: int = 0) -> list[DocumentPart]:
        parts: list[DocumentPart] = []
        for child in element:
            if child.tag == PARAGRAPH:
                parts += self.read_paragraph(child, depth)
            elif child.tag == W + "tbl" and depth < DEEPEST:
                parts += read_grid(self.make_grid(child, depth))
            elif child.tag == W + "altChunk":
                self.leave_chunk(child)
            elif isinstance(child.tag, str) and child.tag not in (W + "sectPr", W + "tcPr"):
                parts += self.read(child, depth)  # elements that only wrap others: content controls, tags
        return parts

    def leave_chunk(self, chunk: etree._Element) -> None:
        """Logs another file that a word processor would insert here; its text goes into the report if it can be read."""
        target = self.targets.get(chunk.get(R + "id", ""), "")
        name = PurePosixPath(target).name or "a file"
        if not target.lower().endswith(READ_CHUNKS) or not self.package.has(target):
            self.log.limit(f"{name} is embedded in the document and was not read: save the document again in a word processor")
            return
        text = read_tree(decode_page(self.package.read(target), name)[0], name).text
        self.chunks.append(text)
        self.log.leave_out(0, 0, " ".join(text.split()), f"the text of {name}, which is embedded in the document")
        self.log.limit(f"{name} is embedded in the document: its text is in the report, not in the issue")

    # -- paragraphs ----------------------------------------------------------------------------------------------

    def read_paragraph(self, paragraph: etree._Element, depth: int) -> list[DocumentPart]:
        properties = paragraph.find(W + "pPr")
        looks = self.styles.looks(value_of(properties, W + "pStyle"))
        runs = DocxRunReader(self.targets, self.numbers, looks.bold, looks.italic, looks.size).read(paragraph)
        position = position_of(paragraph)
        if looks.contents:
            entry = " ".join(plain(tuple(runs.content)).split())
            self.log.leave_out(position, position, entry, "a table of contents")
            self.log.leave_links(position, links_in(tuple(runs.content)), "a table of contents")
            return []
        if hidden := " ".join(" ".join(runs.hidden).split()):
            self.log.leave_out(position, position, hidden, "hidden in the document")
        self.put_number(runs, numbering_of(properties) or looks.numbering, position)
        written = [self.make_part(piece, paragraph, properties, looks, runs) for piece in split_breaks(runs.content)]
        return [*self.with_drawings(written, runs, position, depth), *self.read_notes(runs, position)]

    def put_number(self, runs: Runs, numbering: tuple[str, int] | None, position: int) -> None:
        """Writes the number that Word shows before the text, if it is one that a list of an issue cannot show."""
        number = self.styles.numberings.count(numbering) if numbering else ""
        if number and plain(tuple(runs.content)).strip():
            runs.content.insert(0, Text(number))
            self.log.change(position, position, "", number.strip(), "the number that Word shows before the paragraph")

    def make_part(
        self, content: Inlines, paragraph: etree._Element, properties: etree._Element | None, looks: Looks, runs: Runs
    ) -> DocumentPart:
        level = looks.level if looks.level is not None else outline_level(properties)
        size = max(runs.sizes, key=lambda points: runs.sizes[points], default=looks.size)
        centred = value_of(properties, W + "jc") == "center"
        role = looks.role
        if role is Role.BODY and level is None and runs.total and (runs.italic == runs.total or centred):
            role = Role.MAYBE_CAPTION
        block = Quote((Paragraph(content),)) if looks.quote and level is None else Paragraph(content)
        listed = level is None and not looks.quote
        return DocumentPart(
            block, position_of(paragraph), level, role, bold=bool(runs.total) and runs.bold == runs.total, size=size,
            listing=self.styles.listing(numbering_of(properties) or looks.numbering) if listed else None,
            questions=tuple(runs.questions),
        )  # fmt: skip

    def read_notes(self, runs: Runs, position: int) -> Iterator[DocumentPart]:
        """Yields the footnotes that the paragraph refers to, to be placed after it."""
        for key in runs.notes:
            number = self.numbers.get(key, 0)
            self.log.change(position, position, "", str(number), f"the number of a {key[0]}, in brackets")
            if key in self.notes and key not in self.referenced_notes:
                self.referenced_notes.add(key)
                yield DocumentPart(Paragraph(self.note_content(key)), position, role=Role.NOTE, number=number)

    def note_content(self, key: tuple[str, str]) -> Inlines:
        content: list[Inline] = []
        for paragraph in self.notes[key].iter(PARAGRAPH):
            runs = DocxRunReader(self.targets_of_notes.get(key[0], {}), self.numbers).read(paragraph)
            content += [*([Text(" ")] if content else []), *runs.content]
        return normal([Text(" ") if isinstance(node, LineBreak) else node for node in content]) or (Text("…"),)

    # -- pictures and boxes --------------------------------------------------------------------------------------

    def with_drawings(self, text: list[DocumentPart], runs: Runs, position: int, depth: int) -> list[DocumentPart]:
        """Places a drawing before its paragraph if it comes before all text, otherwise after the paragraph."""
        before: list[DocumentPart] = []
        after: list[DocumentPart] = []
        for drawn in runs.drawn:
            first = drawn.at == 0 and not drawn.floating
            (before if first else after).extend(self.read_drawing(drawn, position, depth))
        for box in runs.boxes:
            after += self.read_box(box, depth)
        return [*before, *(part for part in text if part.text.strip() or isinstance(part.block, Quote)), *after]

    def read_drawing(self, drawn: Drawn, position: int, depth: int) -> list[DocumentPart]:
        parts: list[DocumentPart] = []
        alt = alt_of(drawn.element)
        clicked = {self.targets.get(link.get(R + "id", ""), "") for link in drawn.element.iter(A + "hlinkClick")}
        self.log.leave_links(position, ((alt or "a picture", href) for href in sorted(clicked) if is_usable(href)), PICTURE_LINK)
        for picture in drawn.element.iter(A + "blip", V + "imagedata"):
            if next(picture.iterancestors(BOX), None) is None:
                parts += self.read_picture(picture, alt, position)
        boxes = list(outermost(drawn.element, BOX))
        for box in boxes:
            parts += self.read_box(box, depth)
        if not parts and not boxes and drawn.element.tag == W + "drawing":
            parts.append(DocumentPart(Figure(MISSING_PICTURE, alt), position, questions=(NO_DRAWING,)))
        return parts

    def read_box(self, box: etree._Element, depth: int) -> list[DocumentPart]:
        """Returns the parts of a text box. The first gets a question unless it is a picture: pictures often float."""
        parts = self.read(box, depth + 1) if depth < DEEPEST else []
        if parts and not isinstance(parts[0].block, Figure):
            parts[0] = parts[0].with_questions(BOXED)
        return parts

    def read_picture(self, picture: etree._Element, alt: str, position: int) -> list[DocumentPart]:
        key = picture.get(R + "embed") or picture.get(R + "id") or picture.get(R + "link") or ""
        target = self.targets.get(key, "")
        if not self.package.has(target):
            question = LINKED.format(target or "an unknown place")
            return [DocumentPart(Figure(MISSING_PICTURE, alt), position, questions=(clean_text(question),))]
        figure, questions = self.picture_files.figure_at(
            target, lambda: self.package.read(target), PurePosixPath(target).name, alt
        )
        return [DocumentPart(figure, position, questions=tuple(questions))] if figure else []

    # -- tables --------------------------------------------------------------------------------------------------

    def make_grid(self, table: etree._Element, depth: int) -> Grid:
        grid = Grid(next((position_of(paragraph) for paragraph in table.iter(PARAGRAPH)), 0))
        for row in table.iter(W + "tr"):
            if next(row.iterancestors(W + "tbl"), None) is table:
                grid.rows.append([self.read_cell(cell, depth) for cell in cells_of(row)])
        return grid

    def read_cell(self, cell: etree._Element, depth: int) -> Cell:
        properties = cell.find(W + "tcPr")
        merge = properties.find(W + "vMerge") if properties is not None else None
        across = max(number_of(value_of(properties, W + "gridSpan"), 1), 1)
        return Cell(
            [replace(part, role=Role.BODY) for part in self.read(cell, depth + 1)],
            min(across, 60),
            goes_on=merge is not None and merge.get(W + "val", "continue") != "restart",
        )


def cells_of(row: etree._Element) -> Iterator[etree._Element]:
    """Yields the cells of a row, including those in content controls, but not those of nested tables."""
    for cell in row.iter(W + "tc"):
        if next(cell.iterancestors(W + "tr"), None) is row:
            yield cell


def alt_of(drawing: etree._Element) -> str:
    """Returns the alternative text of a drawing; a mere file name does not count."""
    for element in drawing.iter():
        if str(element.tag).endswith("}docPr") or element.tag == V + "shape":
            text = clean_line(element.get("descr") or element.get("alt") or "")
            if text and not FILE_NAME.fullmatch(text):
                return text
    return ""
