"""What staff typed into the search for people, kept in their session under a number, so that no URL, history or log has it."""

from django.http import HttpRequest

from subscribers.people.people_filter import LONGEST_TEXT

MOST = 30  # searches of a session that can be gone back to
KEY = "people_searches"


def keep(request: HttpRequest, text: str) -> int | None:
    """The number of the text; None for an empty one. The same text has the same number."""
    text = text.strip()[:LONGEST_TEXT]
    if not text:
        return None
    kept: dict[str, str] = request.session.get(KEY, {})
    number = next((int(number) for number, known in kept.items() if known == text), None)
    if number is None:
        number = max(map(int, kept), default=0) + 1
        request.session[KEY] = dict([*kept.items(), (str(number), text)][-MOST:])
    return number


def text_of(request: HttpRequest, number: str) -> str | None:
    """The text with this number; None if the session has none, for example in another browser."""
    kept: dict[str, str] = request.session.get(KEY, {})
    return kept.get(number)
