"""Suppressions in the console: numbers, search, adding and lifting, domains, the provider's lists."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.models import LiftRequest, ProviderListChange, ProviderListEntry, SyncPart, SyncRun
from campaigns.provider_lists import lifting
from publication import audit, clock
from publication.models import Audit, StaffMail
from publication.staff import roles
from subscribers import addresses
from subscribers.consent import erasing, suppressed_domains, suppressions
from subscribers.models import Subscriber, SuppressedDomain, Suppression, SuppressionLift
from tests.web.conftest import make_staff
from web.console.suppressions import suppressions_page

pytestmark = pytest.mark.django_db
PAGE, ADD, LIFTED, DOMAINS, PROVIDER = (
    f"/console/suppressions/{tail}" for tail in ("", "add/", "lifted/", "domains/", "provider/")
)


@pytest.fixture
def manager(client):
    client.force_login(make_staff("manager", *roles.ROLES["list-manager"]))
    return client


def suppressed(address: str, reason: str = "manual", **more) -> Suppression:
    suppressions.suppress_many(
        audit.system(), [suppressions.Ground(addresses.key_of_spelling(address), reason, address=address, **more)]
    )
    return Suppression.objects.get(address_key=addresses.key_of_spelling(address))


def text_of(answer) -> str:
    return answer.content.decode()


def searched(client, text: str, **more) -> str:
    answer = client.post(PAGE, {"text": text, **more})
    assert answer.status_code == 302
    assert "@" not in unquote(answer.url), "no address is in a URL"
    return text_of(client.get(answer.url))


def lift_page(suppression: Suppression) -> str:
    return reverse("people-suppression-lift", args=[suppression.pk])


def test_numbers_by_reason_and_cause_lead_to_the_addresses(manager):
    assert "No address is suppressed." in text_of(manager.get(PAGE))
    for number in range(3):
        suppressed(f"full{number}@cast.example", "hard_bounce", cause="mailbox_full")
    suppressed("gone@cast.example", "hard_bounce", cause="invalid_address")
    suppressed("angry@cast.example", "complaint")
    page = text_of(manager.get(PAGE))
    for link in ('<b>4</b> <a href="?reason=hard_bounce">hard bounce</a>', "cause=mailbox_full", 'href="?reason=complaint"'):
        assert link in page
    filtered = text_of(manager.get(PAGE, {"reason": "hard_bounce", "cause": "mailbox_full"}))
    assert "full0@cast.example" in filtered
    assert "gone@cast.example" not in filtered
    assert "angry@cast.example" not in text_of(manager.get(PAGE, {"origin": "staff"}))
    for wrong in ({"reason": "x"}, {"cause": "x"}, {"origin": "x"}, {"q": "9"}):
        assert 'role="alert"' in text_of(manager.get(PAGE, wrong))


def test_addresses_are_found_by_part_or_in_any_spelling_even_if_only_their_hash_is_stored(manager):
    suppressed("Wei.Wang@cast.example")
    hidden = suppressed("secret@cast.example", "provider_unsubscribe")
    Suppression.objects.filter(pk=hidden.pk).update(address=None)
    assert "Wei.Wang@cast.example" in searched(manager, "wang@CAST")
    page = searched(manager, " Secret@Cast.example ")
    assert "address not stored" in page
    assert "Why it stays" in page
    page = searched(manager, "nobody@elsewhere.example")
    assert "nobody@elsewhere.example is not suppressed." in page
    assert "Nobody here has this address." in page
    suppressed_domains.suppress_domain(audit.system(), "elsewhere.example")
    assert "the whole domain is suppressed" in searched(manager, "nobody@elsewhere.example")


def test_the_next_page_begins_after_the_last_address(manager, monkeypatch):
    for number in range(5):
        suppressed(f"n{number}@cast.example")
    monkeypatch.setattr(suppressions_page, "PER_PAGE", 2)
    seen, address = [], PAGE
    for _ in range(3):
        page = text_of(manager.get(address))
        seen.append([number for number in range(5) if f"n{number}@cast.example" in page])
        if 'rel="next"' in page:
            address = PAGE + page.split('rel="next"')[0].rsplit('href="', 1)[1].partition('"')[0].replace("&amp;", "&")
    assert seen == [[3, 4], [1, 2], [0]]


def test_roles_that_need_no_person_see_masked_addresses_and_change_nothing(client):
    suppression = suppressed("wei@cast.example")
    client.force_login(make_staff("writer", *roles.ROLES["editor"]))
    page = text_of(client.get(PAGE))
    assert "wei@cast.example" not in page
    assert "w…@cast.example" in page
    assert "Suppress an address" not in page
    assert lift_page(suppression) not in page
    assert "No suppressed address was found." in searched(client, "wei")
    for address in (ADD, lift_page(suppression), reverse("people-suppression-domain-lift", args=[1])):
        assert client.get(address).status_code == 403
    for address in (DOMAINS, PROVIDER):
        assert (client.get(address).status_code, client.post(address, {"domain": "a.example"}).status_code) == (200, 403)


def test_an_address_is_suppressed_with_a_reason_in_words(manager):
    typed = {"address": "caller@elsewhere.example", "reason": "manual", "detail": "asked by telephone"}
    answer = manager.post(ADD, typed, follow=True)
    assert "Nothing is mailed to this address any more." in text_of(answer)
    assert "asked by telephone" in text_of(answer)
    stored = Suppression.objects.get()
    assert (stored.reason, stored.detail, stored.origin) == ("manual", "asked by telephone", "staff")
    manager.post(ADD, typed | {"reason": "complaint"})
    assert "That one stays." in text_of(manager.post(ADD, typed, follow=True)), "a complaint is stronger, also the second time"
    assert not Audit.objects.filter(detail__icontains="caller").exists()
    assert not Audit.objects.filter(detail__icontains="telephone").exists()


def test_what_is_wrong_with_a_suppression_is_said_beside_what_was_typed(manager):
    good = {"address": "a@cast.example", "reason": "manual", "detail": "asked"}
    for wrong, sentence in (
        ({"address": "nobody"}, "This is not an address."),
        ({"reason": "erased"}, "Choose one of the reasons."),
        ({"detail": " "}, "Say in a few words why."),
        ({"detail": "wei@cast.example called"}, "Leave the address out of the reason."),
        ({"detail": "asked\u202etwice"}, "without control characters"),
        ({"until": "2020-01-01"}, "That day is over"),
        ({"until": "tomorrow"}, "Write a day like"),
    ):
        answer = manager.post(ADD, good | wrong)
        assert answer.status_code == 422
        assert sentence in text_of(answer)
        assert all(f'value="{value}"' in text_of(answer) for value in wrong.values() if value.strip() and value != "erased")
    assert not Suppression.objects.exists()


def test_the_form_begins_with_the_address_that_was_searched_or_of_a_person(manager, client):
    page = searched(manager, "caller@elsewhere.example")
    address = page.split(f'href="{ADD}?')[1].partition('"')[0]
    assert 'value="caller@elsewhere.example"' in text_of(manager.get(f"{ADD}?{address}"))
    person = Subscriber.objects.create(address="wei@cast.example", address_key=addresses.key_of_spelling("wei@cast.example"))
    assert 'value="wei@cast.example"' in text_of(manager.get(ADD, {"person": person.pk}))


def test_lifting_waits_for_the_provider_and_keeps_the_reason(manager, reader):
    suppression = suppressed(reader.address, "hard_bounce")
    page = text_of(manager.get(lift_page(suppression)))
    assert "They are subscribed to: CAST Newsletter." in page
    assert "bounces, invalid addresses" in page
    answer = manager.post(lift_page(suppression), {"detail": ""})
    assert (answer.status_code, LiftRequest.objects.count()) == (422, 0)
    for _ in range(2):  # a doubled click
        answer = manager.post(lift_page(suppression), {"detail": "mailbox repaired"}, follow=True)
        assert "being lifted" in text_of(answer)
    assert "It is being lifted since" in text_of(manager.get(lift_page(suppression)))
    assert set(ProviderListChange.objects.values_list("list", flat=True)) == {"bounces", "invalid"}
    ProviderListChange.objects.update(state="done")
    lifting.finish()
    assert not Suppression.objects.exists()
    assert set(SuppressionLift.objects.values_list("detail", flat=True)) == {"mailbox repaired"}
    assert "manager lifted its suppression on" in (found := searched(manager, reader.address))
    assert "Reason: mailbox repaired" in found
    page = text_of(manager.get(LIFTED))
    row = page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert row.count("<tr>") == 1, "of the reasons that one lift ends, only the one that the address had"
    for cell in (reader.address, ">hard bounce</td>", ">manager</td>", ">mailbox repaired</td>"):
        assert cell in row
    gone = manager.get(lift_page(suppression), follow=True)
    assert "This suppression does not exist any more" in text_of(gone), "a stale page"
    assert not Audit.objects.filter(detail__icontains="repaired").exists()
    erasing.erase(audit.system(), reader)
    assert set(SuppressionLift.objects.values_list("detail", flat=True)) == {""}


def test_a_suppression_is_lifted_only_here_at_once(manager):
    suppression = suppressed("a@cast.example", "manual")
    answer = manager.post(lift_page(suppression), {"detail": "added by mistake", "where": "here"}, follow=True)
    assert "This address can be mailed again." in text_of(answer)
    assert not Suppression.objects.exists()
    assert not ProviderListChange.objects.exists()


def test_an_address_that_is_not_stored_has_to_be_typed_to_be_lifted(manager):
    suppression = suppressed("secret@cast.example", "invalid")
    Suppression.objects.update(address=None)
    assert 'name="address"' in text_of(manager.get(lift_page(suppression)))
    for typed in ("", "other@cast.example"):
        answer = manager.post(lift_page(suppression), {"detail": "corrected", "address": typed})
        assert answer.status_code == 422
        assert "This is another address" in text_of(answer)
    manager.post(lift_page(suppression), {"detail": "corrected", "address": "Secret@cast.example"})
    assert LiftRequest.objects.get().detail == "corrected"


def decided_by_people() -> list[tuple[Suppression, str, str]]:
    """Suppressions that people decided, what other staff read about them, and what an admin is warned of."""
    return [
        (suppressed("angry@cast.example", "complaint"), "reported a mail as spam", "complained that your mail is spam"),
        (suppressed("left@cast.example", "provider_unsubscribe"), "does not want any mail", "want no mail from you"),
        (suppressed("own@cast.example", "manual", origin="person"), "does not want any mail", "want no mail from you"),
    ]


def test_other_staff_never_lift_what_the_person_decided_and_an_erasure_not_even_an_admin(manager, reader):
    erased = reader.address
    erasing.erase(audit.system(), reader)
    of_erased = Suppression.objects.get(address_key=addresses.key_of_spelling(erased))
    people = decided_by_people()
    unliftable = [*people, (of_erased, "had their data erased", "")]
    for suppression, sentence, warning in unliftable:
        page = text_of(manager.get(lift_page(suppression)))
        assert sentence in page
        assert "<h1>This suppression stays</h1>" in page
        assert ("ask an admin" in page) is bool(warning)
        for where in ("here", "everywhere"):
            typed = {"detail": "please", "where": where, "address": suppression.address or erased, "sure": "yes"}
            answer = manager.post(lift_page(suppression), typed)
            assert answer.status_code == 422
            assert sentence in text_of(answer)
    manager.force_login(make_staff("admin", *roles.ROLES["admin"]))
    typed = {"detail": "please", "address": erased, "sure": "yes"}
    assert "had their data erased" in text_of(manager.post(lift_page(of_erased), typed))
    assert Suppression.objects.count() == 4
    assert not LiftRequest.objects.exists()


def test_an_admin_lifts_what_the_person_decided_with_a_reason_if_the_person_asked_for_it(client):
    client.force_login(make_staff("admin", *roles.ROLES["admin"]))
    for suppression, _sentence, warning in decided_by_people():
        page = text_of(client.get(lift_page(suppression)))
        assert warning in page
        assert 'name="where"' not in page, "the provider must hear of it"
        for typed, problem in (({"detail": "rang"}, "sure-problem"), ({"sure": "yes"}, "detail-problem")):
            answer = client.post(lift_page(suppression), typed)
            assert (answer.status_code, f'id="{problem}"' in text_of(answer)) == (422, True)
        at_once = client.post(lift_page(suppression), {"detail": "rang", "sure": "yes", "where": "here"})
        assert at_once.status_code == 422
        answer = client.post(lift_page(suppression), {"detail": "pressed the wrong button", "sure": "yes"}, follow=True)
        assert "being lifted" in text_of(answer)
    lists = set(ProviderListChange.objects.values_list("list", flat=True))
    assert lists == {"bounces", "invalid", "complaints", "unsubscribes"}
    assert [line.detail["on_request"] for line in Audit.objects.filter(verb="plan_lift")] == [True] * 3
    ProviderListChange.objects.update(state="done")
    lifting.finish()
    assert not Suppression.objects.exists()
    assert {*SuppressionLift.objects.values_list("detail", "actor__name")} == {("pressed the wrong button", "admin")}
    assert not Audit.objects.filter(detail__icontains="button").exists()
    # Only admins have the right, and no mail about it goes to anybody.
    assert [role for role, rights in roles.ROLES.items() if suppressions.LIFT_ON_REQUEST in rights] == ["admin"]
    assert not StaffMail.objects.exists()


def test_a_domain_is_suppressed_after_the_number_of_its_people_was_shown_and_lifted_again(manager, campaign):
    typed = {"domain": "@People.example", "detail": "asked by their postmaster", "until": ""}
    page = text_of(manager.post(DOMAINS, typed))
    assert f"<b>{Subscriber.objects.filter(domain='people.example').count()}</b>" in page
    assert not SuppressedDomain.objects.exists()
    page = text_of(manager.post(DOMAINS, typed | {"confirmed": "yes"}, follow=True))
    assert "Nothing is mailed to people.example any more." in page
    assert "asked by their postmaster" in page
    domain = SuppressedDomain.objects.get()
    for wrong, sentence in (
        ({"domain": "wei@cast.example"}, "This is not a domain."),
        ({"detail": ""}, "Say in a few words why."),
        ({"until": "2020-01-01", "confirmed": "yes"}, "That day is over"),
    ):
        answer = manager.post(DOMAINS, typed | wrong)
        assert (answer.status_code, sentence in text_of(answer)) == (422, True)
    lift = reverse("people-suppression-domain-lift", args=[domain.pk])
    assert "Allow mail to people.example again?" in text_of(manager.get(lift))
    assert "people.example can be mailed again." in text_of(manager.post(lift, follow=True))
    assert "does not exist any more" in text_of(manager.post(lift, follow=True)), "a doubled click"


def test_the_page_of_the_providers_lists_says_what_happened_and_starts_a_comparison(manager):
    assert "The lists were never compared." in text_of(manager.get(PROVIDER))
    for _ in range(2):
        manager.post(PROVIDER, {"step": "start", "full": "yes"})
    run = SyncRun.objects.get()
    assert (run.full, run.pulls, run.pushes, run.dry_run) == (True, True, True, False)
    page = text_of(manager.get(PROVIDER))
    assert "begins as soon as the sending process is free" in page
    assert "Compare now</button>" not in page
    now = clock.now()
    part = SyncPart.objects.create(run=run, list="bounces", until=now, counts={"read": 1200, "suppressed": 7, "removals": 3})
    SyncRun.objects.update(state="running", started_at=now, detail="429 too many requests", not_before=now + timedelta(minutes=5))
    page = text_of(manager.get(PROVIDER))
    assert "has read 1,200 entries so far" in page
    assert "429 too many requests" in page
    assert "Mailroom tries again on" in page
    SyncRun.objects.update(state="failed", ended_at=now, not_before=None)
    assert "It failed on" in text_of(manager.get(PROVIDER))
    SyncPart.objects.filter(pk=part.pk).update(ended_at=now)
    SyncRun.objects.update(state="done", pushed=2, detail="")
    ProviderListEntry.objects.create(address_key=b"k" * 16, list="bounces", seen_at=now)
    ProviderListChange.objects.create(list="bounces", change="remove", address_key=b"k" * 16, state="failed", detail="410 gone")
    page = text_of(manager.get(PROVIDER))
    assert "7 more addresses were suppressed here, 3 are taken off the provider&#x27;s lists, 2 put on them." in page or (
        "7 more addresses were suppressed here, 3 are taken off the provider's lists, 2 put on them." in page
    )
    assert "410 gone" in page
    assert "One change is tried again." in text_of(manager.post(PROVIDER, {"step": "retry"}, follow=True))
    manager.post(PROVIDER, {"step": "start", "dry_run": "yes"})
    assert SyncRun.objects.filter(dry_run=True, full=False).exists()


def test_the_statements_of_a_page_do_not_grow_with_the_addresses(manager):
    def statements(query: dict[str, str]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            manager.get(PAGE, query)
        return len(captured)

    suppressed("first@cast.example")
    statements({})  # the first one also signs in
    few = statements({})
    for number in range(60):
        suppressed(f"n{number}@cast.example", "hard_bounce")
    assert statements({}) == few
    assert statements({"reason": "hard_bounce"}) <= few
