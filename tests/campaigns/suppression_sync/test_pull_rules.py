"""What an entry of the provider's lists means, for each list and each state of the address here."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.suppression_sync.pull_rules import SKEW, KnownAddress, judge
from transport.provider_lists import ListedAddress, ProviderList

AT = datetime(2027, 3, 1, 12, tzinfo=UTC)
BEFORE, AFTER = AT - timedelta(days=1), AT + timedelta(days=1)
NOBODY = ("550 5.1.1 no such user here", "5.1.1")
DMARC = ("550 5.7.26 unauthenticated mail is not accepted due to the domain's DMARC policy", "5.7.26")
FULL = ("552 5.2.2 mailbox full", "5.2.2")
BOUNCES, BLOCKS, INVALID, COMPLAINTS, UNSUBSCRIBES = (
    ProviderList.BOUNCES, ProviderList.BLOCKS, ProviderList.INVALID, ProviderList.COMPLAINTS, ProviderList.UNSUBSCRIBES,
)  # fmt: skip
NEW, ERASED = KnownAddress(), KnownAddress("erased", is_erased=True)


def lifted(reason: str, at: datetime) -> KnownAddress:
    return KnownAddress(lifts=((reason, at),))


# list, text and status, what is known here -> meaning, reason of the suppression, whether it is removed there
TABLE = [
    (BLOCKS, NOBODY, NEW, "block", None, False),
    (BLOCKS, NOBODY, ERASED, "block", None, True),
    (BOUNCES, NOBODY, NEW, "suppresses", "hard_bounce", False),
    (BOUNCES, NOBODY, KnownAddress("complaint"), "suppresses", "hard_bounce", False),
    (BOUNCES, NOBODY, ERASED, "suppresses", "hard_bounce", True),
    (BOUNCES, NOBODY, lifted("hard_bounce", AFTER), "lifted", None, True),
    (BOUNCES, NOBODY, lifted("hard_bounce", AT), "lifted", None, True),
    (BOUNCES, NOBODY, lifted("hard_bounce", BEFORE), "suppresses", "hard_bounce", False),
    (BOUNCES, NOBODY, lifted("complaint", AFTER), "lifted", None, True),
    (BOUNCES, NOBODY, lifted("soft_bounces", AFTER), "suppresses", "hard_bounce", False),
    (BOUNCES, DMARC, NEW, "senders_fault", None, True),
    (BOUNCES, DMARC, KnownAddress("manual"), "senders_fault", None, False),
    (BOUNCES, FULL, NEW, "mailbox", None, False),
    (BOUNCES, FULL, ERASED, "mailbox", None, True),
    (BOUNCES, FULL, lifted("hard_bounce", AFTER), "lifted", None, True),
    (BOUNCES, ("", ""), NEW, "mailbox", None, False),
    (INVALID, ("unknown domain", ""), NEW, "suppresses", "invalid", False),
    (INVALID, ("unknown domain", ""), lifted("invalid", AFTER), "lifted", None, True),
    (COMPLAINTS, ("", ""), NEW, "suppresses", "complaint", False),
    (COMPLAINTS, ("", ""), KnownAddress("hard_bounce"), "suppresses", "complaint", False),
    (COMPLAINTS, ("", ""), lifted("manual", AFTER), "suppresses", "complaint", False),
    (COMPLAINTS, ("", ""), lifted("complaint", AFTER), "lifted", None, True),
    (UNSUBSCRIBES, ("", ""), NEW, "suppresses", "provider_unsubscribe", False),
    (UNSUBSCRIBES, ("", ""), KnownAddress("manual", added_at=AT), "ours", None, False),
    (UNSUBSCRIBES, ("", ""), KnownAddress("manual", added_at=AT + SKEW), "ours", None, False),
    (UNSUBSCRIBES, ("", ""), KnownAddress("manual", added_at=AFTER), "suppresses", "provider_unsubscribe", False),
    (UNSUBSCRIBES, ("", ""), KnownAddress(None, added_at=AT), "stale", None, True),
    (UNSUBSCRIBES, ("", ""), lifted("hard_bounce", AFTER), "suppresses", "provider_unsubscribe", False),
    (UNSUBSCRIBES, ("", ""), lifted("manual", AFTER), "suppresses", "provider_unsubscribe", False),
    (UNSUBSCRIBES, ("", ""), ERASED, "suppresses", "provider_unsubscribe", True),
]  # fmt: skip


@pytest.mark.parametrize(("which", "row", "known", "meaning", "reason", "removes"), TABLE)
def test_each_list_in_each_local_state(which, row, known, meaning, reason, removes):
    verdict = judge(which, ListedAddress("wei@people.example", AT, *row), b"k" * 16, known)
    ground_reason = verdict.ground.reason if verdict.ground else None
    assert (verdict.meaning, ground_reason, verdict.removes) == (meaning, reason, removes)
    if verdict.ground:
        assert (verdict.ground.origin, verdict.ground.at) == ("provider", AT)


def test_stored_text_of_the_provider_contains_no_address():
    row = ListedAddress("wei@people.example", AT, "550 5.1.1 <wei@people.example>: no such user", "5.1.1")
    verdict = judge(BOUNCES, row, b"k" * 16, NEW)
    assert verdict.ground is not None
    assert "wei@" not in verdict.ground.detail


def test_entry_without_a_readable_time_counts_as_older_than_any_lift():
    row = ListedAddress("wei@people.example", None, *NOBODY)
    assert judge(BOUNCES, row, b"k" * 16, lifted("hard_bounce", BEFORE)).meaning == "lifted"
    assert judge(BOUNCES, row, b"k" * 16, NEW).ground is not None
