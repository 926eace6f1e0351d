"""An erasure, checked by searching every column of every table and every file of the data folder."""

import io
import json
import logging
import time

import pytest
import structlog
from django.conf import settings as django_settings
from django.db import connection
from django.db.models import JSONField, TextField
from hypothesis import given
from hypothesis import strategies as st

from campaigns import data_protection_sql, launch, removing
from campaigns.drafts import test_mails
from campaigns.models import (
    Attempt,
    Campaign,
    Delivery,
    Event,
    LiftRequest,
    ProviderListChange,
    ProviderPayload,
    Rejection,
    ReportLink,
    Slice,
    Tester,
    TesterGroup,
    TestSend,
)
from campaigns.provider_lists import list_changes
from campaigns.tracking import event_inbox
from config import log_masking, private_files
from publication import audit, clock, personal_data
from publication.models import Actor, Publication
from publication.personal_data import Erasure
from subscribers.consent import address_changes, erasing, ledger, subscriptions, suppressions, text_erasure
from subscribers.consent.text_erasure import PersonalIdentifiers
from subscribers.importing import importer
from subscribers.models import (
    AddressChange,
    ConsentRecord,
    ConsentWording,
    ImportRun,
    Notice,
    PeopleAction,
    Segment,
    SegmentVersion,
    StoredCount,
    Subscriber,
    Subscription,
    SuppressedDomain,
    Suppression,
    SuppressionLift,
)
from subscribers.records import merging
from subscribers.segments import saved_segments
from tests.campaigns import attempt_steps
from tests.support import people, stored_texts
from tests.support.variations import examples, first

pytestmark = pytest.mark.django_db

ADDRESS = "Mira.Quill@Bücher.example"
SENT_TO = "Mira.Quill@xn--bcher-kva.example"
NEEDLES = ("mira.quill@", "mira.quill%40", "mira quillfeather", "zeppelin maintenance", "ornithopters")


def columns_with(*needles: str) -> set[str]:
    """The columns of any table that contain one of the texts, in any case."""
    columns = set()
    with connection.cursor() as cursor:
        for table, name, text in list(stored_texts.columns(cursor)):
            for needle in needles:
                cursor.execute(f"SELECT 1 FROM {table} WHERE strpos(lower({text}), %s) > 0 LIMIT 1", [needle])
                if cursor.fetchone():
                    columns.add(name)
    return columns


def escaped(key: bytes) -> str:
    """The bytes as PostgreSQL's `encode(…, 'escape')` writes them, in lower case as the search compares."""
    return "".join(
        "\\\\" if byte == 92 else f"\\{byte:03o}" if byte in (0, *range(128, 256)) else chr(byte) for byte in key
    ).lower()


def erase(actor: Actor, person: Subscriber) -> erasing.Erased:
    """Erase the person; then the worker removes the address from the provider's lists, and its own record of it."""
    erased = erasing.erase(actor, person)
    while changes := list_changes.due("remove", 100):
        list_changes.end(changes)
    return erased


def files_with(*needles: str) -> set[str]:
    """The files of the data folder, except those of the database server and the broker, that contain one of the texts."""
    return {
        path.name
        for path in stored_texts.files(django_settings.DATA_DIR)
        if any(needle.encode() in path.read_bytes().lower() for needle in needles)
    }


@pytest.fixture(autouse=True)
def _key():
    Publication.objects.update(
        attribute_schema={"hobby": {"type": "text"}, "topics": {"type": "words"}, "born": {"type": "date"}}
    )


@pytest.fixture
def mira(db) -> Subscriber:
    """A person about whom every table has something that it can have."""
    actor, news, club = audit.command_line(), people.make_list(), people.make_list("club")
    people.make_people(3, news)
    table = (
        f"email,name,hobby,born\n{ADDRESS},Mira Quillfeather,zeppelin maintenance,2001-02-03\n"
        f"hanna{ADDRESS},Hanna,knitting,2001-02-03\n{ADDRESS},Mira,kites,soon\nxy@{ADDRESS},Mira Quillfeather,kites,2001-02-03\n"
    )
    run = importer.import_file(actor, io.BytesIO(table.encode()), news, consent=f"list by {SENT_TO}, in 2027")
    ImportRun.objects.filter(pk=run.pk).update(
        file_name=f"{SENT_TO.lower()}.csv",
        despite_left=f"as {SENT_TO} asked",
        measuring_document=f"form of {SENT_TO}",
        # As an older version kept it.
        refusals=[{"line": 9, "reason": "text", "message": "“zeppelin maintenance” is not a date", "hint": f"ask {SENT_TO}"}],
    )
    mira = Subscriber.objects.get(name="Mira Quillfeather")
    subscriptions.add_confirmed(actor, club, ADDRESS, consent=f"letter of Mira Quillfeather ({ADDRESS}), 3 May 2027")
    subscriptions.edit(actor, mira, attributes={"topics": ["ornithopters"]})
    for number in range(2):
        _send(mira, first=number == 0)
    suppressions.suppress(actor, "friend@people.example", "manual", f"told by {SENT_TO}")
    quoting = {"name": f"with {SENT_TO}", "text": f'email ~ "{SENT_TO}"', "description": f"asked by {SENT_TO}"}
    SegmentVersion.objects.create(segment=Segment.objects.create(slug="all", text='email != ""'), **quoting)
    SuppressedDomain.objects.create(domain="old.example", detail=f"see the mail of {SENT_TO}", actor=actor)
    _mails(mira, news)
    _of_staff(actor, mira)
    subscriptions.unsubscribe(audit.subscriber(), mira.pk, list_ids=[club.pk], how="page")
    Subscription.objects.filter(subscriber=mira, list=club).update(unsubscribed_comment=f"write to {SENT_TO} instead")
    suppressions.suppress(actor, ADDRESS, "soft_bounces", f"452 <{SENT_TO}> is full")
    StoredCount.objects.create(name="segment:1", of=f'email = "{SENT_TO}"', tried_at=clock.now())
    Rejection.objects.create(
        campaign_id=1, domain="x.example", cause="blocked", sample=f"550 {SENT_TO}", first_at=clock.now(), last_at=clock.now()
    )
    ProviderListChange.objects.create(
        list="bounces", change="add", address_key=mira.address_key, address=SENT_TO, detail=f"404 {SENT_TO}"
    )
    # Verified, and not split yet.
    payload = [
        {"email": address, "timestamp": int(time.time()), "event": "open", "sg_event_id": address}
        for address in (SENT_TO, "other@people.example")
    ]
    event_inbox.receive(json.dumps(payload).encode())
    event_inbox.receive(json.dumps(payload).replace(SENT_TO, ADDRESS).encode())
    return mira


def _send(mira: Subscriber, *, first: bool) -> None:
    """A campaign whose provider quotes the address wherever it can."""
    campaign = launch.create(audit.system(), version=people.make_version(html=f"{people.HTML}<!-- {first} -->"), lists=[people.make_list()],
                             sender=people.make_sender(), name=f"for {SENT_TO}")  # fmt: skip
    people.start(campaign)
    sent = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    bounce = {"type": "blocked", "status": "4.2.2", "reason": f"452 <{SENT_TO}> mailbox full", "response": f"to {SENT_TO}"}
    clicked = {"url": "https://cast.example/form?for=Mira.Quill%40xn--bcher-kva.example&x=1"}
    event = attempt_steps.event(campaign, mira.pk, sent.attempt, "bounce") | bounce
    attempt_steps.hear(
        event if first else {name: value for name, value in event.items() if not name.startswith("mr_")},
        attempt_steps.event(campaign, mira.pk, sent.attempt, "click") | clicked,
    )
    # As an older version kept it.
    Delivery.objects.filter(campaign=campaign, subscriber_id=mira.pk).update(reason=f"soft: 452 <{SENT_TO}> mailbox full")
    Attempt.objects.filter(pk=sent.attempt).update(detail=f"400 {SENT_TO} is not valid")
    Slice.objects.filter(campaign=campaign).update(reason=f"400 {SENT_TO} is not valid")
    Campaign.objects.filter(pk=campaign.pk).update(
        segment_text=f'email != "{SENT_TO}"', held_detail=SENT_TO, override={"reason": f"asked by {SENT_TO}"}
    )


def _of_staff(actor: Actor, mira: Subscriber) -> None:
    """What staff typed about the address: in actions, lifts, changes of address and choices of an import."""
    PeopleAction.objects.create(
        kind="export", actor=actor, parameters={"filter": {"text": SENT_TO}}, left_out={f"as {SENT_TO} asked": 1}
    )
    named = saved_segments.create(actor, "quill", f'name = "Mira Quillfeather" or email = "{SENT_TO}"')
    removing.delete_segment(actor, saved_segments.change(actor, named, 'name in ("Mira Quillfeather", "Hanna")'))
    ImportRun.objects.update(choices={"note": f"columns of {SENT_TO}"})
    SuppressionLift.objects.create(address_key=b"3" * 16, reason="manual", at=clock.now(), detail=f"asked by {SENT_TO}")
    LiftRequest.objects.create(
        address_key=b"4" * 16, reason="manual", actor=actor, asked_at=clock.now(), detail=f"asked by {SENT_TO}"
    )
    AddressChange.objects.create(
        subscriber=Subscriber.objects.get(address="reader1@people.example"), address="x@new.example", address_key=b"5" * 16,
        asked_at=clock.now(), reason=f"told by {SENT_TO}",
    )  # fmt: skip


def _mails(mira: Subscriber, news) -> None:
    other = Subscriber.objects.get(address="reader0@people.example")
    private = {"list": news, "state": "accepted", "reason": f"550 {SENT_TO}", "parameters": {"name": "Mira Quillfeather"}}
    Notice.objects.create(purpose="person", token="1", subscriber=mira, address=SENT_TO, **private)
    # Not the number of a change of address: when that change ends, the address goes, and the erasure would not find this mail.
    Notice.objects.create(purpose="new_address", token="-", subscriber=other, address=SENT_TO.lower(), **private)
    AddressChange.objects.create(subscriber=mira, address="quill@new.example", address_key=b"1" * 16, asked_at=clock.now())
    AddressChange.objects.create(subscriber=other, address=SENT_TO, address_key=b"2" * 16, asked_at=clock.now())
    version = people.make_version(text="a test")
    test_mails.send(audit.command_line(), version, people.make_sender(), f" {SENT_TO.upper()}")
    group = TesterGroup.objects.create(name=f"with {SENT_TO}")
    Tester.objects.create(group=group, address=SENT_TO.upper())
    ReportLink.objects.create(
        campaign=Campaign.objects.first(),
        name=f"for {SENT_TO}",
        actor=audit.system(),
        created_at=clock.now(),
        expires_at=clock.now(),
    )
    TestSend.objects.update(reason=f"550 {SENT_TO}", parameters={"for": SENT_TO})


# Of what an erasure changes, these contain neither the address, the name nor an attribute.
WITHOUT_NEEDLES = {
    "event.detail", "segment.description", "segment.name", "segment.text", "subscriber.country", "subscriber.domain", "subscriber.language",
    "subscriber.zone", "staff_mail.address", "staff_mail.parameters",
}  # fmt: skip


def declared() -> set[str]:
    """The columns of text, JSON and bodies from which an erasure removes something."""
    return {
        f"{model._meta.db_table}.{name}"
        for model, fields in personal_data.DECLARED.items()
        for name, field in fields.items()
        if name == "body"
        or ((field.quotes or field.erased is not Erasure.KEEPS) and isinstance(model._meta.get_field(name), TextField | JSONField))
    }  # fmt: skip


def test_nothing_in_any_table_or_file_names_an_erased_person(mira):
    assert columns_with(*NEEDLES) == declared() - WITHOUT_NEEDLES, "let the person `mira` be quoted in every declared field"
    key, hashed = bytes(mira.address_key), mira.address_key.hex()
    hanna = Subscriber.objects.get(name="Hanna")
    erased = erase(audit.command_line(), mira)
    assert erased == ((mira.pk,), [])
    # "hannamira.quill@…" is another person.
    assert columns_with("hannamira.quill@") == {"subscriber.address"}
    Subscriber.objects.filter(pk=hanna.pk).update(address="")
    assert columns_with(*NEEDLES, "quill@new.example") == set()
    planted = django_settings.DATA_DIR / "planted.csv"
    planted.write_text(f"email\n{ADDRESS}\n", encoding="utf-8")
    assert files_with(*NEEDLES) == {"planted.csv"}
    planted.unlink()
    assert files_with(*NEEDLES) == set()
    event_inbox.apply_events()
    # The hash of the address: for the suppression, and for what was done at the provider.
    assert columns_with(hashed, escaped(key)) == {"suppression.address_key", "provider_list_change.address_key"}
    assert [Suppression.objects.filter(address_key=key).count(), Event.objects.filter(address_key=key).count()] == [1, 0]
    assert not Delivery.objects.filter(address_key=key).exists()
    assert Delivery.objects.filter(subscriber_id=mira.pk).count() == 2
    assert all(payload.body is None for payload in ProviderPayload.objects.all())
    assert Event.objects.filter(kind="opened").count() == 3, "the events of the payloads are kept, also those of other people"


def test_people_who_are_erased_together_leave_no_more_than_one_alone(mira):
    others = people.make_people(12, people.make_list("club"), prefix="companion", domain="bücher.example")
    Subscription.objects.filter(subscriber=others[0]).update(consent=f"as {SENT_TO} and companion11@xn--bcher-kva.example said")
    Subscription.objects.filter(list__slug="news").exclude(subscriber=mira).update(consent=f"{SENT_TO}, not x{SENT_TO}")
    known = Subscriber.objects.filter(erased_at=None).count()
    erased = erasing.erase_many(audit.command_line(), [mira.pk, *(person.pk for person in others), mira.pk, 10**9])
    assert sorted(erased.subscriber_ids) == [mira.pk, *(person.pk for person in others)]
    while changes := list_changes.due("remove", 100):
        list_changes.end(changes)
    Subscriber.objects.filter(name="Hanna").update(address="")  # "hannamira.quill@…" is another person
    Subscription.objects.filter(consent__startswith="…, not x").update(consent="")
    assert columns_with(*NEEDLES, "companion", "quill@new.example") == set()
    assert Subscriber.objects.filter(erased_at=None).count() == known - 13
    assert ConsentRecord.objects.filter(act="erased").count() == 13
    assert len({bytes(key) for key in Subscriber.objects.values_list("address_key", flat=True)}) == Subscriber.objects.count()
    assert erasing.erase_many(audit.command_line(), [mira.pk]) == ((), ())


NAMES = ("a", "anna", "h.anna", "x+y", "o'neil", "50%40off", "b_c-d")
DOMAINS = ("example.org", "org.example", "bücher.example")
PIECES = (*NAMES, *DOMAINS, "xn--bcher-kva.example", "@", "@", "%40", " ", ".", ".csv", "<", ">", "=", "%", ",", "A", "ü")


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@examples(2000)
def test_a_text_loses_the_addresses_of_many_people_as_by_one_pattern_with_all_of_them(text):
    addresses = [Subscriber(pk=1, address=f"{name}@{domain}") for name in NAMES for domain in DOMAINS]
    identifiers = PersonalIdentifiers.of(addresses)
    pattern = text_erasure._pattern(identifiers.spellings)
    assert identifiers.quotes_address(text) == bool(pattern.search(text))
    assert identifiers.remove_address(text) == pattern.sub("…", text)


def test_texts_of_staff_that_quote_the_person_are_listed_and_left(mira):
    Segment.objects.create(slug="friends", text=f'email = "{SENT_TO}" or name = "Mira Quillfeather"')
    named = Segment.objects.create(slug="named", text='name = "Mira Quillfeather"')
    earlier = f'name in ("Mira Quillfeather", "Wei") and email ~ "{SENT_TO}" and language = "en"'
    version = SegmentVersion.objects.create(segment=named, name="named", text=earlier)
    Segment.objects.create(slug="hannas", text=f'email = "hanna{SENT_TO}"')
    waiting = launch.create(
        audit.system(), version=people.make_version(text="x"), lists=[people.make_list()], sender=people.make_sender()
    )
    Campaign.objects.filter(pk=waiting.pk).update(state="scheduled", segment_text=f'email = "{SENT_TO}"')
    erased = erase(audit.command_line(), mira)
    assert erased.places == [("campaign", str(waiting.pk)), ("segment", "friends"), ("segment", "named")]
    waiting.refresh_from_db()
    assert SENT_TO in waiting.segment_text
    version.refresh_from_db()
    assert version.text == 'name in ("…", "Wei") and email ~ "…" and language = "en"', "nobody can change an earlier version"


def test_an_erasure_includes_the_records_that_were_merged(mira):
    [other] = people.make_people(1, people.make_list("club"), prefix="quillfeather")
    merging.merge(audit.command_line(), keep=other, gone=mira)
    old = {bytes(key) for key in Delivery.objects.filter(subscriber_id=mira.pk).values_list("address_key", flat=True)}
    assert len(old) == 1
    # Through the link of an old mail.
    erase(audit.subscriber(), Subscriber.objects.get(pk=mira.pk))
    assert set(Subscriber.objects.filter(pk__in=[mira.pk, other.pk]).values_list("address", "name")) == {(None, "")}
    assert not Subscriber.objects.filter(pk__in=[mira.pk, other.pk], erased_at=None).exists()
    assert not Delivery.objects.filter(address_key__in=old).exists()
    assert suppressions.erased(list(old)) == list(old), "the earlier address is not brought back either"
    assert list(ConsentRecord.objects.filter(act="erased").values_list("subscriber_id", flat=True)) == [other.pk]


@pytest.mark.parametrize("confirms", first([True, False]))
@pytest.mark.parametrize("way", first(["move", "merge"]))
def test_an_erasure_does_not_suppress_an_earlier_address_that_somebody_else_has_now(mira, way, confirms):
    actor, club, key = audit.command_line(), people.make_list("club"), bytes(mira.address_key)
    suppressions.lift(actor, ADDRESS)
    if way == "move":
        address_changes.move(actor, mira, "mira@new.example", source="cli", proof="statement", statement="by phone")
    else:
        merging.merge(actor, keep=people.make_people(1, club, prefix="mira")[0], gone=mira)
    asked = subscriptions.subscribe(audit.subscriber(), club, ADDRESS)
    if confirms:
        subscriptions.confirm(audit.subscriber(), asked)
    event_inbox.apply_events()
    assert Event.objects.filter(address_key=key).exists()
    erase(actor, mira)
    assert Subscriber.objects.get(address_key=key).erased_at is None
    # Anybody can type an address: a request makes nobody its owner.
    assert suppressions.erased([key]) == ([] if confirms else [key])
    assert not Event.objects.filter(address_key=key).exists(), "the bounces were those of the erased person's mails"


def test_a_complaint_after_the_erasure_suppresses_no_random_key(mira):
    campaign = Campaign.objects.order_by("id").first()
    attempt = Attempt.objects.filter(campaign_id=campaign.pk).get().pk
    complaint = attempt_steps.event(campaign, mira.pk, attempt, "spamreport")
    erase(audit.command_line(), mira)
    before = Suppression.objects.count()
    attempt_steps.hear(complaint | {"sg_event_id": "late", "email": SENT_TO})
    assert Suppression.objects.count() == before
    assert columns_with("mira.quill@xn") == {"subscriber.address"}, "of Hanna"


def test_a_bounce_after_the_erasure_loses_its_hash_in_the_next_hour(mira):
    key = bytes(mira.address_key)
    erase(audit.command_line(), mira)
    attempt_steps.hear(
        {
            "email": SENT_TO,
            "timestamp": int(time.time()),
            "event": "bounce",
            "type": "bounce",
            "status": "5.1.1",
            "sg_event_id": "l",
        }
    )
    assert Event.objects.filter(address_key=key).count() == 1
    assert data_protection_sql.forget_late() == 1
    assert not Event.objects.filter(address_key=key).exists()


def test_a_campaign_that_was_filled_during_the_erasure_keeps_no_hash(mira):
    key = bytes(mira.address_key)
    campaign = Campaign.objects.order_by("id").first()
    erase(audit.command_line(), mira)
    Delivery.objects.filter(campaign=campaign, subscriber_id=mira.pk).update(address_key=key)
    assert data_protection_sql.forget_late() == 1
    assert not Delivery.objects.filter(address_key=key).exists()


def test_a_log_quotes_no_address(tmp_path):
    masking = log_masking.MaskingFormatter(django_settings.LOGGING["formatters"]["line"]["format"])
    path = tmp_path / "web.log"
    with private_files.append(path) as log:
        for quoted in (
            ADDRESS,
            SENT_TO,
            f"('{SENT_TO}',)",
            f"Key (address)=({SENT_TO})",
            "?for=Mira.Quill%40xn--bcher-kva.example",
        ):
            error = ValueError(quoted)
            record = logging.LogRecord("x", logging.ERROR, "", 0, "failed for %s", (quoted,), (ValueError, error, None))
            log.write(masking.format(record).encode() + b"\n")
        for event in ("slice_not_built", f"not built for {SENT_TO}"):
            printed = io.StringIO()
            structlog.wrap_logger(structlog.PrintLogger(printed)).error(event, error=ADDRESS)
            log.write(printed.getvalue().encode())
            assert log_masking._mask_line in structlog.get_config()["processors"]
    assert b"failed for" in path.read_bytes()
    assert b"slice_not_built" in path.read_bytes()
    assert not any(needle.encode() in path.read_bytes().lower() for needle in NEEDLES)


def test_what_nobody_can_change_never_names_the_person(mira):
    statement = ConsentWording.objects.get(text__startswith="letter of")
    assert statement.text == "letter of … (…), 3 May 2027"
    uncertain = people.make_people(1, people.make_list("club"), prefix="other")[0]
    ledger.record(
        audit.command_line(), ledger.Act.REQUESTED, uncertain.pk, source="form", proof=ledger.Proof.NONE,
        text=f"as {SENT_TO} said", by=SENT_TO,
    )  # fmt: skip
    audit.record(audit.command_line(), "settle", mira, reason=f"{SENT_TO} called", seen=[{"by": f"<{ADDRESS}>"}])
    assert not columns_with(*NEEDLES) & {f"{table}.{column}" for table in ("audit", "delivery_log", "consent_record", "consent_wording")
                                         for column in ("detail", "text")}  # fmt: skip
