"""Errors of the domain: a code and parameters, and the texts that the console and the command line share, in English.

The console translates them. An error whose text must name commands, files or pages has it in `cli.texts.domain_texts` and
`web.texts.refusal_texts` instead.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime


class DomainError(Exception):
    """An error of the domain. Write its code where it is raised: tests find all codes and their parameters there."""

    def __init__(self, code: str, **params: object) -> None:
        self.code, self.params = code, params
        super().__init__(" ".join([code, *(f"{name}={value}" for name, value in self.shown().items())]))

    def shown(self) -> dict[str, object]:
        """The parameters in the form that texts use: moments to the minute, several names in one line."""
        return {name: _shown(value) for name, value in self.params.items()}


def changed_meanwhile(stored: Mapping[str, object], new: Mapping[str, object], seen: Mapping[str, object]) -> str | None:
    """The first field that would change although it has neither the value that the person saw nor the new one; else None."""
    return next((field for field, value in seen.items() if field in new and stored[field] not in (value, new[field])), None)


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")[:16]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(map(str, value))
    return value


def _(text: str) -> str:
    """Marks a text for the catalogue. It does not take Django's function: options are read before Django is imported."""
    return text


_CHARACTER = _("The text contains a control character or a mark that changes the direction of writing. Write it without them.")
_LONG = _("The text is too long. Use at most %(most)s characters.")

# Exception -> code -> text, with the exception's parameters.
TEXTS: Mapping[str, Mapping[str, str]] = {
    "PeopleActionError": {
        "nobody": _("This means nobody any more. Choose the people again."),
        "changed": _("This now means %(now)s people, not %(confirmed)s. Look again and confirm the new number."),
        "others": _("As many people are meant as before, but not the same ones. Look again, and confirm that you mean them."),
        "busy": _("%(most)s actions on many people are waiting. Wait until some are done."),
    },
    "ImportRunError": {
        "state": _("This import has gone on meanwhile, so nothing was changed. Look at its page again."),
        "unchecked": _("Look at what would change first. Nothing was imported."),
        "nothing_corrected": _("No row is corrected. Write another text in a refused cell."),
        "ended": _("This import does not run any more, so it cannot be stopped."),
    },
    "ImportUndoError": {
        "state": _("Import %(run)s cannot be undone. It was a trial, is not finished, or was undone before."),
        "late": _("Import %(run)s ended more than %(days)s days ago, so it cannot be undone any more."),
        "nothing": _("Import %(run)s put nobody on a list, so there is nothing to undo."),
        "unknown": _("There is no import %(run)s."),
    },
    "CampaignActionError": {
        "unknown": _("There is no campaign %(campaign)s."),
        "no-list": _("A campaign needs at least one list."),
        "name": _("The name contains a control character. Write one line of text."),
        "other-issue": _(
            "Campaign %(campaign)s is for the issue %(issue)s, but this version belongs to %(other)s. "
            "Make a separate campaign for that issue."
        ),
        "sender": _(
            "The sender %(email)s is not confirmed yet. Confirm it on its page under “Settings”, or choose another sender."
        ),
        "permission": _("%(name)s may not override checks. An account with the right “override checks” may."),
        "rights": _("%(name)s may not schedule or resume campaigns. An account with the role “publisher” may."),
        "reason": _("Enter a reason for sending despite the errors."),
        "nothing": _("Campaign %(campaign)s has no errors to override."),
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
        "other-number": _(
            "%(given)s is not the number of people of these lists to whom this issue was sent on %(at)s, in a part of the "
            "database that was lost. That number is %(people)s."
        ),
        "not-sent-before": _("The issue of campaign %(campaign)s was not sent to its lists before. You can send it."),
        "suppressed": _("This address is suppressed: its owner or staff stopped all mail to it. Choose another address."),
        "tester-suppressed": _("%(address)s is suppressed: its owner or staff stopped all mail to it. Take it out of the group."),
        "no-testers": _("The group %(group)s has no addresses any more. Add one first."),
        "list-twice": _("The campaign goes to the list %(list)s and leaves it out. Choose one of the two."),
        "segment-twice": _("The campaign is limited to the segment %(segment)s and leaves it out. Choose one of the two."),
        "domain": _(
            "No mail of campaign %(campaign)s to “%(domain)s” was answered yet, so nothing was changed. Check the spelling."
        ),
        "excludes-itself": _("A campaign cannot leave out the people who got it itself."),
        "excludes-draft": _(
            "Nobody gets campaign %(campaign)s, because it is a draft. Schedule it before others leave out its people."
        ),
        "excludes-cancelled": _(
            "Nobody got campaign %(campaign)s: it was cancelled before it began. Do not leave out its people."
        ),
        "exclusion": _("Whom this campaign leaves out cannot be determined. %(problem)s"),
        "all-left-out": _(
            "This campaign would reach nobody, because it leaves out everybody who would get it. Leave out fewer people."
        ),
        "excluded": _("Campaign %(other)s leaves out the people of campaign %(campaign)s. Change that campaign first."),
        "not-over": _("Campaign %(campaign)s is not over yet. It can be followed up when everything is sent."),
        "clicks-unmeasured": _("“%(name)s” did not measure who clicked, so nobody knows who did not click a link."),
        "follow-up-again": _(
            "Somebody began the same follow-up since you opened this page. See below. If you want another one, confirm again."
        ),
        "follow-up-audience": _(
            "A follow-up goes only to recipients of the campaign that it follows. To write to other people, make another "
            "campaign."
        ),
        "same-subject": _(
            "“%(subject)s” is also a subject of “%(name)s”. Write another one. If the draft "
            "exists already, change the subject in the head of the issue, and use the new version in the draft."
        ),
        "same-content": _(
            "“%(name)s” sent exactly this content. A correction needs another issue, or a newer version of the same."
        ),
        "nobody-followed": _("This follow-up of “%(name)s” has no recipients left."),
        "tests": _("You sent %(most)s test mails within an hour. Wait a while before you send more."),
        "variant": _("The issue has no such variant. Its variants are numbered from 1 to %(count)s."),
    },
    "TesterGroupError": {
        "permission": _("%(name)s may not change tester groups. An account with the role “publisher” or “admin” may."),
        "gone": _("This group does not exist any more."),
        "meanwhile": _("Somebody else changed this since you opened the page. It now reads: %(stored)s"),
        "name": _("Enter a name of at most %(most)s characters, on one line."),
        "taken": _("There is already a group “%(group)s”. Choose another name."),
        "nobody": _("Enter at least one address."),
        "many": _("A group has at most %(most)s addresses. These are %(given)s."),
    },
    "UncertainError": {
        "cancelled": _("The campaign is cancelled. Its uncertain recipients can only be left without another try."),
    },
    "PastIssueError": {
        "permission": _("%(name)s may not put issues into the archive. An account with the role “publisher” or “admin” may."),
        "list": _("Choose the list to which it was sent."),
        "date": _("“%(text)s” is not a day. Write it like this: 2023-03-01."),
        "future": _("%(day)s is in the future. Enter the day on which the issue was sent."),
        "sent": _("Mailroom sent the issue %(issue)s itself, so the archive of its list shows it already."),
        "doubts": _("Questions of the import that are still open: %(count)s. Answer them first."),
        "errors": _("Errors that the checks found: %(count)s. Look at the preview, and correct them first."),
    },
    "NewIssueError": {
        "title": _("Enter the title of the newsletter."),
        "number": _("Enter the number of the issue."),
        "long": _("This is too long. Use at most %(most)s characters."),
        "character": _("Title or number contains a control character. Type them again."),
        "date": _("“%(text)s” is not a day. Write it like this: 2027-01-05."),
        "taken": _("There is already an issue with the title “%(title)s” and the number “%(number)s”. Choose another number."),
        "unreadable": _("The head of the issue “%(issue)s” cannot be read. Begin with another issue, or with the template."),
    },
    "SourceEditError": {
        "busy": _("Others are editing this issue at this moment. Try again."),
        "path": _("“%(path)s” cannot be the name of a picture. Write it like this: images/name.jpg"),
        "device": _("No file can be called “%(path)s” on Windows. Rename the picture."),
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
        "permission": _("%(name)s may not edit issues."),
        "head": _("The head of %(file)s cannot be read. Edit it as source text first."),
        "subject": _("Write a subject for each language, without control characters."),
        "utf8": _("The text of %(file)s is not stored as UTF-8."),
    },
    "LanguageError": {
        "tag": _("“%(text)s” is not a language. Choose one from the list."),
        "taken": _("The issue has this language already: %(language)s."),
        "unreadable": _(
            "Line %(line)s in the head of the first language cannot be read. Edit the head as source text, and repair the line."
        ),
        "first": _("The first language cannot be removed: the other languages are made from it."),
        "articles": _("Choose at least one article."),
    },
    "DocumentImportError": {
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
    "QuestionError": {
        "gone": _("Somebody changed this place or decided about it meanwhile. Nothing was changed. This is the newest text."),
        "correction": _("This correction does not fit the text any more. Nothing was changed. This is the newest text."),
        "long": _("This description is too long. Use at most %(most)s characters."),
        "picture": _("The issue has no picture %(picture)s any more. Choose another one."),
        "name": _("Enter a name."),
    },
    "OriginalError": {
        "large": _("%(name)s is larger than %(limit)s MB. Make the file smaller."),
    },
    "CropError": {
        "outside": _("The crop is not inside the picture, which is %(width)s by %(height)s pixels. Choose a smaller one."),
        "small": _("The crop is too small. Choose at least %(least)s pixels for each side."),
    },
    "DecisionError": {
        "permission": _("%(name)s may not decide about issues. Everybody decides with their own account or their own link."),
        "own": _("You made the last edit of %(issue)s, so somebody else has to approve it."),
        "old": _("Version %(version)s of %(issue)s is no longer the newest one. Version %(current)s is. Look at that one."),
        "text": _("Write what should be changed."),
        "long": _LONG,
        "character": _CHARACTER,
    },
    "ReviewError": {
        "nobody": _("Choose at least one person."),
        "people": _("Not everybody whom you chose may review issues: %(names)s."),
        "past": _("%(at)s is in the past. Choose a later time, or none."),
        "far": _("%(at)s is more than a year away. The latest possible day is %(latest)s."),
        "long": _LONG,
        "character": _CHARACTER,
        "approved": _(
            "This text is approved already: %(names)s approved exactly this version (version %(version)s). "
            "Nobody was asked again."
        ),
        "over": _("This review is over. Somebody took it back, or asked for another one."),
    },
    "CommentError": {
        "permission": _("%(name)s may not comment on issues."),
        "text": _("Write a comment first."),
        "long": _LONG,
        "character": _CHARACTER,
        "part": _("The part that you chose is no longer there. Choose another one."),
        "quotation": _("The quotation is not in the text of the part that you chose. Copy it from there, or leave it out."),
        "unknown": _("This comment does not exist."),
    },
    "ReviewLinkError": {
        "permission": _("%(name)s may not make this link. An account with the role “publisher” may."),
        "name": _("Enter a name in one line."),
        "long": _("This text is too long. Use at most %(most)s characters."),
        "days": _("Choose a number of days from 1 to %(most)s."),
        "address": _("“%(address)s” cannot be used as an address. Write it like this: name@example.org"),
        "account": _("%(address)s belongs to an account of staff. This person can sign in and approve in the console."),
        "busy": _("The issue has no text yet, or somebody is changing it right now. Try again in a few seconds."),
        "ended": _("This link is no longer valid."),
        "text": _("Write your text first."),
        "character": _CHARACTER,
        "many": _("This link was used for %(most)s comments today. Try again tomorrow."),
        "old": _("The issue was changed after this version. Nothing was decided: ask for a link to the current version."),
        "codes": _("We mailed %(most)s codes within an hour. Use the newest one, or try again in an hour."),
        "code": _("This is not the newest code that we mailed. You can try again; tries left: %(left)s."),
        "no_code": _("No code is valid now: a code works once, for 15 minutes. Ask for a new one."),
        "tries": _("Too many wrong codes were typed, so no code is valid now. Ask for a new one, or try again tomorrow."),
    },
    "ReportLinkError": {
        "state": _("A link shows the report of a campaign that is over. Make it when everything is sent."),
        "permission": _("%(name)s may not make this link. An account with the role “publisher” may."),
        "name": _("Enter a name in one line."),
        "long": _("This text is too long. Use at most %(most)s characters."),
        "days": _("Choose a number of days from 1 to %(most)s."),
    },
    "ProfileError": {
        "description": _("The description contains a control character or a mark that changes the direction of writing."),
        "long": _LONG,
        "meanwhile": _("Somebody else changed this since you opened the page. It now reads: %(stored)s"),
    },
    "SenderError": {
        "meanwhile": _("Somebody else changed this since you opened the page. It now reads: %(stored)s"),
        "gone": _("This sender does not exist any more. Somebody deleted it."),
        "many": _("%(most)s senders wait for their confirmation. Confirm or delete some of them first."),
        "asked": _("A link was mailed less than %(minutes)s minutes ago. Look into the mailbox, or wait and try again."),
        "confirmed": _("The sender %(email)s is confirmed already."),
        "unconfirmed": _("The sender %(email)s is not confirmed yet. Confirm it first."),
        "link": _("This link has ended. Ask for a new one on the page of the sender."),
        "taken": _("There is already a sender %(email)s."),
    },
    "StaffAccountError": {
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
        "same_password": _("This is the password that was read out to you. Choose another one."),
        "has_address": _("%(name)s has an address and gets a new password by mail: “Forgot your password?” on the sign-in page."),
        "blocked": _("%(name)s is blocked. Unblock the account first."),
        "meanwhile": _("The account %(name)s was changed meanwhile. Nothing was done. Look at it again."),
        "permission": _("%(name)s may not change accounts. An account with the role admin may."),
        "expired_password": _("This password had to be used within %(days)s days. Ask an admin for another one."),
    },
    "InvitationError": {
        "gone": _("This invitation was used, was revoked or is older than seven days. Ask for a new one."),
        "permission": _("%(name)s may not invite people. An account with the role admin may."),
    },
}
