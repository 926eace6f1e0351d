"""Posts events to one receiver: batches by size and time, several threads, signatures, retries, and misbehaviour on demand."""

import heapq
import random
import secrets
import threading
import time
from typing import Any

import orjson

from sandbox.movable_clock import Clock
from sandbox.webhooks.progress import Progress, Ticket
from sandbox.webhooks.receiver_connection import Batch, ReceiverConnection
from sandbox.webhooks.signing_keys import SigningKey
from sandbox.webhooks.webhook_settings import Settings

POSTERS = 4
RETRY_FOR = 24 * 3600
STALE_BY = 3 * 3600
MOST_QUEUED = 64 * 1024 * 1024
COUNTS = ("delivered_events", "delivered_batches", "failed_posts", "given_up_events", "dropped_events")
ROTTEN: tuple[bytes, ...] = (
    b"null",
    b'"words"',
    b"{}",
    b'{"event":17,"email":["nobody"],"timestamp":"yesterday","sg_event_id":{}}',
    b'{"event":"delivered","email":"nobody@rotten.example","timestamp":1e400,"sg_event_id":"a\\u0000b"}',
)


class Webhook:
    """`emit` takes events; a few threads post them. If the process dies, the timeline creates undelivered events again at
    the next start, because `progress` counts each event that was posted or given up."""

    def __init__(self, name: str, key: SigningKey, other_key: SigningKey, clock: Clock, progress: Progress) -> None:
        self.name = name
        self.settings = Settings()
        self.key, self.other_key = key, other_key
        self._clock, self._progress = clock, progress
        self._change = threading.Condition()
        self._first_piece_at = self._made_at = self._sequence = 0.0
        self._stopped = False
        self._random = random.Random(0)
        self._forget()
        self._threads = [threading.Thread(target=self._post_all, daemon=True) for _ in range(POSTERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def wake(self) -> None:
        """Wake the threads after the clock was moved, to check which batches are due."""
        with self._change:
            self._change.notify_all()

    @property
    def active(self) -> bool:
        return bool(self.settings.url)

    def configure(self, wishes: dict[str, Any]) -> None:
        with self._change:
            self.settings.change(wishes)
            if "seed" in wishes:
                self._random = random.Random(self.settings.seed)
            self._change.notify_all()

    def rotate(self) -> None:
        """Sign with the other key from now on."""
        with self._change:
            self.key, self.other_key = self.other_key, self.key

    def reset(self) -> None:
        with self._change:
            self._forget()
            self._change.notify_all()

    def _forget(self) -> None:
        self._pieces: list[bytes] = []
        self._piece_bytes = 0
        self._shares: list[tuple[Ticket, int]] = []
        self._queue: list[tuple[float, float, Batch]] = []
        self._queued_bytes = self.pending = 0
        self.counts = dict.fromkeys(COUNTS, 0)
        self.last_failure = ""

    def give_up(self) -> None:
        """Stop posting: events that are waiting count as given up."""
        with self._change:
            self._close_batch()
            for _, _, batch in self._queue:
                for ticket, count in batch.shares:
                    self._progress.finish(ticket, count)
            self._queue.clear()

    def emit(self, ticket: Ticket, events: list[bytes], at: float) -> None:
        """Queue the JSON of events that happened at `at`. Waits while the queue is full, to limit memory: the events can
        be created again from the ledger on disk."""
        if not self.active or not events:
            return
        settings = self.settings
        spoils = settings.drop or settings.duplicate or settings.duplicate_new_id or settings.only
        pieces = self._spoil(events) if spoils else events
        with self._change:
            while self._queued_bytes > MOST_QUEUED and not self._stopped and self._progress.is_current(ticket):
                self._change.wait(1.0)
            if not pieces or not self._progress.is_current(ticket):
                return
            self._progress.expect(ticket, len(pieces))
            self._collect(pieces, at, ticket)

    def emit_raw(self, pieces: list[bytes]) -> None:
        """Queue pieces of JSON unchanged, whatever they contain."""
        with self._change:
            self._collect(pieces, self._clock.now(), None)

    def _collect(self, pieces: list[bytes], at: float, ticket: Ticket | None) -> None:
        """Put pieces into batches, and wake a thread if there is something new to wait for. Call with the lock held."""
        self.pending += len(pieces)
        was_empty, queued = not self._pieces, len(self._queue)
        size = sum(map(len, pieces)) + len(pieces)
        if self._piece_bytes + size + 4 <= self.settings.batch_bytes:
            self._take(pieces, size, at, ticket)
        else:
            for piece in pieces:
                if self._piece_bytes + len(piece) + 4 > self.settings.batch_bytes:
                    self._close_batch()
                self._take([piece], len(piece) + 1, at, ticket)
        if was_empty or len(self._queue) > queued:
            self._change.notify()

    def _take(self, pieces: list[bytes], size: int, at: float, ticket: Ticket | None) -> None:
        if not self._pieces:
            self._first_piece_at, self._made_at = time.monotonic(), at
        self._pieces += pieces
        self._piece_bytes += size
        if ticket is not None:
            self._shares.append((ticket, len(pieces)))

    def _spoil(self, events: list[bytes]) -> list[bytes]:
        """The events to post: without the dropped ones, with the duplicates added."""
        settings, chance = self.settings, self._random.random
        pieces: list[bytes] = []
        for event in events:
            if settings.only and orjson.loads(event)["event"] not in settings.only:
                continue
            if chance() < settings.drop:
                self.counts["dropped_events"] += 1
                continue
            pieces.append(event)
            if chance() < settings.duplicate:
                pieces.append(event)
            if chance() < settings.duplicate_new_id:
                pieces.append(orjson.dumps({**orjson.loads(event), "sg_event_id": secrets.token_urlsafe(16)}))
        return pieces

    def _close_batch(self) -> None:
        """Queue the collected events. Call with the lock held."""
        pieces, shares = self._pieces, self._shares
        self._pieces, self._piece_bytes, self._shares = [], 0, []
        if not pieces:
            return
        count = len(pieces)
        if self.settings.reorder:
            self._random.shuffle(pieces)
        if self.settings.rotten and self._random.random() < self.settings.rotten:
            pieces.insert(self._random.randrange(count + 1), self._random.choice(ROTTEN))
        body = b"[" + b",".join(pieces) + b"]\r\n"
        batch = Batch(body, count, self._made_at, self._progress.era, shares)
        self._enqueue(batch, self._made_at + self.settings.delay)

    def _enqueue(self, batch: Batch, due: float) -> None:
        self._sequence += 1
        order = self._random.random() * 1000 if self.settings.reorder else self._sequence
        heapq.heappush(self._queue, (due, order + self._sequence / 1e12, batch))
        self._queued_bytes += len(batch.body)

    def _next_batch(self) -> Batch | None:
        """Wait for the next batch that is due; None when the poster stops."""
        with self._change:
            while not self._stopped:
                pause = 60.0
                if self._pieces:
                    pause = self._first_piece_at + self.settings.batch_seconds - time.monotonic()
                    if pause <= 0:
                        self._close_batch()
                if self._queue and not self.settings.hold:
                    due = self._queue[0][0] - self._clock.now()
                    if due <= 0.0005:
                        batch = heapq.heappop(self._queue)[2]
                        self._queued_bytes -= len(batch.body)
                        if self._queue or self._pieces:
                            self._change.notify()  # the next thread waits for the following batch
                        return batch
                    pause = min(pause, due)
                self._change.wait(max(pause, 0.001))
        return None

    def _post_all(self) -> None:
        line = ReceiverConnection()
        while (batch := self._next_batch()) is not None:
            batch.tries += 1
            if batch.signed is None or self.settings.resign:
                batch.signed = self._sign(batch.body)
            failure = line.post(self.settings, batch)
            with self._change:
                self._settle(batch, failure)

    def _settle(self, batch: Batch, failure: str) -> None:
        if batch.era != self._progress.era:
            return
        if not failure:
            self.counts["delivered_events"] += batch.count
            self.counts["delivered_batches"] += 1
        else:
            self.counts["failed_posts"] += 1
            self.last_failure = failure
            due = self._clock.now() + min(self.settings.retry_first * 2 ** min(batch.tries - 1, 60), self.settings.retry_most)
            if due - batch.made_at <= RETRY_FOR:
                self._enqueue(batch, due)
                self._change.notify_all()
                return
            self.counts["given_up_events"] += batch.count
        self.pending -= batch.count
        for ticket, count in batch.shares:
            self._progress.finish(ticket, count)
        self._change.notify_all()

    def _sign(self, body: bytes) -> tuple[str, str]:
        """Timestamp and signature, as the mode wants them; an empty signature is not sent."""
        mode = self.settings.signature
        timestamp = str(int(self._clock.now() - (STALE_BY if mode == "stale" else 0)))
        if mode == "none":
            return timestamp, ""
        key = self.other_key if mode == "other-key" else self.key
        return timestamp, key.sign(timestamp, body + b" " if mode == "wrong" else body)
