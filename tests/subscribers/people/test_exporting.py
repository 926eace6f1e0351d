"""Exporting people: which people and columns a file has, nothing that a spreadsheet calculates, on record, quickly."""

import csv
import io
import sys
import tracemalloc
from datetime import UTC, datetime
from time import perf_counter

import psutil
import pytest
from django.db import connection
from openpyxl import load_workbook

from config.private_files import TargetExistsError
from publication import clock
from publication.installation import publication
from publication.models import Audit
from subscribers.consent import subscriptions, suppressed_domains, suppressions
from subscribers.errors import InputError
from subscribers.importing.csv_injection import guard
from subscribers.models import Subscriber, Subscription
from subscribers.people import exporting, exporting_sql
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
    assert (count, sheet.max_row) == (8, 9)
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


MANY = """
INSERT INTO subscriber (address, address_key, domain, name, language, country, zone, attributes, created_at)
SELECT 'person.' || n || '@people' || n %% 50 || '.example', decode(md5(n::text), 'hex'), 'people' || n %% 50 || '.example',
       CASE WHEN n %% 3 = 0 THEN '王小明' || n %% 1000 ELSE 'Anna Müller ' || n %% 1000 END,
       CASE WHEN n %% 3 = 0 THEN 'zh-Hans' ELSE 'en' END, 'CN', 'Asia/Shanghai',
       (SELECT jsonb_object_agg('a' || k, 'value ' || (n * k) %% 97) FROM generate_series(1, 20) k),
       now() - n * interval '1 second'
FROM generate_series(1, %s) n;
"""
JOINED = """
INSERT INTO subscription (subscriber_id, list_id, state, source, consent, unsubscribed_how, joined_at, confirmed_at)
SELECT s.id, %s, 'confirmed', 'bench', '', '', now(), now() FROM subscriber s WHERE s.id %% %s = 0 ORDER BY s.id
"""


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_an_export_is_half_as_fast_as_a_bare_copy_in_little_memory(actor, tmp_path, news, events):
    """All columns of many people with 20 attributes; the bare COPY has the same people and joins, and writes what is stored."""
    row = publication()
    row.attribute_schema = {f"a{number}": {"type": "text"} for number in range(1, 21)}
    row.save()
    with connection.cursor() as cursor:
        cursor.execute(MANY, [200_000])
        for mailing_list, every in ((news, 1), (events, 2)):
            cursor.execute(JOINED, [mailing_list.pk, every])
        cursor.execute("ANALYZE subscriber, subscription")
    codes = [column.code for column in exporting.columns()]
    bare = exporting_sql.SqlCell(
        "SELECT s.address, s.name, s.language, s.country, s.zone, s.created_at, x.reason, x.created_at, p.state, p.joined_at, "
        "q.state, q.joined_at, " + ", ".join(f"s.attributes ->> 'a{number}'" for number in range(1, 21)) + " FROM subscriber s "
        "LEFT JOIN subscription p ON p.subscriber_id = s.id AND p.list_id = %s "
        "LEFT JOIN subscription q ON q.subscriber_id = s.id AND q.list_id = %s "
        "LEFT JOIN suppression x ON x.address_key = s.address_key WHERE s.erased_at IS NULL ORDER BY s.id",
        [news.pk, events.pk],
    )
    ratios = []
    for number in range(3):
        began = perf_counter()
        with (tmp_path / "bare.csv").open("wb") as stream:
            for line in exporting_sql.csv_rows(bare):
                stream.write(line)
        of_bare = perf_counter() - began
        began = perf_counter()
        exporting.export(actor, PeopleFilter(), codes, tmp_path / f"{number}.csv")
        ratios.append(of_bare / (perf_counter() - began))
    print(f"ratio to bare COPY: {sorted(ratios)}", file=sys.stderr)
    assert sorted(ratios)[1] > 0.5
    before = psutil.Process().memory_info().rss
    tracemalloc.start()
    exporting.export(actor, PeopleFilter(text="100"), codes, tmp_path / "some.xlsx", "xlsx")
    assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
    tracemalloc.stop()
    assert psutil.Process().memory_info().rss - before < 100 * 2**20
