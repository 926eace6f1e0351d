"""The page of one person: what it says, for whom, and what it does not show to roles that need no person."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from campaigns import launch
from campaigns.models import Campaign, Delivery
from campaigns.reporting import person_export
from publication import audit, clock
from publication.models import Audit, Publication
from publication.staff import roles
from subscribers.consent import address_changes, erasing, pauses, subscriptions, suppressed_domains, suppressions
from subscribers.consent.address_changes import Side
from subscribers.consent.ledger import Act, Proof
from subscribers.importing.importer import import_file
from subscribers.models import ConsentRecord, Segment, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.records import merging
from subscribers.segments import saved_segments
from tests.support import people
from tests.web.conftest import make_staff
from web.templatetags import wording
from web.texts.people import history_sentences

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(sending, reader) -> Subscriber:
    """A recipient with details, who agreed by letter."""
    Publication.objects.update(attribute_schema={"employer": {"type": "text", "label": "Employer"}})
    Subscriber.objects.filter(pk=reader.pk).update(name="Anna Schmidt", zone="Asia/Shanghai", attributes={"employer": "CAST"})
    club = people.make_list("club")
    subscriptions.add_confirmed(audit.system(), club, reader.address, consent="letter of Anna Schmidt", source="staff")
    reader.refresh_from_db()
    return reader


def page_of(person: Subscriber, tail: str = "") -> str:
    return f"/console/subscribers/{person.pk}/{tail}"


def test_the_page_says_who_it_is_what_they_agreed_to_and_what_became_of_each_mail(console, sending, anna):
    Delivery.objects.filter(campaign=sending, subscriber_id=anna.pk).update(state="bounced", reason="hard: 550 no such user")
    page = console.get(page_of(anna)).content.decode()
    for shown in (
        anna.address, "Anna Schmidt", "Beijing, Shanghai", "Employer", "“letter of Anna Schmidt”", "by staff",
        "Was added to “CAST Newsletter” (by staff, in the console)", "bounced",
    ):  # fmt: skip
        assert shown in page, shown
    assert f'href="/console/campaigns/{sending.pk}/why/?record={anna.pk}"' in page
    assert f'href="{page_of(anna)}"' in console.post("/console/subscribers/", {"text": "anna sch"}, follow=True).content.decode()


def test_the_history_says_who_did_what_also_with_suppressions_and_imports(console, editor, anna, tmp_path):
    file, actor = tmp_path / "names.csv", audit.staff(editor)
    file.write_text(f"email,name\n{anna.address},Anna Schulze\n", encoding="utf-8")
    import_file(audit.command_line(), file, people.make_list("club"), consent="sheet")
    import_file(actor, file, people.make_list("guests"), consent="sheet")
    subscriptions.add_confirmed(actor, people.make_list("friends"), anna.address, consent="letter")
    subscriptions.subscribe(actor, people.make_list("press"), anna.address, source="action:7")
    pauses.pause(actor, anna, clock.now() + timedelta(days=9), source="staff", proof=Proof.STATEMENT)
    merging.merge(actor, anna, people.make_people(1, people.make_list("club"), prefix="other")[0])
    posted = {"list": "all", "comment": "called"}
    console.post(page_of(anna, "unsubscribe/"), posted)
    suppressions.suppress(audit.command_line(), anna.address, Suppression.Reason.HARD_BOUNCE)
    suppressions.lift(actor, anna.address, detail="new mailbox")
    suppressions.suppress(actor, anna.address, Suppression.Reason.MANUAL, detail="rude answers")
    page = console.get(f"{page_of(anna)}?all=1").content.decode()
    by_editor = "(by editor, in the console)"
    for sentence in (
        f"Left “CAST Newsletter” {by_editor}", f"May be mailed again: lifted was “hard bounce” {by_editor}", "new mailbox",
        f"Is not mailed any more: suppressed by staff {by_editor}", "rude answers", "Details changed by an import: Name (import",
        "“called”", f"Was added to “CAST Newsletter” {by_editor}", f"Asked to subscribe to “CAST Newsletter” {by_editor}", "”, editor)", "was merged into this one",
    ):  # fmt: skip
        assert sentence in page, sentence
    assert re.search(r"Paused all mail until [^<]* \(by editor, in the console\)", page)
    assert "editor" not in json.dumps(person_export.export(anna), default=str), "who of staff did it is not the person's data"
    lines = ConsentRecord.objects.filter(detail__staff=actor.pk)
    assert {*lines.values_list("act", flat=True)} == {"added", "requested", "paused", "merged", "left"}
    assert not any("staff" in line["detail"] for line in person_export.export(anna)["consent"])


def test_the_history_names_the_addresses_of_a_change_until_an_erasure(console, client, editor, anna):
    first, actor = anna.address, audit.staff(editor)
    for address in ("second@people.example", "third@people.example"):
        change = address_changes.ask_as_staff(actor, anna, address, reason="Rang us")
        assert address_changes.confirm(audit.subscriber(), change, Side.NEW)
    address_changes.ask_as_staff(actor, anna, "fourth@people.example", reason="Wrote on Friday")
    page = console.get(page_of(anna)).content.decode()
    log = page[page.index('class="log"') :]
    for shown in (
        f"{first} → second@people.example", "second@people.example → third@people.example", "new address: fourth@people.example",
        "“Wrote on Friday”", "“Rang us”",
    ):  # fmt: skip
        assert shown in log, shown
    client.force_login(make_staff("author", *roles.ROLES["editor"]))
    assert not re.search(r"(second|third|fourth)@|Rang us|Friday", client.get(page_of(anna)).content.decode())
    erasing.erase(audit.system(), anna)
    page = console.get(page_of(anna)).content.decode()
    assert not any(text in page for text in (first, "second@", "third@", "fourth@", "Rang us", "Friday"))


def test_every_act_of_the_ledger_and_verb_of_the_audit_about_a_person_has_a_sentence():
    pattern = re.compile(
        r'audit\.record(?:_unless_recent)?\(\s*actor, "(\w+)", (?:person|subscriber|subscription|current|keep|request)\b'
    )
    root = Path(settings.BASE_DIR)
    verbs = {verb for file in (root / "subscribers").rglob("*.py") for verb in pattern.findall(file.read_text(encoding="utf-8"))}
    assert {"merge", "edit_subscriber", "confirm"} <= verbs
    for what in sorted({*map(str, Act), *verbs}):
        assert history_sentences.template(what) != what, what


def test_roles_that_need_no_person_see_masked_addresses_and_no_names_on_every_page(client, sending, anna):
    Delivery.objects.filter(campaign=sending, subscriber_id=anna.pk).update(
        state="bounced", reason=f"hard: 550 <{anna.address}> unknown"
    )
    Delivery.objects.filter(campaign=sending, state="planned").update(state="failed", reason=f"no <{anna.address}>")
    client.force_login(make_staff("author", *roles.ROLES["editor"]))
    why = f"/console/campaigns/{sending.pk}/why/?record={anna.pk}"
    texts = [f'name = "{anna.name}" or email = "{anna.address}"', f'name != "{anna.name}" and email != "{anna.address}"']
    segment = saved_segments.create(audit.system(), "one", texts[0])
    saved_segments.change(audit.system(), segment, texts[1])
    Segment.objects.create(slug="broken", text=f'name is "{anna.name}"')
    Campaign.objects.filter(pk=sending.pk).update(segment_text=texts[1])
    lists = [people.make_list("other")]
    other = launch.create(audit.system(), version=sending.version, lists=lists, sender=sending.sender, segment=segment)
    for address in (
        page_of(anna), "/console/subscribers/", f"/console/campaigns/{sending.pk}/people/bounced/", why,
        f"/console/campaigns/{sending.pk}/", f"/console/campaigns/{other.pk}/",
        f"/console/campaigns/{other.pk}/why/?record={anna.pk}", "/console/segments/", f"/console/segments/{segment.pk}/",
    ):  # fmt: skip
        page = client.get(address).content.decode()
        assert not any(text in page for text in (anna.address, "Anna", "Schmidt", "Employer")), address
    assert "r…@people.example" in client.get(page_of(anna)).content.decode()
    assert client.get(f"/console/campaigns/{sending.pk}/people/bounced/csv").status_code == 403
    for tail in ("edit/", "unsubscribe/", "address/", "data/", "merge/", "erase/"):
        assert client.get(page_of(anna, tail)).status_code == 403, tail


def test_a_pause_and_a_suppression_are_shown_with_their_cause_and_complaints_are_lifted_by_admins_only(console, anna):
    pauses.pause(audit.subscriber(), anna, clock.now() + timedelta(days=9), source="page", proof=Proof.PRIVATE_LINK)
    suppressions.suppress(audit.system(), anna.address, Suppression.Reason.COMPLAINT)
    page = console.get(page_of(anna)).content.decode()
    assert "Paused all mail until" in page
    assert "End the pause" in page
    assert "complaint." in page
    assert "Only an admin can lift that" in page
    assert "Suppress this address…" not in page


def test_a_suppressed_domain_is_shown_with_its_reason_and_leads_to_the_address(console, client, editor, anna):
    until = clock.now() + timedelta(days=9)
    suppressed_domains.suppress_domain(audit.staff(editor), "people.example", "their mailboxes are full", until)
    domain = SuppressedDomain.objects.get()
    page = console.get(page_of(anna)).content.decode()
    moments = [wording.moment(at, "UTC") for at in (domain.created_at, until)]
    for shown in (
        f"Nothing is mailed to addresses at people.example since {moments[0]}.", f"It ends on {moments[1]}.",
        "their mailboxes are full · by editor, in the console", f'href="/console/suppressions/domains/#domain-{domain.pk}"',
        "Nothing is mailed to addresses at people.example any more (by editor, in the console)", "“their mailboxes are full”",
    ):  # fmt: skip
        assert shown in page, shown
    assert "All suppressions" not in page, "their address is not among those"
    assert f'id="domain-{domain.pk}"' in console.get("/console/suppressions/domains/").content.decode()
    form = re.search(r'href="(/console/suppressions/add/[^"]*)"', page)
    assert form, "somebody who may suppress addresses"
    assert f'value="{anna.address}"' in console.get(form[1]).content.decode()
    client.force_login(make_staff("auditor", *roles.ROLES["auditor"]))
    assert "Suppress this address…" not in client.get(page_of(anna)).content.decode()


def test_a_merged_record_leads_to_the_one_that_stays_and_an_erased_one_shows_no_data(console, anna):
    other = people.make_people(1, people.make_list("club"), prefix="other")[0]
    merging.merge(audit.system(), anna, other)
    assert console.get(page_of(other)).headers["Location"] == page_of(anna)
    erasing.erase(audit.system(), anna)
    page = console.get(page_of(anna)).content.decode()
    assert "The data of this person was erased on" in page
    assert "Schmidt" not in page
    for tail in ("edit/", "unsubscribe/", "address/", "data/", "merge/", "erase/"):
        assert console.get(page_of(anna, tail)).headers["Location"] == page_of(anna), tail


def test_looks_at_a_person_are_on_record_if_that_is_the_policy_once_in_ten_minutes_for_each_account(console, client, anna):
    views = Audit.objects.filter(verb="view_person")
    console.get(page_of(anna))
    assert not views.exists()
    Publication.objects.update(policies={"record_views": "on"})
    for _ in range(3):
        console.get(page_of(anna))
    console.get(page_of(anna, "data/"))
    assert [(line.actor.name, line.object_id, line.detail) for line in views] == [("editor", str(anna.pk), {})]
    client.force_login(make_staff("auditor", *roles.ROLES["auditor"]))
    client.get(page_of(anna))
    assert views.all().count() == 2
    assert "view_person" not in re.sub(r'href="[^"]*"', "", client.get(page_of(anna)).content.decode()), "a look is no entry"


def test_the_number_of_statements_does_not_grow_with_the_history(console, anna, django_assert_max_num_queries):
    for number in range(12):
        subscriptions.add_confirmed(
            audit.system(), people.make_list(f"list-{number}"), anna.address, consent="by letter", source="staff"
        )
    subscriptions.unsubscribe(audit.subscriber(), anna.pk, how="page")
    with django_assert_max_num_queries(40):
        page = console.get(page_of(anna)).content.decode()
    assert "Show everything that is on record" in page
    assert Subscription.objects.filter(subscriber=anna, state="unsubscribed").count() == 14
    assert console.get(page_of(anna) + "?all=1").content.decode().count("Left “") == 14
