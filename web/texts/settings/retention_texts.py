"""How long personal data is kept, in words: what each kind of record is, and when it is deleted."""

from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from publication import policies
from publication.retention import RETENTIONS
from web.texts.settings import policy_texts
from web.texts.settings.policy_texts import PolicyText

_NO_ADDRESSES = _("Deleted after %(period)s. They contain no addresses.")
# record -> (what it is, when it is deleted; `%(period)s` is the period)
TEXTS: dict[str, tuple[str | Promise, str | Promise]] = {
    "STAFF_MAIL_ADDRESSES": (
        _("Addresses of mails to staff"), _("The address is deleted %(period)s after the mail was sent or given up."),
    ),
    "INVITATIONS": (
        _("Invitations"), _("An invitation is deleted with its address %(period)s after it was used, revoked or ran out."),
    ),
    "SIGN_IN_COUNTS": (_("Counts of sign-in tries"), _("Deleted after %(period)s. They contain no names.")),
    "PASSWORD_REQUESTS": (
        _("Requests for a new password by addresses without an account"), _NO_ADDRESSES,
    ),
    "NETWORK_COUNTS": (_("Counts of requests to subscribe, by network"), _NO_ADDRESSES),
    "UNANSWERED_CONFIRMATIONS": (
        _("Counts of confirmation mails that an erased address did not answer"),
        _NO_ADDRESSES,
    ),
    "PEOPLE_ACTIONS": (
        _("Whom an action on many people meant"),
        _("The people and what became of each are deleted %(period)s after the action. The action and its numbers stay."),
    ),
    "EXPORT_FILES": (
        _("Files of exports"), _("A file is deleted after %(period)s, and all files are as soon as anybody is erased."),
    ),
    "PENDING_SUBSCRIPTIONS": (
        _("Requests to subscribe that nobody confirmed"),
        _("Deleted after %(period)s. So is the new address of a change that was not confirmed."),
    ),
    "IMPORTED_PEOPLE": (
        _("What an import did with each person, and its refused rows"),
        _("Deleted %(period)s after the import. Until then, it can be undone."),
    ),
    "IMPORT_DRAFTS": (_("Files of imports that were not started"), _("Deleted after %(period)s.")),
    "PRESENCE": (_("Who has the page of an issue open"), _("Deleted after %(period)s.")),
    "WEBHOOK_PAYLOADS": (
        _("The provider's reports as they arrived"),
        _("Deleted after %(period)s. What they say about a mail is stored with the mail before."),
    ),
    "EVENTS": (
        _("Reports that a mail was processed, deferred or delivered"),
        _("Deleted after %(period)s. That a mail was delivered stays with the mail, and bounces and complaints stay."),
    ),
    "CLICKS": (
        _("Clicks and answers of people who agreed to be measured"),
        _("After %(period)s, they are counted without the name."),
    ),
    "QUESTION_KEYS": (
        _("Keys of questions to readers"),
        _(
            "Deleted %(period)s after the campaign began, or after a welcome ended. Then nobody can answer or look up an answer; "
            "the counts stay."
        ),
    ),
    "TEST_MAIL_ADDRESSES": (_("Addresses of test mails"), _("The address is deleted %(period)s after the test mail was sent.")),
}  # fmt: skip
_OFFERED = {
    "keep_staff_mail_addresses": (7, 30, 90), "keep_invitations": (7, 30, 90), "keep_people_actions": (30, 90, 365),
    "keep_webhook_payloads": (7, 30, 90), "keep_events": (90, 180, 400, 730), "keep_test_mail_addresses": (7, 30, 90),
    "keep_clicks": (30, 90, 180, 400),
}  # fmt: skip


def period(kept: timedelta) -> str:
    """`30 days`, `45 seconds`."""
    if kept.days:
        return policy_texts.amount(kept / timedelta(days=1), "days")
    return str(_("%(amount)s seconds")) % {"amount": f"{kept.total_seconds():g}"}


def deleted(name: str, kept: timedelta) -> str:
    """When records of a kind are deleted if they are kept for this period."""
    return str(TEXTS[name][1]) % {"period": period(kept)}


def record_of(policy: str) -> str:
    """The name of the kind of record whose period a policy is."""
    return next(name for name, kept in RETENTIONS.items() if kept.policy == policy)


def text_of(policy: str) -> PolicyText:
    """A policy about a period in words, as other policies are."""
    record, limits = record_of(policy), policies.POLICIES[policy]
    least, most = (policy_texts.amount(days, "days") for days in (limits.lowest, limits.highest))
    about = _(
        "At least %(least)s and at most %(most)s. Records are deleted within an hour after their time, and cannot be restored."
    )
    return PolicyText(TEXTS[record][0], str(about) % {"least": least, "most": most}, _OFFERED[policy])
