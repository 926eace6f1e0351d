"""Sends one slice: claim -> gate, which reads the recipients -> body -> transport -> settle. docs/delivery.md explains why.

No ORM object and no write per recipient: memory and work are limited to one slice.
"""

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
from transport.errors import BodyTooLargeError, OperatorError, TransportError
from transport.message import Release
from transport.outcomes import Cause, Outcome, OutcomeKind
from worker import draining
from worker.campaign_message import CampaignMessage
from worker.provider_clients import sending_client
from worker.release_time import NotReadyError, prepare
from worker.settle_retry import settle_until_committed

log = structlog.get_logger("mailroom.send")
WORKER = f"{socket.gethostname()}:{os.getpid()}"
TASK_SECONDS = 120.0  # then the task ends and beat wakes the next, so that a worker told to stop does so soon
LONGEST_WAIT = 10.0  # within the claim's lease
_thread = threading.local()


def _message(campaign_id: int, variant: int) -> CampaignMessage:
    """This thread's message. It replaces the previous one, because a thread works on one campaign at a time."""
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
            if sent:  # perhaps the campaign's last: then finish it now, without waiting for beat
                schedule.finish_done()
            break
        sent += send_slice(claim)
    return sent


def send_slice(claim: claiming_sql.Claim) -> bool:
    """Send one claimed slice and record the outcome; False if nothing was sent."""
    wait = throttle_sql.take(claim.count, settings.SEND_RATE, LONGEST_WAIT)
    if wait is None or (wait and draining.wait(wait)):
        claiming_sql.release(claim)
        # Do not try the next slice at once: it would have to wait too. Half of the longest wait keeps work queued ahead of us.
        draining.wait(LONGEST_WAIT / 2)
        return False
    try:
        client, message = sending_client(), _message(claim.campaign_id, claim.variant)
        release = prepare(claim, client) if message.is_released_later else None
    except NotReadyError:
        return False  # released already
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
        # It is not known whether the gate committed. But no byte was sent, so record that for the attempt, if there is one.
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
    """The attempt's request. None if it cannot be built: then the attempt is settled with the proof that no byte was sent."""
    try:
        recipients, unfit = message.writer.write(passed.people)
        if not unfit:
            return message.request(passed.attempt_id, recipients, release)
    except BodyTooLargeError as error:
        # The provider would reject it the same way: the slice is split in two.
        record(passed.attempt_id, Outcome(OutcomeKind.REFUSED, cause=Cause.TOO_LARGE, detail=str(error)))
    except Exception as error:
        log.exception("slice_not_built", campaign=claim.campaign_id, slice=claim.slice_id)
        record(passed.attempt_id, Outcome(OutcomeKind.NEVER_CONNECTED, detail=f"request not built: {_words(error)}"))
        gate.hold(claim.campaign_id, "message", _words(error))
    else:
        record(passed.attempt_id, Outcome(OutcomeKind.NEVER_CONNECTED, detail=f"recipients that cannot be mailed: {len(unfit)}"))
        # This attempt was just settled as never sent, but an earlier one may have reached them, as at the gate.
        gate_sql.skip(claim.campaign_id, unfit, uncertain=gate_sql.had_no_answer(claim))
    return None


def _words(error: Exception) -> str:
    """The text of an error that may be shown: texts of other libraries may quote personal data."""
    return str(error) if isinstance(error, TransportError) else hold_details.text("internal", error=type(error).__name__)


def record(attempt_id: int, outcome: Outcome) -> None:
    """Settle the attempt; repeat until it is committed."""
    settled = settle_until_committed(lambda: settling.settle(attempt_id, outcome), attempt=attempt_id, outcome=outcome.kind.value)
    if not settled and outcome.kind is not OutcomeKind.UNKNOWN:
        log.warning("attempt_settled_before", attempt=attempt_id, outcome=outcome.kind.value)
