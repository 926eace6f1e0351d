"""Taking addresses off the provider's bounce list, a few at each beat. Killed anywhere it goes on at the next."""

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
ROUND_SECONDS = 30.0  # then the next beat goes on: a provider that hangs must not keep an upkeep slot
AT_ONCE = 20  # with a beat of two seconds ten calls a second at most: the provider limits calls like these by the minute


def unlist() -> int:
    """Take off what is due, as far as there is time for it; the number taken off."""
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
            provider_bounce_list.end(one.id, "nobody has this address any more")
            continue
        try:
            was_listed = bounces.remove(one.address)
        except ProviderError as error:
            log.warning("not_unlisted", unlisting=one.id, error=str(error))
            provider_bounce_list.postpone(one.id, error.outcome.detail or str(error))
            if error.outcome.cause is Cause.CREDENTIALS or error.outcome.kind is OutcomeKind.BUSY:
                break  # the others would be refused as well
        else:
            provider_bounce_list.end(one.id, "" if was_listed else "was not on the list")
            done += 1
    return done
