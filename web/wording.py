"""The words staff read for the codes the apps keep: states, reasons, sources. Domain code returns codes, never these."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: Mapping[str, str | Promise] = {
    # campaigns
    "draft": _("draft"), "scheduled": _("scheduled"), "filling": _("filling"), "sending": _("sending"), "paused": _("paused"),
    "sent": _("sent"), "cancelled": _("cancelled"),
    # deliveries
    "planned": _("planned"), "claimed": _("claimed"), "in_flight": _("in flight"), "accepted": _("accepted"),
    "skipped": _("skipped"), "failed": _("failed"), "unknown": _("unknown"), "held": _("held"), "abandoned": _("abandoned"),
    "awaiting": _("awaiting"), "deferred": _("deferred"), "delivered": _("delivered"), "bounced": _("bounced"),
    "dropped": _("dropped"), "complained": _("complained"),
    # subscriptions
    "pending": _("pending"), "confirmed": _("confirmed"), "unsubscribed": _("unsubscribed"),
    # suppressions
    "hard_bounce": _("hard bounce"), "soft_bounces": _("repeated soft bounces"), "complaint": _("complaint"),
    "provider_unsubscribe": _("unsubscribed at the provider"), "invalid": _("invalid address"), "manual": _("by staff"),
    "erased": _("erased"),
    # why somebody was skipped
    "left": _("left the list"), "suppressed": _("suppressed"), "address changed": _("address changed"),
    "campaign cancelled": _("campaign cancelled"),
    # what staff did with a campaign without moving it, in its log
    "created": _("created"), "test_sent": _("test mail"), "version_replaced": _("another version"),
    "checks_overridden": _("errors overridden"),
    # what the log tells of slices
    "decided": _("decided"), "settled_by_policy": _("settled by policy"), "possible_duplicate": _("possible duplicate"),
    # reasons of a held campaign
    "credentials": _("credentials"), "quota": _("quota"), "provider": _("provider"), "message": _("message"),
    "budget": _("budget of uncertainty"), "digest": _("another composition"), "late": _("too late"),
    "quarantine": _("quarantine"),
    # actors
    "staff": _("staff"), "cli": _("command line"), "token": _("API token"), "system": _("system"), "subscriber": _("subscriber"),
}  # fmt: skip

HELD: Mapping[str, str | Promise] = {
    "credentials": _("The provider refuses our key. Correct MAILROOM_SENDGRID_API_KEY, then resume."),
    "quota": _("The provider's quota is used up. Raise it, then resume."),
    "provider": _("The provider answers in a way that no mail can be sent. See the detail, then resume."),
    "message": _("The provider refuses this message whoever gets it. See the detail, then cancel or resume."),
    "budget": _(
        "Too many requests ended without an answer. Find out why before you resume: what is uncertain is never repeated."
    ),
    "late": _("It was due long ago and nothing was running. Resume sends it now, cancel drops it."),
    "digest": _("The composed issue is not the one that was scheduled. Cancel, and schedule again."),
    "quarantine": _("The database may have gone back in time. Check it with `mailroom system restore-check` before you resume."),
}

# what an uncertain slice waits for
WAITS: Mapping[str, str | Promise] = {
    "events": _("events of the provider"),
    "policy": _("the policy that sends again what nobody has heard of"),
    "release": _("its release, which is taken back"),
    "operator": _("your decision"),
}

# why a decision about the uncertain was not made
UNCERTAIN_FAULTS: Mapping[str, str | Promise] = {
    "events": _("Events of the provider are not applied yet, and may be the proof. Nothing was done: try again in some seconds."),
    "release": _("The provider may still release these mails. Nothing was done: wait for that, and for its events."),
    "cancelled": _("The campaign is cancelled: what is uncertain can only be given up."),
    "gone": _("Some of these are not uncertain any more. Look again."),
    "reason": _("Choose whom it is about, and say what was found out."),
}


def word(term: str) -> str:
    """The word for a code; a code without one stays as it is."""
    return str(WORDS.get(term, term))


def held(reason: str) -> str:
    return str(HELD.get(reason, reason))


def waits_for(code: str) -> str:
    return str(WAITS.get(code, code))


def uncertain_fault(code: str) -> str:
    return str(UNCERTAIN_FAULTS.get(code, code))
