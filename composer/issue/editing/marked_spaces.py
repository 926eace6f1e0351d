"""Takes bold and italic from spaces at the edges of marked words: a double click or a paste often includes them.

Markdown cannot write `** word**`, so the printer would have to use a character reference, which nobody wants to read in a source.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from composer.issue.inlines.node_reading import content_of, listed, mapping, text

Json = dict[str, Any]
_OF_WORDS = ("strong", "emphasis")


def spaces_outside(node: Mapping[str, Any]) -> Json:
    """Returns a node of the editor with the marks of its spaces changed. Raises EditorDocumentError.

    The node was read before, but what its kind does not have was not: the content of an editor's mark, for example.
    """
    content = content_of(node)
    if any(child.get("type") == "text" for child in content):
        return {**node, "content": list(_run(content))}
    return {**node, "content": [spaces_outside(child) for child in content]} if content else dict(node)


def _run(nodes: Sequence[Mapping[str, Any]]) -> Iterator[Json]:
    marks_of = [_marks(node) for node in nodes]
    for at, node in enumerate(nodes):
        marks, written = marks_of[at], text(node, "text") if node.get("type") == "text" else ""
        if not written or not any(mark.get("type") in _OF_WORDS for mark in marks):
            yield dict(node)
            continue
        before, after = (marks_of[near] if 0 <= near < len(nodes) else [] for near in (at - 1, at + 1))
        trimmed = written.strip(" ")
        start = len(written) - len(written.lstrip(" "))
        for part, beside in ((written[:start], before), (trimmed, marks), (written[start + len(trimmed) :], after)):
            if part:
                own = [mark for mark in marks if mark.get("type") not in _OF_WORDS or mark in beside]
                yield (
                    {key: value for key, value in node.items() if key != "marks"}
                    | {"text": part}
                    | ({"marks": own} if own else {})
                )


def _marks(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [mapping(mark) for mark in listed(node.get("marks") or [])]
