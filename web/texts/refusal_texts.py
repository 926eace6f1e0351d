"""The texts of the domain's refusals in the console. They name no commands: the console has buttons.

Most are in `publication.domain_errors`; here are those that name pages, or people to ask.
"""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from composer.errors import ComposeError
from publication import domain_errors
from publication.domain_errors import DomainError
from publication.installation import publication
from subscribers.addresses import AddressError
from subscribers.segments.grammar import SegmentError
from web.texts import address_texts, state_labels, stored_texts, zoned_times
from web.texts.people import people_import_texts

_MOVED = _("This is no longer possible: the campaign is “%(state)s”.")
_EVENTS = _(
    "Some of the provider's reports are not processed yet. They may show what happened. Nothing was changed: try again in a "
    "few seconds."
)

_FINDING, _NAMED_FINDING = _("%(problem)s. %(hint)s"), _("%(name)s: %(problem)s. %(hint)s")
_NEAREST = _("Did you mean %(nearest)s?")
_OF_FILES = _("The files of this issue cannot be stored like this. Ask the administrator.")

# Exception -> code -> text, with the exception's parameters.
OWN: Mapping[str, Mapping[str, str | Promise]] = {
    "CsvFileError": people_import_texts.FILE_FAULTS,
    "CampaignActionError": {
        "state": _MOVED,
        "not-draft": _MOVED,
        "scheduled": _MOVED,
        "address": _("This address cannot be used. %(problem)s"),
        "fixed": _(
            "Nobody can override %(codes)s. The tab “Sending” of the issue says what to correct. If the issue has to be changed, "
            "use the new version in this draft, on the same tab."
        ),
        "no-key": _("The server has no API key of the provider. Ask the administrator to add one."),
        "quarantine": state_labels.HELD["quarantine"],
        "issue-errors": _(
            "The pre-send checks found errors: %(codes)s. Have the issue corrected and use the new version in this draft, or "
            "have an account with the right “override checks” override them."
        ),
        "condition": _(
            "A condition of the issue is no longer valid. %(problem)s Have the issue corrected, and use the new version in "
            "this draft, on the tab “Sending” of the issue."
        ),
        "segment": _("The segment is no longer valid. %(problem)s Change it under “Subscribers › Segments”."),
        "nobody": _(
            "This campaign would reach nobody. Check its lists and its segment. If they are wrong, ask the administrator to "
            "correct them."
        ),
        "sent-before": _(
            "This issue was sent to %(people)s people of these lists on %(at)s, in a part of the database that was lost. They "
            "would get it twice. Make another campaign for another list, or confirm the number of people when you send it."
        ),
    },
    "TesterGroupError": {"address": _("“%(address)s” cannot be used. %(problem)s")},
    "StaffAccountError": {
        "address_taken": _("An account with the address %(email)s exists already."),
        "first": _("There is an account already. Ask its owner to invite you."),
    },
    "InvitationError": {
        "no_sender": _("Mailroom has no sender yet, so it cannot mail the invitation. Add one under “Settings” first."),
    },
    "ProfileError": {
        "name": _("Write a name in one line, without control characters."),
        "organisation": _("The name of the organisation contains a control character. Write it in one line."),
        "postal_address": _("Write the postal address. Every mail has to show it."),
        "zone": _("“%(zone)s” is not a time zone. Choose one from the list."),
        "language": _("“%(language)s” is not a language. Choose one from the list."),
        "reason": _("Enter a reason."),
        "check": _("There is no check “%(check)s”."),
        "level": _("“%(level)s” is not a level of a check. The levels are: %(levels)s"),
        "fixed": _("The level of the check %(check)s cannot be changed: what it finds would reach every reader."),
        "policy": _("There is no policy “%(policy)s”."),
        "choice": _("“%(text)s” is not one of the possible values: %(choices)s"),
        "theme": _("There is no design “%(theme)s”. Choose one of these: %(themes)s"),
        "theme_faulty": _("The design “%(theme)s” has errors, so its colours cannot be changed. %(problem)s"),
        "slot": _("The design “%(theme)s” has no colour “%(slot)s” to choose. It has: %(slots)s"),
        "colour": _("“%(text)s” is not a colour. Write it as #rrggbb, such as #0055aa."),
        "range": _("“%(text)s” is not a number from %(lowest)s to %(highest)s."),
    },
    "SenderError": {
        "address": _("“%(text)s” cannot be used as an address. Write it like this: news@example.org"),
        "letters": _("“%(text)s” has letters before the @ that mail cannot carry yet. Use Latin letters there."),
        "name": _("This name cannot be used. Write one line without control characters, of at most %(most)s characters."),
        "none": _("There is no sender “%(email)s”."),
        "unknown": _("There is no sender “%(email)s”."),
    },
    "SourceEditError": {
        "part": _("This part does not exist any more. Somebody deleted it, or gave it another id."),
        "file": _("The issue has no such text any more."),
        "place": _("This cannot be added here. The issue would not be readable, or its id is used already."),
        "needed": _("The issue cannot be read without this part. Change its text instead."),
        "character": _("The text contains a character that cannot be stored. Delete it."),
        "picture": _("The picture is not stored any more. Upload it again."),
        "linked": _OF_FILES,
        "large": _("The text is too long. An issue may have 120,000 characters."),
        "no-issue": _OF_FILES,
        "no-title": _OF_FILES,
        "not-empty": _OF_FILES,
        "not-pulled": _OF_FILES,
        "unpushed": _OF_FILES,
        "base": _OF_FILES,
    },
    "OriginalError": {
        "missing": _("The file is missing from the store. Ask the administrator to restore it from a backup."),
    },
    "ReviewLinkError": {
        "no_sender": _("Mailroom has no sender yet, so it cannot mail the link. An admin adds one under “Settings”."),
    },
    "RemovalRefusedError": {
        "past": _("Nothing was deleted: its archive shows issues that were sent before. There are %(count)s."),
        "import": _("Nothing was deleted: import %(run)s uses it and is not over. Wait for its end, or stop it."),
        "draft": _("Nothing was deleted: campaign %(campaign)s, a draft, uses it. Delete the draft first."),
        "scheduled": _("Nothing was deleted: campaign %(campaign)s, which is scheduled, uses it."),
        "sent": _("Nothing was deleted: campaign %(campaign)s was sent with it, and its records refer to it."),
        "named": _("Nothing was deleted: campaign %(campaign)s uses it, and its records refer to it."),
        "person": _("Nothing was deleted: 1 person is or was on it."),
        "people": _("Nothing was deleted: people are or were on it. There are %(count)s."),
        "confirmation": _("Nothing was deleted: a confirmation mail for it is being sent. Try again in a minute."),
        "segment": _("Nothing was deleted: the segment “%(segment)s” uses it. Change that segment first."),
        "test": _("Nothing was deleted: a test mail from %(email)s is being sent. Try again in a minute."),
        "last-sender": _("Nothing was deleted: %(email)s is the only sender, and mails are waiting to be sent."),
    },
    "SubscriberStateError": {
        "erased": _("The data of this person was erased. Nothing was changed."),
        "merged": _("This record was merged into record %(into)s. Nothing was changed: go on with that one."),
        "forgotten": _("The person at this address asked to be forgotten. Only they themselves can subscribe again."),
        "suppressed": _("Nothing may be mailed to this address: it is suppressed. Look under “Suppressions”."),
        "left": _("This person left the list before. Only their own confirmation brings them back. Ask them by mail instead."),
        "left_all": _(
            "This person left all lists at once. Only their own confirmation brings them back. Ask them by mail instead."
        ),
        "consent": _("Write where and when the person agreed."),
        "too_late": _("The request has expired. Ask the person again."),
        "complained": _("This person reported a mail as spam. Nothing is sent to them any more."),
    },
    "AddressChangeError": {
        "same": _("This is the address of the person already."),
        "limit": _("There were too many changes today for this person or this address. Try again tomorrow."),
        "ended": _("This change has ended."),
        "taken": _("This address belongs to another record. If it is the same person, merge both records instead."),
        "refused": _("Nothing may be mailed to the new address: it is suppressed, or its owner asked to be forgotten."),
        "suppressed": _(
            "The person or staff stopped all mail to the address that they have now. A change of address does not end that."
        ),
    },
    "MergeError": {
        "same": _("This is the same record. Choose another one."),
        "merged": _("Record %(subscriber)s was merged into record %(into)s meanwhile. Choose again."),
        "erased": _("The data of record %(subscriber)s was erased. It cannot be merged."),
    },
    "UncertainError": {
        "attempt": _("There is no request %(attempt)s."),
        "gone": _("Some of these recipients are no longer uncertain. Check the list again."),
        "reason": _("Choose at least one request and enter what you found out about its recipients."),
        "busy": _EVENTS,
        "events": _EVENTS,
        "release": _(
            "The provider may still send these mails at %(at)s. Nothing was changed: wait until then, and for the reports "
            "that follow."
        ),
    },
}


def refusal(error: DomainError) -> str:
    """The text of a refusal in the reader's language; times are in the publication's zone, which is named."""
    params = error.shown()
    for name, value in error.params.items():
        if isinstance(value, datetime) and value.tzinfo is not None:
            params[name] = zoned_times.with_zone(value, publication().zone)
        elif isinstance(value, SegmentError):
            params[name] = _sentence(stored_texts.segment_fault(value))
        elif isinstance(value, AddressError):
            params[name] = " ".join(filter(None, address_texts.fault(value.code, str(error.params["address"]))))
        elif name in {"people", "given"} and isinstance(value, int):
            params[name] = f"{value:,}"
    if "state" in params:
        params["state"] = state_labels.word(str(params["state"]))
    text = _text(error) % params
    return f"{text} {_NEAREST % params}" if params.get("nearest") else text


def compose_refusal(error: ComposeError, name: str | None = None) -> str:
    """What is wrong, and what to do, of the first finding; `name`: of the file that is refused."""
    finding = state_labels.findings(error.findings)[0]
    values = {"name": name, "problem": finding.message, "hint": finding.hint}
    return str(_FINDING if name is None else _NAMED_FINDING) % values


def _text(error: DomainError) -> str:
    name = type(error).__name__
    own = OWN.get(name, {}).get(error.code)
    return gettext(domain_errors.TEXTS[name][error.code]) if own is None else str(own)


def _sentence(text: str) -> str:
    ended = text if text.endswith((".", "。", "?", "？")) else f"{text}."
    return ended[:1].upper() + ended[1:]
