"""Labels that staff see for codes: states, reasons, sources. Domain code returns the codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from composer.errors import Finding

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
    "nobody left": _("nobody was left to send to"),
    # what staff did with a campaign without moving it, in its log
    "created": _("created"), "test_sent": _("test mail"), "version_replaced": _("another version"),
    "checks_overridden": _("errors overridden"),
    # what the log tells of slices
    "decided": _("decided"), "settled_by_policy": _("settled by policy"), "possible_duplicate": _("possible duplicate"),
    "wave_cancelled": _("wave taken back"), "restore_doubt": _("marked as uncertain after a restore"),
    "fence_broken": _("released in spite of the cancel"),
    "event_for_skipped": _("event about somebody who was skipped"), "account_status": _("status of the provider account"),
    # reasons of a held campaign
    "credentials": _("credentials"), "quota": _("quota"), "provider": _("provider"), "message": _("message"),
    "budget": _("budget of uncertainty"), "audience": _("audience"), "digest": _("another composition"), "late": _("too late"),
    "quarantine": _("quarantine"), "rejections": _("rejected because of the sender"),
    # how somebody left
    "one-click": _("one click in the mail program"), "page": _("the unsubscribe page"),
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
    "audience": _(
        "The segment cannot be used any more: an attribute or a list that it names is gone. Nobody was sent to. Cancel this "
        "campaign, correct the segment, and create the campaign again."
    ),
    "late": _("It was due long ago and nothing was running. Resume sends it now, cancel drops it."),
    "digest": _("The composed issue is not the one that was scheduled. Cancel, and schedule again."),
    "rejections": _(
        "A receiving domain refuses it because of its sender, not of the recipients: nobody is suppressed. "
        "Apply the fix that the campaign's page names, then resume. Only mail that is sent after that can hold it again."
    ),
    "quarantine": _(
        "The database may have gone back in time. Ask whoever runs this installation to check what was lost and to lift the "
        "quarantine before you resume."
    ),
}

# what an uncertain slice waits for
WAITS: Mapping[str, str | Promise] = {
    "events": _("events of the provider"),
    "policy": _("the policy that sends again what nobody has heard of"),
    "release": _("its release, which is taken back"),
    "operator": _("your decision"),
}


def finding(found: Finding) -> str:
    """A finding in the language of the page, without the folders of this server, which do not concern its readers."""
    folder = Path(found.file).parent if Path(found.file).is_absolute() else None
    # A theme is told by its folder and file, cast/theme.css; everything else by its name within what it belongs to.
    roots = [settings.EMAIL_THEMES, settings.BASE_DIR, settings.DATA_DIR, *([folder.parent] if folder else [])]
    text = found.shown(gettext)
    for root in roots:
        text = text.replace(f"{root}/", "")
    return text


def word(term: str) -> str:
    """The word for a code; a code without one stays as it is."""
    return str(WORDS.get(term, term))


def held(reason: str) -> str:
    """What a held campaign waits for, and what to do."""
    return str(HELD.get(reason, reason))


def waits_for(code: str) -> str:
    return str(WAITS.get(code, code))
