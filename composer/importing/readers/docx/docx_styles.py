"""Reads what the styles and numberings of a Word document say about a paragraph: heading, caption, list, type and size."""

import re
from dataclasses import dataclass

from lxml import etree

from composer.importing.manuscript.document_parts import TITLE, Listing, Role
from composer.importing.readers.docx.docx_numbering import read_numberings
from composer.importing.readers.docx.docx_xml import W, is_on, number_of, value_of

# Word stores the English names of its own styles in every language; other programs store the name that their users see.
HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titulo|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis|заголовок|标题|標題|見出し|제목)"
    r"\s*([1-9])$"
)
TITLES = ("title", "titel", "titre", "título", "titolo", "titulo", "标题", "標題", "表題", "제목", "название")
SUBTITLES = ("subtitle", "untertitel", "sous-titre", "subtítulo", "sottotitolo", "副标题", "副標題", "副題")
CAPTIONS = ("caption", "beschriftung", "légende", "bildunterschrift", "descripción", "didascalia", "leyenda", "题注", "圖說")
QUOTES = ("quote", "intense quote", "quotations", "zitat", "citation", "block text")
CONTENTS = re.compile(r"toc(?: heading|\s*\d)$|table of figures$|contents \d")
DEEPEST = 20  # styles based on one another


@dataclass(slots=True)
class Looks:
    """The formatting that a style, including the styles it is based on, gives to its paragraphs."""

    level: int | None = None
    role: Role = Role.BODY
    quote: bool = False
    contents: bool = False
    bold: bool = False
    italic: bool = False
    size: float = 0.0
    numbering: tuple[str, int] | None = None  # list, depth


class Styles:
    def __init__(self, styles: etree._Element | None, numbering: etree._Element | None) -> None:
        self.styles: dict[str, etree._Element] = {}
        self.normal, self.size = "", 0.0
        self.numberings = read_numberings(numbering)
        self.seen: dict[str, Looks] = {}
        if styles is not None:
            self.size = number_of(value_of(styles, f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}sz"), 20) / 2
            for element in styles.iter(W + "style"):
                self.styles[element.get(W + "styleId", "")] = element
                if element.get(W + "type") == "paragraph" and element.get(W + "default") in ("1", "true"):
                    self.normal = element.get(W + "styleId", "")

    def looks(self, style: str) -> Looks:
        style = style or self.normal
        if style not in self.seen:
            self.seen[style] = self.make_looks(style)
        return self.seen[style]

    def make_looks(self, style: str) -> Looks:
        looks = Looks(size=self.size)
        for element in reversed(self.chain(style)):
            name = value_of(element, W + "name").casefold().strip()
            read_name(name, looks)
            properties, runs = element.find(W + "pPr"), element.find(W + "rPr")
            if looks.level is None:
                looks.level = outline_level(properties)
            bold, italic = is_on(runs, "b"), is_on(runs, "i")
            looks.bold = looks.bold if bold is None else bold
            looks.italic = looks.italic if italic is None else italic
            looks.size = number_of(value_of(runs, W + "sz")) / 2 or looks.size
            looks.numbering = numbering_of(properties) or looks.numbering
        return looks

    def chain(self, style: str) -> list[etree._Element]:
        chain: list[etree._Element] = []
        while (element := self.styles.get(style)) is not None and element not in chain and len(chain) < DEEPEST:
            chain.append(element)
            style = value_of(element, W + "basedOn")
        return chain

    def listing(self, numbering: tuple[str, int] | None) -> Listing | None:
        """Returns the list item that a paragraph with this numbering is; None if it is not in a list, or its number is text."""
        if numbering is None or numbering[0] == "0":
            return None
        level = self.numberings.level(numbering)
        if level is not None and level.spelled:
            return None
        return Listing(numbering[1], level is not None and level.ordered, level.start if level else 1, numbering[0])


def outline_level(properties: etree._Element | None) -> int | None:
    """Returns the heading level in the properties of a paragraph or style; None if there is none."""
    level = number_of(value_of(properties, W + "outlineLvl"), 9)
    return level + 1 if level < 9 else None


def numbering_of(properties: etree._Element | None) -> tuple[str, int] | None:
    """Returns (list id, depth) from the properties of a paragraph or style; None if they name no list."""
    number = value_of(properties, f"{W}numPr/{W}numId")
    return (number, number_of(value_of(properties, f"{W}numPr/{W}ilvl"))) if number else None


def read_name(name: str, looks: Looks) -> None:
    """Sets what the name of a style implies; the style of the paragraph itself is read last and wins."""
    if match := HEADING.match(name):
        looks.level = int(match[1])
    elif name in TITLES:
        looks.level = TITLE
    elif name in SUBTITLES:
        looks.role, looks.level = Role.SUBTITLE, None
    elif name in CAPTIONS:
        looks.role, looks.level = Role.CAPTION, None
    looks.quote = looks.quote or name in QUOTES
    looks.contents = looks.contents or CONTENTS.match(name) is not None
