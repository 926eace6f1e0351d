"""The text of a segment as the audit keeps it: without addresses and names of people, because the audit outlives an erasure."""

import re

from composer.issue import conditions
from subscribers.segments.grammar import STORED, Clause, SegmentError, clauses_of, parse

PERSONAL = frozenset({"email", "name"})
LEFT_OUT = "…"
# After `plain_marks`, a mark of a language that is still there has no partner: what follows may be part of a value.
_QUOTED = re.compile(
    rf"""(?P<mark>["'])(?P<value>(?:\\.|(?!(?P=mark)).)*)(?:(?P=mark)|$)|[{"".join(conditions.MARKS)}](?P<rest>.+)""", re.DOTALL
)


def without_personal_values(text: str) -> str:
    """The text with … instead of each value of `email` and `name`. Of a text that cannot be read, no quoted text is left."""
    plain = conditions.plain_marks(text)
    try:
        starts = {column - 1 for clause in clauses_of(parse(text, STORED)) for column in _personal_columns(clause)}
    except SegmentError:
        return _without(text, list(_QUOTED.finditer(plain)))
    values = [match for start in starts if (match := _QUOTED.match(plain, start))]
    return _without(text, values if len(values) == len(starts) else list(_QUOTED.finditer(plain)))


def _personal_columns(clause: Clause) -> list[int]:
    """The columns of the values that are texts: `name = None` has none."""
    if clause.name not in PERSONAL:
        return []
    return [column for column, value in zip(clause.value_columns, clause.values, strict=True) if isinstance(value, str)]


def _without(text: str, values: list[re.Match[str]]) -> str:
    """The text without these values. The quotation marks stay, and those of the original text, which have the same columns."""
    for match in sorted(values, key=lambda match: match.start(), reverse=True):
        start, end = match.span("value" if match["value"] is not None else "rest")
        text = text[:start] + (LEFT_OUT if end > start else "") + text[end:]
    return text
