"""Labels that staff see for codes: states, reasons, sources. Domain code returns the codes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models import DeliveryLog
from composer.errors import Finding
from composer.messages import finding_texts
from publication.installation import publication

WORDS: Mapping[str, str | Promise] = {
    # campaigns
    "draft": _("draft"), "scheduled": _("scheduled"), "filling": _("preparing"), "sending": _("sending"), "paused": _("paused"),
    "held": _("on hold"), "sent": _("sent"), "cancelled": _("cancelled"),
    # deliveries
    "planned": _("in the queue"), "claimed": _("in the next batch"), "in_flight": _("being sent"),
    "accepted": _("accepted by the provider"), "skipped": _("skipped"), "failed": _("failed"), "unknown": _("uncertain"),
    "uncertain": _("uncertain"), "abandoned": _("not sent again"), "awaiting": _("no report yet"), "deferred": _("deferred"),
    "delivered": _("delivered"), "measured": _("measured"), "clicked": _("clicked"), "not_clicked": _("did not click"),
    "bounced": _("bounced"), "dropped": _("dropped by the provider"),
    "complained": _("complained"),
    # subscriptions
    "pending": _("not confirmed yet"), "confirmed": _("confirmed"), "unsubscribed": _("unsubscribed"),
    # suppressions
    "hard_bounce": _("hard bounce"), "soft_bounces": _("repeated soft bounces"), "complaint": _("complaint"),
    "provider_unsubscribe": _("unsubscribed at the provider"), "invalid": _("wrong address"), "manual": _("suppressed by staff"),
    "erased": _("erased"),
    # why somebody was skipped
    "left": _("unsubscribed before sending"), "suppressed": _("suppressed"), "address changed": _("address changed"),
    "on pause": _("paused by the person"), "domain suppressed": _("domain suppressed"),
    "campaign cancelled": _("campaign cancelled"), "domain left out": _("domain left out"),
    "nobody left": _("nobody was left to send to"),
    "an earlier attempt is uncertain": _("an earlier attempt is uncertain"),
    # steps in a campaign's log that do not change its state
    "created": _("created"), "test_sent": _("test mail"), "version_replaced": _("another version"),
    "audience_changed": _("other lists, segment or sender"), "sender_changed": _("another sender"),
    "checks_overridden": _("errors overridden"), "rescheduled": _("time changed"), "approved": _("approved"),
    "repeat_allowed": _("repetition allowed"), "domain_left_out": _("went on without a domain"),
    # steps in a campaign's log about a batch
    "decided": _("decision about uncertain recipients"), "settled_by_policy": _("uncertain recipients settled by the policy"),
    "possible_duplicate": _("possible duplicate"),
    "wave_cancelled": _("wave recalled"), "restore_doubt": _("marked as uncertain after a restore"),
    "fencing": _("recall requested: no answer was received"), "fenced": _("recalled, to be sent again"),
    "not_fenced": _("could not be recalled"), "recalling": _("recall requested: the campaign was cancelled"),
    "recalled": _("recalled"), "not_recalled": _("could not be recalled"),
    "fence_broken": _("sent by the provider after the recall"),
    "event_for_skipped": _("event about a person who was skipped"), "account_status": _("status of the provider account"),
    # reasons why a campaign is on hold
    "credentials": _("API key"), "quota": _("quota"), "provider": _("provider"), "message": _("content of the mail"),
    "budget": _("too many uncertain recipients"), "audience": _("segment"), "unmeasured": _("segment by clicks"),
    "digest": _("content has changed"),
    "late": _("too late"), "quarantine": _("quarantine"), "rejections": _("rejected because of the sender"),
    "complaints": _("too many complaints"), "bounces": _("too many hard bounces"),
    "changes": _("changes requested"), "approvals": _("approvals withdrawn"),
    # how somebody unsubscribed
    "one-click": _("one click in the mail program"), "page": _("the unsubscribe page"),
    "preferences": _("the preferences page"),
    # why somebody left
    "too_many": _("too many emails"), "not_interested": _("no longer interested"), "content": _("the content"),
    "never_signed_up": _("never signed up"), "other": _("another reason"),
    # actors
    "staff": _("staff"), "cli": _("command line"), "token": _("API token"), "system": _("system"), "subscriber": _("subscriber"),
    "guest": _("guest"),
}  # fmt: skip

SEMICOLON = _("; ")  # between texts that are joined

# The two kinds of uncertain recipients. A campaign has a state of the name `held`, too.
UNCERTAIN: Mapping[str, str | Promise] = {
    "unknown": _("waiting for a report"),
    "held": _("needs your decision"),
}

_UNSURE, _NOT_YET = _("it is not known whether this mail arrived"), _("not sent yet")
_FOR_READERS: Mapping[str, str | Promise] = {
    "unknown": _UNSURE, "held": _UNSURE, "abandoned": _UNSURE, "planned": _NOT_YET, "claimed": _NOT_YET, "in_flight": _NOT_YET,
    "bounced": _("could not be delivered to you"), "complained": _("you reported it as spam"),
    "complaint": _("you reported one of our emails as spam"),
    "hard_bounce": _("emails to your address came back"), "soft_bounces": _("emails to your address came back several times"),
}  # fmt: skip

# A decision about uncertain recipients in a campaign's log: the line's kind and `to` -> text about one recipient, and text about
# several with `people`; both with `reason`.
DECISIONS: Mapping[tuple[str, str], tuple[str | Promise, str | Promise]] = {
    ("decided", "resend"): (
        _("decided to send again to 1 uncertain recipient. Reason: %(reason)s"),
        _("decided to send again to %(people)s uncertain recipients. Reason: %(reason)s"),
    ),
    ("decided", "abandon"): (
        _("decided not to send again to 1 uncertain recipient. Reason: %(reason)s"),
        _("decided not to send again to %(people)s uncertain recipients. Reason: %(reason)s"),
    ),
    ("settled_by_policy", "planned"): (
        _("the policy sends again to 1 uncertain recipient"),
        _("the policy sends again to %(people)s uncertain recipients"),
    ),
    ("settled_by_policy", "abandoned"): (
        _("by the policy, 1 uncertain recipient is not sent to again"),
        _("by the policy, %(people)s uncertain recipients are not sent to again"),
    ),
}
_APPROVED_BY, _APPROVED_BY_OF = _("approved by %(names)s"), _("approved by %(names)s; approvals needed: %(needed)s")
_REJECTED_BY = _("rejected because of the sender: %(domain)s")
_LEFT_OUT = _("went on without %(domain)s")

_QUARANTINE_LIFTED = _("The quarantine was lifted. Review the uncertain recipients, if there are any, then resume or cancel it.")
HELD: Mapping[str, str | Promise] = {
    "credentials": _("The provider rejects the API key. Ask the administrator for a valid one, then resume."),
    "quota": _("The provider's quota is used up. Ask the administrator to raise it, then resume."),
    "provider": _(
        "The provider does not take any mail at the moment. Ask the administrator to remove the cause that the detail names, "
        "then resume."
    ),
    "message": _(
        "The provider rejects this mail for every recipient. Ask the administrator to remove the cause that the detail names. "
        "Then resume, or cancel."
    ),
    "budget": _(
        "Too many requests ended without an answer. Ask the administrator to find out why before you resume. Uncertain "
        "recipients are never sent to again automatically."
    ),
    "audience": _(
        "The segment is no longer valid: an attribute or a list in it was deleted. Nobody was sent to. Cancel this campaign, "
        "and change the segment under “Subscribers › Segments”. Then make the campaign again, on the tab “Sending” of the issue."
    ),
    "unmeasured": _(
        "Its segment asks who clicked, and that is not measured. Nobody was sent to. Cancel this campaign, and change the "
        "segment under “Subscribers › Segments”. Then make the campaign again, on the tab “Sending” of the issue."
    ),
    "late": _("Its time passed while Mailroom was not running. Resume it to send it now, or cancel it."),
    "digest": _(
        "The content is not the one that was scheduled. Cancel this campaign, and make a new one on the tab “Sending” of the "
        "issue."
    ),
    "rejections": _(
        "A receiving domain rejects the mail because of its sender. No recipient is suppressed for it. The campaign's page says "
        "what to do and when to ask the administrator. Then resume. Only mail sent after that can put the campaign on hold again."
    ),
    "complaints": _(
        "Too many people reported this mail as spam. They get no more mail. Mailbox providers soon treat all mail of such a "
        "sender as spam, also for readers who want it. Find out whether these people asked for the newsletter, and where their "
        "addresses come from. Then resume, resume without the domain that complains, or cancel."
    ),
    "bounces": _(
        "Too many addresses do not exist or refuse all mail. Mailbox providers take such a sender for one who bought addresses. "
        "Find out where the addresses come from, such as an old file that was imported. Then resume, resume without the domain "
        "that bounces, or cancel."
    ),
    "quarantine": _(
        "The database may have been restored to an earlier state. Before you resume, ask the administrator to check what was "
        "lost and to lift the quarantine."
    ),
    "changes": _(
        "Somebody requested changes to exactly this content before it began, so nothing was sent. If the content is right, ask "
        "them to approve it, then resume. Otherwise cancel this campaign, have the issue corrected, and send the new version."
    ),
    "approvals": _(
        "Approvals with which it was scheduled do not count any more, so nothing was sent. Ask others to approve the content, "
        "then resume. Otherwise cancel this campaign."
    ),
}

# what an uncertain batch waits for
WAITS: Mapping[str, str | Promise] = {
    "events": _("reports from the provider"),
    "policy": _("automatic resending by the policy"),
    "release": _("the provider's release time; it is being recalled"),
    "operator": _("your decision"),
}


# The levels of findings, as the preview names them.
LEVELS: Mapping[str, str | Promise] = {"error": _("error"), "warning": _("warning"), "info": _("info")}
_ASK = _("Ask the administrator to correct it.")
_THEME = re.compile(r"\b(?:themes?|template)\b")  # in English hints


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """A finding in the language of the page. `severity` is its level as a code; `variants` names the only mails that have it.

    `is_about_theme`: what to do is to change the theme, which the writer of an issue cannot do.
    """

    severity: str
    level: str
    code: str
    location: str
    message: str
    hint: str
    variants: str
    is_about_theme: bool


def findings(findings: Iterable[Finding], *, as_source: bool = False, keeps_commands: bool = False) -> list[ShownFinding]:
    """Return each finding once, with the variants that have it. `as_source`: for people who see the lines of the source.

    `keeps_commands`: for people who can run the commands that a hint names. Readers of the console cannot.
    """
    variants: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        variants.setdefault((finding.code, finding.location, str(finding.params)), []).append(finding)
    return [_finding(alike, as_source, keeps_commands) for alike in variants.values()]


def _finding(alike: list[Finding], as_source: bool, keeps_commands: bool) -> ShownFinding:
    finding = alike[0]
    message, hint = finding_texts.text(finding.code, finding.params, gettext, in_editor=not as_source)
    if "`mailroom " in hint and not keeps_commands:
        hint = str(_ASK)
    is_about_theme = bool(_THEME.search(finding_texts.templates(finding.code, finding.params, in_editor=True)[1]))
    location, message, hint = (_without_folders(text, finding) for text in (finding.location, message, hint))
    variants = str(SEMICOLON).join(other.variant for other in alike if other.variant)
    level = str(LEVELS.get(finding.level, finding.level))
    return ShownFinding(finding.level, level, finding.code, location, message, hint, variants, is_about_theme)


def _without_folders(text: str, finding: Finding) -> str:
    """Return the text without the folders of this server, which do not concern the readers of the page."""
    folder = Path(finding.file).parent if Path(finding.file).is_absolute() else None
    # A theme's file keeps its folder, as in cast/theme.css; other files keep their path within the issue.
    for root in (settings.EMAIL_THEMES, settings.BASE_DIR, settings.DATA_DIR, *([folder.parent] if folder else [])):
        text = text.replace(f"{root}/", "")
    return text


def word(term: str) -> str:
    """The label of a code; a code without a label stays as it is."""
    return str(WORDS.get(term, term))


def recipient_word(term: str) -> str:
    """As `word`, for states of recipients: `held` and `unknown` are the two kinds of uncertain ones."""
    return str(UNCERTAIN.get(term) or WORDS.get(term, term))


def reader_word(term: str) -> str:
    """The state of a mail for the person to whom it goes, who has nothing to decide."""
    return str(_FOR_READERS.get(term) or WORDS.get(term, term))


def step(line: DeliveryLog) -> str:
    """A line of a campaign's log that does not change the campaign's state: with the domain, or with what was decided and why."""
    if line.kind == "rejections" and line.detail.get("domain"):
        return str(_REJECTED_BY) % {"domain": line.detail["domain"]}
    if line.kind == "domain_left_out":
        return str(_LEFT_OUT) % {"domain": line.detail.get("domain", "–")}
    if line.kind == "approved" and line.detail.get("names"):
        names, needed = gettext(", ").join(line.detail["names"]), line.detail.get("needed", "–")
        return str(_APPROVED_BY_OF if needed else _APPROVED_BY) % {"names": names, "needed": needed}
    texts = DECISIONS.get((line.kind, str(line.detail.get("to"))))
    if texts is None:
        return recipient_word(line.kind)
    people = line.detail.get("people", "–")
    return str(texts[people != 1]) % {"people": people, "reason": line.detail.get("reason", "–")}


def held(reason: str) -> str:
    """Why a campaign is on hold, and what to do."""
    if reason == "quarantine" and publication().quarantined_at is None:
        return str(_QUARANTINE_LIFTED)
    return str(HELD.get(reason, reason))


def waits_for(code: str) -> str:
    """What an uncertain batch waits for."""
    return str(WAITS.get(code, code))
