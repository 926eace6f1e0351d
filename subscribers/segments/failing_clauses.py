"""Which conditions of a segment one person does not meet, and which of them nobody meets."""

from subscribers.models import Subscriber
from subscribers.segments import compiler
from subscribers.segments.grammar import STORED, ClauseGroup, Node, parse, printed


def failing(text: str, subscriber_id: int) -> list[str]:
    """The conditions that are joined by `and` at the top of the segment and that the person does not meet now, as text.

    Conditions about one subscription are one condition. Raises SegmentError.
    """
    person = Subscriber.objects.filter(pk=subscriber_id)
    return [printed(part) for part in _parts(text) if not person.filter(compiler.condition(part)).exists()]


def of_nobody(text: str) -> list[str] | None:
    """Those of several conditions that nobody meets, as text; None for a single condition. Raises SegmentError."""
    parts = _parts(text)
    people = Subscriber.objects.filter(erased_at=None)
    return [printed(part) for part in parts if not people.filter(compiler.condition(part)).exists()] if len(parts) > 1 else None


def _parts(text: str) -> list[Node]:
    tree = parse(text, STORED)
    return compiler.separable(tree) if isinstance(tree, ClauseGroup) and tree.all else [tree]
