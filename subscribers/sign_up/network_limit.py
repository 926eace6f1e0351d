"""Limits the requests to subscribe from one client network, so that one machine cannot have mails sent to many strangers.

The database stores keyed hashes and numbers for a day at most, never the network itself.
"""

import math
from datetime import timedelta

from publication import clock, policies
from subscribers import request_counts
from subscribers.request_counts import Kind

PERIOD = timedelta(hours=1)


def seconds_to_wait(network: str) -> int:
    """Count one request of this network. Returns 0 if it may go on; else the seconds to wait, and nothing was counted."""
    if request_counts.take(Kind.NETWORK, network, int(policies.number("network_requests")), PERIOD):
        return 0
    began = request_counts.began_at(Kind.NETWORK, network)
    left = (began + PERIOD - clock.now()).total_seconds() if began else 0
    return max(1, math.ceil(left))


def is_first_use(nonce: str) -> bool:
    """Whether the answer to this question is used for the first time: a person solves it once, not for a thousand addresses."""
    return request_counts.take_once(Kind.ANSWER, nonce)
