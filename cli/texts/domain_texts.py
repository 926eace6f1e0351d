"""What the command line prints for the refusals of campaigns, editorial and publication, and for the reasons of a hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from cli.texts import campaign_states, printed_values, review_texts, source_texts, subscriber_texts

if TYPE_CHECKING:
    from publication.domain_errors import DomainError

_LIST_CAMPAIGNS = "list the campaigns: mailroom campaign ls"
_LIST_UNCERTAIN = "list what is uncertain: mailroom uncertain ls"
_TRY_AGAIN = "try again in a few seconds; --force decides without them"
_WRITE_TIME = 'write it as "2027-11-25 09:00"'
_WRITE_ZONE = "write it as Asia/Shanghai or Europe/Madrid"
_ONE_LINE = "write one line without control characters"
_DELETE_DRAFT = "delete the campaign first: mailroom campaign delete {campaign}"

# Why the system put a campaign on hold, and what releases it.
HELD: Mapping[str, str] = {
    "credentials": "the provider rejects the API key; correct MAILROOM_SENDGRID_API_KEY, then: mailroom campaign resume ID",
    "quota": "the provider's sending quota is used up; raise it, then: mailroom campaign resume ID",
    "provider": "the provider's answers show that no mail can be sent now; read the detail and fix the cause, then: "
    "mailroom campaign resume ID",
    "message": "the provider rejects this message for every recipient; read the detail, then: mailroom campaign cancel ID, "
    "or mailroom campaign resume ID to try again",
    "budget": "too many requests ended without an answer; the campaign continues when a probe mail is accepted, or at once with: "
    "mailroom campaign resume ID",
    "audience": "the segment is no longer valid (see the detail); cancel the campaign with mailroom campaign cancel ID, fix the "
    "segment and create the campaign again",
    "unmeasured": "its segment, or a condition of the issue, asks who opened or clicked, which is not measured (see the detail); "
    "cancel the campaign with mailroom campaign cancel ID, correct the segment with mailroom segment change and create the "
    "campaign again",
    "digest": "the composed issue differs from the one that was scheduled; cancel the campaign with mailroom campaign cancel ID "
    "and create it again",
    "late": "the campaign was due hours ago, while nothing was running; send it now with mailroom campaign resume ID, or drop it "
    "with mailroom campaign cancel ID",
    "rejections": "a receiving domain rejects this campaign because of its sender, not because of its recipients; "
    "mailroom campaign show ID names the fix; apply it, then: mailroom campaign resume ID",
    "quarantine": "the database may have gone back in time, so nothing is sent; see what is known and what to do with: "
    "mailroom system restore-check",
    "changes": "somebody requested changes to this content before it began (see the detail). If the content is right, let "
    "them approve it in the console, then: mailroom campaign resume ID. Otherwise cancel the campaign with mailroom campaign "
    "cancel ID, correct the issue and create the campaign again",
    "approvals": "approvals with which it was scheduled do not count any more (see the detail). Let others approve the content "
    "in the console, then: mailroom campaign resume ID. Or make it a draft again: mailroom campaign unschedule ID",
}
QUARANTINE_LIFTED = (
    "the quarantine has been lifted. See who is uncertain: mailroom uncertain ls. To continue: mailroom campaign resume ID"
)

POLICIES: Mapping[str, str] = {
    "settle_hours": "hours without evidence after which an uncertain batch needs your decision",
    "late_hours": "hours by which a scheduled campaign may be late and still start; a later one is put on hold for your decision",
    "handover_minutes": "minutes before its hour at which a wave is handed to the provider (each-zone campaigns)",
    "settle_after": "minutes without evidence after which the policy settle=resend may send again; the provider repeats its "
    "events for 24 h",
    "bounce_campaigns": "campaigns in a row that bounce at a mailbox (full, inactive) before it is suppressed",
    "bounce_days": "days before a mailbox's latest bounce within which those campaigns are counted",
    "sync": "whether the suppressions are synchronised with the provider's lists by schedule",
    "sync_minutes": "minutes between two synchronisations with the provider's lists",
    "sync_full_hours": "hours after which a synchronisation reads the provider's lists from their beginning",
    "confirm_minutes": "minutes between two mails that answer requests to subscribe, to one address; answered ones do not count",
    "confirm_per_day": "such mails to one address within a day",
    "confirm_unanswered": "such mails to one address in 90 days, until a confirmation is answered",
    "network_requests": "requests to subscribe within an hour from one network (IPv4 /24, IPv6 /64)",
    "challenge_factor": "times a list's usual requests of an hour above which the form asks a question",
    "challenge_floor": "requests to a list within an hour up to which the form never asks a question",
    "hold_factor": "times a list's usual requests of an hour above which requests wait for your decision",
    "hold_floor": "requests to a list within an hour up to which none waits for your decision",
    "approvals": "approvals of its issue that a campaign needs before it can be scheduled or sent",
    "mfa_required": "whether staff without a second factor must set one up before they can do anything else",
    "settle": "whether the system may send again on its own what has no evidence, under three conditions",
}

# Exception -> code -> (what is wrong, what to do), with the exception's parameters in braces.
ERRORS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "LaunchRefused": {
        "unknown": ("there is no campaign {campaign}", _LIST_CAMPAIGNS),
        # `campaign_states.refused_move` knows more of both.
        "state": ("campaign {campaign} is {state}; this is not possible now", "mailroom campaign show {campaign}"),
        "not-draft": (
            "campaign {campaign} is {state}, so it cannot be changed",
            "create a new campaign to send again: mailroom campaign create",
        ),
        "scheduled": (
            "campaign {campaign} is already scheduled for {at}",
            "to change the time: mailroom campaign schedule {campaign} --at TIME; "
            "for any other change, make it a draft again first: mailroom campaign unschedule {campaign}",
        ),
        "no-list": ("a campaign needs at least one list", "name one with --list"),
        "name": ("the name contains a control character", "write one line of text"),
        "other-issue": (
            "campaign {campaign} sends the issue “{issue}”, but the folder contains “{other}”",
            "create another campaign for it: mailroom campaign create",
        ),
        "permission": ("{name} may not override checks", "name an account with the role override-checks"),
        "rights": ("{name} may not schedule or resume campaigns", "use an account with the role publisher"),
        "reason": ("a reason is missing", "say in one line why the campaign may be sent in spite of the errors"),
        "fixed": ("nobody can override {codes}", "correct the issue, then: mailroom campaign update ID --issue DIR"),
        "nothing": (
            "no check forbids sending campaign {campaign}, so there is nothing to override",
            "send it: mailroom campaign send {campaign}",
        ),
        "time": ("“{text}” is not a time", _WRITE_TIME),
        "time-year": ("the year {year} is out of range", "schedule a campaign for the coming year at most"),
        "time-skipped": ("{text} does not exist in {zone}, because the clocks are put forward then", "choose another hour"),
        "time-zoned": ("“{text}” names a time zone", 'write only the hour: "2027-11-25 09:00"'),
        "zone": ("“{zone}” is not a time zone", _WRITE_ZONE),
        "past": ("{at} is in the past", "give a later time, or leave out --at to send now"),
        "past-somewhere": (
            "for the first recipients, {hour} has already passed: it was {first}",
            "choose a later hour or another day",
        ),
        "far": ("{at} is more than a year away", "check the year; the latest possible day is {latest}"),
        "no-key": (
            "MAILROOM_SENDGRID_API_KEY is not set, so nothing can be sent",
            "set it, or try everything with the sandbox: mailroom up",
        ),
        "quarantine": (HELD["quarantine"], ""),
        "issue-errors": (
            "pre-send checks found errors: {codes}",
            "see where with mailroom issue check DIR --list LIST and correct them, or override them: "
            "mailroom campaign override {campaign} --by NAME --reason TEXT",
        ),
        "approvals": (
            "the content of campaign {campaign} has to be approved first (needed: {needed}, given: {given}); not answered yet: "
            "{waiting}",
            "ask them to approve it in the console",
        ),
        "not-asked": (
            "the content of campaign {campaign} has to be approved first (needed: {needed}, given: {given})",
            "ask for a review in the console: the page of the issue, Review",
        ),
        "changes": (
            "{names} requested changes to the content of campaign {campaign}",
            "correct the issue, then: mailroom campaign update {campaign} --issue DIR; or let them approve it in the console",
        ),
        "undecided": (
            "scheduled campaigns rely on the account {name}: {campaigns}",
            "they stay scheduled with --scheduled keep, and are drafts again with --scheduled draft",
        ),
        "condition": ("a condition of the issue is no longer valid: {problem}", "correct the issue"),
        "segment": ("the segment is no longer valid: {problem}", "correct it with mailroom segment change"),
        "nobody": (
            "this campaign has no recipients",
            "check its lists and segment: mailroom segment count SEGMENT --list LIST",
        ),
        "sent-before": (
            "this issue was sent to {people:,} people of these lists on {at}, in a part of the database that was lost",
            "do not send it again; or, if they are to get it twice: mailroom campaign allow-repeat {campaign} --people {people}",
        ),
        "other-number": (
            "{given:,} is not the number of people of these lists to whom this issue was sent on {at}, in a part of the database "
            "that was lost: that number is {people:,}",
            "if they are to get it twice: mailroom campaign allow-repeat {campaign} --people {people}",
        ),
        "not-sent-before": (
            "the issue of campaign {campaign} was not sent to its lists in a lost part of the database",
            "there is nothing to allow",
        ),
        "address": ("{problem}", ""),
        "suppressed": (
            "this address must not be mailed: its owner or staff have forbidden it",
            "give another address",
        ),
        "tests": ("this account sent {most} test mails within an hour", "wait, or send the issue to a list"),
        "variant": ("the issue has no such variant", "its variants are numbered from 1 to {count}"),
    },
    "MoveRefused": {"state": ("campaign {campaign} is {state}; this is not possible now", "")},
    "UncertainFault": {
        "attempt": ("there is no attempt {attempt}", _LIST_UNCERTAIN),
        "gone": ("not uncertain (any more): batch {slices}. Nothing was changed", _LIST_UNCERTAIN),
        "reason": ("a reason is missing", "say what you found out, with --reason"),
        "busy": ("events from the provider are being processed at this moment", _TRY_AGAIN),
        "events": ("{count} payloads or events from the provider are not processed yet; they may be the evidence", _TRY_AGAIN),
        "cancelled": (
            "campaign {campaign} is cancelled, so nothing of it can be sent again",
            "do not send again to its uncertain recipients: --abandon",
        ),
        "release": (
            "the provider may still send batch {slice} at {at}",
            "wait until then and for its events, or decide now with --force",
        ),
    },
    "RestoreRefused": {
        "no-tables": ("the database has no Mailroom tables", "restore it, or run: mailroom system migrate"),
        "lost": (
            "mails that were sent may be missing from the database: {signs}",
            "list the recipients that this may concern with mailroom system restore-check, then lift the quarantine",
        ),
        "sent": (
            "campaigns were sent that the database does not know ({campaigns}), to {people:,} people",
            "see which with mailroom system restore-check; to lift the quarantine nevertheless, add --already-sent {people}",
        ),
    },
    "RemovalRefused": {
        "past": ("the archive of list {name} shows {count} issues that were sent before", "take them out in the console first"),
        "draft": ("campaign {campaign}, a draft, uses the {kind} “{name}”", _DELETE_DRAFT),
        "scheduled": (
            "campaign {campaign}, which is scheduled, uses the {kind} “{name}”",
            "delete the campaign first: mailroom campaign unschedule {campaign}, then mailroom campaign delete {campaign}",
        ),
        "sent": ("campaign {campaign} was sent with the {kind} “{name}”", "it cannot be deleted, because records refer to it"),
        "named": (
            "campaign {campaign}, which is {state}, uses the {kind} “{name}”",
            "it cannot be deleted, because records refer to it",
        ),
        "person": (
            "1 person is or was on the {kind} “{name}”",
            "it cannot be deleted, because it holds their consent and keeps out people who left",
        ),
        "people": (
            "{count:,} people are or were on the {kind} “{name}”",
            "it cannot be deleted, because it holds their consent and keeps out people who left",
        ),
        "confirmation": ("a confirmation mail for the {kind} “{name}” is being sent", "try again in a minute"),
        "segment": (
            "the segment “{segment}” uses the {kind} “{name}”",
            "change the segment first: mailroom segment change {segment} TEXT",
        ),
        "test": ("a test mail from {email} is being sent", "try again in a minute"),
        "last-sender": (
            "{email} is the only sender, and confirmation mails are waiting to be sent",
            "add another sender first: mailroom sender add EMAIL",
        ),
    },
    "SenderFault": {
        "address": ("“{text}” cannot be used as an address: {problem}", "write it as news@example.org"),
        "letters": ("“{text}” has letters before the @ that mail cannot carry yet", "use ASCII letters there"),
        "name": ("this name cannot be used for a sender", "write one line of readable text, at most {most} characters"),
        "taken": ("there is already a sender {email}", "list the senders: mailroom sender ls"),
        "none": ("there is no sender “{email}”; this publication has none yet", "add one: mailroom sender add EMAIL"),
        "unknown": ("there is no sender “{email}”; there are: {existing}", ""),
    },
    "LinkFault": {
        "permission": ("{name} may not make this review link", "give the account the role publisher: mailroom staff set"),
        "name": ("the name of a person is missing", "give a name in one line"),
        "long": ("this text is too long", "use at most {most} characters"),
        "days": ("a review link is valid for 1 to {most} days", "give a number of days"),
        "address": ("“{address}” cannot be used as an address", "write it as name@example.org"),
        "account": ("{address} belongs to an account of staff", "ask this person for a review in the console"),
        "no_sender": ("there is no sender, so no link can be mailed", "add one: mailroom sender add"),
        "busy": ("the issue has no text, or is being changed right now", "try again in a few seconds"),
        "ended": ("this review link is no longer valid", "make another one in the console"),
        "text": ("the text is missing", "write what should be changed"),
        "character": ("the text contains a control character or a direction mark", "write it without them"),
        "many": ("a review link can be used for {most} comments a day", "wait until tomorrow"),
        "old": (
            "version {version} is not the current version of the issue, which is {current}",
            "mail a link to the current version",
        ),
        "codes": ("{most} codes were mailed within an hour", "wait an hour"),
        "code": ("this is not the code that was mailed; tries left: {left}", "type the six digits of the newest mail"),
        "no_code": ("no code is valid now", "ask for a new code"),
        "tries": ("too many wrong codes were typed", "ask for a new code"),
    },
    "StaffFault": {
        "name": ("“{name}” cannot be a login name", "use letters, digits and @ . + - _"),
        "name_mixed": ("“{name}” mixes letters of several scripts that look alike: {scripts}", "write it in one script"),
        "name_long": ("the login name is too long", "use at most {most} characters"),
        "email": ("“{email}” cannot be used as an address", "write it as name@example.org"),
        "password": ("{problems}", "choose a longer, less common password"),
        "role": ("there is no role “{role}”", "the roles are: {roles}"),
        "taken": ("there is already an account “{name}”", "choose another name"),
        "deleted": (
            "an account “{name}” was deleted or renamed, and what it did is on record under that name", "choose another name",
        ),
        "unknown": ("there is no account “{name}”", "list the accounts: mailroom staff ls"),
        "last_admin": ("{name} is the last active admin", "give another account the role admin first"),
        "superuser": ("only a superuser may change the account {name}, which has full access", "use the command line"),
        "own": ("nobody changes the rights of their own account", "ask another admin"),
        "old_password": ("the password is wrong", "type the password with which the account signs in"),
        "address_taken": ("an account with the address {email} exists already: {name}", "use another address"),
        "first": ("there is an account already", "add more: mailroom staff add NAME --email ADDRESS"),
        "last": ("{name} is the last active superuser", "add another first: mailroom staff add NAME --email ADDRESS --superuser"),
    },
    "InvitationFault": {
        "no_sender": ("there is no sender that could mail the invitation", "add one: mailroom sender add ADDRESS"),
        "gone": ("the invitation was used, was revoked or has expired", "invite again: mailroom staff invite ADDRESS"),
        "permission": ("{name} may not invite people", "an account with the role admin may"),
    },
    "ProfileFault": {
        "name": ("the publication's name cannot be used", _ONE_LINE),
        "organisation": ("the name of the organisation cannot be used", _ONE_LINE),
        "postal_address": ("the postal address cannot be used", _ONE_LINE),
        "zone": ("“{zone}” is not a time zone", _WRITE_ZONE),
        "language": ("“{language}” is not a language tag", "write it as en or zh-Hans (BCP 47)"),
        "reason": ("a reason is missing: a quarantine is not lifted without one", "say what you found out, with --reason"),
        "check": ("there is no check “{check}”", "docs/checks.md lists all checks"),
        "level": ("“{level}” is not a level for the check {check}", "the levels are: {levels}"),
        "fixed": ("the level of the check {check} cannot be changed", "what it finds would reach every reader"),
        "policy": ("there is no policy “{policy}”", "the policies are: {policies}"),
        "choice": ("policy {policy}: “{text}” is not one of {choices}", "it says {meaning}"),
        "range": ("policy {policy}: “{text}” is not a number from {lowest:g} to {highest:g}", "it says {meaning}"),
    },
    "IssueFault": {
        "wish": ("“{wish}” is not a visibility of an issue", "use one of {wishes}"),
        "none": ("no stored issue is called “{slug}”; none is stored yet", "store one: mailroom issue store DIR"),
        "unknown": ("no stored issue is called “{slug}”", "there are: {near}"),
    },
    **review_texts.TEXTS,
    **source_texts.TEXTS,
    **subscriber_texts.TEXTS,
}  # fmt: skip


def held_text(reason: str, *, quarantined: bool = True) -> str:
    """Why a campaign is on hold, and what to do. `quarantined`: whether the quarantine that caused a hold is still on."""
    if reason == "quarantine" and not quarantined:
        return QUARANTINE_LIFTED
    return HELD.get(reason, reason)


def error_text(error: DomainError) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    name = type(error).__name__
    params: dict[str, object] = {key: _printed(value) for key, value in error.params.items()}
    if "state" in params:
        params["state"] = campaign_states.adjective(str(params["state"]))
    if error.code == "state" and name in {"LaunchRefused", "MoveRefused"}:
        given = error.params
        return campaign_states.refused_move(given["campaign"], str(given["state"]), str(given["wanted"]))
    message, hint = ERRORS[name][error.code]
    if nearest := params.get("nearest"):
        return message.format(**params), f"did you mean {nearest}?"
    return message.format(**params), hint.format(**params, meaning=POLICIES.get(str(params.get("policy")), ""))


def _printed(value: object) -> object:
    """A parameter as texts print it: moments in the publication's zone, several names in one line."""
    if isinstance(value, datetime):
        return printed_values.time_with_zone(value) if value.tzinfo else printed_values.local_time(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(printed_values.printable(str(each)) for each in value)
    if isinstance(value, str | Exception):
        return printed_values.printable(str(value))
    return value
