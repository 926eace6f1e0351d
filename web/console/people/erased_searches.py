"""An erasure reaches what staff typed about people: searches and choices of people are kept in the sessions of staff."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from subscribers.consent.text_erasure import PersonalIdentifiers, QuotingText
from subscribers.people.typed_text import TypedText
from web.console.people import chosen_people, typed_searches

_SHORTEST = 4  # ASCII characters of parts of an address or name that say whose it is
# What a session keeps -> the typed texts of one of its entries.
_TEXTS: Mapping[str, Callable[[Any], Iterable[str]]] = {
    typed_searches.KEY: lambda text: (text,),
    chosen_people.KEY: lambda choice: (choice["people"].get("text", ""), choice["people"].get("value", "")),
}


def forget(identifiers: PersonalIdentifiers, **_: Any) -> list[QuotingText]:
    """Remove what was typed about the erased people from all sessions; receives `subscribers.signals.address_forgotten`."""
    for session in Session.objects.select_for_update().order_by("pk"):
        stored = session.get_decoded()
        kept = stored | {
            key: {number: entry for number, entry in stored[key].items() if not _is_about(texts_of(entry), identifiers)}
            for key, texts_of in _TEXTS.items()
            if key in stored
        }
        if kept != stored:
            session.session_data = SessionStore().encode(kept)
            session.save(update_fields=["session_data"])
    return []


def forget_own(request: HttpRequest) -> None:
    """Remove all that this session has: its request stores it again after the erasure."""
    for key in _TEXTS:
        request.session.pop(key, None)


def _is_about(typed: Iterable[str], identifiers: PersonalIdentifiers) -> bool:
    """Whether one of the texts quotes one of their addresses or names, or consists of parts of these."""
    theirs = "\n".join([*identifiers.spellings, *identifiers.names_and_attributes])
    for text in filter(None, (text.strip() for text in typed)):
        lower = text.lower()
        if identifiers.quotes_address(lower) or any(name.lower() in lower for name in identifiers.names_and_attributes):
            return True
        says_something = len(text) >= _SHORTEST or not text.isascii()
        if says_something and TypedText.of(text).finds(theirs):
            return True
    return False
