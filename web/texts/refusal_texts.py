"""What the console shows for the refusals of the domain. Texts name no commands: the reader has buttons."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from publication.domain_errors import DomainError
from web.texts import state_labels

_MOVED = _("This is not possible any more: the campaign is “%(state)s”.")
_EVENTS = _("Events of the provider are not applied yet, and may be the proof. Nothing was done: try again in some seconds.")

# Exception -> code -> text, with the exception's parameters.
TEXTS: Mapping[str, Mapping[str, str | Promise]] = {
    "LaunchRefused": {
        "unknown": _("There is no campaign %(campaign)s."),
        "state": _MOVED,
        "not-draft": _MOVED,
        "scheduled": _MOVED,
        "no-list": _("A campaign needs at least one list."),
        "name": _("The name contains a control character. Write one line of text."),
        "other-issue": _(
            "Campaign %(campaign)s is for the issue %(issue)s, but this version is of %(other)s. "
            "Create a campaign of its own for it."
        ),
        "permission": _("%(name)s may not override checks. An account with the role “chief” may."),
        "reason": _("Say in one line why it may be sent all the same."),
        "fixed": _("Nobody can override %(codes)s. Correct the issue and create a new campaign."),
        "nothing": _("No error stands in the way of campaign %(campaign)s. Send it."),
        "time": _("“%(text)s” is not a time. Write it as 2026-11-25 09:00."),
        "time-year": _("The year %(year)s is out of range. A campaign can be scheduled up to a year ahead."),
        "time-skipped": _("%(text)s does not exist in %(zone)s: the clocks are put forward then. Choose another hour."),
        "time-zoned": _("“%(text)s” has a time zone of its own. Write the hour alone: 2026-11-25 09:00."),
        "zone": _("“%(zone)s” is not a time zone. Write it as Asia/Shanghai or Europe/Madrid."),
        "past": _("%(at)s UTC is past. Choose a later time."),
        "past-somewhere": _(
            "%(hour)s has come already where the first recipients are (%(first)s UTC). Choose a later hour or another day."
        ),
        "far": _("%(at)s UTC is more than a year away. Is the year right? The latest is %(latest)s."),
        "no-key": _("The provider's key is not set. Ask whoever runs this installation to set MAILROOM_SENDGRID_API_KEY."),
        "quarantine": state_labels.HELD["quarantine"],
        "issue-errors": _(
            "Checks found errors that forbid sending: %(codes)s. Correct the issue, or override them for a reason."
        ),
        "condition": _("A condition of the issue cannot be evaluated any more: %(problem)s. Correct the issue."),
        "segment": _("The segment is not valid any more: %(problem)s. Correct it."),
        "nobody": _("Nobody would get this campaign. Check its lists and its segment."),
        "address": _("This address cannot be used: %(problem)s."),
        "suppressed": _("Nobody may write to this address: its owner or staff said so. Choose another address."),
        "variant": _("The issue has no variant %(variant)s. Variants are numbered from 0 to %(last)s."),
    },
    "UncertainFault": {
        "attempt": _("There is no attempt %(attempt)s."),
        "gone": _("Some of these are not uncertain any more. Look again."),
        "reason": _("Choose whom it is about, and say what was found out."),
        "busy": _EVENTS,
        "events": _EVENTS,
        "cancelled": _("The campaign is cancelled: what is uncertain can only be given up."),
        "release": _("The provider may still release these mails. Nothing was done: wait for that, and for its events."),
    },
}


def refusal(error: DomainError) -> str:
    """The text of a refusal in the reader's language."""
    params = error.shown()
    if "state" in params:
        params["state"] = state_labels.word(str(params["state"]))
    return str(TEXTS[type(error).__name__][error.code]) % params
