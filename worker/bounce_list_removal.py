"""Removes addresses from the provider's bounce list, a few at each beat. If killed, it continues at the next beat."""

from __future__ import annotations

import time

import structlog

from campaigns.tracking.bounces import provider_bounce_list
from config.failpoints import failpoint
from publication.database.statement_sql import session_lock
from transport.errors import ProviderError
from transport.outcomes import Cause, OutcomeKind
from transport.provider import BounceList
from worker import draining
from worker.provider_clients import bounce_list

log = structlog.get_logger("mailroom.unlisting")
ROUND_SECONDS = 30.0  # then wait for the next beat: a provider that hangs must not occupy an upkeep slot
AT_ONCE = 20  # with a beat of two seconds at most ten calls a second: the provider limits such calls by the minute


def unlist() -> int:
    """Remove addresses that are due, within the time of a round; their number."""
    with session_lock(provider_bounce_list.LOCK) as mine:
        listed = provider_bounce_list.due(AT_ONCE) if mine else []
        if not listed:
            return 0
        with bounce_list("unlist") as bounces:
            if bounces is None:
                return 0
            failpoint("unlist_begun")
            done = _take_off(bounces, listed)
        failpoint("unlist_ended")
        return done


def _take_off(bounces: BounceList, listed: list[provider_bounce_list.Listed]) -> int:
    until = time.monotonic() + ROUND_SECONDS
    done = 0
    for one in listed:
        if draining.is_on() or time.monotonic() > until:
            break
        if one.address is None:
            provider_bounce_list.end(one.id, "no subscriber has this address any more")
            continue
        try:
            was_listed = bounces.remove(one.address)
        except ProviderError as error:
            log.warning("not_unlisted", unlisting=one.id, error=str(error))
            provider_bounce_list.postpone(one.id, error.outcome.detail or str(error))
            if error.outcome.cause is Cause.CREDENTIALS or error.outcome.kind is OutcomeKind.BUSY:
                break  # the other calls would be rejected too
        else:
            provider_bounce_list.end(one.id, "" if was_listed else "was not on the list")
            done += 1
    return done
