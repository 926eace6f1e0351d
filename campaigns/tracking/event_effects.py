"""Declares what the events of each kind do."""

from typing import NamedTuple

from transport.provider_events import EventKind, of_every_kind


class EventEffect(NamedTuple):
    """What the events of a kind do. `proves_acceptance`: the provider accepted the attempt that the event names.

    `is_kept`: the event stays for ever; others are removed after the period `EVENTS`. `state`: of the delivery; an open or a
    click implies that the mail arrived. `suppresses`: the reason for suppressing the address, of what people did themselves.
    Bounces suppress by their cause (package `bounces`). `leaves`: the person left the lists of the campaign. `is_negative`: the
    event reports a problem.
    """

    proves_acceptance: bool
    is_kept: bool
    state: str = ""
    suppresses: str = ""
    leaves: bool = False
    is_negative: bool = False

    @property
    def may_suppress(self) -> bool:
        return self.is_negative or self.suppresses != ""


_BOUNCED = EventEffect(proves_acceptance=True, is_kept=True, state="bounced", is_negative=True)
_ENGAGED = EventEffect(proves_acceptance=True, is_kept=True, state="delivered")
_LEFT = EventEffect(proves_acceptance=True, is_kept=True, state="delivered", suppresses="provider_unsubscribe", leaves=True)
EFFECTS = of_every_kind({
    EventKind.PROCESSED: EventEffect(proves_acceptance=True, is_kept=False),
    EventKind.DEFERRED: EventEffect(proves_acceptance=True, is_kept=False, state="deferred", is_negative=True),
    EventKind.DELIVERED: EventEffect(proves_acceptance=True, is_kept=False, state="delivered"),
    EventKind.BOUNCED_HARD: _BOUNCED, EventKind.BOUNCED_SOFT: _BOUNCED,
    EventKind.DROPPED: EventEffect(proves_acceptance=True, is_kept=True, state="dropped", is_negative=True),
    EventKind.COMPLAINED: EventEffect(proves_acceptance=True, is_kept=True, state="complained", suppresses="complaint"),
    EventKind.UNSUBSCRIBED: _LEFT, EventKind.GROUP_UNSUBSCRIBED: _LEFT,
    EventKind.GROUP_RESUBSCRIBED: EventEffect(proves_acceptance=True, is_kept=True, state="delivered"),
    EventKind.OPENED: _ENGAGED, EventKind.CLICKED: _ENGAGED,
    EventKind.ACCOUNT_STATUS: EventEffect(proves_acceptance=True, is_kept=True),
    EventKind.OTHER: EventEffect(proves_acceptance=False, is_kept=True),
})  # fmt: skip
