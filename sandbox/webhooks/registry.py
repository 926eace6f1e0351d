"""The account's event webhooks: one or several, each with its own id, URL, key, settings and queue."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.movable_clock import Clock
from sandbox.webhooks.event_poster import Webhook
from sandbox.webhooks.progress import Progress, Ticket
from sandbox.webhooks.signing_keys import load_or_make
from sandbox.webhooks.webhook_settings import Settings

FIRST = "sandbox"
MOST = 5  # as SendGrid's sample answer has it
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Webhooks:
    """The first webhook always exists and has the id `sandbox`; without a URL it receives nothing."""

    def __init__(self, folder: Path, clock: Clock, progress: Progress) -> None:
        self._folder, self._clock, self._progress = folder, clock, progress
        self._started = False
        self._known: dict[str, Webhook] = {}
        self.first = self._make(FIRST, folder / "webhook-key.pem", folder / "webhook-key-2.pem")

    def _make(self, name: str, file: Path, other_file: Path) -> Webhook:
        webhook = Webhook(name, load_or_make(file), load_or_make(other_file), self._clock, self._progress)
        self._known = {**self._known, name: webhook}
        return webhook

    def __iter__(self) -> Iterator[Webhook]:
        return iter(self._known.values())

    def find(self, name: str) -> Webhook | None:
        return self._known.get(name)

    def set_up(self, name: str, wishes: dict[str, Any]) -> Webhook:
        """Create or change the webhook with this id. Raises ValueError if that is not possible."""
        webhook = self._known.get(name)
        if webhook is not None:
            webhook.configure(wishes)
            return webhook
        if not NAME.fullmatch(name):
            raise ValueError(f"“{name}” cannot be the id of a webhook; use at most 40 lower-case letters, digits and hyphens")
        if len(self._known) >= MOST:
            raise ValueError(f"You have reached the maximum number of webhooks: {MOST}")
        Settings().change(wishes)  # reject before a key is created
        webhook = self._make(name, self._folder / f"webhook-key-{name}-1.pem", self._folder / f"webhook-key-{name}-2.pem")
        webhook.configure(wishes)
        if self._started:
            webhook.start()
        return webhook

    def remove(self, webhook: Webhook) -> None:
        """Remove a webhook and its unposted events. The first webhook stays, but loses its URL."""
        webhook.configure({"url": ""})
        if webhook is not self.first:
            self._known = {name: other for name, other in self._known.items() if other is not webhook}
            webhook.give_up()
            webhook.stop()

    @property
    def active(self) -> bool:
        return any(webhook.active for webhook in self._known.values())

    @property
    def world(self) -> Settings:
        """The settings of the first webhook, whose `speed` is that of all events."""
        return self.first.settings

    @property
    def pending(self) -> int:
        return sum(webhook.pending for webhook in self._known.values())

    def emit(self, ticket: Ticket, events: list[bytes], at: float) -> None:
        """Pass each event to every webhook that has a URL."""
        for webhook in self._known.values():
            webhook.emit(ticket, events, at)

    def start(self) -> None:
        self._started = True
        for webhook in self._known.values():
            webhook.start()

    def wake(self) -> None:
        for webhook in self._known.values():
            webhook.wake()

    def reset(self) -> None:
        for webhook in self._known.values():
            webhook.reset()

    def stop(self) -> None:
        for webhook in self._known.values():
            webhook.stop()
