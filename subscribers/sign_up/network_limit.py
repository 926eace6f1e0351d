"""Limits the requests to subscribe from one client network, so that one machine cannot have mails sent to many strangers.

The database stores keyed hashes and numbers for a day at most, never the network itself.
"""

from __future__ import annotations

import math
from datetime import timedelta

from django.utils.crypto import salted_hmac

from publication import clock, policies, retention
from subscribers.sign_up import network_limit_sql as sql

PERIOD = timedelta(hours=1)


def seconds_to_wait(network: str) -> int:
    """Count one request of this network. Returns 0 if it may go on; else the seconds to wait, and nothing was counted."""
    now, key = clock.now(), _hashed("network", network)
    if sql.take(key, int(policies.number("network_requests")), PERIOD, now):
        return 0
    began = sql.began_at(key)
    left = (began + PERIOD - now).total_seconds() if began else 0
    return max(1, math.ceil(left))


def is_first_use(nonce: str) -> bool:
    """Whether the answer to this question is used for the first time: a person solves it once, not for a thousand addresses."""
    return sql.take_once(_hashed("answer", nonce), clock.now())


def forget_old() -> int:
    """Remove expired counts; returns the number of rows."""
    return sql.forget_before(clock.now() - retention.NETWORK_COUNTS)


def _hashed(*parts: str) -> str:
    return salted_hmac("mailroom.sign-up", "\n".join(parts), algorithm="sha256").hexdigest()[:32]
