"""The rows of an outline: every part of a file with its addresses, where it can be moved, and who edits it."""

from collections.abc import Sequence
from typing import Any

from composer.issue.parts import outline
from composer.issue.parts.outline import ARTICLE
from composer.issue.parts.splitting import HEAD, Part
from editorial.models import IssueRecord
from editorial.sources.issue_state import IssueState
from editorial.sources.presence import Present
from web.console.issues.issue_page import part_url

HEAD_KINDS = ("highlights", "credits")  # parts of the head that an issue may lack
_NO_MOVES = outline.Moves(None, None)


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
        "name": file, "language": outline.language_of(parts), "rows": rows, "base": state.edits.get(("outline", file, ""), 0),
        "lacks": [kind for kind in HEAD_KINDS if parts and parts[0].id == HEAD and all(row["kind"] != kind for row in rows)],
        "last": rows[-1] if rows else None, "has_articles": any(row["kind"] == ARTICLE for row in rows),
        "present": next((row for row in rows if row["here"]), None),
    }  # fmt: skip
