"""When what happens to accepted mail: one thread that turns requests into events at their time.

Memory stays small: until its time comes a request is one entry of a heap, its people stay in the ledger's file. What is
not yet due is lost with the process; the ledger is not."""

import heapq
import logging
import re
import threading
import zlib
from typing import Any

from sandbox.batches import Batches
from sandbox.clock import Clock
from sandbox.events import Mailing, write_event, write_late_bounce
from sandbox.ledger import Ledger, Record
from sandbox.outcomes import DELIVERY, ENGAGED_CLICK, ENGAGED_OPEN, ORDINARY, OUTCOMES, Outcome, Step, foresee
from sandbox.suppressions import Suppressions, group_list
from sandbox.webhook import Webhook

PROCESSING = 0.05
EXPIRY = 72 * 3600
LINK = re.compile(rb'href=\\?"(https?://[^"\\]+)')
logger = logging.getLogger("sandbox")


class Timeline:
    def __init__(self, ledger: Ledger, suppressions: Suppressions, webhook: Webhook, batches: Batches, clock: Clock) -> None:
        self._ledger, self._suppressions, self._webhook = ledger, suppressions, webhook
        self._batches, self._clock = batches, clock
        self._heap: list[tuple[float, int, str, Any]] = []
        self._sequence = 0
        self._open = 0  # entries not finished, those that wait for their send_at excepted
        self.scheduled = 0
        self._change = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="timeline", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self._change.notify()

    def wake(self) -> None:
        """Look again: the clock or a setting has changed."""
        with self._change:
            self._change.notify()

    @property
    def pending(self) -> int:
        return self._open

    def schedule(self, record: Record) -> None:
        """Take an accepted request."""
        now, send_at = self._clock.now(), record.get("send_at")
        if send_at is not None and send_at > now:
            self._push(float(send_at), "release", record["request"])
        else:
            self._push(now + PROCESSING * self._webhook.settings.speed, "processed", record["request"])

    def _push(self, due: float, stage: str, what: Any) -> None:
        with self._change:
            if stage == "release":
                self.scheduled += 1
            else:
                self._open += 1
            self._sequence += 1
            heapq.heappush(self._heap, (due, self._sequence, stage, what))
            if self._heap[0][1] == self._sequence:
                self._change.notify()

    def _run(self) -> None:
        while True:
            with self._change:
                if self._stopped:
                    return
                now = self._clock.now()
                if not self._heap or self._heap[0][0] > now:
                    pause = min(self._heap[0][0] - now, 60.0) if self._heap else 60.0
                    self._change.wait(pause)
                    continue
                _, _, stage, what = heapq.heappop(self._heap)
            try:
                getattr(self, f"_reach_{stage}")(what, now)
            except Exception:
                logger.exception("the stage %s failed", stage)
            with self._change:
                if stage == "release":
                    self.scheduled -= 1
                else:
                    self._open -= 1

    def _reach_release(self, number: int, now: float) -> None:
        """send_at has come: go, wait, or discard, as the batch's status says."""
        record = self._ledger.by_number(number)
        if record is None:
            return
        status = self._batches.held.get(record.get("batch") or "")
        if status == "cancel":
            self._ledger.discard(number, now, "cancelled")
        elif status == "pause" and now - record["send_at"] > EXPIRY:
            self._ledger.discard(number, now, "expired")
        elif status == "pause":
            self._push(now + 0.25, "release", number)
        else:
            self._push(now, "processed", number)

    def _reach_processed(self, number: int, now: float) -> None:
        record = self._ledger.by_number(number)
        if record is None:
            return  # a reset came in between
        mailing = Mailing.of(record)
        events, apart = [], set()
        active, rates = self._webhook.active, self._webhook.settings.open_rate > 0
        for person in record["people"]:
            reason = self._suppressions.why_dropped(person[2], mailing.group, mailing.bypasses)
            if reason:
                apart.add(person[0])
                events.append(write_event(mailing, person, "dropped", now, {"reason": reason}))
                continue
            word = foresee(person[2])
            outcome = OUTCOMES[word] if word else self._engage(mailing, person) if rates else ORDINARY
            if outcome is not ORDINARY:
                apart.add(person[0])
                self._plan_steps(mailing, person, outcome, now)
            if active and outcome.steps and outcome.steps[0].event != "dropped":
                events.append(write_event(mailing, person, "processed", now, {}))
        self._webhook.emit(events)
        if active and len(apart) < len(record["people"]):
            self._push(now + (DELIVERY - PROCESSING) * self._webhook.settings.speed, "delivered", (number, apart))

    def _engage(self, mailing: Mailing, person: list[Any]) -> Outcome:
        """Opens and clicks of ordinary people at the wanted rates; the same person and mail always do the same."""
        settings = self._webhook.settings
        fate = zlib.crc32(f"{mailing.id}/{person[2]}".encode()) / 2**32
        if fate < min(settings.click_rate, settings.open_rate):
            return ENGAGED_CLICK
        return ENGAGED_OPEN if fate < settings.open_rate else ORDINARY

    def _plan_steps(self, mailing: Mailing, person: list[Any], outcome: Outcome, now: float) -> None:
        for step in outcome.steps:
            listed = outcome.listed if step is outcome.steps[-1] else ""
            due = now + (step.after - PROCESSING) * self._webhook.settings.speed
            self._push(due, "step", (mailing, person, step, listed))

    def _reach_delivered(self, what: tuple[int, set[int]], now: float) -> None:
        number, apart = what
        record = self._ledger.by_number(number)
        if record is None:
            return
        mailing, fields = Mailing.of(record), ORDINARY.steps[0].fields
        people = (person for person in record["people"] if person[0] not in apart)
        self._webhook.emit([write_event(mailing, person, "delivered", now, fields) for person in people])

    def _reach_step(self, what: tuple[Mailing, list[Any], Step, str], now: float) -> None:
        mailing, person, step, listed = what
        if listed:
            details = {name: step.fields[name] for name in ("reason", "status", "ip") if name in step.fields}
            self._suppressions.add(listed, person[2], now, **details)
        if step.event == "group_unsubscribe" and mailing.group is not None:
            self._suppressions.add(group_list(mailing.group), person[2], now)
        if not self._webhook.active:
            return
        if step.event == "late-bounce":
            self._webhook.emit([write_late_bounce(person, now, step.fields)])
            return
        fields = {**step.fields, "url": self._link_of(mailing.number)} if step.event == "click" else step.fields
        self._webhook.emit([write_event(mailing, person, step.event, now, fields)])

    def _link_of(self, number: int) -> str:
        """The first link of the mail, to be clicked."""
        record = self._ledger.by_number(number)
        found = LINK.search(self._ledger.body_of(record) or b"") if record else None
        return found[1].decode() if found else "https://newsletter.example/"
