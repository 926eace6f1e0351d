"""Which conditions of a segment one person does not meet."""

from subscribers.models import Subscriber
from subscribers.segments import compiler
from subscribers.segments.grammar import STORED, ClauseGroup, parse, printed


def failing(text: str, subscriber_id: int) -> list[str]:
    """The conditions that are joined by `and` at the top of the segment and that the person does not meet now, as text.

    Conditions about one subscription are one condition. Raises SegmentError.
    """
    tree = parse(text, STORED)
    parts = compiler.separable(tree) if isinstance(tree, ClauseGroup) and tree.all else [tree]
    person = Subscriber.objects.filter(pk=subscriber_id)
    return [printed(part) for part in parts if not person.filter(compiler.condition(part)).exists()]
