"""Makes changes at the provider's suppression lists and reads them, a few calls a second. If killed, it goes on at the next beat.

Removals come first, because people wait for them; then additions in batches, then the next page of a synchronisation. Every
step can be repeated, and its result is recorded before the next step.
"""

import time
from collections.abc import Callable, Sequence

import structlog

from campaigns.provider_lists import lifting, list_changes
from campaigns.provider_lists.list_changes import ListChange
from campaigns.suppression_sync import sync_runs
from config.failpoints import failpoint
from config.mail_provider import mail_provider
from publication.database.statement_sql import session_lock
from transport.errors import ProviderError
from transport.outcomes import Cause, OutcomeKind
from transport.provider import SuppressionLists
from worker import draining
from worker.provider_clients import upkeep_client

log = structlog.get_logger("mailroom.lists")
ROUND_SECONDS = 30.0  # then wait for the next beat: a provider that hangs must not occupy an upkeep slot
# SendGrid allows 600 calls a minute for each endpoint by default; other programs may use the same account.
CALLS_PER_SECOND = 4.0
LONGEST_HOLD = 3600.0
BUSY_PAUSE = 30.0  # the provider is busy and does not say for how long


def is_due() -> bool:
    """Whether there is something to do, and a key to do it with."""
    return mail_provider().has_credentials and (list_changes.is_due() or sync_runs.is_due() or lifting.is_due())


def plan_due() -> None:
    """Plan a synchronisation if it is time for one, and if there is a key to do it with."""
    if mail_provider().has_credentials:
        sync_runs.plan_due()


def work() -> int:
    """Make changes and read pages that are due, within the time of a round; the number of calls that succeeded."""
    with session_lock(list_changes.LOCK) as mine:
        if not mine:
            return 0
        failpoint("lists_begun")
        lifting.finish()  # a killed worker may have made the last removal of one
        if not (list_changes.is_due() or sync_runs.is_due()):
            return 0
        with upkeep_client("lists") as client:
            if client is None:
                return 0
            done = _round(client.suppression_lists) if client.suppression_lists else _without_lists()
        failpoint("lists_ended")
        return done


def _round(lists: SuppressionLists) -> int:
    until = time.monotonic() + ROUND_SECONDS
    done = 0
    while not draining.is_on() and time.monotonic() < until:
        success = _step(lists)
        if success is None:
            break
        done += success
        if lists.pause > 0:
            _hold(lists.pause)
            break
        if draining.wait(1 / CALLS_PER_SECOND):
            break
    return done


def _step(lists: SuppressionLists) -> bool | None:
    """Make one call; whether it succeeded. None if there is nothing to do, or if other calls would fail as well."""
    if removals := list_changes.due(list_changes.REMOVE, 1):
        return _change(removals, lambda: lists.remove(removals[0].list, str(removals[0].address)))
    if additions := list_changes.due(list_changes.ADD, lists.most_added):
        return _add(lists, additions)
    return _read(lists)


def _change(changes: Sequence[ListChange], call: Callable[[], bool | None]) -> bool | None:
    if changes[0].address is None:
        list_changes.end(changes, "no subscriber has this address any more")
        lifting.finish([change.key for change in changes])
        return False
    try:
        was_listed = call()
    except ProviderError as error:
        return _note_failure(changes, error)
    failpoint("lists_called")
    list_changes.end(changes, "was not on the list" if was_listed is False else "")
    lifting.finish([change.key for change in changes])
    failpoint("lists_recorded")
    return True


def _add(lists: SuppressionLists, additions: Sequence[ListChange]) -> bool | None:
    """Add a batch. If the provider rejects it, add halves of it, so that one address cannot keep out the others."""
    lost = [addition for addition in additions if addition.address is None]
    if lost:
        list_changes.end(lost, "no subscriber has this address any more")
    batch = [addition for addition in additions if addition.address is not None]
    if not batch:
        return False
    try:
        lists.add_unsubscribes([str(addition.address) for addition in batch])
    except ProviderError as error:
        if len(batch) > 1 and error.outcome.kind is OutcomeKind.REFUSED and not error.outcome.needs_operator:
            middle = len(batch) // 2
            first = _add(lists, batch[:middle])
            return None if first is None or draining.wait(1 / CALLS_PER_SECOND) else _add(lists, batch[middle:])
        return _note_failure(batch, error)
    failpoint("lists_called")
    list_changes.end(batch)
    failpoint("lists_recorded")
    return True


def _note_failure(changes: Sequence[ListChange], error: ProviderError) -> bool | None:
    outcome = error.outcome
    log.warning("list_change_failed", change=changes[0].id, count=len(changes), error=str(error))
    if outcome.kind is OutcomeKind.BUSY:
        _hold(outcome.retry_after or BUSY_PAUSE)
        return None
    list_changes.postpone(changes, outcome.detail or str(error))
    if outcome.needs_operator:
        return None  # the other calls would be rejected too
    return False


def _read(lists: SuppressionLists) -> bool | None:
    call = sync_runs.next_call()
    if call is None:
        return None if not list_changes.is_due() else False  # a run that ended may have planned additions
    try:
        page = lists.read(call.list, call.since, call.until, call.position)
    except ProviderError as error:
        outcome = error.outcome
        log.warning("list_not_read", list=call.list.value, error=str(error))
        busy = outcome.kind is OutcomeKind.BUSY
        if busy:
            _hold(outcome.retry_after or BUSY_PAUSE)
        wait = min(outcome.retry_after or BUSY_PAUSE, LONGEST_HOLD) if busy else None
        sync_runs.postpone(call, outcome.detail or str(error), wait=wait, final=outcome.cause is Cause.CREDENTIALS)
        return None
    failpoint("lists_called")
    sync_runs.apply_page(call, page)
    failpoint("lists_recorded")
    return True


def _hold(seconds: float) -> None:
    pause = min(max(seconds, 1.0), LONGEST_HOLD)
    list_changes.hold(pause)
    sync_runs.hold(pause)


def _without_lists() -> int:
    """The provider has no lists, so there is nothing to remove, and lifts can end here."""
    for change in (list_changes.REMOVE, list_changes.ADD):
        while waiting := list_changes.due(change, 1000):
            list_changes.end(waiting, "the provider has no such list")
    lifting.finish()
    sync_runs.end_without_lists()
    return 0
