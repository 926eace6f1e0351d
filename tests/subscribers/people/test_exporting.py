"""Exporting people: which people and columns a file has, nothing that a spreadsheet calculates, on record, quickly."""

import csv
import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook

from config.private_files import TargetExistsError
from publication import clock
from publication.installation import publication
from publication.models import Audit
from subscribers.consent import subscriptions, suppressed_domains, suppressions
from subscribers.errors import InputError
from subscribers.importing.csv_injection import guard
from subscribers.models import Subscriber, Subscription
from subscribers.people import exporting
from subscribers.people.people_filter import PeopleFilter

EVERYBODY = PeopleFilter()
ATTRIBUTES = {
    "unit": {"type": "text"}, "age": {"type": "number"}, "since": {"type": "date"}, "member": {"type": "yesno"},
    "topics": {"type": "words"},
}  # fmt: skip


@pytest.fixture
def schema(db):
    row = publication()
    row.zone, row.attribute_schema = "Asia/Shanghai", ATTRIBUTES
    row.save()


@pytest.fixture
def wei(schema, join, actor, events):
    """A person with something in every column."""
    wei = join("wei@cast.example", name="王伟")
    subscriptions.add_confirmed(actor, events, "wei@cast.example", consent="asked")
    given = {"unit": "Labs, north", "age": 3.5, "since": "2020-01-31", "member": True, "topics": ["space", "sea"]}
    Subscriber.objects.filter(pk=wei.pk).update(
        language="zh-Hans", country="CN", zone="Asia/Shanghai", attributes=given, created_at=datetime(2026, 3, 1, 20, tzinfo=UTC)
    )
    Subscription.objects.filter(subscriber=wei).update(joined_at=datetime(2026, 3, 2, 20, tzinfo=UTC))
    Subscription.objects.filter(subscriber=wei, list=events).update(
        state="unsubscribed", unsubscribed_at=datetime(2026, 4, 30, 20, tzinfo=UTC)
    )
    suppressions.suppress(actor, "wei@cast.example", "complaint")
    return wei


def rows_of(actor, tmp_path, columns, people_filter=EVERYBODY, **more):
    path = tmp_path / "people.csv"
    path.unlink(missing_ok=True)
    exporting.export(actor, people_filter, columns, path, **more)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "so that spreadsheets read UTF-8"
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_every_column_of_a_person(actor, tmp_path, wei):
    codes = [column.code for column in exporting.columns()]
    rows = rows_of(actor, tmp_path, codes)
    assert len(rows) == 2
    today = clock.in_zone(clock.now(), "Asia/Shanghai")
    person = dict(zip(codes, rows[1], strict=True))
    assert person.pop("suppressed_since") == f"{today:%Y-%m-%d}"
    assert person == {
        "email": "wei@cast.example", "name": "王伟", "language": "zh-Hans", "country": "CN", "zone": "Asia/Shanghai",
        "added": "2026-03-02", "lists": "Events (unsubscribed, 2026-05-01); News (confirmed, 2026-03-03)",
        "suppression": "complaint",
        "list:news": "confirmed", "list:news:joined": "2026-03-03", "list:news:left": "",
        "list:events": "unsubscribed", "list:events:joined": "2026-03-03", "list:events:left": "2026-05-01",
        "attribute:unit": "Labs, north", "attribute:age": "3.5", "attribute:since": "2020-01-31", "attribute:member": "yes",
        "attribute:topics": "space;sea",
    }  # fmt: skip


def test_the_lists_of_a_person_are_the_same_text_however_many_lists_there_are(actor, tmp_path, wei, join, monkeypatch):
    join("a@cast.example")
    nobodys = join("b@cast.example")
    Subscription.objects.filter(subscriber=nobodys).delete()
    joined = rows_of(actor, tmp_path, ["lists"], terms={"confirmed": "已订阅"})
    monkeypatch.setattr(exporting, "_MOST_JOINED", 0)
    assert rows_of(actor, tmp_path, ["lists"], terms={"confirmed": "已订阅"}) == joined
    assert joined[1] == ["Events (unsubscribed, 2026-05-01); News (已订阅, 2026-03-03)"]
    assert joined[3] == [], "an empty line: on no list"


def test_only_people_of_the_filter_and_nobody_erased(actor, tmp_path, join, events):
    join("a@cast.example", name="A")
    join("b@cast.example", events, name="B")
    erased = join("c@cast.example", events)
    Subscriber.objects.filter(pk=erased.pk).update(address=None, erased_at=datetime.now(UTC))
    for people_filter, names in (
        (PeopleFilter(), ["A", "B"]),
        (PeopleFilter(list_id=events.pk), ["B"]),
        (PeopleFilter(text="a@"), ["A"]),
        (PeopleFilter(text="100% of 'nobody'"), []),
    ):
        assert [row[0] for row in rows_of(actor, tmp_path, ["name"], people_filter)[1:]] == names


def test_somebody_of_a_suppressed_domain_is_shown_as_suppressed(actor, tmp_path, join):
    join("a@cast.example")
    suppressed_domains.suppress_domain(actor, "cast.example")
    assert rows_of(actor, tmp_path, ["suppression"])[1] == ["domain"]
    assert rows_of(actor, tmp_path, ["suppression"], terms={"domain": "整个域名"})[1] == ["整个域名"]


def test_headings_and_states_are_written_in_the_readers_words(actor, tmp_path, join):
    join("a@cast.example")
    rows = rows_of(actor, tmp_path, ["email", "list:news"], headings={"email": "=邮箱"}, terms={"confirmed": "已订阅"})
    assert rows == [["'=邮箱", "News: state"], ["a@cast.example", "已订阅"]]


def test_cells_are_guarded_as_the_importer_expects(actor, tmp_path, join):
    """Every character that `guard` knows, as the first of a name: the database guards the same cells as Python."""
    beginnings = [chr(code) for code in range(1, 0x3001) if guard(f"{chr(code)}=1") != f"{chr(code)}=1"]
    names = [
        *(f"{beginning}=1+1" for beginning in beginnings), "'=1", "=1,\"2\"", " \n=1", "+1", "-1", "@a", "\t1", "\r1", "＝1", "－1", "'a",
        'say "=1", please', "Wang, Wei", "Wang,=1", "", '"', "\\.", ",", "@" * 60_000,
    ]  # fmt: skip
    for number, name in enumerate(names):
        Subscriber.objects.filter(pk=join(f"p{number}@cast.example").pk).update(name=name)
    assert len(beginnings) > 20
    rows = rows_of(actor, tmp_path, ["name", "email"])
    assert [row[0] for row in rows[1:]] == [guard(name) for name in names]
    rows = rows_of(actor, tmp_path, ["email", "name"])
    assert [row[1] for row in rows[1:]] == [guard(name) for name in names]


def test_a_spreadsheet_has_only_text_cells(actor, tmp_path, wei, join):
    names = ["=1+1", "@a", "007", "2026-03-02", "a\x01b", "x" * 40_000, "TRUE"]
    for number, name in enumerate(names):
        Subscriber.objects.filter(pk=join(f"p{number}@cast.example").pk).update(name=name)
    path = tmp_path / "people.xlsx"
    count = exporting.export(actor, PeopleFilter(), ["email", "name", "attribute:age"], path, "xlsx", headings={"name": "姓名"})
    sheet = load_workbook(path).active
    assert (count, sheet.max_row, sheet.auto_filter.ref) == (8, 9, "A1:C9")
    assert [cell.value for cell in sheet[1]] == ["email", "姓名", "age"]
    assert [cell.value for cell in sheet[2]] == ["wei@cast.example", "王伟", "3.5"]
    shown = [sheet.cell(number, 2).value for number in range(3, 10)]
    assert shown == ["=1+1", "@a", "007", "2026-03-02", "ab", "x" * 32_767, "TRUE"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} <= {"s", "inlineStr"}


def test_a_spreadsheet_with_too_many_people_is_refused_and_leaves_no_file(actor, tmp_path, join, monkeypatch):
    monkeypatch.setattr(exporting, "MOST_IN_XLSX", 1)
    join("a@cast.example")
    assert exporting.export(actor, PeopleFilter(), ["email"], tmp_path / "one.xlsx", "xlsx") == 1
    join("b@cast.example")
    with pytest.raises(InputError, match="at most 1 people"):
        exporting.export(actor, PeopleFilter(), ["email"], tmp_path / "two.xlsx", "xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["one.xlsx"]


def test_an_export_is_audited_without_values_and_overwrites_nothing(actor, tmp_path, join):
    join("secret@cast.example", name="Secret")
    path = tmp_path / "people.csv"
    steps = []
    exporting.export(actor, PeopleFilter(text="secret"), ["email", "list:news"], path, progress=steps.append)
    assert steps == [1]
    assert path.stat().st_mode & 0o077 == 0
    line = Audit.objects.get(verb="export_people")
    assert line.detail == {"columns": ["email", "list:news"], "rows": 1, "format": "csv"}
    with pytest.raises(TargetExistsError):
        exporting.export(actor, PeopleFilter(), ["email"], path)
    for columns, code in ((["emial"], "column"), ([], "no_columns")):
        with pytest.raises(InputError) as refused:
            exporting.export(actor, PeopleFilter(), columns, tmp_path / "other.csv")
        assert refused.value.code == code
