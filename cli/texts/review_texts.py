"""Texts of errors about reviews of issues: exception -> code -> (what is wrong, what to do)."""

from __future__ import annotations

from collections.abc import Mapping

_SHORTER = "use at most {most} characters"
_PLAIN = "remove control characters and direction marks"

TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "DecisionFault": {
        "permission": (
            "{name} may not decide about issues: people approve in the console with their own account, or by a mailed link",
            "sign in to the console with an account that has the role proofreader or publisher",
        ),
        "own": ("nobody approves their own last edit of {issue}", "let somebody else approve it"),
        "old": ("version {version} of {issue} is not the newest one; that is version {current}", "look at the newest version"),
        "text": ("what should be changed is missing", "say it in a few words"),
        "long": ("the text is too long", _SHORTER),
        "character": ("the text contains a control character or a direction mark", _PLAIN),
    },
    "ReviewFault": {
        "nobody": ("nobody is asked", "choose at least one person"),
        "people": ("{names} may not review issues", "choose people with the role proofreader, publisher or author"),
        "past": ("{at} is in the past", "choose a later time, or none"),
        "far": ("{at} is more than a year away", "check the year; the latest possible day is {latest}"),
        "long": ("the note is too long", _SHORTER),
        "character": ("the note contains a control character or a direction mark", _PLAIN),
        "over": ("the review is over", "ask for another one"),
        "approved": (
            "{names} approved exactly this text already (version {version})",
            "ask somebody else, or change the text first",
        ),
    },
    "CommentFault": {
        "permission": ("{name} may not comment on issues", "sign in with an account that has the role proofreader or author"),
        "text": ("the comment is empty", "write what you think"),
        "long": ("the comment is too long", _SHORTER),
        "character": ("the comment contains a control character or a direction mark", _PLAIN),
        "part": ("there is no part “{part}”", "reload the issue"),
        "quotation": ("the quotation is not in the text of this part", "copy it from there, or leave it out"),
        "unknown": ("there is no such comment", "reload the issue"),
    },
}
