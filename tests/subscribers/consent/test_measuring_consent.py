"""Agreements that clicks are kept with names: who can give and withdraw them, and what becomes of the clicks."""

import pytest

from campaigns.models import Click, ClickCount
from publication import audit, clock
from publication.models import Publication
from subscribers.consent import erasing, measuring_consent, subscriptions
from subscribers.consent.ledger import Proof
from subscribers.errors import CsvFileError
from subscribers.importing import undo
from subscribers.importing.importer import import_file
from subscribers.models import ConsentRecord, Subscriber
from subscribers.records import merging

pytestmark = pytest.mark.django_db
SENTENCE = "You may keep what I click"


@pytest.fixture(autouse=True)
def _individual(db):
    Publication.objects.update_or_create(pk=1, defaults={"policies": {"measuring": "individual"}})


@pytest.fixture
def read(tmp_path, actor, news):
    def read(*addresses: str, document: str = "form 7", **more):
        path = tmp_path / "people.csv"
        path.write_text("email\n" + "".join(f"{address}\n" for address in addresses), "utf-8")
        return import_file(actor, path, news, consent="stated at the fair", measuring_document=document, **more)

    return read


def agree(person: Subscriber) -> None:
    measuring_consent.agree(audit.subscriber(), person, source="preferences", proof=Proof.PRIVATE_LINK, wording=SENTENCE)


def withdraw(person: Subscriber) -> bool:
    return measuring_consent.withdraw(audit.subscriber(), person, source="preferences", proof=Proof.MAIL_LINK)


def click(*people: Subscriber) -> None:
    for person in people:
        Click.objects.create(campaign_id=7, link_id=3, subscriber_id=person.pk, at=clock.now())


def clicked() -> tuple[set[int], int]:
    """Whose clicks are kept, and how many are counted without a name."""
    return set(Click.objects.values_list("subscriber_id", flat=True)), sum(ClickCount.objects.values_list("clicks", flat=True))


def measured() -> set[str]:
    return set(Subscriber.objects.exclude(measured_since=None).values_list("address", flat=True))


def acts(person: Subscriber) -> list[tuple[str, str, str, str]]:
    lines = ConsentRecord.objects.filter(subscriber_id=person.pk, act__contains="measuring").order_by("id")
    return [(line.act, line.source, line.proof, line.wording.text if line.wording else "") for line in lines]


def test_a_withdrawal_unlinks_the_clicks_of_all_records_of_the_person_at_once(actor, join):
    anna, ben, gone = join("anna@example.org"), join("ben@example.org"), join("gone@example.org")
    merging.merge(actor, anna, gone)
    agree(anna)
    agree(ben)
    agree(anna)
    click(anna, gone, ben)
    assert clicked() == ({anna.pk, gone.pk, ben.pk}, 0)
    assert (withdraw(anna), withdraw(anna)) == (True, False)
    assert clicked() == ({ben.pk}, 2)
    assert measured() == {"ben@example.org"}
    assert acts(anna) == [
        ("agreed_measuring", "preferences", "private_link", SENTENCE), ("withdrew_measuring", "preferences", "mail_link", ""),
    ]  # fmt: skip


def test_an_erasure_unlinks_the_clicks_and_ends_the_agreement(actor, join):
    anna = join("anna@example.org")
    agree(anna)
    click(anna)
    erasing.erase(actor, anna)
    assert (clicked(), measured()) == ((set(), 1), set())


# ---------------------------------------------------------------------------------------------------------------- imports
def test_an_import_agrees_only_for_those_whom_it_confirms_and_who_never_withdrew(actor, events, join, read):
    on_list, elsewhere = join("on-list@example.org"), join("elsewhere@example.org", events)
    withdrew, gone = join("withdrew@example.org", events), join("gone@example.org", events)
    for person in (withdrew, gone):
        agree(person)
        withdraw(person)
    kept = join("kept@example.org", events)
    merging.merge(actor, kept, gone)
    left = join("left@example.org")
    subscriptions.unsubscribe(audit.subscriber(), left.pk, how="page")
    everybody = ("new@example.org", *(person.address for person in (on_list, elsewhere, withdrew, kept, left)))
    run = read(*everybody)
    assert run.subscribed_count == 4
    assert measured() == {"new@example.org", "elsewhere@example.org"}
    assert run.details["measured"] == 2
    assert acts(elsewhere) == [("agreed_measuring", f"import:{run.pk}", "statement", "")]
    assert read(*everybody).details["measured"] == 0
    assert measured() == {"new@example.org", "elsewhere@example.org"}


def test_an_import_without_such_a_document_or_of_a_dry_run_agrees_for_nobody(read):
    read("anna@example.org", document=" ")
    assert read("ben@example.org", dry_run=True).details["measured"] == 1
    assert measured() == set()
    assert not ConsentRecord.objects.filter(act="agreed_measuring").exists()


@pytest.mark.parametrize("policy", ["off", "anonymous"])
def test_a_document_is_refused_while_nobody_is_asked(read, policy):
    Publication.objects.update(policies={"measuring": policy})
    with pytest.raises(CsvFileError) as refused:
        read("anna@example.org")
    assert refused.value.code == "measuring"
    assert not Subscriber.objects.exists()


def test_an_undo_takes_the_agreements_of_the_import_back_also_of_people_whom_it_leaves_alone(actor, events, join, read):
    known, edited = join("known@example.org", events), join("edited@example.org", events)
    themselves = join("themselves@example.org", events)
    run = read("new@example.org", "known@example.org", "edited@example.org", "themselves@example.org")
    subscriptions.edit(actor, edited, name="Anna")
    withdraw(themselves)
    agree(Subscriber.objects.get(pk=themselves.pk))
    click(edited, themselves)
    assert undo.count(run)["ended"] == 2
    undo.undo(actor, run)
    assert measured() == {"themselves@example.org"}
    assert clicked() == ({themselves.pk}, 1)
    assert [act[:3] for act in acts(known)] == [
        ("agreed_measuring", f"import:{run.pk}", "statement"), ("measuring_ended", f"import:{run.pk}", "statement"),
    ]  # fmt: skip
    assert not Subscriber.objects.filter(address="new@example.org").exists()
    read("known@example.org")
    assert "known@example.org" in measured(), "it was no decision of theirs"


# ----------------------------------------------------------------------------------------------------------------- merges
@pytest.mark.parametrize(
    ("kept_agreed", "other", "stays"),
    [
        (True, "never", True), (True, "agreed", True), (False, "agreed", False), (False, "never", False),
        (True, "withdrew", False), (False, "withdrew", False),
    ],
)  # fmt: skip
def test_a_merge_keeps_the_agreement_of_the_record_that_stays_unless_the_person_withdrew_later(
    actor, join, time, kept_agreed, other, stays
):
    keep, gone = join("keep@example.org"), join("gone@example.org")
    if other != "never":
        agree(gone)
    time.passes(hours=1)
    if kept_agreed:
        agree(keep)
    click(*([keep] if kept_agreed else []), *([gone] if other != "never" else []))
    time.passes(hours=1)
    if other == "withdrew":
        withdraw(gone)
    before = Click.objects.count()
    merging.merge(actor, Subscriber.objects.get(pk=keep.pk), Subscriber.objects.get(pk=gone.pk))
    assert measured() == ({"keep@example.org"} if stays else set())
    assert Click.objects.count() == (before if stays else 0)
    ended = [act[:2] for act in acts(keep)][-1:] == [("measuring_ended", "merged")]
    assert ended == (not stays and (kept_agreed or other == "agreed"))


def test_somebody_who_withdrew_an_earlier_agreement_and_agreed_again_stays_measured_after_a_merge(actor, join, time):
    keep, gone = join("keep@example.org"), join("gone@example.org")
    agree(gone)
    withdraw(gone)
    time.passes(hours=1)
    agree(keep)
    merging.merge(actor, Subscriber.objects.get(pk=keep.pk), Subscriber.objects.get(pk=gone.pk))
    assert measured() == {"keep@example.org"}
