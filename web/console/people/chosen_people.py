"""The people whom staff chose for an action, kept in their session under a number."""

import secrets

from django.http import HttpRequest

from subscribers.people.people_filter import PeopleFilter

MOST = 10
KEY = "people_chosen"


def keep(request: HttpRequest, asked: PeopleFilter, *, back: str) -> int:
    """The number of this choice. `back`: the conditions of the page on which it was made, as a query."""
    kept = request.session.get(KEY, {})
    number = max(map(int, kept), default=0) + 1
    choice = {"token": secrets.token_hex(16), "people": asked.as_json(), "back": back}
    request.session[KEY] = dict([*kept.items(), (str(number), choice)][-MOST:])
    return number


def token_of(request: HttpRequest, number: str) -> str | None:
    """What names this choice in the action that is begun with it, so that a second click leads to that action."""
    token: str | None = request.session.get(KEY, {}).get(number, {}).get("token")
    return token


def of_number(request: HttpRequest, number: str) -> PeopleFilter | None:
    """The choice with this number; None if the session has none."""
    stored = request.session.get(KEY, {}).get(number)
    return None if stored is None else PeopleFilter.of_json(stored["people"])


def back(request: HttpRequest, number: str) -> str:
    """The conditions of the page on which this choice was made, as a query."""
    query: str = request.session.get(KEY, {}).get(number, {}).get("back", "")
    return query
