"""The rows of an outline: every part of a file with its addresses, where it can be moved, and who edits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from composer.issue.parts import outline
from composer.issue.parts.outline import ARTICLE
from editorial.models import IssueRecord
from editorial.sources.issue_state import IssueState
from editorial.sources.presence import Present
from web.console.issues.issue_page import part_url

_NO_MOVES = outline.Moves(None, None)


def outline_of(issue: IssueRecord, state: IssueState, file: str, others: Sequence[Present], here: str = "") -> dict[str, Any]:
    """The values of a file's outline. `others`: who has the issue open; `here`: the part whose page it is."""
    parts = state.files.get(file, ())
    places = outline.moves(parts)
    rows = [
        {
            "part": part, "kind": outline.kind_of(part), "url": part_url(issue, file, part.id), "here": part.id == here,
            "moves": places.get(part.id, _NO_MOVES), "headed": part.id in places,
            "add": part_url(issue, file, part.id, "issue-part-add"),
            "delete": part_url(issue, file, part.id, "issue-part-delete"),
            "editors": [each.name for each in others if (each.file, each.part) == (file, part.id)],
        }
        for part in parts
    ]  # fmt: skip
    return {
        "name": file, "language": outline.language_of(parts), "rows": rows, "base": state.edits.get(("outline", file, ""), 0),
        "last": rows[-1] if rows else None, "has_articles": any(row["kind"] == ARTICLE for row in rows),
        "present": next((row for row in rows if row["here"]), None),
    }  # fmt: skip
