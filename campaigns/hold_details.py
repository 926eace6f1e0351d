"""The details of a hold: English sentences with values, stored on the campaign and in its log. The console translates them.

`web.texts.stored_texts` recognises a stored detail by the templates here, so that a new detail needs no column of its own.
"""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from publication import clock
from publication.installation import publication

TEXTS: dict[str, str] = {
    # late
    "late": _("it was due at %(due)s, %(hours)s hours ago; it starts automatically up to %(most)s hours late"),
    "late-wave": _("one of its waves was due at %(due)s"),
    # budget
    "budget": _("%(uncertain)s recipients became uncertain since the campaign was started or resumed; %(allowed)s are allowed"),
    # provider
    "busy": _("nothing but %(answer)s since %(since)s, %(tries)s times for one request"),
    "unreachable": _("no connection in %(tries)s tries: %(problem)s"),
    "rejected": _("HTTP %(status)s: %(answer)s"),
    "released": _("the provider released attempt %(attempt)s, although it had confirmed that it was cancelled"),
    "account": _("the provider reports a new status of the account: %(status)s"),
    "clocks": _("the provider's clock differs from this server's by %(seconds)s seconds"),
    "no-scheduling": _("the provider cannot hold mail until later; local hours and strict mode need that"),
    "no-batch": _("the provider creates no batch ids, which local hours and strict mode need: %(answer)s"),
    # message
    "internal": _("an internal error: %(error)s; the worker's log has the details"),
    "alike": _("%(count)s recipients, each alone in a request, were rejected with the same answer: %(answer)s"),
    # credentials
    "no-cancel": _("the key may not cancel scheduled mail: %(answer)s"),
    # rejections
    "domain": _("%(domain)s: %(rejected)s of %(outcomes)s rejected (%(share)s), %(cause)s: %(answer)s"),
    # complaints, bounces
    "complaints-domain": _("%(domain)s: %(bad)s complaints about %(total)s delivered mails (%(share)s)"),
    "complaints-all": _("all domains together: %(bad)s complaints about %(total)s delivered mails (%(share)s)"),
    "bounces-domain": _("%(domain)s: %(bad)s hard bounces among %(total)s answered mails (%(share)s)"),
    "bounces-all": _("all domains together: %(bad)s hard bounces among %(total)s answered mails (%(share)s)"),
    # changes
    "changes": _("asked for by %(who)s"),
    # approvals
    "approvals": _("given by %(who)s"),
    # quarantine
    "lost": _("it may have been sent in the part of the database that was lost"),
    "lost-due": _("it was due: it may have been sent in the part of the database that was lost"),
    "other-server": _("it is another database server: its system identifier is %(here)s instead of %(before)s"),
    "other-timeline": _(
        "its history has branched off by a fail-over or a recovery: its timeline is %(here)s instead of %(before)s"
    ),
    "other-database": _("it is another database of the same server: %(here)s instead of %(before)s"),
    "missing": _(
        "up to %(missing)s mails or attempts that were released here are missing from it (its last attempt is %(last)s, "
        "the highest attempt known here is %(highest)s)"
    ),
    "campaigns": _(
        "campaigns that were sent from here are missing from it: %(count)s, to %(people)s people, such as campaign %(campaign)s"
    ),
    "strangers": _("the provider reports %(count)s attempts that it does not have, such as attempt %(attempt)s"),
    "stranger": _("the provider reports attempt %(attempt)s, which this database does not have in this form"),
}


def text(code: str, **values: object) -> str:
    """The English text of a detail; moments are shown in the publication's zone, which is named."""
    return TEXTS[code] % {name: _shown(value) for name, value in values.items()}


def _shown(value: object) -> object:
    return clock.with_zone(value, publication().zone) if isinstance(value, datetime) else value
