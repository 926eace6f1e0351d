"""Whom a page of people shows, and an action means: text, list, state, segment, language, cause, dates, attribute."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, NamedTuple, Self

# States of a person as staff name them; the first three are those of a subscription.
SUBSCRIPTION_STATES = ("confirmed", "pending", "unsubscribed")
STATES = (*SUBSCRIPTION_STATES, "suppressed", "paused")
LONGEST_TEXT = 200


@dataclass(frozen=True)
class PeopleFilter:
    """Conditions that all must hold; an empty value is no condition.

    text: beginnings of words of address or name; if `inside`, parts of words, also of attributes that are text, words or numbers.
    list_id without a state: on the list in any state. state without a list: on any list.
    since, until: days in the publication's zone on which they were added, both included.
    attribute, value: the attribute has this value, which is text as in a file; the case does not matter.
    ids: these people and nobody else, as staff ticked them.
    """

    text: str = ""
    inside: bool = False
    list_id: int | None = None
    state: str = ""
    segment_id: int | None = None
    language: str = ""
    cause: str = ""
    since: date | None = None
    until: date | None = None
    attribute: str = ""
    value: str = ""
    ids: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The conditions that are set, for a session or a record of an action."""
        set_ones = {name: value for name, value in asdict(self).items() if value not in ("", None, False, ())}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in set_ones.items()}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        names = {field.name for field in fields(cls)}
        values = {name: value for name, value in stored.items() if name in names}
        values |= {name: date.fromisoformat(values[name]) for name in ("since", "until") if values.get(name)}
        if "ids" in values:
            values["ids"] = tuple(values["ids"])
        return cls(**values)


class Chosen(NamedTuple):
    """How many people an action means, and a digest of their ids: as many others have another one."""

    total: int
    digest: str | None
