"""Sheets of workbooks: the text of cells, and what people should know about a sheet."""

import datetime

import pytest

from subscribers.importing import csv_file
from subscribers.importing.csv_file import CsvFileError
from subscribers.importing.workbooks.cell_texts import cell_text
from tests.subscribers.importing.nasty_files import PEOPLE, workbook
from tests.subscribers.importing.runs import counts, reasons


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
