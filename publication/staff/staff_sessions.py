"""The list of their own sessions that people can look at: browser, address and times. Django keeps what a session contains."""

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session


def note_use(session_key: str, moment: datetime) -> None:
    UserSession.objects.filter(session_key=session_key).update(last_seen_at=moment)


def forget_ended() -> int:
    """Remove sessions that no longer exist; the number removed."""
    return int(UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()[0])
