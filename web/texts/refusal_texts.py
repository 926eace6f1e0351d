"""The texts of the domain's refusals in the console. They name no commands: the console has buttons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from publication.domain_errors import DomainError
from publication.installation import publication
from subscribers.segments.grammar import SegmentError
from web.texts import state_labels, stored_texts, zoned_times
from web.texts.issues import review_texts

_MOVED = _("This is no longer possible: the campaign is “%(state)s”.")
_EVENTS = _(
    "Some of the provider's reports are not processed yet. They may show what happened. Nothing was changed: try again in a "
    "few seconds."
)

_OF_FILES = _("The files of this issue cannot be stored like this. Ask the administrator.")

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
            "Campaign %(campaign)s is for the issue %(issue)s, but this version belongs to %(other)s. "
            "Make a separate campaign for that issue."
        ),
        "permission": _("%(name)s may not override checks. An account with the right “override checks” may."),
        "rights": _("%(name)s may not schedule or resume campaigns. An account with the role “publisher” may."),
        "reason": _("Enter a reason for sending despite the errors."),
        "fixed": _(
            "Nobody can override %(codes)s. Have the issue corrected, and use the new version in this draft, on the tab "
            "“Sending” of the issue."
        ),
        "nothing": _("Campaign %(campaign)s has no errors to override. You can send it."),
        "time": _("“%(text)s” is not a time. Write it like this: 2027-01-05 09:00."),
        "time-year": _("The year %(year)s is out of range. A campaign can be scheduled up to a year ahead."),
        "time-skipped": _("%(text)s does not exist in %(zone)s, because the clocks go forward then. Choose another time."),
        "time-zoned": _("“%(text)s” contains a time zone. Write only date and time: 2027-01-05 09:00."),
        "zone": _("“%(zone)s” is not a time zone. Write it like this: Asia/Shanghai or Europe/Madrid."),
        "past": _("%(at)s is in the past. Choose a later time."),
        "past-somewhere": _(
            "For the first recipients, %(hour)s in their own time zone is already over (it was %(first)s). "
            "Choose a later time or another day."
        ),
        "far": _("%(at)s is more than a year away. Check the year. The latest possible day is %(latest)s."),
        "no-key": _("The provider's API key is not set. Ask the administrator to set MAILROOM_SENDGRID_API_KEY."),
        "quarantine": state_labels.HELD["quarantine"],
        "issue-errors": _(
            "The pre-send checks found errors: %(codes)s. Have the issue corrected and use the new version in this draft, or "
            "have an account with the right “override checks” override them."
        ),
        "approvals": _(
            "The content of this campaign has to be approved first. Approvals needed: %(needed)s, given: %(given)s. Asked, "
            "without an answer yet: %(waiting)s."
        ),
        "not-asked": _(
            "The content of this campaign has to be approved first. Approvals needed: %(needed)s, given: %(given)s. Ask for a "
            "review on the issue's page."
        ),
        "changes": _(
            "%(names)s requested changes to this content. Have the issue corrected and use the new version, or ask them to "
            "approve it as it is."
        ),
        "undecided": _("Scheduled campaigns rely on %(name)s. Decide about each of them first: %(campaigns)s."),
        "condition": _(
            "A condition of the issue is no longer valid. %(problem)s Have the issue corrected, and use the new version in "
            "this draft, on the tab “Sending” of the issue."
        ),
        "segment": _("The segment is no longer valid. %(problem)s Ask the administrator to correct it."),
        "nobody": _(
            "This campaign would reach nobody. Check its lists and its segment. If they are wrong, ask the administrator to "
            "correct them."
        ),
        "sent-before": _(
            "This issue was sent to %(people)s people of these lists on %(at)s, in a part of the database that was lost. They "
            "would get it twice. Make another campaign for another list, or confirm the number of people when you send it."
        ),
        "other-number": _(
            "%(given)s is not the number of people of these lists to whom this issue was sent on %(at)s, in a part of the "
            "database that was lost. That number is %(people)s."
        ),
        "not-sent-before": _("The issue of campaign %(campaign)s was not sent to its lists before. You can send it."),
        "address": _("This address cannot be used: %(problem)s."),
        "suppressed": _("This address is suppressed: its owner or staff stopped all mail to it. Choose another address."),
        "tests": _("You sent %(most)s test mails within an hour. Wait a while before you send more."),
        "variant": _("The issue has no such variant. Its variants are numbered from 1 to %(count)s."),
    },
    "StaffFault": {
        "name": _("“%(name)s” cannot be a name of an account. Use letters, digits and @ . + - _"),
        "name_mixed": _(
            "“%(name)s” mixes letters of several scripts that look alike (%(scripts)s), so it could be taken for another "
            "name. Write it in one script."
        ),
        "name_long": _("This name is too long. Use at most %(most)s characters."),
        "email": _("“%(email)s” cannot be used as an address. Write it like this: name@example.org"),
        "password": _("Choose another password. %(problems)s"),
        "role": _("There is no role “%(role)s”. The roles are: %(roles)s"),
        "taken": _("There is already an account “%(name)s”. Choose another name."),
        "deleted": _("There was an account “%(name)s” before, and what it did is on record. Choose another name."),
        "unknown": _("There is no account “%(name)s”."),
        "last": _("%(name)s is the last active account with full access. Give another account full access first."),
        "last_admin": _("%(name)s is the last active admin. Give another account this role first."),
        "superuser": _("%(name)s has full access. Only an account with full access can change it."),
        "own": _("You cannot change the rights of your own account. Ask another admin."),
        "old_password": _("This is not your present password. Nothing was changed."),
        "address_taken": _("An account with the address %(email)s exists already."),
        "first": _("There is an account already. Ask its owner to invite you."),
    },
    "InvitationFault": {
        "no_sender": _("Mailroom has no sender yet, so it cannot mail the invitation. Ask the administrator to add one."),
        "gone": _("This invitation was used, was revoked or is older than seven days. Ask for a new one."),
        "permission": _("%(name)s may not invite people. An account with the role admin may."),
    },
    "NewIssueFault": {
        "title": _("Enter the title of the newsletter."),
        "number": _("Enter the number of the issue."),
        "long": _("This is too long. Use at most %(most)s characters."),
        "character": _("Title or number contains a control character. Type them again."),
        "date": _("“%(text)s” is not a day. Write it like this: 2027-01-05."),
        "taken": _("There is already an issue with the title “%(title)s” and the number “%(number)s”. Choose another number."),
        "unreadable": _("The head of the issue “%(issue)s” cannot be read. Begin with another issue, or with the template."),
    },
    "SourceFault": {
        "part": _("This part does not exist any more. Somebody deleted it, or gave it another id."),
        "file": _("The issue has no such text any more."),
        "place": _("This cannot be added here. The issue would not be readable, or its id is used already."),
        "busy": _("Others are editing this issue at this moment. Try again."),
        "needed": _("The issue cannot be read without this part. Change its text instead."),
        "character": _("The text contains a character that cannot be stored. Delete it."),
        "picture": _("The picture is not stored any more. Upload it again."),
        "path": _("“%(path)s” cannot be the name of a picture. Write it like this: images/name.jpg"),
        "device": _("No file can be called “%(path)s” on Windows. Rename the picture."),
        "linked": _OF_FILES,
        "long-name": _("The name “%(name)s” is too long. It may have %(most)s characters."),
        "moved": _("The issue was changed meanwhile. Nothing was restored. Look at the newest text, then restore again."),
        "revision": _("There is no revision %(revision)s."),
        "halves": _("An article is divided where there is text above and below, and the new article needs a title."),
        "first": _("No article is directly above this one. Move it below the other article first."),
        "readers": _("The two articles are for different readers. Give both the same condition first, then join them."),
        "unreadable": _(
            "The issue could not be read any more after this. Repair the lines that are shown as source text, then try again."
        ),
        "step": _("This cannot be undone here. Restore an earlier text under “Revisions”."),
        "no-source": _("This issue has no text in Mailroom yet."),
        "large": _("The text is too long. An issue may have 120,000 characters."),
        "permission": _("%(name)s may not edit issues."),
        "utf8": _("The text of %(file)s is not stored as UTF-8."),
        # Only folders of files have these.
        "no-issue": _OF_FILES,
        "no-title": _OF_FILES,
        "not-empty": _OF_FILES,
        "not-pulled": _OF_FILES,
        "unpushed": _OF_FILES,
        "base": _OF_FILES,
    },
    "LanguageFault": {
        "tag": _("“%(text)s” is not a language. Choose one from the list."),
        "taken": _("The issue has this language already: %(language)s."),
        "unreadable": _(
            "Line %(line)s in the head of the first language cannot be read. Edit the head as source text, and repair the line."
        ),
        "first": _("The first language cannot be removed: the other languages are made from it."),
        "articles": _("Choose at least one article."),
    },
    "ImportFault": {
        "nothing": _("Choose a file first."),
        "no-document": _("You chose only pictures. Choose the document, too: a Word, PDF, HTML, Markdown or text file."),
        "several": _("You chose several documents: %(names)s. Import one issue at a time."),
        "empty": _("%(name)s is empty. Save it again, and check that it contains your text."),
        "many": _("You chose more than %(most)s files. Choose the document, and add the other pictures later."),
        "waiting": _("%(most)s of your documents still wait to be read. Wait until some of them are read."),
        "state": _("This import has moved on meanwhile. Nothing was changed. Look at it again."),
        "decision": _("Choose one of the two texts first."),
        "others": _("This import belongs to %(name)s. Nothing was changed. Ask %(name)s or a publisher to go on with it."),
    },
    "PastIssueFault": {
        "permission": _("%(name)s may not put issues into the archive. An account with the role “publisher” or “admin” may."),
        "list": _("Choose the list to which it was sent."),
        "date": _("“%(text)s” is not a day. Write it like this: 2023-03-01."),
        "future": _("%(day)s is in the future. Enter the day on which the issue was sent."),
        "sent": _("Mailroom sent the issue %(issue)s itself, so the archive of its list shows it already."),
        "doubts": _("Questions of the import that are still open: %(count)s. Answer them first."),
        "errors": _("Errors that the checks found: %(count)s. Look at the preview, and correct them first."),
    },
    "DoubtFault": {
        "gone": _("Somebody changed this place or decided about it meanwhile. Nothing was changed. This is the newest text."),
        "correction": _("This correction does not fit the text any more. Nothing was changed. This is the newest text."),
        "long": _("This description is too long. Use at most %(most)s characters."),
        "picture": _("The issue has no picture %(picture)s any more. Choose another one."),
        "name": _("Enter a name."),
    },
    "OriginalFault": {
        "large": _("%(name)s is larger than %(limit)s MB. Make the file smaller."),
        "missing": _("The file is missing from the store. Ask the administrator to restore it from a backup."),
    },
    "CropFault": {
        "outside": _("The crop is not inside the picture, which is %(width)s by %(height)s pixels. Choose a smaller one."),
        "small": _("The crop is too small. Choose at least %(least)s pixels for each side."),
    },
    **review_texts.TEXTS,
    "LinkFault": {
        "permission": _("%(name)s may not make this link. An account with the role “publisher” may."),
        "name": _("Enter a name in one line."),
        "long": _("This text is too long. Use at most %(most)s characters."),
        "days": _("Choose a number of days from 1 to %(most)s."),
        "address": _("“%(address)s” cannot be used as an address. Write it like this: name@example.org"),
        "account": _("%(address)s belongs to an account of staff. This person can sign in and approve in the console."),
        "no_sender": _("Mailroom has no sender yet, so it cannot mail the link. Ask the administrator to add one."),
        "busy": _("The issue has no text yet, or somebody is changing it right now. Try again in a few seconds."),
        "ended": _("This link is no longer valid."),
        "text": _("Write your text first."),
        "character": _(
            "The text contains a control character or a mark that changes the direction of writing. Write it without them."
        ),
        "many": _("This link was used for %(most)s comments today. Try again tomorrow."),
        "old": _("The issue was changed after this version. Nothing was decided: ask for a link to the current version."),
        "codes": _("We mailed %(most)s codes within an hour. Use the newest one, or try again in an hour."),
        "code": _("This is not the newest code that we mailed. You can try again; tries left: %(left)s."),
        "no_code": _("No code is valid now: a code works once, for 15 minutes. Ask for a new one."),
        "tries": _("Too many wrong codes were typed, so no code is valid now. Ask for a new one, or try again tomorrow."),
    },
    "UncertainFault": {
        "attempt": _("There is no request %(attempt)s."),
        "gone": _("Some of these recipients are no longer uncertain. Check the list again."),
        "reason": _("Choose at least one request and enter what you found out about its recipients."),
        "busy": _EVENTS,
        "events": _EVENTS,
        "cancelled": _("The campaign is cancelled. Its uncertain recipients can only be left without another try."),
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
        elif name in {"people", "given"} and isinstance(value, int):
            params[name] = f"{value:,}"
    if "state" in params:
        params["state"] = state_labels.word(str(params["state"]))
    return str(TEXTS[type(error).__name__][error.code]) % params


def _sentence(text: str) -> str:
    ended = text if text.endswith((".", "。", "?", "？")) else f"{text}."
    return ended[:1].upper() + ended[1:]
