"""Reads the runs of a Word paragraph into inline content, and collects its links, footnote numbers and drawings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from composer.importing.manuscript.inline_slicing import make_link, typeset
from composer.importing.readers.docx.docx_xml import BOX, PARAGRAPH, M, R, W, is_on, number_of, text_of_run_child, value_of
from composer.issue.document import Inline, Inlines, LineBreak, Text

HYPERLINK = re.compile(r'\s*HYPERLINK\s+(?:\\l\s+)?"?([^"\s]+)"?', re.IGNORECASE)
DRAWN = {W + "drawing", W + "pict", W + "object"}
STRONG_STYLES = ("strong", "fett", "intense emphasis")
EMPHASIS_STYLES = ("emphasis", "hervorhebung", "subtle emphasis")


@dataclass(slots=True)
class Drawn:
    """A drawing. `at`: number of letters before it; `floating`: it belongs to the paragraph, not to a position in it."""

    element: etree._Element
    at: int
    floating: bool


@dataclass(slots=True)
class Runs:
    """The content of one paragraph. `sizes`: points -> number of letters; `bold`, `italic`, `total`: numbers of letters."""

    content: list[Inline] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)  # kind, id
    hidden: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    sizes: dict[float, int] = field(default_factory=dict)
    bold: int = 0
    italic: int = 0
    total: int = 0
    boxes: list[etree._Element] = field(default_factory=list)


@dataclass(slots=True)
class DocxRunReader:
    """Reads one paragraph. `targets`: relationship id -> address; `bold`, `italic`, `size`: as its style says."""

    targets: dict[str, str]
    numbers: dict[tuple[str, str], int]  # (kind, id) of a footnote -> its number
    bold: bool = False
    italic: bool = False
    size: float = 0.0
    runs: Runs = field(default_factory=Runs)
    fields: list[str] = field(default_factory=list)  # instructions of the open fields
    linked: list[Inline] | None = None

    def read(self, paragraph: etree._Element) -> Runs:
        self.walk(paragraph, self.runs.content)
        if self.linked is not None:
            self.end_link()
        return self.runs

    def walk(self, element: etree._Element, into: list[Inline]) -> None:
        for child in element:
            if child.tag == W + "r":
                self.read_run(child, into)
            elif child.tag == W + "hyperlink":
                self.walk_link(child, self.targets.get(child.get(R + "id", ""), ""), into)
            elif child.tag == W + "fldSimple":
                match = HYPERLINK.match(child.get(W + "instr", ""))
                self.walk_link(child, match[1] if match and "://" in match[1] else "", into)
            elif child.tag == M + "t":
                self.put(text_of_run_child(child) or "", None, into)
            elif child.tag == BOX:
                self.runs.boxes.append(child)
            elif child.tag not in (W + "pPr", PARAGRAPH) and isinstance(child.tag, str):
                self.walk(child, into)

    def walk_link(self, element: etree._Element, href: str, into: list[Inline]) -> None:
        inner: list[Inline] = []
        self.walk(element, inner)
        into += make_link(href, tuple(inner), self.runs.questions) if href else inner

    def read_run(self, run: etree._Element, into: list[Inline]) -> None:
        properties = run.find(W + "rPr")
        for child in run:
            if child.tag == W + "fldChar":
                self.turn_field(child.get(W + "fldCharType", ""))
            elif child.tag == W + "instrText":
                if self.fields:
                    self.fields[-1] += child.text or ""
            elif child.tag in (W + "footnoteReference", W + "endnoteReference"):
                self.read_note(child)
            elif child.tag in DRAWN:
                self.runs.drawn.append(Drawn(child, self.runs.total, is_floating(child)))
            elif child.tag == W + "br" and child.get(W + "type", "textWrapping") == "textWrapping":
                self.target(into).append(LineBreak())
            elif child.tag == W + "ruby" or child.tag.endswith("}AlternateContent"):
                self.read_inner(child, into)
            elif (text := text_of_run_child(child)) is not None:
                self.put(text, properties, into)

    def read_inner(self, element: etree._Element, into: list[Inline]) -> None:
        """Reads nested content of a run: both lines of ruby text, or the newer version of a drawing."""
        for inner in element.iter(W + "r", *DRAWN):
            if inner.tag in DRAWN:
                self.runs.drawn.append(Drawn(inner, self.runs.total, is_floating(inner)))
                return
            self.read_run(inner, into)

    def target(self, into: list[Inline]) -> list[Inline]:
        return into if self.linked is None else self.linked

    def put(self, text: str, properties: etree._Element | None, into: list[Inline]) -> None:
        if is_on(properties, "vanish"):
            self.runs.hidden.append(text)
            return
        style = value_of(properties, W + "rStyle").casefold()
        bold, italic = is_on(properties, "b"), is_on(properties, "i")
        is_bold = (self.bold or style in STRONG_STYLES) if bold is None else bold
        is_italic = (self.italic or style in EMPHASIS_STYLES) if italic is None else italic
        letters = sum(not character.isspace() for character in text)
        size = number_of(value_of(properties, W + "sz")) / 2 or self.size
        self.runs.sizes[size] = self.runs.sizes.get(size, 0) + letters
        self.runs.total += letters
        self.runs.bold += letters if is_bold else 0
        self.runs.italic += letters if is_italic else 0
        # Bold or italic that the whole paragraph has by its style is not emphasis.
        in_type = typeset(text, self.runs.questions, bold=is_bold and not self.bold, italic=is_italic and not self.italic)
        self.target(into).extend(in_type)

    def read_note(self, element: etree._Element) -> None:
        kind = "footnote" if element.tag == W + "footnoteReference" else "endnote"
        key = (kind, element.get(W + "id", ""))
        self.runs.notes.append(key)
        self.target(self.runs.content).append(Text(f"[{self.numbers.get(key, 0)}]"))

    def turn_field(self, kind: str) -> None:
        """Handles the begin, separate and end marks of a field; the text of a HYPERLINK field becomes a link."""
        if kind == "begin":
            self.fields.append("")
        elif kind == "separate" and self.fields and self.linked is None and HYPERLINK.match(self.fields[-1]):
            self.linked = []
        elif kind == "end" and self.fields:
            instruction = self.fields.pop()
            if self.linked is not None and HYPERLINK.match(instruction):
                self.end_link(instruction)

    def end_link(self, instruction: str = "") -> None:
        match = HYPERLINK.match(instruction)
        content: Inlines = tuple(self.linked or ())
        self.linked = None
        self.runs.content += make_link(match[1], content, self.runs.questions) if match and "\\l" not in instruction else content


def written_links(root: etree._Element, targets: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yields (text, address) of each link in the element, and the texts between them with an empty address. Independent of
    DocxRunReader, to check that it lost none."""
    for paragraph in root.iter(PARAGRAPH):
        instruction, shows, href = "", False, ""
        yield " / ", ""  # no link continues in another paragraph
        for element in paragraph.iter():
            if next(element.iterancestors(PARAGRAPH), None) is not paragraph:
                continue
            if element.tag == W + "fldChar":
                kind = element.get(W + "fldCharType", "")
                match = HYPERLINK.match(instruction)
                shows = kind == "separate"
                href = match[1] if shows and match and "\\l" not in instruction else ""
                instruction = "" if kind != "separate" else instruction
            elif element.tag == W + "instrText":
                instruction += element.text or ""
            elif (text := text_of_run_child(element)) is not None and not is_hidden(element):
                yield text, link_around(element, targets) or href


def link_around(element: etree._Element, targets: dict[str, str]) -> str:
    for outer in element.iterancestors(W + "hyperlink", W + "fldSimple"):
        if outer.tag == W + "hyperlink":
            return targets.get(outer.get(R + "id", ""), "")
        if (match := HYPERLINK.match(outer.get(W + "instr", ""))) and "://" in match[1]:
            return match[1]
    return ""


def is_hidden(element: etree._Element) -> bool:
    run = next(element.iterancestors(W + "r"), None)
    return run is not None and bool(is_on(run.find(W + "rPr"), "vanish"))


def is_floating(drawing: etree._Element) -> bool:
    return any(str(inner.tag).endswith("}anchor") for inner in drawing)
