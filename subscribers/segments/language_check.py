"""Finds languages in a segment or condition that no subscriber has, such as `zh` where subscribers have `zh-Hans`.

They are no errors: subscribers with such a language may come. But a count of 0 for `language = "zh"` surprises people.
"""

from collections.abc import Iterator
from typing import NamedTuple

from composer.issue import languages
from publication.models import Publication
from subscribers.attributes import read_language
from subscribers.models import Subscriber
from subscribers.segments import grammar
from subscribers.segments.grammar import Node, clauses_of

_WHOLE_TAGS = frozenset({"=", "!=", "in", "not in"})


class UnusedLanguage(NamedTuple):
    """A language that no subscriber has: the message, what to write instead, and the column of its value."""

    message: str
    hint: str
    column: int


def unused_languages(text: str) -> list[UnusedLanguage]:
    """The languages in `text` that neither a subscriber nor the publication has, where they have a similar one.

    Reads every subscriber's language, which takes a fraction of a second with a million people. Raises SegmentError.
    """
    used = [*_languages(grammar.parse(text))]
    if not used:
        return []
    known = set(Subscriber.objects.exclude(language="").order_by().values_list("language", flat=True).distinct())
    for first, others in Publication.objects.values_list("language", "languages"):
        known |= {languages.spelt(tag) for tag in (first, *(others or ())) if tag}
    unused = []
    for tag, column in used:
        similar = sorted(known_tag for known_tag in known if known_tag.partition("-")[0] == tag.partition("-")[0])
        if similar and tag not in known:
            meant = languages.best_language(tag, similar)
            every = f'language startswith "{tag.partition("-")[0]}"'
            message = f"no subscriber has the language “{tag}”"
            unused.append(UnusedLanguage(message, f"did you mean “{meant}”? To match every variant of it: {every}", column))
    return unused


def _languages(node: Node) -> Iterator[tuple[str, int]]:
    for clause in clauses_of(node):
        if clause.name == "language" and clause.operator in _WHOLE_TAGS:
            for at, value in enumerate(clause.values):
                if isinstance(value, str) and value:
                    yield read_language(value), clause.column_of(at)
