"""Taking addresses off the provider's bounce list, a few at each beat. Killed anywhere it goes on at the next."""

from __future__ import annotations

import time

import structlog
from django.conf import settings

from campaigns import unlisting
from config.failpoints import failpoint
from transport import suppressions
from transport.errors import OperatorError, ProviderError
from transport.sendgrid import SendGrid
from worker import draining

log = structlog.get_logger("mailroom.unlisting")
CALL_SECONDS = 10.0
ROUND_SECONDS = 30.0  # then the next beat goes on: a provider that hangs must not keep an upkeep slot
AT_ONCE = 20  # with a beat of two seconds ten calls a second at most: the provider limits calls like these by the minute
BUSY = 429


def unlist() -> int:
    """Take off what is due, as far as there is time for it; the number taken off."""
    with unlisting.alone() as mine:
        listed = unlisting.due(AT_ONCE) if mine else []
        if not listed:
            return 0
        try:
            client = SendGrid(settings.SENDGRID_API_KEY or "", settings.SENDGRID_HOST, timeout=CALL_SECONDS)
        except OperatorError as error:
            log.warning("unlisting_impossible", error=str(error))
            return 0
        failpoint("unlist_begun")
        try:
            done = _take_off(client, listed)
        finally:
            client.close()
        failpoint("unlist_ended")
        return done


def _take_off(client: SendGrid, listed: list[unlisting.Listed]) -> int:
    until = time.monotonic() + ROUND_SECONDS
    done = 0
    for one in listed:
        if draining.is_on() or time.monotonic() > until:
            break
        if one.address is None:
            unlisting.end(one.id, "nobody has this address any more")
            continue
        try:
            was_listed = suppressions.unlist(client, suppressions.SuppressionList.BOUNCES, one.address)
        except ProviderError as error:
            log.warning("not_unlisted", unlisting=one.id, error=str(error))
            unlisting.postpone(one.id, error.outcome.detail or str(error))
            if error.outcome.is_credentials or error.outcome.status == BUSY:
                break  # the others would be refused as well
        else:
            unlisting.end(one.id, "" if was_listed else "was not on the list")
            done += 1
    return done
