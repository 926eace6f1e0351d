"""The policies of a publication in words: what each decides, and what each of its values means."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from publication import policies

Value = float | str
Text = str | Promise


class PolicyText(NamedTuple):
    """What a policy decides, the values that the console offers, and the sentence about each value.

    `says` is for numbers without a sentence of their own, with the number as `%(amount)s` in its `unit`.
    """

    title: Text
    about: Text
    offered: tuple[Value, ...]
    values: Mapping[Value, Text] = {}
    says: Text = "%(amount)s"
    unit: str = ""


_MANY_REQUESTS = _(
    "A usual hour is the median of a list's hours of a week. Small lists have a number below which nothing happens."
)

TEXTS: dict[str, PolicyText] = {
    "approvals": PolicyText(
        _("How many people must approve an issue?"),
        _("Publishers and proofreaders approve, and nobody their own last edit. Changed content needs new approvals."),
        (0, 1, 2, 3),
        {
            0: _("Nobody: a publisher can send an issue that nobody else has read."),
            1: _("One person: somebody who did not make the last edit reads each issue before it is sent."),
        },
        _("%(amount)s different people: nothing is sent before all of them have approved."),
    ),
    "late_hours": PolicyText(
        _("What happens if a scheduled time is missed?"),
        _("After a power cut, for example, Mailroom may run again only hours after the time of a campaign."),
        (1, 6, 24, 72),
        says=_("Up to %(amount)s late, the campaign is sent at once. Later, it waits until a publisher decides."),
        unit="hours",
    ),
    "handover_minutes": PolicyText(
        _("When does the provider get mails for a local hour?"),
        _("It concerns campaigns that each recipient gets in their own time zone. The provider holds the mails until that hour."),
        (15, 60, 180),
        says=_("%(amount)s before the hour. People who unsubscribe after that still get the mail."),
        unit="minutes",
    ),
    "settle": PolicyText(
        _("What happens to recipients of whom nobody knows whether they got the mail?"),
        _("It is rare: the connection to the provider broke, and no report came."),
        ("never", "resend"),
        {
            "never": _("A publisher decides about them. Nobody gets a mail twice without that."),
            "resend": _("Mailroom sends to them again if the provider's reports show nothing. Some may get the mail twice."),
        },
    ),
    "settle_after": PolicyText(
        _("How long does Mailroom wait before it sends again?"),
        _("It counts only if Mailroom sends again by itself. The provider repeats its reports for 24 hours."),
        (26 * 60, 48 * 60, 72 * 60),
        says=_("%(amount)s without a report"),
        unit="minutes",
    ),
    "settle_hours": PolicyText(
        _("When do uncertain recipients need a decision?"),
        _("The provider repeats its reports for 24 hours, so most cases settle themselves."),
        (26, 48, 72),
        says=_("After %(amount)s without a report"),
        unit="hours",
    ),
    "mfa_required": PolicyText(
        _("Must staff have a second factor?"),
        _("A second factor is an authenticator app or a passkey."),
        ("on", "off"),
        {
            "on": _("Yes: people without one can open no page before they set one up. A stolen password alone opens nothing."),
            "off": _("It is voluntary: a stolen password alone opens the accounts of people who have none."),
        },
    ),
    "see_addresses": PolicyText(
        _("Who sees the addresses and names of people?"),
        _("Roles that do not see them see masked addresses, such as l…@example.org, and no names, files and exports."),
        ("few", "some", "all"),
        {
            "few": _("List managers only. Publishers, admins and auditors see numbers and masked addresses."),
            "some": _("List managers, publishers, admins and auditors. Authors and proofreaders see masked addresses."),
            "all": _("Every role, authors and proofreaders, too."),
        },
    ),
    "record_views": PolicyText(
        _("Is it recorded who looks at a person?"),
        _("Changes and downloads are always recorded. This is about opening the page of a person or their data."),
        ("on", "off"),
        {
            "on": _("Yes: the audit says who opened which person, at most once in 10 minutes."),
            "off": _("No: nobody can find out later who looked at a person's page."),
        },
    ),
    "measuring": PolicyText(
        _("Are clicks on the links of mails counted?"),
        _("Counted links lead through an address of Mailroom. What a campaign counts is fixed when it is scheduled."),
        ("off", "anonymous", "individual"),
        {
            "off": _("No: links lead straight to their pages, and reports say “not measured”."),
            "anonymous": _("Without names: how often each link was followed. Nobody can find out who did it."),
            "individual": _("With names, of people who agreed to it. The clicks of everybody else are counted without names."),
        },
    ),
    "opens": PolicyText(
        _("Are opened mails counted?"),
        _("Many programs load pictures for nobody, or load none. So these numbers are unreliable, and no report rests on them."),
        ("off", "on"),
        {
            "off": _("No: mails have no picture that counts."),
            "on": _("Yes, with an invisible picture. Of people who agreed to be measured, with their names."),
        },
    ),
    "bounce_campaigns": PolicyText(
        _("When is a full or inactive mailbox given up?"),
        _("Addresses that do not exist are suppressed after the first bounce. This is about mailboxes that may work again."),
        (3, 5, 8),
        says=_("After %(amount)s campaigns in a row that bounced. Then the address is suppressed."),
    ),
    "bounce_days": PolicyText(
        _("How far back do bounces of a mailbox count?"),
        _("Old bounces say little about a mailbox of today."),
        (30, 90, 180),
        says=_("Bounces within %(amount)s before the latest one count."),
        unit="days",
    ),
    "sync": PolicyText(
        _("Are the provider's lists compared with ours?"),
        _("The provider keeps lists of its own: addresses that bounced, complained or unsubscribed there."),
        ("on", "off"),
        {
            "on": _("Yes, regularly: what the provider learned counts here, too."),
            "off": _("Only if somebody starts it: until then, people who complained at the provider look mailable here."),
        },
    ),
    "sync_minutes": PolicyText(
        _("How often are the provider's lists compared?"),
        _("Each comparison asks for what is new since the last one."),
        (15, 60, 360),
        says=_("Again after %(amount)s"),
        unit="minutes",
    ),
    "sync_full_hours": PolicyText(
        _("How often are the provider's lists read from the beginning?"),
        _("Only then does Mailroom notice addresses that were taken off there."),
        (24, 72, 168),
        says=_("Again after %(amount)s"),
        unit="hours",
    ),
    "confirm_minutes": PolicyText(
        _("When can an address get another confirmation mail?"),
        _("Somebody who mistyped asks again within minutes. A stranger's address must not be flooded."),
        (5, 15, 60),
        says=_("%(amount)s after the last one"),
        unit="minutes",
    ),
    "confirm_per_day": PolicyText(
        _("How many confirmation mails can an address get in a day?"),
        _("After that, the page still says that a mail is on its way, so that nobody learns who is on a list."),
        (2, 3, 5),
        says=_("At most %(amount)s a day"),
    ),
    "confirm_unanswered": PolicyText(
        _("How many confirmation mails can stay unanswered?"),
        _("They count for 90 days. Then the address gets no more until it answers one."),
        (3, 5, 10),
        says=_("At most %(amount)s"),
    ),
    "network_requests": PolicyText(
        _("How many people can subscribe from one network in an hour?"),
        _("A network can be a whole office or school. At an event where many subscribe at once, allow more."),
        (10, 50, 200),
        says=_("At most %(amount)s an hour"),
    ),
    "challenge_factor": PolicyText(
        _("When does the form ask a question?"),
        _MANY_REQUESTS,
        (3, 5, 10),
        says=_("At more than %(amount)s times the requests of a usual hour"),
    ),
    "challenge_floor": PolicyText(
        _("Up to how many requests does the form never ask a question?"),
        _MANY_REQUESTS,
        (30, 100, 300),
        says=_("Up to %(amount)s requests to a list within an hour"),
    ),
    "hold_factor": PolicyText(
        _("When do requests wait for staff?"),
        _MANY_REQUESTS,
        (10, 20, 50),
        says=_("At more than %(amount)s times the requests of a usual hour. A list manager releases or discards them."),
    ),
    "hold_floor": PolicyText(
        _("Up to how many requests does none wait for staff?"),
        _MANY_REQUESTS,
        (120, 500, 2000),
        says=_("Up to %(amount)s requests to a list within an hour"),
    ),
}  # fmt: skip

# The groups of the page, and their policies.
GROUPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (_("Sending"), ("approvals", "late_hours", "handover_minutes", "settle", "settle_after", "settle_hours")),
    (_("Staff and what they see"), ("mfa_required", "see_addresses", "record_views")),
    (_("What is measured"), ("measuring", "opens")),
    (_("Addresses that get no mail"), ("bounce_campaigns", "bounce_days", "sync", "sync_minutes", "sync_full_hours")),
    (
        _("Requests to subscribe"),
        (
            "confirm_minutes", "confirm_per_day", "confirm_unanswered", "network_requests", "challenge_factor", "challenge_floor",
            "hold_factor", "hold_floor",
        ),
    ),
)  # fmt: skip

# Numbers that few offices ever change.
FINER = frozenset({
    "handover_minutes", "settle_after", "settle_hours", "bounce_days", "sync_minutes", "sync_full_hours", "confirm_minutes",
    "confirm_unanswered", "challenge_factor", "challenge_floor", "hold_floor",
})  # fmt: skip

_UNITS: Mapping[str, tuple[Text, Text]] = {
    "minutes": (_("1 minute"), _("%(amount)s minutes")),
    "hours": (_("1 hour"), _("%(amount)s hours")),
    "days": (_("1 day"), _("%(amount)s days")),
}
_END_OF_ANSWER = re.compile(r"[:.] |[：。](?=.)")
_LARGER = {"minutes": ("hours", 60), "hours": ("days", 24)}


def amount(number: float, unit: str = "") -> str:
    """`6 hours`; in the largest unit that leaves a whole number: 1440 minutes are `1 day`."""
    larger, factor = _LARGER.get(unit, ("", 0))
    if larger and number and not number % factor:
        return amount(number / factor, larger)
    if not unit:
        return f"{number:,g}" if number < 1_000_000 else f"{number:,.0f}"
    single, several = _UNITS[unit]
    return str(single) if number == 1 else str(several) % {"amount": f"{number:,g}"}


def sentence(policy: str, value: Value) -> str:
    """What a value of a policy means."""
    text = TEXTS[policy]
    if value in text.values:
        return str(text.values[value])
    return str(text.says) % {"amount": amount(float(value), text.unit)} if policy in policies.POLICIES else str(value)


def answer_and_meaning(text: str) -> tuple[str, str]:
    """The sentence about a value in two parts: the answer, which ends with the first colon or full stop, and what it means."""
    answer, _mark, meaning = _END_OF_ANSWER.sub("\n", text, count=1).partition("\n")
    return answer.removesuffix(".").removesuffix("。"), meaning[:1].upper() + meaning[1:]


def title(policy: str) -> str:
    return str(TEXTS[policy].title)


def stored_value(value: str, policy: str) -> str:
    """What a value means that is stored as a text, in the parameters of a mail."""
    return sentence(policy, float(value) if policy in policies.POLICIES else value)
