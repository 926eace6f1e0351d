"""Files that people upload by mistake or on purpose: each with what comes of it, as `accepted+refused` rows or the code of the refusal."""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROWS = "email,name\na@example.org,A\nb@example.org,B\n"
_TEXT = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
_HEADER = f'<row r="1">{_TEXT.format("A1", "email")}{_TEXT.format("B1", "name")}</row>'
_ADDRESS = _TEXT.format("A2", "a@example.org")
_MACROS = "application/vnd.ms-excel.{}.macroEnabled.main+xml"
_STRINGS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


class NastyFile(NamedTuple):
    """`expected` is empty where chance decides. `is_large`: it takes long to make or to read."""

    name: str
    make: Callable[[], bytes]
    expected: str = ""
    is_large: bool = False


def workbook(*rows: Any, change: Callable[[Any], object] | None = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_part(content: bytes, name: str, data: str | bytes | None, *, instead: bool = True) -> bytes:
    """A workbook with another part, or without it."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            if part != name or not instead:
                archive.writestr(part, source.read(part))
        if data is not None:
            archive.writestr(name, data)
    return target.getvalue()


def part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


PEOPLE = workbook(["email", "name"], ["wei@example.org", "Wei"], ["no address", "Li"])


def cells(rows: str, before: str = "") -> str:
    return f"<worksheet {NS}>{before}<sheetData>{rows}</sheetData></worksheet>"


def _sheet(rows: str, before: str = "") -> Callable[[], bytes]:
    return lambda: with_part(PEOPLE, SHEET, cells(rows, before))


def _zip(**parts: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return target.getvalue()


def _encrypted_zip() -> bytes:
    data = bytearray(PEOPLE)
    at = -1
    while (at := data.find(b"PK\x01\x02", at + 1)) >= 0:
        data[at + 8] |= 1
    return bytes(data)


def _declared_larger() -> bytes:
    """The directory says that the sheet has 4 GB."""
    data = bytearray(PEOPLE)
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(SHEET.encode()))
    data[at + 24 : at + 28] = struct.pack("<I", 4_000_000_000)
    return bytes(data)


def _shared(string: str, rows: str, times: int = 1) -> Callable[[], bytes]:
    def make() -> bytes:
        override = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_STRINGS_TYPE}"/></Types>'
        book = with_part(PEOPLE, "xl/sharedStrings.xml", f"<sst {NS}>{string * times}</sst>")
        book = with_part(book, "[Content_Types].xml", part(book, "[Content_Types].xml").replace("</Types>", override))
        return with_part(book, SHEET, cells(rows))

    return make


def _of_type(kind: str) -> Callable[[], bytes]:
    types = part(PEOPLE, "[Content_Types].xml").replace(_SHEET_TYPE, _MACROS.format(kind))
    return lambda: with_part(
        with_part(PEOPLE, "[Content_Types].xml", types), "xl/vbaProject.bin", b"Sub Auto_Open()", instead=False
    )


def _hidden_sheets(*hidden: int) -> Callable[[], bytes]:
    def change(book: Any) -> None:
        for number in range(2):
            book.create_sheet(f"more {number}").append(["email"])
            book.worksheets[-1].append([f"m{number}@example.org"])
        for at in hidden:
            book.worksheets[at].sheet_state = "veryHidden" if at else "hidden"

    return lambda: workbook(["email"], ["a@example.org"], change=change)


def _formatted(*cells_: tuple[str, Any, str]) -> Callable[[], bytes]:
    def change(book: Any) -> None:
        for where, value, number_format in cells_:
            book.active[where] = value
            book.active[where].number_format = number_format

    return lambda: workbook(["email", "name", "joined"], change=change)


def _merged(book: Any) -> None:
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B2:B3")
    book.active.row_dimensions[4].hidden = True
    book.active.column_dimensions["B"].hidden = True


def _shared_cells(*indexes: int) -> str:
    found = "".join(f'<c r="{"ABC"[at % 2]}{at // 2 + 1}" t="s"><v>{index}</v></c>' for at, index in enumerate(indexes))
    return "".join(f'<row r="{number + 1}">{row}</row>' for number, row in enumerate(_in_pairs(found)))


def _in_pairs(found: str) -> list[str]:
    parts = found.replace("</c>", "</c>\n").splitlines()
    return ["".join(parts[at : at + 2]) for at in range(0, len(parts), 2)]


def workbooks() -> Iterator[NastyFile]:
    value, fault, boolean, styled = (f'<c r="{{}}"{kind}><v>{{}}</v></c>' for kind in ("", ' t="e"', ' t="b"', ' s="9999"'))
    row2 = f'<row r="2">{_ADDRESS}</row>'
    yield NastyFile(
        "10 MB in a cell", lambda: _sheet(_HEADER + f'<row r="2">{_ADDRESS}{_TEXT.format("B2", "x" * 10**7)}</row>')(), "0+1"
    )
    yield NastyFile("a bomb of spaces", lambda: with_part(PEOPLE, SHEET, f"<worksheet {NS}><sheetData>" + " " * 300_000_000),
                    "large_workbook", is_large=True)  # fmt: skip
    yield NastyFile("a bomb of rows", _sheet(_HEADER + row2 + "<row/>" * 300_000), "1+0", is_large=True)
    yield NastyFile("millions of empty rows", lambda: _sheet(_HEADER + row2 + "".join(f'<row r="{n}"/>' for n in range(3, 1_048_577)))(), "1+0",
                    is_large=True)  # fmt: skip
    yield NastyFile("a row of all columns", _sheet(_HEADER + row2 + '<row r="3">' + "<c/>" * 16_384 + "</row>"), "1+0")
    yield NastyFile("huge dimension", _sheet(_HEADER + row2, '<dimension ref="A1:XFD1048576"/>'), "1+0")
    yield NastyFile("a dimension that is none", _sheet(_HEADER + row2, '<dimension ref="x:y"/>'), "1+0")
    yield NastyFile("a bomb of strings", _shared("<si><t>a</t></si>", "<row/>", 6_000_000), is_large=True)
    yield NastyFile(
        "a string of 100 MB",
        lambda: _shared(f"<si><t>{'a' * 10**8}</t></si>", _shared_cells(0))(),
        "large_workbook",
        is_large=True,
    )
    rich = "<r><rPr><b/></rPr><t>{}</t></r><r><t>{}</t></r>"
    strings = "".join(
        f"<si>{rich.format(*pair)}</si>" for pair in (("em", "ail"), ("na", "me"), ("a@exa", "mple.org"), ("A", "nna"))
    )
    yield NastyFile("rich text", _shared(strings, _shared_cells(0, 1, 2, 3)), "1+0")
    phonetic = '<si><t>name</t><rPh sb="0" eb="1"><t>x</t></rPh></si>'
    yield NastyFile("phonetic text", _shared(f"<si><t>email</t></si>{phonetic}<si><t>a@example.org</t></si>", _shared_cells(0, 1, 2, 2)),
                    "1+0")  # fmt: skip
    yield NastyFile("cells with faults", _sheet(_HEADER + f'<row r="2">{_ADDRESS}{fault.format("B2", "#N/A")}</row>'
                    f'<row r="3">{fault.format("A3", "#REF!")}{_TEXT.format("B3", "x")}</row>'), "1+1")  # fmt: skip
    yield NastyFile("booleans", _sheet(_HEADER + f'<row r="2">{_ADDRESS}{boolean.format("B2", "1")}</row>'
                    f'<row r="3">{boolean.format("A3", "0")}</row>'), "1+1")  # fmt: skip
    yield NastyFile("numbers that are none", _sheet(_HEADER + f'<row r="2">{_ADDRESS}{value.format("B2", "abc")}</row>'),
                    "damaged_workbook")  # fmt: skip
    yield NastyFile(
        "a number beyond numbers", _sheet(_HEADER + f'<row r="2">{_ADDRESS}{value.format("B2", "1E+999")}</row>'), "1+0"
    )
    yield NastyFile("a style that is none", _sheet(_HEADER + f'<row r="2">{_ADDRESS}{styled.format("B2", "45000")}</row>'))
    yield NastyFile(
        "the same cell twice", _sheet(_HEADER + f'<row r="2">{_ADDRESS}{_TEXT.format("A2", "b@example.org")}</row>'), "1+0"
    )
    yield NastyFile("the same row twice", _sheet(_HEADER + row2 + row2), "damaged_workbook")
    yield NastyFile("cells without places", _sheet(_HEADER + "<row>" + _ADDRESS.replace(' r="A2"', "") + "</row>"), "1+0")
    yield NastyFile("small letters", _sheet(_HEADER + row2.replace("A2", "a2")), "1+0")
    yield NastyFile("a row below zero", _sheet(_HEADER + row2.replace('r="2"', 'r="-2"')), "damaged_workbook")
    yield NastyFile("a row far below", _sheet(_HEADER + row2.replace('r="2"', 'r="999999999"')), "damaged_workbook")
    yield NastyFile("a column far right", _sheet(_HEADER + f'<row r="2">{_TEXT.format("ZZZ2", "x")}</row>'), "damaged_workbook")
    yield NastyFile("rows in no order", _sheet(f'<row r="5">{_ADDRESS}</row>' + _HEADER), "damaged_workbook")
    yield NastyFile("deep elements", _sheet(_HEADER + row2 + "<x>" * 200_000 + "</x>" * 200_000))
    yield NastyFile("a large attribute", lambda: _sheet(_HEADER + row2 + f'<row r="3" x="{"y" * 30_000_000}"/>')(), is_large=True)
    yield NastyFile(
        "controls in a cell", _sheet(_HEADER + f'<row r="2">{_ADDRESS}{_TEXT.format("B2", "a_x0000_b&#13;&#10;_x001B_")}</row>')
    )
    yield NastyFile("entities", lambda: with_part(PEOPLE, SHEET, '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + cells("&b;")),
                    "damaged_workbook")  # fmt: skip
    yield NastyFile(
        "a file outside", lambda: with_part(PEOPLE, SHEET, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + cells("&a;")),
        "damaged_workbook",
    )  # fmt: skip
    yield NastyFile("no such string", _sheet('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'), "damaged_workbook")
    yield NastyFile("no sheet", lambda: with_part(PEOPLE, SHEET, ""), "damaged_workbook")
    for name in (SHEET, "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "[Content_Types].xml"):
        yield NastyFile(f"without {name}", lambda name=name: with_part(PEOPLE, name, None),
                        {"xl/styles.xml": "1+1", SHEET: "empty"}.get(name, "damaged_workbook"))  # fmt: skip
    yield NastyFile("a sheet in UTF-16", lambda: with_part(PEOPLE, SHEET, part(PEOPLE, SHEET).encode("utf-16")), "1+1")
    yield NastyFile(
        "a sheet in no encoding", lambda: with_part(PEOPLE, SHEET, '<?xml version="1.0" encoding="klingon"?>' + part(PEOPLE, SHEET)),
        "damaged_workbook",
    )  # fmt: skip
    strict = part(PEOPLE, SHEET).replace(
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    yield NastyFile("strict Open XML", lambda: with_part(PEOPLE, SHEET, strict), "spreadsheet")
    yield NastyFile("macros", lambda: with_part(PEOPLE, "xl/vbaProject.bin", b"Sub Workbook_Open()", instead=False), "1+1")
    yield NastyFile(".xlsm", _of_type("sheet"), "1+1")
    yield NastyFile(".xltm", _of_type("template"), "1+1")
    yield NastyFile(
        "a link outside", lambda: with_part(PEOPLE, "xl/externalLinks/externalLink1.xml", "<x/>", instead=False), "1+1"
    )
    yield NastyFile(
        "a part above the folder", lambda: with_part(PEOPLE, "../../../../tmp/evil.xml", "<x/>", instead=False), "1+1"
    )
    yield NastyFile("a hidden first sheet", _hidden_sheets(0), "1+0")
    yield NastyFile("only hidden sheets", _hidden_sheets(1, 2), "1+0")
    yield NastyFile("merged and hidden", lambda: workbook(["email", "name"], ["a@example.org", "A"], ["", ""], ["c@example.org", "C"],
                    ["", "D"], change=_merged), "2+1")  # fmt: skip
    yield NastyFile("dates as numbers in a sheet", _formatted(("A2", "a@example.org", "@"), ("C2", 45000, "yyyy-mm-dd"),
                    ("A3", "b@example.org", "@"), ("C3", 45000, "General"), ("A4", "c@example.org", "@"), ("C4", -5, "yyyy-mm-dd"),
                    ("A5", "d@example.org", "@"), ("C5", 9e12, "yyyy-mm-dd")))  # fmt: skip
    yield NastyFile("an apostrophe and full width", lambda: workbook(["email", "name"], ["'a@example.org", "'A"], ["ｂ１＠example.org", "１２"],
                    ["c@example.org", "１３"]), "3+0")  # fmt: skip
    yield NastyFile("formulas without results", lambda: workbook(["email", "name"], ['="a"&"@example.org"', "A"], ["b@example.org",
                    '=HYPERLINK("http://x")']), "1+1")  # fmt: skip
    yield NastyFile("only numbers", lambda: workbook([1, 2], [3, 4]))
    yield NastyFile("only titles", lambda: workbook(["Staff"], ["2026"]))
    yield NastyFile("an empty workbook", workbook, "empty")
    yield NastyFile("a declared size of 4 GB", _declared_larger, "large_workbook")
    yield NastyFile("an encrypted archive", _encrypted_zip, "encrypted_workbook")
    yield NastyFile("a text document", lambda: _zip(word__document_xml="<x/>"), "spreadsheet")
    yield NastyFile("a binary workbook", lambda: _zip(xl__workbook_bin="x", xl__a_xml="<a/>"), "spreadsheet")
    yield NastyFile(
        "an OpenDocument",
        lambda: _zip(mimetype="application/vnd.oasis.opendocument.spreadsheet", content_xml="<x/>"),
        "spreadsheet",
    )
    yield NastyFile("an empty archive", lambda: _zip(), "spreadsheet")
    for name, end in (("cut off", len(PEOPLE) // 2), ("without its end", -30), ("only its head", 40)):
        yield NastyFile(name, lambda end=end: PEOPLE[:end], "damaged_workbook")
    yield NastyFile("something behind it", lambda: PEOPLE + b"\0" * 3000)
    yield NastyFile("a password", lambda: OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "encrypted_workbook")
    yield NastyFile("an old workbook", lambda: OLE + b"\0" * 600, "spreadsheet")
    for number in range(8):
        yield NastyFile(f"damaged {number}", lambda number=number: _damaged(number))


def _damaged(number: int) -> bytes:
    chance, damaged = random.Random(number), bytearray(PEOPLE)
    for _ in range(chance.randint(1, 40)):
        damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
    return bytes(damaged)


_CHINESE = "email,name\na@example.org,王建国\nb@example.org,欧阳娜娜\nc@example.org,𠮷野㐀\n"
_RUSSIAN = "email,name\na@example.org,Иван Петров\n"
_ENCODED = {
    "utf-8": (_CHINESE, "3+0"), "utf-8-sig": (_CHINESE, "3+0"), "utf-16": (_CHINESE, "3+0"), "utf-16-le": (_CHINESE, "3+0"),
    "utf-16-be": (_CHINESE, "3+0"), "gb18030": (_CHINESE, "3+0"), "gbk": (_CHINESE[:40], ""), "utf-32": (_CHINESE, ""),
    "big5": ("email,name\na@example.org,王建國\nb@example.org,陳美玲\n", ""), "shift-jis": ("email,name\na@example.org,田中太郎\n", ""),
    "euc-kr": ("email,name\na@example.org,김철수\n", ""), "cp1251": (_RUSSIAN, ""), "koi8-r": (_RUSSIAN, ""),
    "latin-1": ("email,name\na@example.org,Zoë\n", "encoding"), "cp037": (ROWS, ""), "utf-7": (_CHINESE, ""),
    "iso2022_jp": ("email,name\na@example.org,田中\n", "0+1"), "hz": (_CHINESE[:32], ""),
}  # fmt: skip
_ADDRESSES = {
    "a@例え.jp": "1+0", "a@xn--r8jz45g.jp": "1+0", "a@XN--R8JZ45G.JP": "1+0", "a@💩.la": "", "用户@例子.广告": "0+1",
    "x" * 309 + "@example.org": "0+1", "x" * 64 + "@" + ".".join(["y" * 62] * 4) + ".org": "0+1", "x" * 65 + "@example.org": "0+1",
    "@": "0+1", "a@b@c": "0+1", "a@example.org ": "1+0", "<a@example.org>": "", "a@[1.2.3.4]": "0+1", "a@localhost": "0+1",
    "ａ＠example.org": "1+0", "１２３＠ｑｑ.com": "1+0", "a@example.org.": "", "a..b@example.org": "0+1", "\u200ba@example.org": "1+0",
    "a\u00ad@example.org": "0+1", "mailto:a@example.org": "0+1", "a@example.org;b@example.org": "", '"""a b""@example.org"': "",
    "'a@example.org": "", "a@exa\u202emple.org": "0+1", "a@example.123": "0+1", "\\.": "0+1", "\\N": "0+1",
}  # fmt: skip


def texts() -> Iterator[NastyFile]:
    for encoding, (content, expected) in _ENCODED.items():
        yield NastyFile(f"in {encoding}", lambda content=content, encoding=encoding: content.encode(encoding, "ignore"), expected)
    for address, expected in _ADDRESSES.items():
        yield _text(f"address {address[:24]} of {len(address)}", f"email\n{address}\n", expected)
    for delimiter, expected in {",": "2+0", ";": "2+0", "\t": "2+0", "|": "no_table", "^": "no_table"}.items():
        yield _text(f"between cells: {delimiter!r}", ROWS.replace(",", delimiter), expected)
    for end, expected in {
        "\r\n": "2+0",
        "\r": "2+0",
        "\n\r": "2+0",
        "\r\r\n": "2+0",
        "\n\n": "2+0",
        "\x0b": "",
        "\x85": "",
        "\u2028": "",
    }.items():
        yield _text(f"lines end with {end!r}", ROWS.replace("\n", end), expected)
    yield NastyFile("mixed line ends", lambda: b"email,name\r\na@example.org,A\rb@example.org,B\nc@example.org,C", "3+0")
    yield from _odd_beginnings()
    yield from _odd_cells()
    yield from _large_texts()
    yield from _other_files()


def _text(name: str, content: str, expected: str = "") -> NastyFile:
    return NastyFile(name, content.encode, expected)


def _odd_beginnings() -> Iterator[NastyFile]:
    yield _text("two byte order marks", "\ufeff\ufeff" + ROWS)
    yield _text("a byte order mark in the middle", ROWS.replace("b@", "\ufeffb@"), "2+0")
    yield _text("a byte order mark before a quotation", "\ufeff" + ROWS.replace("email", '"email"'), "2+0")
    yield NastyFile("only a byte order mark", lambda: b"\xef\xbb\xbf", "empty")
    yield NastyFile("a mark of UTF-8 before GB18030", lambda: b"\xef\xbb\xbf" + _CHINESE.encode("gb18030"), "encoding")
    yield NastyFile("a mark of UTF-16 before UTF-8", lambda: b"\xff\xfe" + ROWS.encode())
    yield NastyFile("half a character of UTF-16", lambda: ROWS.encode("utf-16") + b"\0", "encoding")
    yield NastyFile("a lone surrogate", lambda: ROWS.encode("utf-16-le").replace(b"B\0", b"\0\xd8"), "encoding")
    yield NastyFile("UTF-8 with a broken byte", lambda: ROWS.encode().replace(b"B", b"\xff\xfe\xfd"), "encoding")
    yield _text("sep=;", "sep=;\n" + ROWS.replace(",", ";"), "2+0")
    yield _text("only a header", "email,name\n", "0+0")
    yield _text("nothing", "", "empty")
    yield _text("spaces", "  \n \n", "empty")
    yield _text("no header", "a@example.org\nb@example.org\n", "no_table")
    yield _text("a header with a line break", '"e\nmail",name\na@example.org,A\n')
    yield _text("a header with NUL", "em\0ail,name\na@example.org,A\n")
    yield _text("a header of formulas", "=email,+name\na@example.org,A\n")
    yield _text("the same column twice", "email,email\na@example.org,b@example.org\n", "repeated_column")
    yield _text("a column without a name", "email,\na@example.org,x\n")
    yield _text("300 unknown columns", ",".join(["email", *[f"c{n}" for n in range(300)]]) + "\n", "unknown_columns")
    yield _text("5000 columns", ",".join(["email", *[f"c{n}" for n in range(5000)]]) + "\n")


def _odd_cells() -> Iterator[NastyFile]:
    yield _text("NUL", ROWS.replace("A", "\0"), "1+1")
    yield _text("NUL in an address", ROWS.replace("a@", "a\0@"), "1+1")
    yield _text("an endless quotation", f'email,name\na@example.org,"{"x,y" * 10**6}\nb@example.org,B\n')
    yield _text("only a quotation mark", 'email,name\n"')
    yield _text("quotation marks inside", 'email,name\na"b"@example.org,A\nc@example.org,D "E" F\n')
    yield _text("line breaks in cells", 'email,name\n"a@example.org\n","A\nB"\nc@example.org,C\n')
    yield _text("what COPY means otherwise", "email,name\na@example.org,\\.\nb@example.org,\\N\nc@example.org,x\\\nd@example.org,\\x41\\t\n",
                "4+0")  # fmt: skip
    yield _text("tabs in cells", 'email,name\na@example.org,"A\tB"\n')
    yield _text("formulas", "email,name\n=cmd|' /C calc'!A0,x\na@example.org,=1+1\n", "1+1")
    yield _text(
        "markup",
        "email,name\na@example.org,<script>alert(1)</script>\nb@example.org,{{ 7 }} %s '); DROP TABLE subscriber; --\n",
        "2+0",
    )
    yield _text("right to left", "email,name\na@example.org,\u202eevil\u202c\n", "0+1")
    yield _text("long names", f"email,name\na@example.org,{'王' * 5000}\nb@example.org,{'👩‍👩‍👧' * 30}\n")
    yield _text("repeated rows", "email\n" + "a@example.org\n" * 50, "1+49")
    yield _text("the same address in other letters", "email\nä@example.org\nA@EXAMPLE.org\na@example.ORG\n", "1+2")
    yield _text("short and long rows", "email,name\na@example.org\nb@example.org,B,C,D\n", "0+2")
    yield _text("dates as numbers", "email,joined\na@example.org,45000\nb@example.org,2024-05-31\n", "1+1")
    dates = (
        "0000-00-00",
        "9999-99-99",
        "31.05.2024",
        "10000-01-01",
        "1" + "0" * 20,
        "-1",
        "٢٠٢٤-٠٥-٣١",
        "２０２４-０５-３１",
        "2024-02-30",
    )
    yield _text("days that are none", "email,joined\n" + "".join(f"d{n}@example.org,{day}\n" for n, day in enumerate(dates)))
    yield _text(
        "languages and countries", "email,language,country\na@example.org,xx-yy-zz-klingon,ZZ\nb@example.org,中文,中国\n", "1+1"
    )
    yield _text(
        "states that are none",
        "email,state\na@example.org,perhaps\nb@example.org,bounced;confirmed\nc@example.org,unsubscribed\n",
    )


def _large_texts() -> Iterator[NastyFile]:
    yield NastyFile(
        "10 MB in a cell of text", lambda: f"email,name\na@example.org,{'x' * 10**7}\nb@example.org,B\n".encode(), "1+1"
    )
    yield NastyFile("a header of 10 MB", lambda: b"email," + b"x" * 10**7 + b"\na@example.org,A\n", "no_table")
    yield NastyFile("a million commas", lambda: b"email,name\na@example.org" + b"," * 10**6 + b"\nb@example.org,B\n", "1+1")
    yield NastyFile("many long cells", lambda: ("email,name\n" + "".join(f"p{n}@example.org,{'😀' * 15_000}\n" for n in range(1500))).encode(),
                    "1500+0", is_large=True)  # fmt: skip
    yield NastyFile("many short rows", lambda: b"email,name\n" + b"x\n" * 300_000, "0+300000", is_large=True)
    yield NastyFile("many quotation marks", lambda: b"email,name\n" + b'"' * 3_000_001)
    yield NastyFile("zeros", lambda: bytes(1_000_000))


def _other_files() -> Iterator[NastyFile]:
    yield NastyFile("a picture", lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "encoding")
    yield NastyFile("gzip", lambda: b"\x1f\x8b\x08\0" + bytes(range(255, 0, -1)) * 20)
    yield _text(
        "a page called .xls", "<html><table><tr><td>email</td></tr><tr><td>a@example.org</td></tr></table></html>", "no_table"
    )
    yield _text("XML Spreadsheet 2003", '<?xml version="1.0"?>\n<Workbook><Worksheet/></Workbook>\n', "no_table")
    yield _text("a PDF", "%PDF-1.7\n1 0 obj\n")
    yield _text("JSON", '[{"email": "a@example.org"}]\n')
    yield _text("a visiting card", "BEGIN:VCARD\nEMAIL:a@example.org\nEND:VCARD\n")
    for number in range(8):
        yield NastyFile(f"noise {number}", lambda number=number: b"email,name\n" + random.Random(number).randbytes(600))


FILES = (*workbooks(), *texts())
