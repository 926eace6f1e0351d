"""The people whom staff chose for an action, kept in their session under a number; and the action that they began with them."""

from django.http import HttpRequest

from subscribers.people.people_filter import PeopleFilter

MOST = 10
_KEY = "people_chosen"


def keep(request: HttpRequest, asked: PeopleFilter, *, back: str) -> int:
    """The number of this choice. `back`: the conditions of the page on which it was made, as a query."""
    kept = request.session.get(_KEY, {})
    number = max(map(int, kept), default=0) + 1
    request.session[_KEY] = dict([*kept.items(), (str(number), asked.as_json() | {"back": back})][-MOST:])
    return number


def note_begun(request: HttpRequest, number: str, action_id: int) -> None:
    """Remember which action was begun with this choice, so that a second click leads to it."""
    request.session[_KEY] = request.session.get(_KEY, {}) | {number: {"action": action_id}}


def begun(request: HttpRequest, number: str) -> int | None:
    """The action that was begun with this choice."""
    action: int | None = request.session.get(_KEY, {}).get(number, {}).get("action")
    return action


def of_number(request: HttpRequest, number: str) -> PeopleFilter | None:
    """The choice with this number; None if the session has none."""
    stored = request.session.get(_KEY, {}).get(number)
    return None if stored is None else PeopleFilter.of_json(stored)


def back(request: HttpRequest, number: str) -> str:
    """The conditions of the page on which this choice was made, as a query."""
    query: str = request.session.get(_KEY, {}).get(number, {}).get("back", "")
    return query
