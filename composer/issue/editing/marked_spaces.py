"""Takes bold and italic from spaces at the edges of marked words: a double click or a paste often includes them.

Markdown cannot write `** word**`, so the printer would have to use a character reference, which nobody wants to read in a source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
_OF_WORDS = ("strong", "emphasis")


def spaces_outside(node: Mapping[str, Any]) -> Json:
    """Returns a node of the editor that was read without an error before, with the marks of its spaces changed."""
    content = node.get("content") or []
    if any(each.get("type") == "text" for each in content):
        return {**node, "content": list(_run(content))}
    return {**node, "content": [spaces_outside(each) for each in content]} if content else dict(node)


def _run(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Json]:
    for at, node in enumerate(nodes):
        marks, text = node.get("marks") or [], node.get("text") or ""
        if not text or not any(mark["type"] in _OF_WORDS for mark in marks):
            yield dict(node)
            continue
        before, after = ((nodes[near].get("marks") or []) if 0 <= near < len(nodes) else [] for near in (at - 1, at + 1))
        words = text.strip(" ")
        start = len(text) - len(text.lstrip(" "))
        for part, beside in ((text[:start], before), (words, marks), (text[start + len(words) :], after)):
            if part:
                own = [mark for mark in marks if mark["type"] not in _OF_WORDS or mark in beside]
                yield (
                    {key: value for key, value in node.items() if key != "marks"}
                    | {"text": part}
                    | ({"marks": own} if own else {})
                )
