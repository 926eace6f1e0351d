"""Which conditions of a segment one person does not meet."""

import json
from typing import Any

from subscribers.models import Subscriber
from subscribers.segments import compiler
from subscribers.segments.grammar import Clause, ClauseGroup, parse


def failing(text: str, subscriber_id: int) -> list[str]:
    """The conditions that are joined by `and` at the top of the segment and that the person does not meet now, as text.

    Conditions about one subscription are one condition. Raises SegmentError.
    """
    tree = parse(text)
    parts = compiler.separable(tree) if isinstance(tree, ClauseGroup) and tree.all else [tree]
    person = Subscriber.objects.filter(pk=subscriber_id)
    return [printed(part) for part in parts if not person.filter(compiler.condition(part)).exists()]


def printed(node: Clause | ClauseGroup) -> str:
    """The node as the segment language writes it."""
    if isinstance(node, Clause):
        return f"{node.name} {node.operator} {_value(node.value)}"
    joined = " and " if node.all else " or "
    return joined.join(f"({printed(part)})" if isinstance(part, ClauseGroup) else printed(part) for part in node.parts)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "(" + ", ".join(map(_value, value)) + ")"
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)
