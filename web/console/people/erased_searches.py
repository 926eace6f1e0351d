"""An erasure reaches what staff typed about people: searches and choices of people are kept in the sessions of staff."""

from collections.abc import Mapping
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from subscribers.consent.text_erasure import PersonalIdentifiers, QuotingText
from web.console.people import chosen_people, typed_searches

_SHORTEST = 4  # characters of a part of an address that says whose it is


def forget(identifiers: PersonalIdentifiers, **_: Any) -> list[QuotingText]:
    """Remove what was typed about the erased people from all sessions; receives `subscribers.signals.address_forgotten`."""
    for session in Session.objects.select_for_update().order_by("pk"):
        stored = session.get_decoded()
        searches = {number: text for number, text in _kept(stored, typed_searches.KEY) if not _is_about(text, identifiers)}
        choices = {
            number: choice
            for number, choice in _kept(stored, chosen_people.KEY)
            if not any(_is_about(choice["people"].get(name, ""), identifiers) for name in ("text", "value"))
        }
        changed = {
            key: rest
            for key, rest in ((typed_searches.KEY, searches), (chosen_people.KEY, choices))
            if rest != stored.get(key, {})
        }
        if changed:
            session.session_data = SessionStore().encode({**stored, **changed})
            session.save(update_fields=["session_data"])
    return []


def forget_own(request: HttpRequest) -> None:
    """Remove all that this session has: its request stores it again after the erasure."""
    for key in (typed_searches.KEY, chosen_people.KEY):
        request.session.pop(key, None)


def _kept(stored: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
    kept: Mapping[str, Any] = stored.get(key, {})
    return list(kept.items())


def _is_about(typed: str, identifiers: PersonalIdentifiers) -> bool:
    """Whether it has one of their addresses or names, or is a part of an address."""
    text = typed.strip().lower()
    if not text:
        return False
    is_part = len(text) >= _SHORTEST and any(text in spelling for spelling in identifiers.spellings)
    return is_part or identifiers.quotes_address(text) or any(name.lower() in text for name in identifiers.names_and_attributes)
