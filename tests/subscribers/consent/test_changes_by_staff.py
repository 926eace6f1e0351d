"""What staff enter for somebody: where its texts are kept, and what an erasure leaves of them."""

import json

import pytest

from publication.models import Audit
from subscribers.consent import address_changes, erasing, subscriptions, suppressions
from subscribers.consent.address_changes import AddressChangeError, Side
from subscribers.errors import InputError
from subscribers.models import AddressChange, ConsentRecord, Notice, Suppression

OLD, NEW = "anna@old.example", "anna@new.example"


def on_record() -> str:
    """All texts of the audit and the consent ledger."""
    wordings = ConsentRecord.objects.exclude(wording=None).values_list("wording__text", flat=True)
    details = [*Audit.objects.values_list("detail", flat=True), *ConsentRecord.objects.values_list("detail", flat=True)]
    return json.dumps([details, *wordings])


def test_a_statement_of_staff_is_in_the_ledger_without_the_person_also_after_double_opt_in(actor, news):
    asked = subscriptions.subscribe(actor, news, OLD, name="Anna Schmidt", source="staff", consent="Anna Schmidt, at the fair")
    confirmed = subscriptions.confirm(actor, asked)
    assert confirmed.consent == "Anna Schmidt, at the fair"
    lines = ConsentRecord.objects.filter(act__in=("requested", "confirmed")).values_list("wording__text", flat=True)
    assert list(lines) == ["…, at the fair"] * 2
    assert "Schmidt" not in on_record()


def test_only_the_new_address_confirms_what_staff_entered_and_the_reason_goes_with_an_erasure(actor, join):
    person = join(OLD)
    change = address_changes.ask_as_staff(actor, person, NEW, reason=f"called from {NEW}")
    assert not address_changes.confirm(actor, change, Side.OLD), "the old address cannot do it alone"
    assert address_changes.confirm(actor, change, Side.NEW)
    person.refresh_from_db()
    assert person.address == NEW
    change.refresh_from_db()
    assert (change.state, change.reason, change.actor_id) == ("done", f"called from {NEW}", actor.pk)
    erasing.erase(actor, person)
    change.refresh_from_db()
    assert NEW not in change.reason
    assert "example" not in on_record()


def test_what_prevents_a_change_by_staff_is_said_at_once_and_stores_nothing(actor, join):
    person, other = join(OLD), join("other@new.example")
    suppressions.suppress(actor, "spam@new.example", Suppression.Reason.COMPLAINT)
    erased = join("gone@new.example")
    erasing.erase(actor, erased)
    for address, code in (
        (OLD, "same"),
        (other.address, "taken"),
        ("spam@new.example", "refused"),
        ("gone@new.example", "refused"),
    ):
        with pytest.raises(AddressChangeError, match=code):
            address_changes.ask_as_staff(actor, person, address, reason="called")
    with pytest.raises(InputError):
        address_changes.ask_as_staff(actor, person, NEW, reason=" ")
    assert not AddressChange.objects.exists()
    for number in range(3):
        address_changes.ask_as_staff(actor, person, f"a{number}@new.example", reason="called")
    with pytest.raises(AddressChangeError, match="limit"):
        address_changes.ask_as_staff(actor, person, NEW, reason="called")
    assert AddressChange.objects.filter(state="open").count() == 1
    assert Notice.objects.filter(purpose__in=list(Side), state="planned").count() == 2
    suppressions.suppress(actor, OLD, Suppression.Reason.MANUAL)
    with pytest.raises(AddressChangeError, match="suppressed"):
        address_changes.ask_as_staff(actor, person, NEW, reason="called")
