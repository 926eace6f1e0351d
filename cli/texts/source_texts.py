"""Texts of errors about the source of issues: exception -> code -> (what is wrong, what to do)."""

from __future__ import annotations

from collections.abc import Mapping

_PULL_ELSEWHERE = "get the newest source with mailroom issue pull {issue} NEWDIR, make your changes there, and use that folder"

TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "EditConflict": {
        "conflict": ("{issue} was changed by somebody else in parts that your change concerns: {places}", _PULL_ELSEWHERE),
    },
    "LanguageFault": {
        "tag": ("“{text}” is not a language tag", "write a tag such as zh-Hans"),
        "taken": ("the issue has the language {language} already", "edit its text"),
        "unreadable": ("the head of issue.md cannot be read (line {line})", "correct it first"),
        "first": ("the first language cannot be removed", "remove one of the other languages"),
        "articles": ("no article is chosen", "choose at least one article"),
    },
    "SourceFault": {
        "part": ("{file} has no part “{part}” any more", "reload the issue"),
        "file": ("the issue has no file {file}", "reload the issue"),
        "place": (
            "the text cannot be added to {file} after “{part}”",
            "begin it with a heading, # or ##, whose id is not used yet",
        ),
        "needed": ("{file} cannot be read without the part “{part}”", "change its text instead"),
        "busy": ("others are editing {issue} at this moment", "try again"),
        "character": ("{file} contains the character NUL", "remove it"),
        "picture": ("the picture {picture} is not stored or changed just now", "try again"),
        "path": ("“{path}” is not a path in the folder of an issue", "name the picture images/NAME"),
        "device": ("“{path}” is the name of a device on Windows, so no file can be called that there", "rename the picture"),
        "linked": ("{path} is a symbolic link", "remove it: files of an issue are written only inside its folder"),
        "long-name": ("the name “{name}” is too long", "use at most {most} characters"),
        "moved": ("{issue} was changed meanwhile", "look at the newest source, then restore again"),
        "revision": ("{issue} has no revision {revision}", "list its revisions"),
        "halves": ("“{part}” in {file} cannot be divided like this", "choose a title, and a place with text above and below it"),
        "first": ("no article is directly before “{part}” in {file}", "move it behind the other article first"),
        "readers": ("the two articles in {file} have different conditions", "give them the same condition first"),
        "unreadable": ("“{part}” in {file} could not be read any more", "repair the lines that cannot be shown as cards first"),
        "step": ("this step of {issue} cannot be undone", "restore a revision"),
        "permission": ("{name} may not edit issues, or is disabled", "name an account with the role editor"),
        "no-source": ("{issue} has no source", "store it: mailroom issue store DIR"),
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
        "utf8": ("{file} is not UTF-8 text", "save it as UTF-8"),
    },
    "NewIssueFault": {
        "title": ("the issue has no title", "name the newsletter"),
        "number": ("the issue has no number", "choose a number"),
        "long": ("title or number is too long", "use at most {most} characters"),
        "character": ("title or number contains a control character", "type them again"),
        "date": ("“{text}” is not a day", "write it like this: 2027-01-05"),
        "taken": ("{issue} exists already: {title}, number {number}", "choose another number"),
        "unreadable": ("the head of {issue} cannot be read", "begin with another issue"),
    },
    "CropFault": {
        "outside": ("the crop is not inside the picture, which is {width} by {height} pixels", "choose a smaller crop"),
        "small": ("the crop is too small", "choose at least {least} pixels for each side"),
    },
    "ImportFault": {
        "nothing": ("no file was uploaded", "choose a document"),
        "no-document": ("there are only pictures", "add the document that they belong to"),
        "several": ("there are several documents: {names}", "import one issue at a time"),
        "empty": ("{name} is empty", "save it again, and check that it contains your text"),
        "many": ("there are more than {most} files", "upload fewer pictures"),
        "waiting": ("{most} documents of this account wait to be read", "wait until some are read"),
        "state": ("the import is in another state by now", "reload its page"),
        "decision": ("nobody decided about the tracked changes", "choose one of the two texts"),
        "others": ("{name} began the import", "ask {name} or a publisher to go on with it"),
    },
    "PastIssueFault": {
        "permission": ("{name} may not put issues into the archive", "use an account with the role publisher or admin"),
        "list": ("there is no such list", "choose a list"),
        "date": ("“{text}” is not a day", "write it like this: 2023-03-01"),
        "future": ("{day} is in the future", "enter the day on which it was sent"),
        "sent": ("{issue} was sent by Mailroom, so the archive shows it already", "look at the archive of its list"),
        "doubts": ("{count} questions of the import are open", "answer them first"),
        "errors": ("the checks found {count} errors", "correct them first"),
    },
    "DoubtFault": {
        "gone": ("this place was changed or decided meanwhile", "look at the newest text"),
        "correction": ("this correction does not fit the text any more", "look at the newest text"),
        "long": ("the description is too long", "use at most {most} characters"),
        "picture": ("the issue has no picture {picture}", "upload it"),
    },
    "OriginalFault": {
        "large": ("{name} is larger than {limit} MiB", "make the file smaller"),
        "missing": (
            "the original {name} is missing from the private store",
            "restore the folder originals/ of MAILROOM_DATA_DIR from a backup",
        ),
    },
}
