"""What the command line prints for the refusals of campaigns, editorial and publication, and for the reasons of a hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from cli.texts import campaign_states, printed_values, subscriber_texts

if TYPE_CHECKING:
    from publication.domain_errors import DomainError

_LIST_CAMPAIGNS = "list the campaigns: mailroom campaign ls"
_LIST_UNCERTAIN = "list what is uncertain: mailroom uncertain ls"
_TRY_AGAIN = "try again in a few seconds; --force decides without them"
_WRITE_ZONE = "write it as Asia/Shanghai or Europe/Madrid"
_ONE_LINE = "write one line without control characters"
_PULL_ELSEWHERE = "get the newest source with mailroom issue pull {issue} NEWDIR, make your changes there, and use that folder"
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
    "unmeasured": "its segment asks who clicked, which is not measured (see the detail); cancel the campaign with mailroom "
    "campaign cancel ID, correct the segment with mailroom segment change and create the campaign again",
    "digest": "the composed issue differs from the one that was scheduled; cancel the campaign with mailroom campaign cancel ID "
    "and create it again",
    "late": "the campaign was due hours ago, while nothing was running; send it now with mailroom campaign resume ID, or drop it "
    "with mailroom campaign cancel ID",
    "rejections": "a receiving domain rejects this campaign because of its sender, not because of its recipients; "
    "mailroom campaign show ID names the fix; apply it, then: mailroom campaign resume ID",
    "complaints": "too many people reported the mail as spam (the detail has domain and numbers). Find out whether they asked "
    "for it, then: mailroom campaign resume ID, or without the domain: mailroom campaign resume ID --without-domain DOMAIN",
    "bounces": "too many addresses do not exist or refuse all mail (the detail has domain and numbers). Find out where the "
    "addresses come from, then: mailroom campaign resume ID, or without the domain: mailroom campaign resume ID "
    "--without-domain DOMAIN",
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
    "keep_staff_mail_addresses": "days after a mail to staff has ended, until its address is removed",
    "keep_invitations": "days after an invitation has ended, until it is removed with its address",
    "keep_people_actions": "days after an action on many people, until whom it meant is removed",
    "keep_webhook_payloads": "days until the provider's webhook bodies are removed, which were split into events",
    "keep_events": "days until the provider's events are removed that say only what the delivery says, too",
    "keep_clicks": "days until clicks that are kept with a person's name are counted without it",
    "measuring": "whether links lead through the publication, which counts clicks",
    "opens": "whether a picture in the mail counts opens, which is unreliable",
    "keep_test_mail_addresses": "days after a test mail, until its address is removed",
    "see_addresses": "which roles see the addresses and names of people",
    "suggest_approval": "whether the console suggests that issues need an approval, when several people have accounts",
    "record_views": "whether each look at a person's page in the console is recorded in the audit",
    "settle": "whether the system may send again on its own what has no evidence, under three conditions",
}

# What to do about errors whose text is in `publication.domain_errors`, where it takes a command or an option.
HINTS: Mapping[str, Mapping[str, str]] = {
    "CampaignActionError": {
        "unknown": _LIST_CAMPAIGNS,
        "no-list": "name one with --list",
        "other-issue": "mailroom campaign create",
        "nothing": "to see what it needs before it can be sent: mailroom campaign show {campaign}",
        "past": "leave out --at to send now",
        "approvals": "people approve in the console",
        "not-asked": "in the console: the page of the issue, Review",
        "changes": "mailroom campaign update {campaign} --issue DIR; people approve in the console",
        "not-over": "mailroom campaign watch {campaign}",
        "clicks-unmeasured": "mailroom system settings lists the policies",
        "follow-up-audience": "mailroom campaign create",
        "same-subject": "mailroom campaign update {campaign} --issue DIR",
        "same-content": "name another issue with --issue",
        "undecided": "they stay scheduled with --scheduled keep, and are drafts again with --scheduled draft",
        "other-number": "if they are to get it twice: mailroom campaign allow-repeat {campaign} --people {people}",
    },
    "UncertainError": {"cancelled": "to leave them: --abandon"},
    "SourceEditError": {
        "permission": "name an active account with the role author",
        "no-source": "store it: mailroom issue store DIR",
        "utf8": "save it as UTF-8",
    },
    "ReviewLinkError": {"permission": "give the account the role publisher: mailroom staff set"},
    "StaffAccountError": {
        "unknown": "list the accounts: mailroom staff ls",
        "last": "mailroom staff add NAME --email ADDRESS --superuser",
    },
    "InvitationError": {"gone": "mailroom staff invite ADDRESS"},
    "SenderError": {
        "taken": "list the senders: mailroom sender ls",
        "unconfirmed": "mailroom sender confirm {email}",
        "link": "mailroom sender confirm EMAIL",
        "many": "list the senders: mailroom sender ls",
    },
}

# The other errors: exception -> code -> (what is wrong, what to do), with the exception's parameters in braces.
ERRORS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "CampaignActionError": {
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
        "address": ("this address cannot be used: {problem}", "write it as name@example.org"),
        "fixed": (
            "pre-send checks found errors that nobody can override: {faults}",
            "if you change the issue for it, then: mailroom campaign update {campaign} --issue DIR",
        ),
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
    },
    "MoveRefusedError": {"state": ("campaign {campaign} is {state}; this is not possible now", "")},
    "UncertainError": {
        "attempt": ("there is no attempt {attempt}", _LIST_UNCERTAIN),
        "gone": ("not uncertain (any more): batch {slices}. Nothing was changed", _LIST_UNCERTAIN),
        "reason": ("a reason is missing", "say what you found out, with --reason"),
        "busy": ("events from the provider are being processed at this moment", _TRY_AGAIN),
        "events": ("{count} payloads or events from the provider are not processed yet; they may be the evidence", _TRY_AGAIN),
        "release": (
            "the provider may still send batch {slice} at {at}",
            "wait until then and for its events, or decide now with --force",
        ),
    },
    "RestoreRefusedError": {
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
    "RemovalRefusedError": {
        "past": ("the archive of list {name} shows {count} issues that were sent before", "take them out in the console first"),
        "import": ("import {run}, which is not over, uses the {kind} “{name}”", "wait for its end, or stop it in the console"),
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
    "SenderError": {
        "address": ("“{text}” cannot be used as an address: {problem}", "write it as news@example.org"),
        "letters": ("“{text}” has letters before the @ that mail cannot carry yet", "use ASCII letters there"),
        "name": ("this name cannot be used for a sender", "write one line of readable text, at most {most} characters"),
        "none": ("there is no sender “{email}”; this publication has none yet", "add one: mailroom sender add EMAIL"),
        "unknown": ("there is no sender “{email}”; there are: {existing}", ""),
    },
    "ReviewLinkError": {
        "no_sender": ("there is no sender, so no link can be mailed", "add one: mailroom sender add"),
    },
    "StaffAccountError": {
        "address_taken": ("an account with the address {email} exists already: {name}", "use another address"),
        "first": ("there is an account already", "add more: mailroom staff add NAME --email ADDRESS"),
    },
    "TesterGroupError": {"address": ("“{address}” cannot be used: {problem}", "write it as name@example.org")},
    "InvitationError": {
        "no_sender": ("there is no sender that could mail the invitation", "add one: mailroom sender add ADDRESS"),
    },
    "ProfileError": {
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
        "theme": ("there is no theme “{theme}”", "use one of {themes}"),
        "theme_faulty": ("the theme “{theme}” has errors: {problem}", "correct them: mailroom theme check {theme}"),
        "slot": ("the theme {theme} has no colour “{slot}” to choose", "its colours are: {slots}"),
        "colour": ("{theme}.{slot}: “{text}” is not a colour", "write it as #rrggbb, such as #0055aa"),
        "range": ("policy {policy}: “{text}” is not a number from {lowest:g} to {highest:g}", "it says {meaning}"),
    },
    "IssueError": {
        "wish": ("“{wish}” is not a visibility of an issue", "use one of {wishes}"),
        "none": ("no stored issue is called “{slug}”; none is stored yet", "store one: mailroom issue store DIR"),
        "unknown": ("no stored issue is called “{slug}”", "there are: {near}"),
    },
    "EditConflictError": {
        "conflict": ("{issue} was changed by somebody else in parts that your change concerns: {places}", _PULL_ELSEWHERE),
    },
    "SourceEditError": {
        "part": ("{file} has no part “{part}” any more", "reload the issue"),
        "file": ("the issue has no file {file}", "reload the issue"),
        "place": (
            "the text cannot be added to {file} after “{part}”",
            "begin it with a heading, # or ##, whose id is not used yet",
        ),
        "needed": ("{file} cannot be read without the part “{part}”", "change its text instead"),
        "character": ("{file} contains the character NUL", "remove it"),
        "picture": ("the picture {picture} is not stored or changed just now", "try again"),
        "linked": ("{path} is a symbolic link", "remove it: files of an issue are written only inside its folder"),
        "no-issue": ("there is no issue.md in {folder}", "name the folder of an issue"),
        "no-title": ("issue.md in {folder} has no title and number", "add them to its head: docs/issue-format.md"),
        "not-empty": (
            "{folder} contains something else than {issue}",
            "name a new folder, or one that {issue} was pulled to",
        ),
        "not-pulled": (
            "{issue} exists already, but {folder} was not pulled from it",
            _PULL_ELSEWHERE,
        ),
        "unpushed": (
            "{folder} has changes that are not pushed; pulling would overwrite them",
            "push them first: mailroom issue push {folder} --as ACCOUNT, or pull to another folder",
        ),
        "base": (
            "{folder}/{name} is damaged, so nobody knows what was pulled",
            "pull the issue to a new folder and copy your changes there",
        ),
        "large": ("{file} has more than {limit} bytes", "shorten it: an issue may have at most 120,000"),
    },
    "OriginalError": {
        "missing": (
            "the original {name} is missing from the private store",
            "restore the folder originals/ of MAILROOM_DATA_DIR from a backup",
        ),
    },
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
    if error.code == "state" and name in {"CampaignActionError", "MoveRefusedError"}:
        given = error.params
        return campaign_states.refused_move(given["campaign"], str(given["state"]), str(given["wanted"]))
    if error.code in ERRORS.get(name, {}):
        template, hint = ERRORS[name][error.code]
        message = template.format(**params)
    else:
        message, hint = _shared_text(name, error.code, params), HINTS.get(name, {}).get(error.code, "")
    if nearest := params.get("nearest"):
        return message, f"did you mean {nearest}?"
    return message, hint.format(**params, meaning=POLICIES.get(str(params.get("policy")), ""))


def _shared_text(name: str, code: str, params: Mapping[str, object]) -> str:
    """The text that the console has, too, as commands print it: it begins in lower case, and has no full stop at the end."""
    from publication.domain_errors import TEXTS

    template = TEXTS[name][code].removesuffix(".")
    if not template.startswith("Mailroom "):
        template = template[:1].lower() + template[1:]
    return template % {
        key: f"{value:,}" if key in {"people", "given"} and isinstance(value, int) else value for key, value in params.items()
    }


def _printed(value: object) -> object:
    """A parameter as texts print it: moments in the publication's zone, several names in one line."""
    if isinstance(value, datetime):
        return printed_values.time_with_zone(value) if value.tzinfo else printed_values.local_time(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(printed_values.printable(str(name)) for name in value)
    if isinstance(value, str | Exception):
        return printed_values.printable(str(value))
    return value
