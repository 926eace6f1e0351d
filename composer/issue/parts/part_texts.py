"""The text of a part as people edit it: the title of its heading, and what is below, without the blank lines around it.

The id of the heading is not edited: an article with another id would be another article.
"""

import re
from dataclasses import dataclass

from composer.issue.parsing.body import GOOD_ID
from composer.issue.parts.outline import split_id

_HEADED = re.compile(r"(#{1,2})[ \t]([^\n]*)(?:\n|\Z)")


@dataclass(frozen=True, slots=True)
class PartText:
    """`title` is None if the heading is edited as part of the body, or if the part has none."""

    title: str | None
    body: str


@dataclass(frozen=True, slots=True)
class _Pieces:
    heading: str  # the whole line without its end; empty if it is part of the body
    marks: str
    title: str
    id: str
    lead: str
    body: str
    trail: str


def _pieces(text: str, headed: bool = True) -> _Pieces:
    match = _HEADED.match(text) if headed else None
    title, name = split_id(match[2].strip()) if match else ("", "")
    if match is not None and ("<!--" in match[0] or not title or GOOD_ID.match(name) is None):
        match, title, name = None, "", ""
    heading, marks = (match[0].rstrip("\n"), match[1]) if match else ("", "")
    rest = text[match.end() :] if match else text
    body = rest.strip("\n")
    if not body:
        return _Pieces(heading, marks, title, name, "", "", rest)
    start = rest.index(body)
    return _Pieces(heading, marks, title, name, rest[:start], body, rest[start + len(body) :])


def opened(text: str) -> PartText:
    """The text of a part for its editor."""
    pieces = _pieces(text)
    return PartText(pieces.title if pieces.heading else None, pieces.body)


def closed(edited: PartText, before: str) -> str:
    """The text of a part after it was edited; `before` is the text that its editor began with. Unchanged, it is the same text."""
    pieces = _pieces(before, headed=edited.title is not None)
    body = edited.body.strip("\n")
    title = " ".join((edited.title or "").split())
    if (title, body) == (pieces.title, pieces.body):
        return before
    if edited.title is None:
        return f"{pieces.lead}{body}{pieces.trail or _END}" if body else ""
    name = f" {{#{pieces.id}}}" if pieces.id else ""
    heading = pieces.heading if title == pieces.title else f"{pieces.marks or '##'} {title}{name}"
    if not body:
        return f"{heading}\n\n"
    return f"{heading}\n{pieces.lead or _LEAD}{body}{pieces.trail if pieces.body else _END}"


def body_line(text: str) -> int:
    """The line of a part, counted from 1, on which the body that `opened` returns begins."""
    pieces = _pieces(text)
    return 1 + bool(pieces.heading) + pieces.lead.count("\n")


_LEAD, _END = "\n", "\n\n"
