"""All people of an installation go to another one: written, removed here, and read again as by an empty installation."""

import csv
import json
import re
import tracemalloc
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import pytest
from django.db import transaction

from campaigns.sending import quarantine, quarantine_sql
from publication import audit, clock
from publication.database.statement_sql import query
from publication.installation import publication
from publication.models import Audit, Publication
from subscribers import attribute_declarations, mailing_lists
from subscribers.consent import erasing, measuring_consent, pauses, subscriptions, suppressed_domains, suppressions
from subscribers.consent.ledger import Proof
from subscribers.importing.importer import import_file
from subscribers.models import (
    ConsentRecord,
    ConsentWording,
    ImportRun,
    MailingList,
    Notice,
    Subscriber,
    Subscription,
    SuppressedDomain,
    Suppression,
    SuppressionLift,
)
from subscribers.moving import move_file
from subscribers.moving.move_file import MoveFileError
from subscribers.records import merging
from tests.support.variations import first

_SUPPRESSION = ("reason", "detail", "cause", "evidence_at", "origin", "expires_at", "created_at")


def everything():
    """What must be equal: of every person and list, of every suppressed address, and of the ledger."""
    carried = Subscriber.objects.filter(erased_at=None).exclude(address__istartswith="erased@")
    people = carried.filter(address__isnull=False)
    return {
        "people": list(people.order_by("id").values()),
        "merged": list(carried.filter(merged_into__isnull=False).values_list("id", "merged_into_id")),
        "subscriptions": list(Subscription.objects.filter(subscriber__in=carried).order_by("subscriber", "list__slug").values()),
        "suppressions": list(
            Suppression.objects.filter(address__isnull=False, erased_at=None).order_by("address").values_list("address", *_SUPPRESSION)
        ),
        "domains": list(SuppressedDomain.objects.order_by("domain").values_list("domain", "detail", "created_at", "expires_at")),
        "lifts": list(
            SuppressionLift.objects.filter(address_key__in=people.values("address_key")).order_by("reason").values_list("address_key", "reason", "at")
        ),
        "consent": list(
            ConsentRecord.objects.filter(subscriber_id__in=carried.values("id")).order_by("id").values_list(
                "at", "subscriber_id", "list__slug", "act", "source", "proof", "wording__text", "wording__language", "detail"
            )
        ),
        "lists": list(MailingList.objects.order_by("slug").values_list("id", "slug", "name", "sign_up", "welcome", "archive_tag")),
        "runs": list(ImportRun.objects.filter(dry_run=False).values_list("id", "file_name", "consent", "list__slug", "rows_read")),
        "attributes": Publication.objects.get().attribute_schema,
    }  # fmt: skip


def build(actor, news, events, join, time, folder):
    """People in every state, with everything that a move must keep."""
    attribute_declarations.declare(actor, "role", "text")
    attribute_declarations.configure(actor, "role", is_open=True, label="Your role")
    join("anna@example.org", name='Anna "A", 张', language="zh-Hans", attributes={"role": "=1+1"})
    time.passes(hours=1)
    asked = subscriptions.subscribe(
        actor, news, "ben@example.org", consent="I want to\nreceive “News”", wording_language="en", source="embedded form"
    )
    subscriptions.confirm(audit.subscriber(), asked)
    subscriptions.subscribe(actor, events, "pending@example.org", consent="I agree")
    time.passes(hours=1, microseconds=123456)
    ben = subscriptions.find_subscriber("ben@example.org")
    subscriptions.unsubscribe(audit.subscriber(), ben.pk, list_ids=[news.pk], how="page")
    subscriptions.unsubscribe(actor, join("all@example.org").pk, how="staff")
    measured = join("measured@example.org")
    measuring_consent.agree(audit.subscriber(), measured, source="form", proof=Proof.CONFIRMATION_LINK, wording="You may")
    subscriptions.subscribe(audit.subscriber(), events, "ticked@example.org", consent="I agree", measuring_wish="You may")
    pauses.pause(actor, join("paused@example.org"), clock.now() + timedelta(days=9), source="cli", proof=Proof.STATEMENT)
    merging.merge(actor, join("kept@example.org"), join("gone@example.org", mailing_list=events))
    file = folder / "people.csv"
    file.write_text("email,joined,status\nimported@example.org,2019-04-02,active\nbounced@example.org,,bounced\n", "utf-8")
    import_file(actor, file, events, consent="stated at the fair")
    suppressions.suppress(actor, bytes(join("complained@example.org").address_key), "complaint", "by phone")
    suppressions.suppress(actor, "Stranger@Example.org", "manual", until=clock.now() + timedelta(days=30))
    suppressions.suppress(actor, b"0123456789abcdef", "provider_unsubscribe")  # of a stranger whose address is not stored
    suppressions.suppress(actor, "anna@example.org", "hard_bounce")
    suppressions.lift(actor, "anna@example.org")
    suppressed_domains.suppress_domain(actor, "example.net", "closed")
    erased = join("erased@example.org")
    suppressions.suppress(actor, "erased@example.org", "hard_bounce")
    suppressions.lift(actor, "erased@example.org")
    erasing.erase(actor, erased)
    subscriptions.subscribe(audit.subscriber(), news, "Erased@example.org")  # perhaps a stranger


class Moved(NamedTuple):
    """The file, what was in the other installation, and the number of its erased person."""

    path: Path
    before: dict
    out: move_file.MovedPeople
    erased: int


@pytest.fixture
def moved(actor, time, tmp_path):
    """The file of an installation that is gone again: everything that was stored is rolled back."""
    with transaction.atomic():
        news, events = (mailing_lists.create_list(actor, slug, slug.title(), welcome=True) for slug in ("news", "events"))

        def join(address, mailing_list=news, **more):
            return subscriptions.add_confirmed(
                actor, mailing_list, address, consent="at the fair", **more
            ).subscription.subscriber

        build(actor, news, events, join, time, tmp_path)
        out = move_file.write_people(actor, tmp_path / "all.zip")
        written = Moved(tmp_path / "all.zip", everything(), out, Subscriber.objects.get(erased_at__isnull=False).pk)
        transaction.set_rollback(True)
    assert not Subscriber.objects.exists()
    return written


@pytest.fixture
def _begins_at_one(moved):
    """The sequences of another installation, which begin at 1: in these tests both are in one database."""
    for table in quarantine_sql.GAPS:
        query("SELECT setval(pg_get_serial_sequence(%s, 'id'), 1, false)", [table])


@pytest.mark.usefixtures("_begins_at_one")
def test_an_empty_installation_is_equal_afterwards_and_names_who_is_not_carried(actor, moved):
    assert moved.out.not_carried == {
        "erased person": 1, "suppression of an erased person": 1, "suppression without an address": 1,
    }  # fmt: skip
    with ZipFile(moved.path) as archive:
        assert f"erased person,{moved.erased}," in archive.read("not-carried.csv").decode()
        assert "erased@example.org" not in "".join(archive.read(name).decode() for name in archive.namelist()).lower()
    read = move_file.read_people(actor, moved.path)
    assert (read.rows, read.not_carried) == (moved.out.rows, moved.out.not_carried)
    assert everything() == moved.before
    assert all(moved.before.values())
    assert not Notice.objects.exists()  # nobody is mailed
    assert Subscriber.objects.filter(address=None).exclude(merged_into=None).count() == 1
    made = subscriptions.add_confirmed(actor, MailingList.objects.get(slug="news"), "new@example.org", consent="x")
    assert made.subscription.subscriber_id > max(row["id"] for row in moved.before["people"])
    assert Audit.objects.filter(verb="import_people").count() == 1


@pytest.mark.usefixtures("_begins_at_one")
def test_no_number_that_mails_of_the_other_installation_name_is_given_again(actor, moved):
    with ZipFile(moved.path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    highest = manifest["highest"] | {"attempt": 70}  # nothing was sent there in this test
    assert highest["subscription"] > max(row["id"] for row in moved.before["subscriptions"])  # of the erased person
    target = changed(moved.path, "manifest.json", lambda _: json.dumps(manifest | {"highest": highest}))
    move_file.read_people(actor, target)
    given = quarantine_sql.highest_ids()
    assert [table for table in quarantine_sql.GAPS if given[table] <= highest[table]] == []
    quarantine.hear_strangers([(70, 1, 1), (71, 1, 1)])  # a mail that the other installation sent after the export, too
    assert publication().quarantined_at is None
    quarantine.hear_strangers([(given["attempt"] + 1, 1, 1)])
    assert publication().quarantined_at is not None


def test_a_list_of_this_installation_that_has_the_name_or_number_of_another_one_stops_the_move(actor, moved):
    MailingList.objects.create(slug="news", name="News")
    with pytest.raises(MoveFileError, match="list"):
        move_file.read_people(actor, moved.path)
    number = next(row[0] for row in moved.before["lists"] if row[1] == "news")
    MailingList.objects.update(slug="other", id=number)
    with pytest.raises(MoveFileError, match="list"):
        move_file.read_people(actor, moved.path)
    MailingList.objects.update(slug="news", name="Ours")
    move_file.read_people(actor, moved.path)
    assert MailingList.objects.get(pk=number).name == "Ours"


@pytest.mark.usefixtures("_begins_at_one")
def test_a_file_of_an_older_version_is_read(actor, moved):
    """It has the last click, which is not read any more, and nothing of an agreement to be measured."""

    def people(text: str) -> str:
        header, _, rows = text.partition("\n")
        rows = re.sub(r",[^,\n]*(,[^,\n]*,[^,\n]*,[^,\n]*,[^,\n]*)$", r",2026-03-01 09:00:00+00\1", rows, flags=re.MULTILINE)
        return header.replace(",measured_since,", ",engaged_at,") + "\n" + rows

    def subscribed(text: str) -> str:
        rows = list(csv.DictReader(StringIO(text, newline="")))
        names = [name for name in rows[0] if name != "measuring_wish"]
        quoted = ([row[name] and '"' + row[name].replace('"', '""') + '"' for name in names] for row in rows)
        filled = (
            [value or ("" if name.endswith("_at") else '""') for name, value in zip(names, row, strict=True)] for row in quoted
        )
        return "\n".join([",".join(names), *(",".join(row) for row in filled)]) + "\n"

    older = changed(changed(moved.path, "people.csv", people), "subscriptions.csv", subscribed)
    with ZipFile(older) as archive:
        assert archive.read("people.csv").count(b"2026-03-01 09:00:00") == moved.out.rows["people.csv"]
    move_file.read_people(actor, older)
    for row in moved.before["people"]:
        row["measured_since"] = None
    for row in moved.before["subscriptions"]:
        row["measuring_wish"] = ""
    assert everything() == moved.before


@pytest.mark.soak
def test_trials_before_the_move_keep_their_numbers(actor, moved, tmp_path):
    trial = mailing_lists.create_list(actor, "trial", "Trial")
    run = import_file(actor, tmp_path / "people.csv", trial, consent="a trial", dry_run=True)
    move_file.read_people(actor, moved.path)
    subscription = Subscription.objects.get(subscriber__address="imported@example.org")
    number = int(subscription.source.removeprefix("import:"))
    assert number > run.pk
    assert ImportRun.objects.get(pk=number).consent == subscription.consent == "stated at the fair"


def changed(path, name, change):
    """The file with one of its files changed; None removes it."""
    target = path.with_name(f"changed-{name}.zip")
    with ZipFile(path) as old, ZipFile(target, "w") as new:
        for member in old.namelist():
            content = old.read(member).decode()
            content = change(content) if member == name else content
            if content is not None:
                new.writestr(member, content)
    return target


@pytest.mark.parametrize(
    ("name", "change", "code"),
    first([
        ("subscriptions.csv", lambda text: text.replace(",confirmed,", ",revived,", 1), "broken"),
        ("subscriptions.csv", lambda text: text[: text.rindex("\n", 0, -1) + 1], "mismatch"),
        ("people.csv", lambda text: text.replace("person,email", "person,mail"), "broken"),
        ("lists.csv", lambda text: text.replace(",events,", ",event,"), "mismatch"),
        ("suppressions.csv", lambda _: None, "incomplete"),
        ("manifest.json", lambda _: "{}", "not_ours"),
        ("manifest.json", lambda text: json.dumps(json.loads(text) | {"mailroom_people": 1}), "version"),
        ("manifest.json", lambda text: json.dumps(json.loads(text) | {"highest": {"attempt": "70"}}), "not_ours"),
        ("manifest.json", lambda text: json.dumps(json.loads(text) | {"highest": {"attempt": 2**47 + 1}}), "not_ours"),
        ("manifest.json", lambda text: json.dumps(json.loads(text) | {"highest": {"campaign": 2**31 + 1}}), "not_ours"),
        ("people.csv", lambda text: re.sub(r"\n\d+,", f"\n{2**47 + 1},", text, count=1), "broken"),
        ("people.csv", lambda text: text.replace("@", " @", 1), "broken"),
        ("people.csv", lambda text: text.replace('{""', '{""other_', 1), "mismatch"),
    ], 5),
)  # fmt: skip
def test_a_file_that_was_changed_changes_nothing(actor, moved, name, change, code):
    with pytest.raises(MoveFileError, match=code):
        move_file.read_people(actor, changed(moved.path, name, change))
    assert not Subscriber.objects.exists()
    assert not MailingList.objects.exists()
    assert not ConsentWording.objects.exists()
    assert Publication.objects.get().attribute_schema == {}


@pytest.mark.parametrize("damage", first(["half", "no end", "other bytes"]))
def test_a_file_that_was_not_copied_whole_is_called_damaged(actor, moved, tmp_path, damage):
    content, other = moved.path.read_bytes(), tmp_path / "copy.zip"
    with ZipFile(moved.path) as archive:
        at = archive.getinfo("people.csv").header_offset + 60
    changed = {"half": content[: len(content) // 2], "no end": content[:-10],
               "other bytes": content[:at] + bytes(byte ^ 255 for byte in content[at : at + 20]) + content[at + 20 :]}  # fmt: skip
    other.write_bytes(changed[damage])
    with pytest.raises(MoveFileError, match="damaged"):
        move_file.read_people(actor, other)
    assert not Subscriber.objects.exists()


def test_only_an_installation_without_people_takes_them(actor, moved, tmp_path):
    other = tmp_path / "other.zip"
    other.write_bytes(b"no zip")
    with pytest.raises(MoveFileError, match="not_ours"):
        move_file.read_people(actor, other)
    move_file.read_people(actor, moved.path)
    with pytest.raises(MoveFileError, match="not_empty"):
        move_file.read_people(actor, moved.path)


def test_an_attribute_of_another_type_stops_the_move(actor, moved):
    attribute_declarations.declare(actor, "role", "number")
    with pytest.raises(MoveFileError, match="attribute"):
        move_file.read_people(actor, moved.path)


@pytest.mark.soak
def test_a_large_installation_is_moved_in_limited_memory(actor, tmp_path):
    file = tmp_path / "people.csv"
    with file.open("w", encoding="utf-8") as stream:
        stream.write("email,name,status\n")
        states = ("active", "unsubscribed", "bounced")
        stream.writelines(f"p{n}@example.org,Person {n},{states[n % 3]}\n" for n in range(100_000))
    with transaction.atomic():
        import_file(actor, file, mailing_lists.create_list(actor, "news", "News"), consent="large")
        before = everything()
        tracemalloc.start()
        move_file.write_people(actor, tmp_path / "all.zip")
        transaction.set_rollback(True)
    move_file.read_people(actor, tmp_path / "all.zip")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * 1024 * 1024
    assert everything() == before
