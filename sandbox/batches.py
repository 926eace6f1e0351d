"""Batch ids and scheduled sends: what may be paused or cancelled, and is."""

import secrets

MOST_HELD = 100


class Batches:
    """`held` maps a batch id to `pause` or `cancel`."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.held: dict[str, str] = {}

    def create(self) -> str:
        batch = secrets.token_urlsafe(36)
        self.known.add(batch)
        return batch

    def hold(self, batch: str, status: str) -> str:
        """Pause or cancel for the first time; the error text when that cannot be, else an empty string."""
        if batch not in self.known:
            return "batch id not found"
        if status not in ("pause", "cancel"):
            return "status must be either cancel or pause"
        if batch in self.held:
            return "a status update already exists for this batch id"
        if len(self.held) >= MOST_HELD:
            return f"at most {MOST_HELD} batches may be paused or cancelled at once"
        self.held[batch] = status
        return ""

    def reset(self) -> None:
        self.known.clear()
        self.held.clear()
