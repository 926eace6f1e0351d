"""Workbooks and hostile files: every row is accepted or refused, and a file that cannot be read is refused as a whole."""

import datetime
import io
import random
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from subscribers.importing import csv_file
from subscribers.importing.csv_file import CsvFileError
from subscribers.importing.workbooks import workbook_process
from subscribers.importing.workbooks.cell_texts import cell_text
from subscribers.models import ImportRun, Subscriber
from tests.subscribers.importing.runs import counts, reasons


def workbook(*rows, change=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def with_part(content, name, data, *, instead=True):
    """A workbook with another part."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part in source.namelist():
            if part != name or not instead:
                archive.writestr(part, source.read(part))
        archive.writestr(name, data)
    return target.getvalue()


PEOPLE = workbook(["email", "name"], ["wei@example.org", "Wei"], ["no address", "Li"])
SHEET = "xl/worksheets/sheet1.xml"
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def test_numbers_and_dates_become_the_text_that_a_person_reads():
    for value, number_format, text in (
        (20260331, "General", "20260331"), (1.38e10, "General", "13800000000"), (13812345678.0, "0.00E+00", "13812345678"),
        (7, "00000", "00007"), (0.25, "0%", "25%"), (0.1 + 0.2, "General", "0.3"), (True, "General", "TRUE"),
        (datetime.datetime(2026, 3, 31), "yyyy-mm-dd", "2026-03-31"), (datetime.datetime(2026, 3, 31, 9, 30), "", "2026-03-31 09:30:00"),
        ("a\nb", "General", "a b"), (None, "General", ""), (float("inf"), "General", ""), ("_x000D_x", "General", " x"),
    ):  # fmt: skip
        assert cell_text(value, number_format) == text, value


def test_a_sheet_is_read_with_what_people_should_know_about_it(tmp_path):
    def change(book):
        sheet = book.active
        sheet.title = "员工"
        sheet.merge_cells("A1:C1")
        sheet.row_dimensions[4].hidden = True
        sheet.column_dimensions["C"].hidden = True
        sheet["C4"] = "=1+1"
        book.create_sheet("secret").sheet_state = "hidden"
        book.create_sheet("more").append(["email"])

    content = workbook(["名单"], ["姓名", "邮箱", "入职"], ["王", "w@example.org", datetime.datetime(2024, 5, 31)], ["李", "l@example.org"],
                       change=change)  # fmt: skip
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with csv_file.opened(path) as file:
        assert list(file.rows()) == [(3, ["王", "w@example.org", "2024-05-31"]), (4, ["李", "l@example.org", ""])]
        facts = file.workbook
    assert facts[:4] == ("员工", ["员工", "more"], 2, 1)
    assert facts[4:] == (1, 1, 1, 1, 1, 0, False)
    with csv_file.opened(path, sheet="more") as file:
        assert file.header == ["email"]
    for sheet in ("secret", "none"):
        with pytest.raises(CsvFileError) as caught, csv_file.opened(path, sheet=sheet):
            pass
        assert caught.value.code == "no_sheet"


def test_a_workbook_is_imported_as_its_csv_would_be(read):
    run = read(PEOPLE)
    assert counts(run) == (1, 0, 0, 0, 1)
    assert reasons(run) == [(3, "syntax")]


def cells(rows):
    return f"<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>"


def hostile_workbooks():
    text = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
    header = f'<row r="1">{text.format("A1", "email")}{text.format("B1", "name")}</row>'
    address = text.format("A2", "a@example.org")
    yield (
        "10 MB in a cell",
        with_part(PEOPLE, SHEET, cells(header + f'<row r="2">{address}{text.format("B2", "x" * 10**7)}</row>')),
    )
    yield "a bomb of spaces", with_part(PEOPLE, SHEET, f"<worksheet {NS}><sheetData>" + " " * 300_000_000)
    yield "a bomb of rows", with_part(PEOPLE, SHEET, cells(header + f'<row r="2">{address}</row>' + "<row/>" * 100_000))
    yield "entities", with_part(PEOPLE, SHEET, '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + cells("&b;"))
    yield "a file outside", with_part(PEOPLE, SHEET, '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + cells("&a;"))
    yield "a row far below", with_part(PEOPLE, SHEET, cells(header + f'<row r="999999999">{address}</row>'))
    yield "a column far right", with_part(PEOPLE, SHEET, cells(header + f'<row r="2">{text.format("ZZZ2", "x")}</row>'))
    yield "rows in no order", with_part(PEOPLE, SHEET, cells(f'<row r="5">{address}</row>' + header))
    yield "no such string", with_part(PEOPLE, SHEET, cells('<row r="1"><c r="A1" t="s"><v>99</v></c></row>'))
    yield "no sheet", with_part(PEOPLE, SHEET, "")
    yield "macros", with_part(PEOPLE, "xl/vbaProject.bin", b"Sub Workbook_Open()", instead=False)
    yield "a link outside", with_part(PEOPLE, "xl/externalLinks/externalLink1.xml", "<x/>", instead=False)
    yield "another zip", with_part(with_part(PEOPLE, "xl/workbook.xml", ""), "content.xml", "")
    yield "cut off", PEOPLE[: len(PEOPLE) // 2]
    yield "a password", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    yield "an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    yield "a formula", workbook(["email", "name"], ["a@example.org", '=HYPERLINK("http://x")'])
    chance = random.Random(4)
    for number in range(4):
        damaged = bytearray(PEOPLE)
        for _ in range(chance.randint(1, 40)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        yield f"damaged {number}", bytes(damaged)


def hostile_texts():
    row = "email,name\na@example.org,A\nb@example.org,B\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "big5", "latin-1", "utf-32"):
        yield (
            encoding,
            ("email,姓名\na@example.org,王\n" if encoding != "latin-1" else "email,name\na@example.org,Zoë\n").encode(encoding),
        )
    for delimiter in ",;\t|":
        yield f"between cells: {delimiter}", row.replace(",", delimiter).encode()
    for end in ("\r\n", "\r", "\n\r", "\n\n", "\x0b", "\u2028"):
        yield f"lines end with {end!r}", row.replace("\n", end).encode()
    yield "mixed line ends", b"email,name\r\na@example.org,A\rb@example.org,B\nc@example.org,C"
    yield "NUL", row.replace("A", "\0").encode()
    yield "NUL in an address", row.replace("a@", "a\0@").encode()
    yield "10 MB in a cell", f"email,name\na@example.org,{'x' * 10**7}\nb@example.org,B\n".encode()
    yield "an endless quotation", f'email,name\na@example.org,"{"x,y" * 10**6}\nb@example.org,B\n'.encode()
    yield "formulas", b"email,name\n=cmd|' /C calc'!A0,x\na@example.org,=1+1\n"
    for address in (
        "a@例え.jp",
        "x" * 309 + "@example.org",
        "@",
        "a@b@c",
        "a@example.org ",
        "<a@example.org>",
        "a@[1.2.3.4]",
        "ａ＠example.org",
    ):
        yield f"address {address[:20]}", f"email\n{address}\n".encode()
    yield "only a header", b"email,name\n"
    yield "nothing", b""
    yield "spaces", b"  \n \n"
    yield "no header", b"a@example.org\nb@example.org\n"
    yield "many columns", b",".join([b"email", *[b"c%d" % n for n in range(5000)]]) + b"\n"
    yield "the same column twice", b"email,email\na@example.org,b@example.org\n"
    yield "a column without a name", b"email,\na@example.org,x\n"
    yield "a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
    yield "repeated rows", b"email\n" + b"a@example.org\n" * 50
    yield "short and long rows", b"email,name\na@example.org\nb@example.org,B,C,D\n"
    yield "dates as numbers", b"email,joined\na@example.org,45000\nb@example.org,2024-05-31\n"
    yield "right to left", "email,name\na@example.org,\u202eevil\u202c\n".encode()
    chance = random.Random(7)
    for number in range(8):
        yield f"noise {number}", b"email,name\n" + bytes(chance.randrange(256) for _ in range(600))


@pytest.mark.timeout(600)  # it starts twenty processes, one after the other
def test_every_row_of_a_hostile_file_is_accepted_or_refused(read, tmp_path):
    names = []
    for name, content in (*hostile_workbooks(), *hostile_texts()):
        names.append(name)
        before = Subscriber.objects.count()
        try:
            run = read(content)
        except CsvFileError:
            assert Subscriber.objects.count() == before, name
            continue
        counts(run)
        assert run.state == ImportRun.State.DONE, name
    assert len(names) >= 70
    assert workbook_process.MEMORY <= 200 * 2**20
    assert not list(Path(tmp_path).glob("mailroom-sheet-*"))
