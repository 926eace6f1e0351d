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
    "draft": _("draft"), "scheduled": _("scheduled"), "filling": _("preparing"), "sending": _("sending"), "paused": _("paused"),
    "held": _("on hold"), "sent": _("sent"), "cancelled": _("cancelled"),
    # deliveries
    "planned": _("in the queue"), "claimed": _("in the next batch"), "in_flight": _("being sent"),
    "accepted": _("accepted"), "skipped": _("skipped"), "failed": _("failed"), "unknown": _("uncertain"),
    "abandoned": _("given up"), "awaiting": _("no report yet"), "deferred": _("deferred"), "delivered": _("delivered"),
    "bounced": _("bounced"), "dropped": _("dropped by the provider"), "complained": _("complained"),
    # subscriptions
    "pending": _("not confirmed yet"), "confirmed": _("confirmed"), "unsubscribed": _("unsubscribed"),
    # suppressions
    "hard_bounce": _("hard bounce"), "soft_bounces": _("repeated soft bounces"), "complaint": _("complaint"),
    "provider_unsubscribe": _("unsubscribed at the provider"), "invalid": _("invalid address"), "manual": _("by staff"),
    "erased": _("erased"),
    # why somebody was skipped
    "left": _("unsubscribed before sending"), "suppressed": _("suppressed"), "address changed": _("address changed"),
    "on pause": _("paused by the person"), "domain suppressed": _("domain suppressed"),
    "campaign cancelled": _("campaign cancelled"), "nobody left": _("nobody was left to send to"),
    "an earlier attempt is uncertain": _("an earlier attempt is uncertain"),
    # steps in a campaign's log that do not change its state
    "created": _("created"), "test_sent": _("test mail"), "version_replaced": _("another version"),
    "checks_overridden": _("errors overridden"), "rescheduled": _("time changed"),
    # steps in a campaign's log about a batch
    "decided": _("decided"), "settled_by_policy": _("decided by policy"), "possible_duplicate": _("possible duplicate"),
    "wave_cancelled": _("wave recalled"), "restore_doubt": _("marked as uncertain after a restore"),
    "fencing": _("recall requested: no answer was received"), "fenced": _("recalled, to be sent again"),
    "not_fenced": _("could not be recalled"), "recalling": _("recall requested: the campaign was cancelled"),
    "recalled": _("recalled"), "not_recalled": _("could not be recalled"),
    "fence_broken": _("sent by the provider after the recall"),
    "event_for_skipped": _("event about a person who was skipped"), "account_status": _("status of the provider account"),
    # reasons why a campaign is on hold
    "credentials": _("API key"), "quota": _("quota"), "provider": _("provider"), "message": _("content of the mail"),
    "budget": _("too many uncertain recipients"), "audience": _("segment"), "digest": _("content has changed"),
    "late": _("too late"), "quarantine": _("quarantine"), "rejections": _("rejected because of the sender"),
    # how somebody unsubscribed
    "one-click": _("one click in the mail program"), "page": _("the unsubscribe page"),
    "preferences": _("the preferences page"),
    # why somebody left
    "too_many": _("too many mails"), "not_interested": _("no longer interested"), "content": _("the content"),
    "never_signed_up": _("never signed up"), "other": _("another reason"),
    # actors
    "staff": _("staff"), "cli": _("command line"), "token": _("API token"), "system": _("system"), "subscriber": _("subscriber"),
}  # fmt: skip

# The two kinds of uncertain recipients. A campaign has a state of the name `held`, too.
UNCERTAIN: Mapping[str, str | Promise] = {
    "unknown": _("waiting for a report"),
    "held": _("needs your decision"),
}

HELD: Mapping[str, str | Promise] = {
    "credentials": _(
        "The provider rejects the API key. Ask the administrator to correct MAILROOM_SENDGRID_API_KEY, then resume."
    ),
    "quota": _("The provider's quota is used up. Raise it, then resume."),
    "provider": _("The provider does not take any mail at the moment. See the detail, remove the cause, then resume."),
    "message": _("The provider rejects this mail for every recipient. See the detail, then cancel or resume."),
    "budget": _(
        "Too many requests ended without an answer. Find out why before you resume. Uncertain recipients are never sent to "
        "again automatically."
    ),
    "audience": _(
        "The segment is no longer valid: an attribute or a list in it was deleted. Nobody was sent to. Cancel this campaign, "
        "correct the segment, and create the campaign again."
    ),
    "late": _("Its time passed while Mailroom was not running. Resume it to send it now, or cancel it."),
    "digest": _("The content is not the one that was scheduled. Cancel this campaign, and create and schedule it again."),
    "rejections": _(
        "A receiving domain rejects the mail because of its sender. No recipient is suppressed for it. Apply the fix on the "
        "campaign's page, then resume. Only mail sent after that can put the campaign on hold again."
    ),
    "quarantine": _(
        "The database may have been restored to an earlier state. Before you resume, ask the administrator to check what was "
        "lost and to lift the quarantine."
    ),
}

# what an uncertain batch waits for
WAITS: Mapping[str, str | Promise] = {
    "events": _("reports from the provider"),
    "policy": _("automatic resending by the policy"),
    "release": _("the provider's release time; it is being recalled"),
    "operator": _("your decision"),
}


def finding(found: Finding) -> str:
    """A finding in the language of the page, without the folders of this server, which do not concern its readers."""
    folder = Path(found.file).parent if Path(found.file).is_absolute() else None
    # A theme's file keeps its folder, as in cast/theme.css; other files keep their path within the issue.
    roots = [settings.EMAIL_THEMES, settings.BASE_DIR, settings.DATA_DIR, *([folder.parent] if folder else [])]
    text = found.shown(gettext)
    for root in roots:
        text = text.replace(f"{root}/", "")
    return text


def word(term: str) -> str:
    """The label of a code; a code without a label stays as it is."""
    return str(WORDS.get(term, term))


def recipient_word(term: str) -> str:
    """As `word`, for states of recipients: `held` and `unknown` are the two kinds of uncertain ones."""
    return str(UNCERTAIN.get(term) or WORDS.get(term, term))


def held(reason: str) -> str:
    """Why a campaign is on hold, and what to do."""
    return str(HELD.get(reason, reason))


def waits_for(code: str) -> str:
    """What an uncertain batch waits for."""
    return str(WAITS.get(code, code))
