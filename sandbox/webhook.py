"""Posts events to the receiver: batches by size and time, several posters, signatures, retries, and every bad habit."""

import heapq
import http.client
import random
import threading
import time
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.clock import Clock
from sandbox.events import random_id
from sandbox.listener import is_loopback
from sandbox.signing import SigningKey

RETRY_FOR = 24 * 3600
STALE_BY = 3 * 3600
MOST_QUEUED = 64 * 1024 * 1024
SIGNATURES = ("good", "wrong", "stale", "other-key", "none")
ROTTEN: tuple[bytes, ...] = (
    b"null",
    b'"words"',
    b"{}",
    b'{"event":17,"email":["nobody"],"timestamp":"yesterday","sg_event_id":{}}',
    b'{"event":"delivered","email":"nobody@rotten.example","timestamp":1e400,"sg_event_id":"a\\u0000b"}',
)


@dataclass(slots=True)
class Settings:
    """Each field is one key of POST /_sandbox/webhook. Rates are shares from 0 to 1, times are seconds."""

    url: str = ""
    speed: float = 1.0  # factor on all delays between events; 0 = at once
    hold: bool = False  # collect, but post nothing
    batch_seconds: float = 0.1
    batch_bytes: int = 768 * 1024
    timeout: float = 10.0
    retry_first: float = 0.5  # doubles from try to try
    retry_most: float = 60.0
    resign: bool = False  # a retry gets a new timestamp and signature
    signature: str = "good"
    duplicate: float = 0.0  # share of events posted again with the same id
    duplicate_new_id: float = 0.0  # and with another sg_event_id
    drop: float = 0.0  # share of events never posted
    rotten: float = 0.0  # share of batches with one element that is no event
    reorder: bool = False  # shuffled inside batches, and batches among themselves
    delay: float = 0.0  # every batch waits this long
    open_rate: float = 0.0  # share of ordinary recipients who open
    click_rate: float = 0.0  # share who also click
    seed: int = 0

    def change(self, wishes: dict[str, Any]) -> None:
        """Set what is named, all or nothing; ValueError with the way out."""
        new = asdict(self) | wishes
        if unknown := new.keys() - {one.name for one in fields(self)}:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}; there are {', '.join(asdict(self))}")
        for name, usual in asdict(Settings()).items():
            if isinstance(usual, float) and type(new[name]) is int:
                new[name] = float(new[name])
            if type(new[name]) is not type(usual):
                raise ValueError(f"{name} is a {type(usual).__name__}, not {new[name]!r}")
        if new["signature"] not in SIGNATURES:
            raise ValueError(f"signature is one of {', '.join(SIGNATURES)}, not {new['signature']!r}")
        if new["url"]:
            parts = urlsplit(new["url"])
            if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
                raise ValueError(f"the webhook goes to http:// on loopback only, not to {new['url']!r}")
        for name in wishes:
            setattr(self, name, new[name])


@dataclass(slots=True)
class Batch:
    body: bytes
    count: int
    made_at: float  # by the sandbox's clock: the 24 hours run from here
    tries: int = 0
    signed: tuple[str, str] | None = None  # timestamp, signature


class Webhook:
    """`emit` takes events; a few threads post them. Undelivered events live in memory only."""

    def __init__(self, key: SigningKey, other_key: SigningKey, clock: Clock, posters: int = 4) -> None:
        self.settings = Settings()
        self.key, self.other_key = key, other_key
        self._clock = clock
        self._change = threading.Condition()
        self._pieces: list[bytes] = []
        self._piece_bytes = 0
        self._first_piece_at = 0.0
        self._queue: list[tuple[float, float, Batch]] = []
        self._queued_bytes = 0
        self._sequence = 0.0
        self._stopped = False
        self._random = random.Random(0)
        self.pending = 0
        self.counts = dict.fromkeys(
            ("delivered_events", "delivered_batches", "failed_posts", "given_up_events", "dropped_events"), 0
        )
        self.last_failure = ""
        self._threads = [threading.Thread(target=self._post_all, daemon=True) for _ in range(posters)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
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
        """The other key becomes the one that signs."""
        with self._change:
            self.key, self.other_key = self.other_key, self.key

    def reset(self) -> None:
        """Forget events not yet posted, and the counts."""
        with self._change:
            self._pieces, self._piece_bytes, self._queue, self._queued_bytes, self.pending = [], 0, [], 0, 0
            self.counts = dict.fromkeys(self.counts, 0)
            self.last_failure = ""

    def emit(self, events: list[dict[str, Any]]) -> None:
        """Take events for posting. Waits while too much is queued: the source is on disk, memory is not."""
        if not self.active or not events:
            return
        pieces = self._spoil(events)
        with self._change:
            while self._queued_bytes > MOST_QUEUED and not self._stopped:
                self._change.wait(1.0)
            self.pending += len(pieces)
            for piece in pieces:
                if self._piece_bytes + len(piece) + 4 > self.settings.batch_bytes:
                    self._close_batch()
                if not self._pieces:
                    self._first_piece_at = time.monotonic()
                self._pieces.append(piece)
                self._piece_bytes += len(piece) + 1
            self._change.notify_all()

    def emit_raw(self, pieces: list[bytes]) -> None:
        """Take pieces of JSON as they are, whatever they are."""
        with self._change:
            self.pending += len(pieces)
            if not self._pieces:
                self._first_piece_at = time.monotonic()
            self._pieces += pieces
            self._piece_bytes += sum(len(piece) + 1 for piece in pieces)
            self._change.notify_all()

    def _spoil(self, events: list[dict[str, Any]]) -> list[bytes]:
        """JSON of each event, less the dropped, plus the doubled."""
        settings, chance = self.settings, self._random.random
        if not (settings.drop or settings.duplicate or settings.duplicate_new_id):
            return [orjson.dumps(event) for event in events]
        pieces: list[bytes] = []
        for event in events:
            if chance() < settings.drop:
                self.counts["dropped_events"] += 1
                continue
            pieces.append(orjson.dumps(event))
            if chance() < settings.duplicate:
                pieces.append(pieces[-1])
            if chance() < settings.duplicate_new_id:
                pieces.append(orjson.dumps({**event, "sg_event_id": random_id()}))
        return pieces

    def _close_batch(self) -> None:
        """Queue what has been collected. Called with the lock held."""
        pieces, self._pieces, self._piece_bytes = self._pieces, [], 0
        if not pieces:
            return
        count = len(pieces)
        if self.settings.reorder:
            self._random.shuffle(pieces)
        if self.settings.rotten and self._random.random() < self.settings.rotten:
            pieces.insert(self._random.randrange(count + 1), self._random.choice(ROTTEN))
        batch = Batch(b"[" + b",".join(pieces) + b"]\r\n", count, self._clock.now())
        self._enqueue(batch, self.settings.delay)

    def _enqueue(self, batch: Batch, pause: float) -> None:
        self._sequence += 1
        order = self._random.random() * 1000 if self.settings.reorder else self._sequence
        heapq.heappush(self._queue, (time.monotonic() + pause, order + self._sequence / 1e12, batch))
        self._queued_bytes += len(batch.body)

    def _next_batch(self) -> Batch | None:
        """Wait for the next batch that is due; None at the end."""
        with self._change:
            while not self._stopped:
                now, pause = time.monotonic(), 60.0
                if self._pieces:
                    pause = self._first_piece_at + self.settings.batch_seconds - now
                    if pause <= 0:
                        self._close_batch()
                if self._queue and not self.settings.hold:
                    if self._queue[0][0] <= now + 0.0005:
                        batch = heapq.heappop(self._queue)[2]
                        self._queued_bytes -= len(batch.body)
                        return batch
                    pause = min(pause, self._queue[0][0] - now)
                self._change.wait(max(pause, 0.001))
        return None

    def _post_all(self) -> None:
        line = Line()
        while (batch := self._next_batch()) is not None:
            batch.tries += 1
            if batch.signed is None or self.settings.resign:
                batch.signed = self._sign(batch.body)
            failure = line.post(self.settings, batch)
            with self._change:
                self._settle(batch, failure)

    def _settle(self, batch: Batch, failure: str) -> None:
        if not failure:
            self.counts["delivered_events"] += batch.count
            self.counts["delivered_batches"] += 1
        else:
            self.counts["failed_posts"] += 1
            self.last_failure = failure
            pause = min(self.settings.retry_first * 2 ** (batch.tries - 1), self.settings.retry_most)
            if self._clock.now() + pause - batch.made_at <= RETRY_FOR:
                self._enqueue(batch, pause)
                self._change.notify_all()
                return
            self.counts["given_up_events"] += batch.count
        self.pending = max(0, self.pending - batch.count)
        self._change.notify_all()

    def _sign(self, body: bytes) -> tuple[str, str]:
        """Timestamp and signature, as the mode wants them; an empty signature is not sent."""
        mode = self.settings.signature
        timestamp = str(int(self._clock.now() - (STALE_BY if mode == "stale" else 0)))
        if mode == "none":
            return timestamp, ""
        key = self.other_key if mode == "other-key" else self.key
        return timestamp, key.sign(timestamp, body + b" " if mode == "wrong" else body)


class Line:
    """One poster's connection to the receiver, kept open between posts."""

    def __init__(self) -> None:
        self._http: http.client.HTTPConnection | None = None
        self._address: tuple[str, int, float] = ("", 0, 0.0)

    def post(self, settings: Settings, batch: Batch) -> str:
        """Post once; an empty string for a 2xx, else what went wrong. Redirects are failures, never followed."""
        parts = urlsplit(settings.url)
        address = (parts.hostname or "", parts.port or 80, settings.timeout)
        if self._http is None or address != self._address:
            self._hang_up()
            self._http = http.client.HTTPConnection(address[0], address[1], timeout=address[2])
            self._address = address
        timestamp, signature = batch.signed or ("", "")
        headers = {"User-Agent": "SendGrid Event API", "Content-Type": "application/json;charset=utf-8"}
        if signature:
            headers["X-Twilio-Email-Event-Webhook-Signature"] = signature
            headers["X-Twilio-Email-Event-Webhook-Timestamp"] = timestamp
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        reused = self._http.sock is not None
        try:
            self._http.request("POST", target, batch.body, headers)
            answer = self._http.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            if reused and isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
                return self.post(settings, batch)  # the receiver had closed an idle connection
            return f"{type(error).__name__}: {error}"
        return "" if 200 <= answer.status < 300 else f"status {answer.status}"

    def _hang_up(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None
