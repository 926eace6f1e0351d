"""Which actions of readers are measured: the only place that knows. Reports, pages, exports and segments ask it.

Neither is. Each request forbids the provider to track (`transport/sendgrid/payload.py`), and Mailroom has no picture or link
of its own that counts. If an account reports an open or a click all the same, the event is kept with its person, but what
is known is only a part of what happened: no count, no last date and no segment is made of it.

To begin measuring one, add it to MEASURED. Campaigns that were sent before must then still be shown as not measured.
"""

from transport.provider_events import EventKind

OPENED, CLICKED = EventKind.OPENED, EventKind.CLICKED
ACTIONS = (OPENED, CLICKED)
MEASURED: frozenset[str] = frozenset()


def is_measured(action: str) -> bool:
    """Whether a number of this action, one of ACTIONS, is known for everybody, so that 0 means nobody."""
    return action in MEASURED


def is_any_measured() -> bool:
    """Whether the last open or click of a person (`Subscriber.engaged_at`) is known."""
    return bool(MEASURED)
