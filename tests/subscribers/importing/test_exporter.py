import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publication.models import Audit, Publication
from subscribers.consent import erasing, subscriptions
from subscribers.importing import exporter
from subscribers.importing.csv_injection import guard, unguard
from subscribers.importing.importer import import_file
from subscribers.models import Subscriber
from tests.support.variations import first


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+49", "-5", "@SUM(A1)", "\t=1", "\r=1", "  =1", "'=1", "＝1+1", "\u00a0=cmd|' /C calc'!A0"],
)
def test_cells_that_a_spreadsheet_would_calculate_are_guarded(cell):
    assert guard(cell) == f"'{cell}"
    assert unguard(guard(cell)) == cell


@pytest.mark.parametrize("cell", first(["", "Anna", "a=b", "'tis", "O'Neil", "5", "anna@example.org", "—"], 2))
def test_harmless_cells_stay_unchanged(cell):
    assert guard(cell) == unguard(cell) == cell


@given(st.text(st.sampled_from("'=+-@\t\r a张"), max_size=8))
def test_every_cell_comes_back(cell):
    assert unguard(guard(cell)) == cell
    assert not guard(cell).lstrip(" ").startswith(tuple("=+-@\t\r"))


@pytest.fixture
def people(actor, news, join):
    types = {"role": "text", "visits": "number", "born": "date", "member": "yesno", "interests": "words"}
    Publication.objects.update(attribute_schema={name: {"type": attribute_type} for name, attribute_type in types.items()})
    join("anna@example.org", name="=HYPERLINK(1)", language="en", attributes={"role": "-x", "visits": -2.5, "member": False})
    join("+ben@example.org", name='Ben, "B"', attributes={"born": "1990-01-02", "interests": ["a", "b"], "member": True})
    join("cleo@example.org", name="'=x")
    subscriptions.unsubscribe(actor, join("left@example.org").pk, how="page")
    erasing.erase(actor, join("erased@example.org"))


def snapshot():
    fields = ("address", "name", "language", "country", "attributes")
    return sorted(Subscriber.objects.filter(erased_at=None).values_list(*fields), key=str)


def exported(actor, tmp_path, *args, **more):
    path = tmp_path / "out.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        count = exporter.export(actor, stream, *args, **more)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == count
    return path, rows


def test_what_is_exported_is_what_is_imported(actor, people, news, tmp_path):
    path, rows = exported(actor, tmp_path, news)
    assert {row["email"]: row["state"] for row in rows}["left@example.org"] == "unsubscribed"
    assert rows[0]["name"] == "'=HYPERLINK(1)"
    assert rows[0]["joined"]
    before = snapshot()
    run = import_file(actor, path, news, consent="our own export")
    assert (run.unchanged_count, run.kept_out_count, run.updated_count, run.refused_count) == (4, 0, 0, 0)
    Subscriber.objects.all().delete()
    assert import_file(actor, path, news, consent="our own export").created_count == 4
    assert snapshot() == before


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_the_day_of_joining_stays_the_same_through_export_and_import(actor, news, events, tmp_path, zone):
    Publication.objects.update(zone=zone)
    source = tmp_path / "in.csv"
    source.write_text("email,joined\nanna@example.org,2024-05-31\n", encoding="utf-8")
    for target in (news, events):
        import_file(actor, source, target, consent="at the fair")
        source, rows = exported(actor, tmp_path, target)
        assert [row["joined"] for row in rows] == ["2024-05-31"]


def test_guarding_can_be_switched_off(actor, people, news, tmp_path):
    _, rows = exported(actor, tmp_path, news, guard_formulas=False)
    assert rows[0]["name"] == "=HYPERLINK(1)"


def test_a_query_or_all_people_can_be_exported(actor, people, news, events, tmp_path):
    _, rows = exported(actor, tmp_path, people=Subscriber.objects.filter(language="en"))
    assert [row["email"] for row in rows] == ["anna@example.org"]
    assert len(exported(actor, tmp_path)[1]) == 4
    assert exported(actor, tmp_path, events)[1] == []
    assert Audit.objects.filter(verb="export").count() == 3


def test_the_export_is_streamed(actor, people, news, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        exporter.export(actor, io.StringIO(), news)
