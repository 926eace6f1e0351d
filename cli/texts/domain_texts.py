"""What the command line prints for the refusals of campaigns, editorial and publication, and for the reasons of a hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from cli.texts import subscriber_texts

if TYPE_CHECKING:
    from publication.domain_errors import DomainError

_LIST_CAMPAIGNS = "mailroom campaign ls shows them"
_LIST_UNCERTAIN = "mailroom unknown ls shows what is uncertain"
_TRY_AGAIN = "try again in some seconds; --force decides without them"
_WRITE_TIME = "write it as 2026-11-25 09:00"
_WRITE_ZONE = "write it as Asia/Shanghai or Europe/Madrid"
_ONE_LINE = "without control characters"

# Why the system holds a campaign, and what releases it.
HELD: Mapping[str, str] = {
    "credentials": "the provider refuses the key (MAILROOM_SENDGRID_API_KEY); correct it, then `mailroom campaign resume ID`",
    "quota": "the provider's quota is used up; raise it, then `mailroom campaign resume ID`",
    "provider": "the provider answers in a way that no mail can be sent; see the detail, then `mailroom campaign resume ID`",
    "message": "the provider refuses this message for anybody; see the detail; `mailroom campaign cancel ID`, or `resume`",
    "budget": "too many requests ended without an answer; a probe mail or `mailroom campaign resume ID` releases it",
    "audience": "the segment does not hold any more; see the detail; `mailroom campaign cancel ID`, and make it anew",
    "digest": "the composed issue is not the one that was scheduled; `mailroom campaign cancel ID`, and make it anew",
    "late": "it was due long ago and nothing was running; `mailroom campaign resume ID` sends it now, `cancel` drops it",
    "rejections": "a receiving domain refuses it because of its sender, not of the recipients; `mailroom campaign show ID` names "
    "the fix; then `mailroom campaign resume ID`",
    "quarantine": "the database may have gone back in time; `mailroom system restore-check` tells what is known and what to do",
}

POLICIES: Mapping[str, str] = {
    "settle_hours": "hours without evidence after which an uncertain attempt waits for an operator",
    "late_hours": "hours by which a scheduled campaign may be late and still begin by itself; later, staff are asked",
    "handover_minutes": "minutes before its hour at which a wave is handed to the provider (each-zone campaigns)",
    "settle_after": "minutes without evidence after which the policy settle=resend may send again; the provider repeats its "
    "events for 24 h",
    "bounce_campaigns": "campaigns in a row that bounce at a mailbox (full, inactive) before it is suppressed",
    "bounce_days": "days before a mailbox's latest bounce within which those campaigns are counted",
    "settle": "whether a machine may send again what stayed without evidence, under three conditions",
}

# Exception -> code -> (what is wrong, what to do), with the exception's parameters in braces.
ERRORS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "LaunchRefused": {
        "unknown": ("there is no campaign {campaign}", _LIST_CAMPAIGNS),
        "state": ("campaign {campaign} is {state}; it cannot become {wanted}", "possible from: {possible}"),
        "not-draft": (
            "campaign {campaign} is {state} already",
            "it stays on record as it is; create a new campaign to send again",
        ),
        "scheduled": (
            "campaign {campaign} is {state} for {at} UTC already",
            "to change that: mailroom campaign unschedule {campaign}",
        ),
        "no-list": ("a campaign needs at least one list", "name one"),
        "name": ("the name holds a control character", "write one line of text"),
        "other-issue": ("campaign {campaign} is of {issue}, and that is {other}", "make a campaign of its own for it"),
        "permission": ("{name} may not override checks", "an account with the role chief may"),
        "reason": ("checks are not overridden without a reason", "say in one line why it may go all the same"),
        "fixed": ("nobody can override {codes}", "correct it and make a new campaign"),
        "nothing": ("nothing stands in the way of campaign {campaign}", "send it"),
        "time": ("{text!r} is no time", _WRITE_TIME),
        "time-year": ("the year {year} is out of range", "a campaign is scheduled a year ahead at most"),
        "time-skipped": ("{text} does not exist in {zone}: the clocks are put forward then", "choose another hour"),
        "time-zoned": ("{text!r} has a zone of its own", "write the hour alone: 2026-11-25 09:00"),
        "zone": ("{zone!r} is no time zone", _WRITE_ZONE),
        "past": ("{at} UTC is past", "give a later time, or none to send now"),
        "past-somewhere": (
            "{hour} has come already where the first recipients are ({first} UTC)",
            "choose a later hour or another day",
        ),
        "far": ("{at} UTC is more than a year away", "is the year right? The latest is {latest}"),
        "no-key": ("MAILROOM_SENDGRID_API_KEY is not set", "set it, or try everything with the sandbox: mailroom up"),
        "quarantine": (HELD["quarantine"], ""),
        "issue-errors": (
            "checks found what forbids sending: {codes}",
            "mailroom issue check DIR --list LIST tells where; or mailroom campaign override {campaign}, for a reason",
        ),
        "condition": ("a condition of the issue cannot be asked any more: {problem}", "correct the issue"),
        "segment": ("the segment does not hold any more: {problem}", "correct it"),
        "nobody": ("nobody would get this campaign", "look at the list and the segment: mailroom segment count"),
        "address": ("{problem}", ""),
        "suppressed": ("nobody may write to this address: its owner or staff said so", "name another address"),
        "variant": ("the issue has no variant {variant}", "they are numbered from 0 to {last}"),
    },
    "MoveRefused": {"state": ("campaign {campaign} is {state}; it cannot become {wanted}", "")},
    "UncertainFault": {
        "attempt": ("there is no attempt {attempt}", _LIST_UNCERTAIN),
        "gone": ("not uncertain: slice {slices}; nothing was done", _LIST_UNCERTAIN),
        "reason": ("nothing is decided without a reason", "say what was found out"),
        "busy": ("events are being applied at this moment", _TRY_AGAIN),
        "events": ("{count} payloads or events of the provider are not applied yet; they may be the proof", _TRY_AGAIN),
        "cancelled": ("campaign {campaign} is cancelled: nothing more is sent of it", "abandon them"),
        "release": ("the provider may still release slice {slice} at {at} UTC", "wait until then, and for its events"),
    },
    "RestoreRefused": {
        "no-tables": ("the database holds no tables of Mailroom", "restore it, or run `mailroom system migrate`"),
        "lost": (
            "mails that were sent may be missing from the database: {signs}",
            "`mailroom system restore-check` lists whom that may concern; then lift",
        ),
    },
    "RemovalRefused": {
        "draft": (
            "campaign {campaign}, which is a draft, names the {kind} {name!r}",
            "delete the campaign first: mailroom campaign delete {campaign}",
        ),
        "scheduled": (
            "campaign {campaign}, which is scheduled, names the {kind} {name!r}",
            "delete the campaign first: mailroom campaign unschedule {campaign}, then mailroom campaign delete {campaign}",
        ),
        "sent": ("campaign {campaign} was sent with the {kind} {name!r}", "it stays for the record"),
        "named": ("campaign {campaign}, which is {state}, names the {kind} {name!r}", "it stays for the record"),
        "person": (
            "1 person is on the {kind} {name!r}, or were",
            "it stays with their consent; people who left keep others from bringing them back",
        ),
        "people": (
            "{count:,} people are on the {kind} {name!r}, or were",
            "it stays with their consent; people who left keep others from bringing them back",
        ),
        "confirmation": ("a confirmation for the {kind} {name!r} is under way", "try again in a minute"),
        "segment": (
            "the segment {segment!r} asks for the {kind} {name!r}",
            "change it first: mailroom segment change {segment} TEXT",
        ),
        "test": ("a test mail from {email} is under way", "try again in a minute"),
        "last-sender": (
            "{email} is the only sender, and confirmations are to be sent",
            "make another first: mailroom sender add EMAIL",
        ),
    },
    "SenderFault": {
        "address": ("{text!r} is no usable address: {problem}", "write it as news@example.org"),
        "letters": ("{text!r} holds letters before the @ that mail cannot carry yet", "use plain letters there"),
        "name": ("a sender's name is one line that people can read", "at most {most} characters"),
        "taken": ("there already is a sender {email}", "`mailroom sender ls` shows it"),
        "none": ("there is no sender {email!r}, and none at all yet", "mailroom sender add makes one"),
        "unknown": ("there is no sender {email!r}; there are: {existing}", ""),
    },
    "StaffFault": {
        "name": ("{name!r} cannot be a login name", "letters, digits and @ . + - _"),
        "name_long": ("the login name is too long", "use at most {most} characters"),
        "email": ("{email!r} is no usable address", "write it as name@example.org"),
        "password": ("{problems}", "choose a longer, rarer one"),
        "role": ("there is no role {role!r}", "there are: {roles}"),
        "taken": ("there already is an account {name!r}", "choose another name"),
        "deleted": ("an account {name!r} was deleted or renamed, and what it did is on record", "choose another name"),
        "unknown": ("there is no account {name!r}", "mailroom staff ls shows all"),
        "last": ("{name} is the last active superuser", "make another first: mailroom staff add … --superuser"),
    },
    "ProfileFault": {
        "name": ("name: one line that people can read", _ONE_LINE),
        "postal_address": ("postal address: one line that people can read", _ONE_LINE),
        "zone": ("{zone!r} is no time zone", _WRITE_ZONE),
        "language": ("{language!r} is no language tag", "write it as en or zh-Hans (BCP 47)"),
        "reason": ("a quarantine is not lifted without a reason", "say what was found"),
        "check": ("there is no check {check!r}", "docs/checks.md lists all"),
        "level": ("{check}: {level!r} is no level", "there are: {levels}"),
        "fixed": ("the level of {check} is fixed", "what it finds would reach every reader"),
        "policy": ("there is no policy {policy!r}", "there are: {policies}"),
        "choice": ("{policy}: {text!r} is none of {choices}", "{meaning}"),
        "range": ("{policy}: {text!r} is not from {lowest:g} to {highest:g}", "{meaning}"),
    },
    "IssueFault": {
        "wish": ("{wish!r} is nothing that can be said of an issue", "say {wishes}"),
        "none": ("no stored issue is called {slug!r}", "there is none yet"),
        "unknown": ("no stored issue is called {slug!r}", "there are: {near}"),
    },
    **subscriber_texts.TEXTS,
}


def held_text(reason: str) -> str:
    return HELD.get(reason, reason)


def error_text(error: DomainError) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    message, hint = ERRORS[type(error).__name__][error.code]
    params = error.shown()
    if nearest := params.get("nearest"):
        return message.format(**params), f"did you mean {nearest}?"
    return message.format(**params), hint.format(**params, meaning=POLICIES.get(str(params.get("policy")), ""))
