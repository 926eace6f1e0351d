"""Reads what the styles and numberings of a Word document say about a paragraph: heading, caption, list, type and size."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lxml import etree

from composer.importing.manuscript.document_parts import TITLE, Listing, Role
from composer.importing.manuscript.inline_slicing import clean_line
from composer.importing.readers.docx.docx_xml import W, is_on, number_of, value_of

_DIGITS = "〇一二三四五六七八九"
_LEGAL = "零壹贰叁肆伍陆柒捌玖"
_LEGAL_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_LEGAL_JAPANESE = "零壱弐参四伍六七八九"
_UNITS, _LEGAL_UNITS = ("", "十", "百", "千"), ("", "拾", "佰", "仟")
_STEMS, _BRANCHES = "甲乙丙丁戊己庚辛壬癸", "子丑寅卯辰巳午未申酉戌亥"
_PLAIN_TEXT = re.compile(r"[\x00-\x7f．、]*")  # around the number; anything else is not how a list shows it
_PLACEHOLDER = re.compile("%([1-9])")
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_LARGEST = 9_999
_LONGEST = 40  # characters around a number; a file that gives more to each paragraph would grow without end
_SEPARATE = "、）．。：；】〕》」"  # between these and the text there is no space


def _digits(number: int) -> str:
    return "".join(_DIGITS[int(digit)] for digit in str(number))


def _counted(number: int, digits: str, units: tuple[str, ...], *, zero: str = "零", bare: tuple[int, ...] = (1,)) -> str:
    """Writes 1 to 9,999 with units, as 一百零一. `bare`: the units (1: ten) before which no leading one is written."""
    written, gap = "", False
    for position in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**position % 10
        if digit == 0:
            gap = True
            continue
        written += (zero if gap and written else "") + (
            units[position] if digit == 1 and position in bare and not written else digits[digit] + units[position]
        )
        gap = False
    return written


def _japanese(number: int) -> str:
    """Writes 1 to 9,999 without zeros, and without a one before ten, hundred and thousand: 百十一."""
    return re.sub("一(?=[十百千])", "", _counted(number, _DIGITS, _UNITS, zero=""))


def _below_hundred(number: int) -> str:
    return _counted(number, _DIGITS, _UNITS) if number < 100 else _digits(number)


def _legal(digits: str) -> Callable[[int], str]:
    return lambda number: _counted(number, digits, _LEGAL_UNITS, bare=())


def _in_turn(characters: str) -> Callable[[int], str]:
    """Characters in their order; the numbers behind the last one are ordinary digits."""
    return lambda number: characters[number - 1] if 0 < number <= len(characters) else str(number)


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


def _roman(number: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        written += letters * count
    return written


# Numbers of these kinds are text. The names are those of the format; WPS writes the same.
_SPELLED: Mapping[str, Callable[[int], str]] = {
    "chineseCounting": _below_hundred,
    "chineseCountingThousand": lambda number: _counted(number, _DIGITS, _UNITS),
    "taiwaneseCounting": _below_hundred,
    "taiwaneseCountingThousand": lambda number: _counted(number, _DIGITS, _UNITS),
    "japaneseCounting": _japanese,
    "ideographDigital": _digits,
    "taiwaneseDigital": _digits,
    "japaneseDigitalTenThousand": _digits,
    "chineseLegalSimplified": _legal(_LEGAL),
    "ideographLegalTraditional": _legal(_LEGAL_TRADITIONAL),
    "japaneseLegal": _legal(_LEGAL_JAPANESE),
    "ideographTraditional": _in_turn(_STEMS),
    "ideographZodiac": _in_turn(_BRANCHES),
    "ideographEnclosedCircle": _in_turn("㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉"),
    "decimalEnclosedCircle": _in_turn("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "decimalEnclosedCircleChinese": _in_turn("①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"),
    "decimalEnclosedParen": _in_turn("⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽⑾⑿⒀⒁⒂⒃⒄⒅⒆⒇"),
}
# Numbers of these kinds are text only if the text around them is, as in 第3章.
_OTHERS: Mapping[str, Callable[[int], str]] = {
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
}


@dataclass(frozen=True, slots=True)
class Level:
    """One depth of a numbering. `text`: what is shown, with %1 for the number of the first depth; `legal`: all in digits."""

    format: str = "decimal"
    start: int = 1
    text: str = ""
    legal: bool = False

    @property
    def ordered(self) -> bool:
        return self.format not in ("bullet", "none")

    @property
    def spelled(self) -> bool:
        """Whether its numbers become text, because a list cannot show them."""
        return self.ordered and (self.format in _SPELLED or not _PLAIN_TEXT.fullmatch(self.text))

    def shown(self, number: int) -> str:
        write = _SPELLED.get(self.format) or _OTHERS.get(self.format)
        return write(number) if write and 0 < number <= _LARGEST else str(number)


@dataclass(frozen=True, slots=True)
class Numbering:
    """The depths of one numbering. Numberings with the same `shape` count on; `restarts`: depth -> number to begin again with."""

    shape: str
    levels: Mapping[int, Level]
    restarts: Mapping[int, int]


@dataclass(slots=True)
class Numberings:
    """All numberings by id, and how far each has counted: shape -> depth -> number."""

    known: Mapping[str, Numbering]
    counts: dict[str, dict[int, int]] = field(default_factory=dict)
    begun: set[tuple[str, int]] = field(default_factory=set)

    def level(self, numbering: tuple[str, int]) -> Level | None:
        definition = self.known.get(numbering[0])
        return definition.levels.get(numbering[1]) if definition else None

    def count(self, numbering: tuple[str, int]) -> str:
        """Counts a paragraph, in reading order; returns its number with the space after it if the number becomes text."""
        definition, depth = self.known.get(numbering[0]), numbering[1]
        level = definition.levels.get(depth) if definition else None
        if definition is None or level is None:
            return ""
        counts = self.counts.setdefault(definition.shape, {})
        if depth in definition.restarts and (numbering[0], depth) not in self.begun:
            counts[depth] = definition.restarts[depth]
        else:
            counts[depth] = counts.get(depth, level.start - 1) + 1
        self.begun.add((numbering[0], depth))
        for deeper in [other for other in counts if other > depth]:
            del counts[deeper]
        if not level.spelled:
            return ""
        number = _PLACEHOLDER.sub(lambda match: self._shown(definition, level, int(match[1]) - 1), level.text).strip()
        return number if not number or number[-1] in _SEPARATE else f"{number} "

    def _shown(self, numbering: Numbering, level: Level, depth: int) -> str:
        named = numbering.levels.get(depth, Level())
        number = self.counts[numbering.shape].get(depth, named.start)
        return str(number) if level.legal else named.shown(number)


def read_numberings(root: etree._Element | None) -> Numberings:
    if root is None:
        return Numberings({})
    shapes = {
        abstract.get(W + "abstractNumId", ""): {
            number_of(level.get(W + "ilvl", "0")): _level(level) for level in abstract.iter(W + "lvl")
        }
        for abstract in root.iter(W + "abstractNum")
    }
    known: dict[str, Numbering] = {}
    for element in root.iter(W + "num"):
        shape = value_of(element, W + "abstractNumId")
        levels, restarts = dict(shapes.get(shape, {})), dict[int, int]()
        for override in element.iter(W + "lvlOverride"):
            depth = number_of(override.get(W + "ilvl", "0"))
            if (own := override.find(W + "lvl")) is not None:
                levels[depth] = _level(own)
            if override.find(W + "startOverride") is not None:
                restarts[depth] = number_of(value_of(override, W + "startOverride"), 1)
        known[element.get(W + "numId", "")] = Numbering(shape, levels, restarts)
    return Numberings(known)


def _level(element: etree._Element) -> Level:
    return Level(
        value_of(element, W + "numFmt") or "decimal",
        number_of(value_of(element, W + "start"), 1),
        clean_line(value_of(element, W + "lvlText"))[:_LONGEST],
        bool(is_on(element, "isLgl")),
    )


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
