"""The people whom staff chose for an action, kept in their session under a number; and the action that they began with them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

from subscribers.people.people_filter import PeopleFilter

MOST = 10
_KEY = "people_chosen"


def keep(request: HttpRequest, asked: PeopleFilter) -> int:
    """The number of this choice."""
    kept = request.session.get(_KEY, {})
    number = max(map(int, kept), default=0) + 1
    request.session[_KEY] = dict([*kept.items(), (str(number), asked.as_json())][-MOST:])
    return number


@contextmanager
def locked(request: HttpRequest) -> Iterator[None]:
    """One request of a session at a time begins an action: the second of two clicks sees what the first one began."""
    with transaction.atomic():
        key = request.session.session_key
        Session.objects.select_for_update().filter(session_key=key).first()
        if _KEY in (stored := type(request.session)(key)):
            request.session[_KEY] = stored[_KEY]
        yield


def note_begun(request: HttpRequest, number: str, action_id: int) -> None:
    """Remember which action was begun with this choice, so that a second click leads to it. The caller has the lock."""
    request.session[_KEY] = request.session.get(_KEY, {}) | {number: {"action": action_id}}
    request.session.save()


def begun(request: HttpRequest, number: str) -> int | None:
    """The action that was begun with this choice."""
    action: int | None = request.session.get(_KEY, {}).get(number, {}).get("action")
    return action


def of_number(request: HttpRequest, number: str) -> PeopleFilter | None:
    """The choice with this number; None if the session has none."""
    stored = request.session.get(_KEY, {}).get(number)
    return None if stored is None else PeopleFilter.of_json(stored)
