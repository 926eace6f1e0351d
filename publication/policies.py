"""The policies of a publication: their limits, defaults and current values.

Pass the row to read several at once; without it each call reads the row from the database.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.conf import settings

from publication.installation import publication
from publication.models import Publication


class Policy(NamedTuple):
    """A number within limits; without a default, the setting of the installation applies."""

    lowest: float
    highest: float
    default: float | None


POLICIES: Mapping[str, Policy] = {
    "settle_hours": Policy(1, 720, 26),  # the provider repeats its webhook for 24 h
    # Up to half a working day late, staff still want a scheduled issue sent; after a night they may not.
    "late_hours": Policy(1, 720, 6),
    "handover_minutes": Policy(1, 4260, 60),
    "settle_after": Policy(0.1, 43200, 26 * 60),  # minutes
    "bounce_campaigns": Policy(1, 100, None),
    "bounce_days": Policy(1, 365, 90),
    "sync_minutes": Policy(5, 10080, 60),
    "sync_full_hours": Policy(1, 720, 24),
    # Requests to subscribe. A person who mistypes asks again within minutes; a stranger's address must not be flooded.
    "confirm_minutes": Policy(1, 1440, 15),
    "confirm_per_day": Policy(1, 100, 3),
    "confirm_unanswered": Policy(1, 100, 5),
    # A /24 can be a whole office, and few of its people subscribe in the same hour.
    "network_requests": Policy(1, 100_000, 10),
    # Times the usual requests of an hour; the numbers below which a small list never asks or holds.
    "challenge_factor": Policy(1, 1000, 5),
    "challenge_floor": Policy(1, 1_000_000, 30),
    "hold_factor": Policy(1, 10_000, 20),
    "hold_floor": Policy(1, 1_000_000, 120),
    # Approvals of an issue version that a campaign needs.
    "approvals": Policy(0, 10, 0),
    # Days for which personal data is kept (publication/retention.py). Below the minimum nobody could answer a question about
    # what was sent or done; `number` never returns less.
    "keep_staff_mail_addresses": Policy(7, 365, 30),
    "keep_invitations": Policy(7, 365, 30),
    "keep_people_actions": Policy(30, 730, 90),
    "keep_webhook_payloads": Policy(7, 365, 30),
    "keep_events": Policy(90, 1825, 400),
    "keep_clicks": Policy(30, 1825, 400),
    "keep_test_mail_addresses": Policy(7, 365, 30),
}
PERIODS = "keep_"  # how the names of retention periods begin
# policy -> its possible values; the first is the default.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "settle": ("never", "resend"), "sync": ("on", "off"), "mfa_required": ("off", "on"), "record_views": ("off", "on"),
    "see_addresses": ("some", "few", "all"), "suggest_approval": ("on", "off"),
    # Whether links lead through the publication, which counts clicks; and whether a picture counts opens.
    "measuring": ("off", "anonymous", "individual"), "opens": ("off", "on"),
}  # fmt: skip
# Policies that protect people -> their values, the safest first. Of `approvals`, more are safer.
_SAFEGUARDS: Mapping[str, tuple[str, ...]] = {
    "mfa_required": ("on", "off"), "record_views": ("on", "off"), "see_addresses": ("few", "some", "all"),
    "measuring": ("off", "anonymous", "individual"), "opens": ("off", "on"),
}  # fmt: skip


def number(name: str, row: Publication | None = None) -> float:
    """The number that is set, or the default; also the default for an invalid value, such as one edited by hand."""
    policy = POLICIES[name]
    default = float(settings.SOFT_BOUNCE_LIMIT if policy.default is None else policy.default)
    try:
        chosen = float(_chosen(row).get(name, default))
    except (TypeError, ValueError, OverflowError):
        return default
    if name.startswith(PERIODS):
        return min(max(chosen, policy.lowest), policy.highest)
    return chosen if 0 <= chosen <= policy.highest else default


def all_values(row: Publication) -> dict[str, float | str]:
    """The value of every policy that applies now; whole numbers without a fraction."""
    return {name: value(name, row) for name in (*POLICIES, *CHOICES)}


def defaults() -> dict[str, float | str]:
    """The value of every policy that applies if nothing is set."""
    return all_values(Publication())


def choice(name: str, row: Publication | None = None) -> str:
    """The value that is set, or the default."""
    return str(_chosen(row).get(name, CHOICES[name][0]))


def value(name: str, row: Publication | None = None) -> float | str:
    """The number or the choice that applies now; a whole number without a fraction."""
    if name in CHOICES:
        return choice(name, row)
    current = number(name, row)
    return int(current) if current.is_integer() else current


def weakens(name: str, before: float | str, after: float | str) -> bool:
    """Whether a change takes a safeguard away: the console asks before it, and all admins get a mail about it."""
    if name == "approvals":
        return float(after) < float(before)
    order = _SAFEGUARDS.get(name, ())
    return before in order and after in order and order.index(str(after)) > order.index(str(before))


def _chosen(row: Publication | None) -> dict[str, Any]:
    """The stored policies; empty if the column has another type, for example after an edit by hand."""
    policies = (row or publication()).policies
    return policies if isinstance(policies, dict) else {}
