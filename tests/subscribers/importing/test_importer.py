"""The effects of an import: people created, updated, kept out; rows rejected; runs, slices and memory."""

import csv
import threading
import tracemalloc
from pathlib import Path

import pytest
from django.db import connection

from config.private_files import TargetExistsError
from publication import audit
from publication.database.statement_sql import query
from publication.models import Audit, Publication
from subscribers import attribute_declarations, mailing_lists
from subscribers.consent import erasing, subscriptions, suppressed_domains, suppressions
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.importing import importer_sql, row_slices
from subscribers.importing.importer import CsvFileError, import_file
from subscribers.models import ImportRun, MailingList, Notice, Subscriber, Subscription
from subscribers.segments import compiler
from tests.subscribers.importing.runs import counts, reasons
from tests.support.variations import few

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
State = Subscription.State


def test_people_are_subscribed_to_the_list(read, news):
    run = read(
        "email,name,language,country,joined,role,visits,born,member,interests\n"
        "Anna@Example.org,Anna Berg,EN,gb,2019-04-02,editor,3,1990-02-03,yes,physics; art;physics\n"
        "ben@example.org,,zh_hans,,,,,,,\n"
    )
    assert counts(run) == (2, 0, 0, 0, 0)
    assert (run.state, run.subscribed_count, run.file_name) == ("done", 2, "people.csv")
    anna, ben = Subscriber.objects.order_by("address")
    assert (anna.address, anna.domain, anna.name, anna.language, anna.country) == (
        "Anna@example.org", "example.org", "Anna Berg", "en", "GB",
    )  # fmt: skip
    assert anna.attributes == {
        "role": "editor", "visits": 3, "born": "1990-02-03", "member": True, "interests": ["physics", "art"],
    }  # fmt: skip
    assert (ben.language, ben.attributes) == ("zh-Hans", {})
    standing = Subscription.objects.get(subscriber=anna)
    assert (standing.state, standing.list, standing.consent) == (State.CONFIRMED, news, "stated at the fair")
    assert standing.source == f"import:{run.pk}"
    assert f"{standing.joined_at:%Y-%m-%d}" == "2019-04-02"
    assert subscriptions.find_subscriber("ANNA@example.org") == anna
    line = Audit.objects.get(verb="import")
    assert line.detail["created"] == 2
    assert "@" not in str(line.detail)


def test_the_sample_list_goes_in_whole_and_a_second_time_changes_nothing(actor, news, tmp_path):
    sample = EXAMPLES / "subscribers.csv"
    first = import_file(actor, sample, news, consent="sample", create_attributes=True)
    assert counts(first) == (2000, 0, 0, 0, 0)
    assert Publication.objects.get().attribute_schema == {
        "interests": {"type": "words", "position": 1}, "role": {"type": "text", "position": 2},
    }  # fmt: skip
    again = import_file(actor, sample, news, consent="sample")
    assert counts(again) == (0, 0, 2000, 0, 0)
    assert again.subscribed_count == 0


def test_the_sample_with_faults_lets_the_good_rows_in(actor, news, tmp_path):
    refused = tmp_path / "refused.csv"
    run = import_file(
        actor, EXAMPLES / "subscribers-with-faults.csv", news, consent="sample", create_attributes=True, refused_path=refused
    )
    assert run.created_count == Subscription.objects.count() == 24
    with refused.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    assert len(rows) == run.refused_count == 15  # one more line is blank
    assert all(row["refused_reason"] and row["refused_message"] and row["refused_hint"] for row in rows)
    assert {row["refused_reason"] for row in rows} == {
        "syntax", "missing", "duplicate", "language", "too_long", "short_row", "long_row", "unsendable", "date",
    }  # fmt: skip
    assert Subscriber.objects.get(domain="univ-pinehurst.example").name == "=1+1"


def test_what_was_refused_can_be_repaired_and_imported(read, tmp_path):
    refused = tmp_path / "refused.csv"
    read("email,name\nanna at example.org,=Anna\nben@example.org,Ben\n", refused_path=refused)
    repaired = refused.read_text("utf-8").replace("anna at example.org", "anna@example.org")
    assert "'=Anna" in repaired
    assert counts(read(repaired)) == (1, 0, 0, 0, 0)
    assert Subscriber.objects.get(address="anna@example.org").name == "=Anna"


def test_no_cell_of_the_refused_rows_is_a_formula(read, tmp_path):
    refused = tmp_path / "refused.csv"
    read("-E-mail,name\n=1+1@example,=Anna\n", refused_path=refused)
    with refused.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [cell for row in rows for cell in row if cell[:1] in set("=+-@\t")] == []
    again = refused.read_text("utf-8-sig").replace("'=1+1@example", "anna@example.org")
    assert counts(read(again)) == (1, 0, 0, 0, 0)


def test_rows_that_are_refused_twice_have_one_set_of_reasons(read, tmp_path):
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    read("email,name\nanna at example.org,Anna\n", refused_path=first)
    read(first.read_text("utf-8-sig"), refused_path=second)
    with second.open(encoding="utf-8-sig", newline="") as text:
        [row] = csv.DictReader(text)
    assert list(row) == ["refused_line", "refused_reason", "refused_message", "refused_hint", "email", "name"]
    assert (row["email"], row["name"]) == ("anna at example.org", "Anna")


@pytest.mark.parametrize("dry_run", [True, False])
def test_refused_rows_never_replace_another_file(read, tmp_path, dry_run):
    kept = tmp_path / "thesis.csv"
    kept.write_text("years of work", "utf-8")
    with pytest.raises(TargetExistsError, match=r"thesis\.csv already exists"):
        read("email\nanna at example.org\nben@example.org\n", refused_path=kept, dry_run=dry_run)
    assert kept.read_text("utf-8") == "years of work"
    assert not Subscriber.objects.exists()
    assert not ImportRun.objects.exists()


def test_refused_rows_do_not_replace_the_file_that_is_imported(actor, news, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("email\nanna at example.org\n", "utf-8")
    with pytest.raises(CsvFileError, match="refused_is_source"):
        import_file(actor, path, news, consent="sample", refused_path=path)
    assert path.read_text("utf-8") == "email\nanna at example.org\n"


def test_people_who_left_or_are_suppressed_are_neither_subscribed_nor_changed(read, actor, join, news):
    left = join("left@example.org", name="Left")
    join("complained@example.org", name="Old")
    subscriptions.unsubscribe(actor, left.pk, how="one-click")
    suppressions.suppress(actor, "complained@example.org", "complaint")
    erasing.erase(actor, join("erased@example.org", name="Erased"))
    suppressions.suppress(actor, "stranger@example.org", "manual")
    suppressed_domains.suppress_domain(actor, "moving.example")
    run = read(
        "email,name\nleft@example.org,New\nCOMPLAINED@example.org,New\nerased@example.org,New\nstranger@example.org,New\n"
        "new@example.org,New\nanna@moving.example,New\n"
    )
    assert counts(run) == (1, 0, 0, 5, 0)
    assert run.details["kept_out"]["domain"] == 1
    assert run.subscribed_count == 1
    assert list(Subscriber.objects.filter(name="New").values_list("address", flat=True)) == ["new@example.org"]
    assert Subscription.objects.get(subscriber=left).state == State.UNSUBSCRIBED
    assert suppressions.is_suppressed("erased@example.org")


def test_who_left_another_list_is_kept_out_and_one_flag_lifts_only_this(read, actor, join, news, events):
    for address in ("left@example.org", "all@example.org", "complained@example.org", "back@example.org"):
        join(address)
        person = subscriptions.find_subscriber(address)
        subscriptions.unsubscribe(actor, person.pk, list_ids=None if "all" in address else [news.pk], how="page")
    suppressions.suppress(actor, "complained@example.org", "complaint")
    join("back@example.org", mailing_list=events)
    content = "email\nleft@example.org\nall@example.org\ncomplained@example.org\nback@example.org\n"
    run = read(content, mailing_list=events)
    assert counts(run) == (0, 0, 1, 3, 0)
    assert run.details["kept_out"] == {"left_other": 1, "left_all": 1, "suppressed": 1}
    assert run.details["left_other"] == [{"line": 2, "lists": "news"}]
    again = read(content, mailing_list=events, despite_left="They asked for events at the fair")
    assert counts(again) == (0, 0, 2, 2, 0)
    confirmed = Subscription.objects.filter(state=State.CONFIRMED).values_list("subscriber__address", flat=True)
    assert sorted(confirmed) == ["back@example.org", "left@example.org"]
    assert again.despite_left == "They asked for events at the fair"
    assert Audit.objects.filter(verb="import", detail__despite_left=True).count() == 1


def test_who_left_everything_comes_back_only_themselves(read, actor, join, events):
    anna = join("anna@example.org")
    subscriptions.unsubscribe(actor, anna.pk, how="staff")
    with pytest.raises(SubscriberStateError, match="left_all"):
        join("anna@example.org", mailing_list=events)
    asked = subscriptions.subscribe(actor, events, "anna@example.org")
    subscriptions.confirm(audit.subscriber(), asked)
    assert Subscriber.objects.get().left_all_at is None
    assert counts(read("email\nanna@example.org\n", mailing_list=events)) == (0, 0, 1, 0, 0)


def test_a_pending_request_is_confirmed_by_the_statement(read, actor, news):
    subscriptions.subscribe(actor, news, "anna@example.org")
    assert counts(read("email\nanna@example.org\n")) == (0, 0, 1, 0, 0)
    assert Subscription.objects.get().state == State.CONFIRMED
    assert Notice.objects.get().state == Notice.State.SKIPPED


def test_known_people_are_updated_and_an_empty_cell_erases_nothing(read):
    read("email,name,country,role,visits,interests\nanna@example.org,Anna,GB,editor,3,a;b\n")
    assert counts(read("email,name,country,role,visits,interests\nANNA@example.org,,,,,\n")) == (0, 0, 1, 0, 0)
    assert counts(read("email,name,interests\nanna@example.org,Anna B,a\n")) == (0, 1, 0, 0, 0)
    anna = Subscriber.objects.get()
    assert (anna.name, anna.country, anna.attributes) == (
        "Anna B", "GB", {"role": "editor", "visits": 3, "interests": ["a"]},
    )  # fmt: skip


def test_full_width_characters_of_a_text_are_stored_as_those_of_ascii(read, actor):
    attribute_declarations.declare(actor, "phone", "text")
    read("email,phone\nwang@example.org,（０１０）１３８　００１\n")
    person = subscriptions.find_subscriber("wang@example.org")
    assert person.attributes == {"phone": "(010)138 001"}
    subscriptions.edit(actor, person, attributes={"phone": "＋86，王"})
    person.refresh_from_db()
    assert person.attributes == {"phone": "+86,王"}
    assert list(compiler.matching('phone = "＋86，王"')) == [person]


def test_a_dry_run_counts_the_same_and_stores_nothing(read, actor, join):
    subscriptions.unsubscribe(actor, join("left@example.org").pk, how="page")
    join("known@example.org", name="Old")
    content = "email,name\nleft@example.org,\nknown@example.org,New\nnew@example.org,\nNEW@example.org,\nbad,\n"
    before = list(Subscriber.objects.values()), list(Subscription.objects.values())
    dry = read(content, dry_run=True)
    assert (list(Subscriber.objects.values()), list(Subscription.objects.values())) == before
    assert ImportRun.objects.get().dry_run
    assert counts(dry) == counts(read(content)) == (1, 1, 0, 1, 2)


def test_the_first_of_two_rows_counts_also_across_slices(read, monkeypatch):
    monkeypatch.setattr(row_slices, "SLICE", 2)
    run = read("email,name\na@x.example,First\nb@x.example,\nc@x.example,\nA@x.example,Second\nc@X.example,\nd@x.example,\n")
    assert reasons(run) == [(5, "duplicate"), (6, "duplicate")]
    assert run.refusals[0]["message"] == "same address as line 2"
    assert counts(run) == (4, 0, 0, 0, 2)
    assert Subscriber.objects.get(address="a@x.example").name == "First"


def test_a_missing_file_or_missing_consent_is_rejected(actor, news, tmp_path):
    with pytest.raises(CsvFileError, match="missing"):
        import_file(actor, tmp_path / "none.csv", news, consent="x")
    with pytest.raises(CsvFileError, match="consent"):
        import_file(actor, EXAMPLES / "subscribers.csv", news, consent=" ")


def test_progress_is_reported_and_an_interrupted_run_is_recorded_as_failed(read, monkeypatch):
    monkeypatch.setattr(row_slices, "SLICE", 10)
    rows = "email\n" + "".join(f"p{n}@example.org\n" for n in range(35))
    query("SELECT analyse_people()")
    counted = "SELECT reltuples FROM pg_class WHERE oid = 'subscriber'::regclass"
    seen = []
    read(rows, progress=lambda run, fraction: seen.append((run.rows_read, fraction, *query(counted)[0])))
    assert [read for read, *_ in seen] == [10, 20, 30, 35]
    assert seen[-1][1] == 1.0
    assert [known for *_, known in seen] == [0, 10, 20, 20], "the planner takes no large import for one into an empty table"

    def interrupt(run, fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read(rows, progress=interrupt)
    last = ImportRun.objects.latest("id")
    assert (last.state, last.rows_read, last.unchanged_count) == ("failed", 10, 10)
    assert last.finished_at


@pytest.mark.soak
@pytest.mark.parametrize("rows", few(4_000, soak=[12_000]))
def test_memory_does_not_grow_with_the_file(read, monkeypatch, rows):
    monkeypatch.setattr(row_slices, "SLICE", 1000)
    content = "email,name\n" + "".join(f"p{n}@example.org,Name {n}\n" for n in range(rows))
    tracemalloc.start()
    try:
        read(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000


def test_the_hundred_first_refusals_are_kept_and_no_address_among_them(read):
    run = read("email\n" + "ａnna＠example.org\n" * 150)
    assert (run.refused_count, len(run.refusals)) == (149, 100)
    assert "@" not in str(run.refusals)


def test_a_person_can_be_imported_to_a_second_list(read, actor):
    other = mailing_lists.create_list(actor, "other", "Other")
    read("email\na@example.org\n")
    run = read("email\na@example.org\n", mailing_list=other)
    assert (run.subscribed_count, MailingList.objects.filter(subscription__state="confirmed").count()) == (1, 2)


def test_somebody_who_signs_up_meanwhile_is_merged_on_the_second_try(read, actor, news, monkeypatch):
    merge, tries = importer_sql.merge, []

    def overtaken_once(lines, **values):
        merged = merge(lines, **values)
        tries.append(merged)
        if len(tries) == 1:
            raise importer_sql.OvertakenError
        return merged

    monkeypatch.setattr(importer_sql, "merge", overtaken_once)
    assert counts(read("email\na@example.org\nb@example.org\n")) == (2, 0, 0, 0, 0)
    assert len(tries) == 2
    assert Subscription.objects.count() == 2


def test_no_value_of_an_attribute_is_stored_after_it_was_deleted(read, actor, monkeypatch):
    monkeypatch.setattr(row_slices, "SLICE", 1)
    rows = "email,role\na@example.org,\nb@example.org,editor\n"
    with pytest.raises(CsvFileError, match="attribute_deleted"):
        read(rows, progress=lambda *_: attribute_declarations.delete(actor, "role"))
    assert Subscriber.objects.get().attributes == {}


@pytest.mark.django_db(transaction=True)
def test_somebody_who_leaves_everything_during_the_merge_leaves_this_list_too(read, join, events):
    person, waited = join("a@example.org", events), []

    def leave():
        subscriptions.unsubscribe(audit.subscriber(), person.pk, how="page")
        connection.close()

    leaving = threading.Thread(target=leave)

    def leave_meanwhile(execute, sql, *values):
        if sql == importer_sql.MERGE:
            leaving.start()
            leaving.join(0.3)
            waited.append(leaving.is_alive())
        return execute(sql, *values)

    with connection.execute_wrapper(leave_meanwhile):
        read("email\na@example.org\n")
    leaving.join()
    assert waited == [True]
    assert set(Subscription.objects.values_list("list__slug", "state")) == {("news", "unsubscribed"), ("events", "unsubscribed")}
