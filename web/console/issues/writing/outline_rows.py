"""The rows of an outline: every part of a file with its addresses, where it can be moved, its length, and who edits it."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any
from urllib.parse import urlencode

from composer.issue.editing import head_values
from composer.issue.editing.head_values import HeadValues, UnreadableHeadError
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.outline import ARTICLE
from composer.issue.parts.splitting import HEAD, Part
from editorial.models import IssueRecord
from editorial.sources.comparing import readable
from editorial.sources.issue_state import IssueState
from editorial.sources.language_rows import length_of
from editorial.sources.presence import Present
from web.console.issues.issue_page import part_url

HEAD_KINDS = ("highlights", "credits")  # parts of the head that an issue may lack
SEES_COMMENTS = "editorial.view_comment"
OPENING = "opening"
FRAME_KINDS = ("head", *HEAD_KINDS, "footer")
_GAP = {"is_gap": True}
_NO_MOVES = outline.Moves(None, None)
_EMPTY_LINE = re.compile(r"^(?:title|number|date|subject):[ \t]*(?:\"\"|'')?[ \t]*$(?!\n[ \t])", re.MULTILINE)


def can_be_joined(parts: Sequence[Part], at: int) -> bool:
    """Whether the part at a place is an article directly below another one."""
    return at > 0 and all(outline.kind_of(part) == ARTICLE for part in parts[at - 1 : at + 1])


def outline_of(issue: IssueRecord, state: IssueState, file: str, others: Sequence[Present], here: str = "") -> dict[str, Any]:
    """Return the values of a file's outline. `others`: the people who have the issue open. `here`: the part whose page it is."""
    parts = state.files.get(file, ())
    places = outline.moves(parts)
    rows = [
        {
            "part": part, "kind": outline.kind_of(part), "url": part_url(issue, file, part.id), "here": part.id == here,
            "moves": places.get(part.id, _NO_MOVES), "headed": part.id in places,
            "add": part_url(issue, file, part.id, "issue-part-add"),
            "delete": part_url(issue, file, part.id, "issue-part-delete"),
            "split": part_url(issue, file, part.id, "issue-part-split") if outline.kind_of(part) == ARTICLE else "",
            "join": part_url(issue, file, part.id, "issue-part-join") if can_be_joined(parts, at) else "",
            "editors": [person.name for person in others if (person.file, person.part) == (file, part.id)],
        }
        for at, part in enumerate(parts)
    ]  # fmt: skip
    return {
        "name": file, "language": outline.language_of(parts), "rows": rows,
        "frame": [row for row in rows if row["kind"] in FRAME_KINDS],
        "texts": [row for row in rows if row["kind"] not in FRAME_KINDS],
        "base": state.edits.get(("outline", file, ""), 0),
        "last": rows[-1] if rows else None, "has_articles": any(row["kind"] == ARTICLE for row in rows),
        "present": next((row for row in rows if row["here"]), None),
    }  # fmt: skip


def add_details(files: Sequence[dict[str, Any]], open_comments: Mapping[tuple[str, str], int]) -> None:
    """Add to the outlines what the page "Write" shows besides: lengths, open comments, the subject, and what the frame lacks."""
    for file in files:
        for row in file["rows"]:
            part = row["part"]
            row["comments"] = open_comments.get((file["name"], part.id), 0)
            row["length"] = length_of(readable(part.text)) if row["kind"] in (OPENING, ARTICLE) else None
            row["is_filled"] = _is_filled(part)
        file["head"] = _head_texts(file["rows"])
        file["frame"] = _with_lacking(file["frame"])


def add_translations(files: Sequence[dict[str, Any]], behind: Mapping[str, Sequence[str]]) -> None:
    """Mark the texts of other languages that are `behind` the first one, and put the rows of two outlines opposite each other.

    What only one of two languages has is opposite a gap.
    """
    for file in files:
        for row in file["rows"]:
            if row["part"].id in behind.get(file["name"], ()):
                row["behind"] = f"{row['url']}&{urlencode({'beside': files[0]['language']})}"
    if len(files) != 2:
        return
    sides = [file["texts"] for file in files]
    first_ids, second_ids = ([row["part"].id for row in side] for side in sides)
    aligned: list[list[dict[str, Any]]] = [[], []]
    for kind, *ranges in SequenceMatcher(None, first_ids, second_ids, autojunk=False).get_opcodes():
        first, second = sides[0][slice(*ranges[:2])], sides[1][slice(*ranges[2:])]
        gaps = ([], []) if kind == "equal" else ([_GAP] * len(second), [_GAP] * len(first))
        aligned[0] += [*first, *gaps[0]]
        aligned[1] += [*gaps[1], *second]
    for file, rows in zip(files, aligned, strict=True):
        file["texts"] = rows


def _with_lacking(frame: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the frame and, in its place, each part of the head that the issue could have; none if it has no head."""
    rows = {row["kind"]: row for row in frame}
    lacking = HEAD_KINDS if "head" in rows else ()
    return [rows.get(kind, {"kind": kind, "is_lacking": True}) for kind in FRAME_KINDS if kind in rows or kind in lacking]


def _head_texts(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """The fields of a file's head; empty if it cannot be read."""
    text = next((row["part"].text for row in rows if row["part"].id == HEAD), "")
    try:
        return (head_values.values_of(head_values.HEAD, text) if text else HeadValues()).texts
    except UnreadableHeadError:
        return {}


def _is_filled(part: Part) -> bool:
    """Whether a part of the head has values: the head itself all that a mail needs, the others at least one."""
    if part.id == HEAD:
        return _EMPTY_LINE.search(part.text) is None
    lines = [line.strip(" -\t\r") for line in part.text.splitlines()[1:]]
    return any(line and not line.endswith(":") for line in lines)


def written_last(issue: IssueRecord, state: IssueState) -> str:
    """The address of the part that somebody edited last; empty if the issue has no text."""
    newest = [
        (state.edits.get(("text", file, part.id), 0), file != ISSUE_FILE, file, part.id)
        for file, parts in state.files.items()
        for part in parts
    ]
    _, _, file, part = max(newest, default=(0, False, "", ""))
    return part_url(issue, file, part) if file else ""
