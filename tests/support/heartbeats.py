"""Heartbeats of processes that a test does not start."""

from datetime import timedelta

from django.utils import timezone

from publication import heartbeats
from publication.models import ProcessHeartbeat


def beaten(
    kind: str, *, host: str = "one", version: str = "1", silent_for: float = 0.0, lived: float = 60.0, stopped: bool = False
) -> None:
    """A process that lived so many seconds, and wrote its last heartbeat so many seconds ago."""
    seen_at = timezone.now() - timedelta(seconds=silent_for)
    ProcessHeartbeat.objects.create(
        instance=f"{kind} {ProcessHeartbeat.objects.count()}", kind=kind, host=host, pid=1, version=version,
        started_at=seen_at - timedelta(seconds=lived), seen_at=seen_at, stopped_at=seen_at if stopped else None,
    )  # fmt: skip


def all_alive(for_seconds: float = 0.0) -> None:
    """A process of each kind; for a test that takes long, its last heartbeat is so many seconds ahead."""
    for kind in heartbeats.KINDS:
        beaten(kind, silent_for=-for_seconds)
