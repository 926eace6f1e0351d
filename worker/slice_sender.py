"""One slice: claim -> gate, which reads whom to write to -> body -> transport -> settle; docs/delivery.md tells why.

No ORM object per recipient, no write per recipient: memory and work are those of one slice.
"""

from __future__ import annotations

import os
import socket
import threading
import time

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from campaigns import hold_details
from campaigns.sending import claiming, claiming_sql, gate, gate_sql, quarantine, schedule, settling, throttle_sql
from config.failpoints import failpoint
from transport.errors import BodyTooLarge, OperatorError, TransportError
from transport.message import Release
from transport.outcomes import Cause, Outcome, OutcomeKind
from worker import draining
from worker.campaign_message import CampaignMessage
from worker.provider_clients import sending_client
from worker.release_time import NotReady, prepare
from worker.settle_retry import until_it_lands

log = structlog.get_logger("mailroom.send")
WORKER = f"{socket.gethostname()}:{os.getpid()}"
TASK_SECONDS = 120.0  # then the task ends and beat wakes the next: a worker that is told to stop is never far from it
LONGEST_WAIT = 10.0  # within the claim's lease
_thread = threading.local()


def _message(campaign_id: int, variant: int) -> CampaignMessage:
    """This thread's message; the one before is dropped: a thread works on one campaign at a time."""
    message: CampaignMessage | None = getattr(_thread, "message", None)
    if message is None or message.campaign_id != campaign_id or message.variant != variant:
        message = _thread.message = CampaignMessage.of(campaign_id, variant)
    return message


def send_until_empty() -> int:
    """Send slices one after the other until none is due, time is up or the worker drains; the number sent."""
    sent = 0
    until = time.monotonic() + TASK_SECONDS
    while time.monotonic() < until and not draining.is_on():
        quarantine.look_again()
        claim = claiming.claim(f"{WORKER}:{threading.get_ident()}")
        if claim is None:
            if sent:  # perhaps the last: then the campaign need not wait for beat to be over
                schedule.finish_done()
            break
        sent += send_slice(claim)
    return sent


def send_slice(claim: claiming_sql.Claim) -> bool:
    """Send one claimed slice and record what came of it; False where nothing was sent."""
    wait = throttle_sql.take(claim.count, settings.SEND_RATE, LONGEST_WAIT)
    if wait is None or (wait and draining.wait(wait)):
        claiming_sql.release(claim)
        # Not the next slice at once: it would be turned away as well. Half the debt that is let in stays ahead of us.
        draining.wait(LONGEST_WAIT / 2)
        return False
    try:
        client, message = sending_client(), _message(claim.campaign_id, claim.variant)
        release = prepare(claim, client) if message.is_released_later else None
    except NotReady:
        return False  # given back already
    except (DatabaseError, InterfaceError):
        raise  # the claim's lease brings the slice back
    except OperatorError as error:
        gate.give_back(claim, "provider", str(error))
        return False
    except Exception as error:
        log.exception("campaign_not_readable", campaign=claim.campaign_id)
        gate.give_back(claim, "message", _words(error))
        return False
    if draining.is_on():
        claiming_sql.release(claim)
        return False
    send_at, batch_id = (release.send_at, release.batch_id) if release else (None, None)
    failpoint("prepared")
    try:
        passed = gate.gate(claim, message.list_ids, WORKER, send_at=send_at, batch_id=batch_id)
    except (DatabaseError, InterfaceError) as error:
        # Whether it committed nobody here knows; that no byte left we do, and say so of the attempt if there is one.
        connection.close()
        record(claim.attempt_id, Outcome(OutcomeKind.NEVER_CONNECTED, detail=f"gate: {type(error).__name__}"))
        return False
    if passed is None:
        return False
    body = _body(claim, message, passed, release)
    if body is None:
        return False
    size, begin_until = len(passed.people), passed.begin_until
    del passed  # a thousand recipients, for as long as the request lasts
    failpoint("body_built")
    started = time.monotonic()
    outcome = client.send(body, may_begin_until=begin_until)
    failpoint("answered")
    record(claim.attempt_id, outcome)
    log.info(
        "attempt", campaign=claim.campaign_id, slice=claim.slice_id, attempt=claim.attempt_id, size=size,
        outcome=outcome.kind.value, status=outcome.status, ms=round(1000 * (time.monotonic() - started)), bytes=len(body),
    )  # fmt: skip
    failpoint("recorded")
    return True


def _body(claim: claiming_sql.Claim, message: CampaignMessage, passed: gate.GatePass, release: Release | None) -> bytes | None:
    """The attempt's request. None where there can be none: the attempt is settled then, with the proof that no byte left."""
    try:
        items, unfit = message.writer.write(passed.people)
        if not unfit:
            return message.request(passed.attempt_id, items, release)
    except BodyTooLarge as error:
        # As the provider would refuse it: the slice is cut in two.
        record(passed.attempt_id, Outcome(OutcomeKind.REFUSED, cause=Cause.TOO_LARGE, detail=str(error)))
    except Exception as error:
        log.exception("slice_not_built", campaign=claim.campaign_id, slice=claim.slice_id)
        record(passed.attempt_id, Outcome(OutcomeKind.NEVER_CONNECTED, detail=f"not written: {_words(error)}"))
        gate.hold(claim.campaign_id, "message", _words(error))
    else:
        record(passed.attempt_id, Outcome(OutcomeKind.NEVER_CONNECTED, detail=f"{len(unfit)} cannot be written to"))
        gate_sql.skip(claim.campaign_id, unfit)  # planned -> skipped, as the attempt was just settled as never sent
    return None


def _words(error: Exception) -> str:
    """What may be shown of an error: other texts than our own may quote what is personal."""
    return str(error) if isinstance(error, TransportError) else hold_details.text("internal", error=type(error).__name__)


def record(attempt_id: int, outcome: Outcome) -> None:
    """Settle the attempt, until that lands."""
    settled = until_it_lands(lambda: settling.settle(attempt_id, outcome), attempt=attempt_id, outcome=outcome.kind.value)
    if not settled and outcome.kind is not OutcomeKind.UNKNOWN:
        log.warning("attempt_settled_before", attempt=attempt_id, outcome=outcome.kind.value)
