"""Single mails (notices, mails to staff, test sends, probes): claim, gate, settle. No report counts them."""

import random
import time

from campaigns.marks import high_water_mark
from campaigns.models import TestSend
from campaigns.sending import single_mails_sql as sql
from campaigns.sending.single_mails_sql import SingleClaim
from publication import clock, personal_data
from publication.models import StaffMail
from subscribers.consent.text_erasure import PersonalIdentifiers
from subscribers.models import Notice
from transport.outcomes import Outcome, OutcomeKind

# The kinds as they are stored in a token's scope.
KINDS: dict[int, sql.Table] = {1: "notice", 2: "test_send", 3: "staff_mail"}
SCOPES = {name: scope for scope, name in KINDS.items()}
ATTEMPT_LIMIT = 10
PUT_OFF_SECONDS = 300


def claim() -> SingleClaim | None:
    """The next due notice, or else the next due mail to staff, or else test send."""
    for table in sql.TABLES:
        if claimed := sql.claim(table):
            return claimed
    return None


def load(single: SingleClaim) -> Notice | StaffMail | TestSend:
    if single.table == "notice":
        return Notice.objects.select_related("subscriber", "list").get(pk=single.id)
    if single.table == "staff_mail":
        return StaffMail.objects.select_related("account", "invitation").get(pk=single.id)
    return TestSend.objects.select_related("sender").get(pk=single.id)


def gate(single: SingleClaim) -> float | None:
    """The latest moment (monotonic) to begin sending; None if the worker may not send the mail any more."""
    if not sql.pass_gate(single):
        return None
    begin_until = time.monotonic() + 5.0
    high_water_mark.passed_single(single.table, single.id, single.attempt)
    return begin_until


def forget(identifiers: PersonalIdentifiers) -> None:
    """Skip planned test mails to addresses that are forgotten, and remove the addresses from all of them."""
    found = TestSend.objects.filter(
        pk__in=list(TestSend.objects.filter(identifiers.rows_with("address")).values_list("pk", flat=True))
    )
    found.filter(state=TestSend.State.PLANNED).update(state=TestSend.State.SKIPPED, reason="erased", ended_at=clock.now())
    personal_data.empty(found)


def drop(single: SingleClaim, reason: str) -> None:
    """claimed -> skipped, because it is no longer to be sent."""
    sql.settle(single, "skipped", reason)


def put_off(single: SingleClaim, reason: str) -> None:
    """claimed -> planned, because it cannot be sent until the installation's settings are corrected."""
    sql.settle(single, "planned", reason, seconds=PUT_OFF_SECONDS)


def settle(single: SingleClaim, outcome: Outcome) -> None:
    """Record the provider's answer. Repeating it with the same outcome changes nothing."""
    state, seconds = _state_after(single, outcome)
    reason = "" if state == "accepted" else outcome.detail
    sql.settle(single, state, reason, status=outcome.status, message_id=outcome.message_id or "", seconds=seconds)


def _state_after(single: SingleClaim, outcome: Outcome) -> tuple[str, float]:
    if outcome.kind is OutcomeKind.ACCEPTED:
        return "accepted", 0
    if outcome.kind is OutcomeKind.UNKNOWN:
        return "unknown", 0
    if outcome.needs_operator:
        return "planned", PUT_OFF_SECONDS  # until the account is corrected: the recipient is not at fault
    again = outcome.kind in {OutcomeKind.BUSY, OutcomeKind.NEVER_CONNECTED}
    if again and single.attempt < ATTEMPT_LIMIT:
        return "planned", random.uniform(1, min(60, 2.0**single.attempt))  # noqa: S311 - jitter
    return "failed", 0


def of_erased(singles: set[str]) -> set[str]:
    """Select the single mails ("notice:7") that went to people who have been erased since."""
    notices = [int(single.split(":")[1]) for single in singles if single.startswith("notice:")]
    of_erased_people = Notice.objects.filter(pk__in=notices, subscriber__erased_at__isnull=False)
    return {f"notice:{number}" for number in of_erased_people.values_list("pk", flat=True)}


def note_events(seen: list[tuple[str, str]]) -> None:
    """Events of single mails ("notice:7", kind): each one proves that the mail was accepted."""
    for table in sql.TABLES:
        ids = {int(single.split(":")[1]) for single, _ in seen if single.startswith(f"{table}:")}
        if ids:
            sql.prove(table, sorted(ids))
