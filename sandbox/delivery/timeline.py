"""The timeline of accepted mail: one thread that turns requests into events when they are due.

Memory stays small: a waiting request is one entry of a heap, and its recipients stay in the ledger's file. Requests that
are unfinished when the process dies are continued from the ledger at the next start."""

import heapq
import logging
import threading
from typing import Any

import orjson

from sandbox.batches import Batches
from sandbox.delivery import address_outcomes as outcomes
from sandbox.delivery.address_outcomes import DELIVERY, ORDINARY, PROCESSING, MailOutcome, OutcomeEvent
from sandbox.ledger import Ledger, Record, moment_of, moments_in
from sandbox.movable_clock import Clock
from sandbox.readers.reader_pool import READ_FOR, Readers
from sandbox.suppressed_addresses import Suppressions
from sandbox.webhooks.event_json import Mailing, write_alike, write_event, write_late_bounce
from sandbox.webhooks.progress import Progress, Ticket
from sandbox.webhooks.registry import Webhooks

EXPIRY = 72 * 3600
LOOK_AGAIN = 0.25
logger = logging.getLogger("sandbox")


class Timeline:
    def __init__(
        self,
        ledger: Ledger,
        suppressions: Suppressions,
        webhooks: Webhooks,
        batches: Batches,
        clock: Clock,
        progress: Progress,
        readers: Readers,
    ) -> None:
        self._ledger, self._suppressions, self._webhooks, self._readers = ledger, suppressions, webhooks, readers
        self._batches, self._clock, self._progress = batches, clock, progress
        self._heap: list[tuple[float, int, str, Ticket, Any]] = []
        self._sequence = 0
        self._open = 0  # unfinished entries, except those that wait for their send_at
        self.scheduled = 0
        self._busy = ""  # the stage that the thread is working on
        self._left_over: set[int] = set()  # unfinished requests of an earlier run
        self._change = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="timeline", daemon=True)

    def start(self) -> None:
        over = self._progress.over()
        slots = (slot for slot in range(len(self._ledger)) if self._ledger.recipients_in(slot))
        if len(over) < self._ledger.accepted_requests:
            self._left_over = {number for slot in slots if (number := self._ledger.record(slot)["request"]) not in over}
        if self._readers.settings.on:
            self._continue_reading(over)
        self.resume()
        self._thread.start()

    def resume(self) -> None:
        """Continue the unfinished requests of an earlier run, as soon as a webhook receives events."""
        if not self._webhooks.active:
            return
        left, self._left_over = sorted(self._left_over), set()
        for number in left:
            if record := self._ledger.by_number(number):
                self.schedule(record, self._progress.issue(number))

    def _continue_reading(self, numbers: set[int]) -> None:
        """Pass the mail that these requests of an earlier run delivered to the readers again."""
        oldest = self._clock.now() - READ_FOR
        for number in sorted(numbers):
            record = self._ledger.by_number(number)
            if record is None or not record["people"] or record["at"] < oldest:
                continue
            mailing = Mailing.of(record)
            starts: dict[float, list[list[Any]]] = {}
            for person in record["people"]:
                ending = self._ledger.ending_of(record, person)
                if ending.state == "released" and any(
                    step.event == "delivered" for step in self._outcome_of(mailing, person).steps
                ):
                    starts.setdefault(ending.at, []).append(person)
            for started, people in starts.items():
                self._readers.receive(record, people, started + DELIVERY * self._webhooks.world.speed)

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def wake(self) -> None:
        """Wake the thread, because a setting has changed."""
        with self._change:
            self._change.notify_all()

    def catch_up(self, timeout: float) -> bool:
        """After the clock was moved: wait until everything due by now has happened. False after `timeout` seconds."""
        now = self._clock.now()
        with self._change:
            self._change.notify_all()
            return self._change.wait_for(lambda: not self._busy and not (self._heap and self._heap[0][0] <= now), timeout)

    def reset(self) -> None:
        with self._change:
            self._progress.reset()
            self._heap.clear()
            self._left_over.clear()
            self._open = self.scheduled = 0
            self._change.notify_all()

    @property
    def pending(self) -> int:
        """Unfinished entries. Mail whose `send_at` has come counts too: if it is cancelled, no event shows its end."""
        with self._change:
            due = bool(self._heap) and self._heap[0][0] <= self._clock.now() and self._heap[0][2] == "release"
            return self._open + (self._busy == "release") + due

    @property
    def left_over(self) -> int:
        return len(self._left_over)

    def schedule(self, record: Record, ticket: Ticket) -> None:
        """Schedule an accepted request: mail that goes out at once, and mail that waits for its `send_at`."""
        endings = self._ledger.scheduled.get(record["request"], {})
        self._progress.expect(ticket)
        for moment in sorted(moments_in(record)):
            ending = endings.get(moment)
            if not moment or (ending and ending.state == "released"):
                self._push_processed(ticket, moment, ending.at if ending else record["at"])
            elif ending is None or ending.state == "waiting":
                self._push(float(moment), "release", ticket, moment)
        self._progress.finish(ticket)

    def next_send_at(self, batch: str) -> float | None:
        """The earliest `send_at` of this batch's waiting mail; None if no mail is waiting."""
        times = [
            moment
            for number, endings in list(self._ledger.scheduled.items())
            if (record := self._ledger.by_number(number)) and record.get("batch") == batch
            for moment, ending in endings.items()
            if ending.state == "waiting"
        ]
        return min(times, default=None)

    def _push_processed(self, ticket: Ticket, moment: int, started: float) -> None:
        self._push(started + PROCESSING * self._webhooks.world.speed, "processed", ticket, (moment, started))

    def _push(self, due: float, stage: str, ticket: Ticket, what: Any) -> None:
        with self._change:
            if not self._progress.is_current(ticket):
                return
            if stage == "release":
                self.scheduled += 1
            else:
                self._open += 1
            self._progress.expect(ticket)
            self._sequence += 1
            heapq.heappush(self._heap, (due, self._sequence, stage, ticket, what))
            if self._heap[0][1] == self._sequence:
                self._change.notify_all()

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
                _, _, stage, ticket, what = heapq.heappop(self._heap)
                self._busy = stage
            try:
                if self._progress.is_current(ticket):
                    getattr(self, f"_reach_{stage}")(ticket, what)
            except Exception:
                logger.exception("the stage %s failed", stage)
            with self._change:
                if self._progress.is_current(ticket):
                    if stage == "release":
                        self.scheduled -= 1
                    else:
                        self._open -= 1
                self._busy = ""
                self._change.notify_all()
            self._progress.finish(ticket)

    def _reach_release(self, ticket: Ticket, moment: int) -> None:
        """`send_at` has come: send, keep waiting or discard, depending on the batch's status."""
        record = self._ledger.by_number(ticket.number)
        if record is None:
            return
        number, now = ticket.number, self._clock.now()
        status = self._batches.status_for(record.get("batch"), moment)
        if status == "cancel":
            self._ledger.end_waiting(number, moment, "discarded", now, "cancelled")
        elif status == "pause" and now - moment > EXPIRY:
            self._ledger.end_waiting(number, moment, "discarded", now, "expired")
        elif status == "pause":
            self._push(now + LOOK_AGAIN, "release", ticket, moment)
        else:
            self._ledger.end_waiting(number, moment, "released", now)
            self._push_processed(ticket, moment, now)

    def _reach_processed(self, ticket: Ticket, what: tuple[int, float]) -> None:
        moment, started = what
        record = self._ledger.by_number(ticket.number)
        if record is None:
            return
        mailing, world = Mailing.of(record), self._webhooks.world
        at, active = started + PROCESSING * world.speed, self._webhooks.active
        everybody = record["people"]
        if "moments" in record:
            everybody = [person for person in everybody if moment_of(record, person) == moment]
        dropped: list[bytes] = []
        if not self._suppressions.any and outcomes.all_ordinary(person[2] for person in everybody):
            processed = ordinary = everybody
        else:
            processed, ordinary = self._sort_out(ticket, mailing, everybody, started, dropped)
        if active:
            self._webhooks.emit(ticket, [*dropped, *write_alike(mailing, processed, "processed", at, {})], at)
        if ordinary and (active or self._readers.settings.on):
            whole = ordinary if len(ordinary) < len(record["people"]) else None
            due = started + DELIVERY * world.speed
            self._push(due, "delivered", ticket, (whole, due))

    def _sort_out(
        self, ticket: Ticket, mailing: Mailing, everybody: list[list[Any]], started: float, dropped: list[bytes]
    ) -> tuple[list[list[Any]], list[list[Any]]]:
        """Schedules all steps but the ordinary ones. Returns who is processed, and who of them has the ordinary outcome."""
        world, processed, ordinary = self._webhooks.world, [], []
        for person in everybody:
            outcome = self._outcome_of(mailing, person)
            steps = outcome.steps
            if outcome is ORDINARY:
                ordinary.append(person)
            elif steps and steps[0].event == "dropped" and not outcome.listed:
                at = started + PROCESSING * world.speed
                dropped.append(orjson.dumps(write_event(mailing, person, "dropped", at, steps[0].fields)))
            else:
                for step in steps:
                    due, listed = started + step.after * world.speed, outcome.listed if step is steps[-1] else ""
                    self._push(due, "step", ticket, (mailing, person, step, listed, due))
            if steps and steps[0].event != "dropped":
                processed.append(person)
        return processed, ordinary

    def _outcome_of(self, mailing: Mailing, person: list[Any]) -> MailOutcome:
        """The outcome of one mail. Suppressions that this request itself caused do not count."""
        address = person[2]
        if reason := self._suppressions.why_dropped(address, mailing.bypasses, mailing.number):
            return outcomes.drop_for(reason)
        if word := outcomes.foresee(address):
            return outcomes.reported(outcomes.OUTCOMES[word], mailing.tracked)
        return ORDINARY

    def _reach_delivered(self, ticket: Ticket, what: tuple[list[list[Any]] | None, float]) -> None:
        people, at = what
        record = self._ledger.by_number(ticket.number)
        if record is None:
            return
        everybody = people or record["people"]
        self._webhooks.emit(ticket, write_alike(Mailing.of(record), everybody, "delivered", at, ORDINARY.steps[0].fields), at)
        self._readers.receive(record, everybody, at)

    def _reach_step(self, ticket: Ticket, what: tuple[Mailing, list[Any], OutcomeEvent, str, float]) -> None:
        mailing, person, step, listed, at = what
        if listed:
            details: dict[str, Any] = {name: step.fields[name] for name in ("reason", "status", "ip") if name in step.fields}
            self._suppressions.add(listed, [{"email": person[2], "request": mailing.number, **details}], at)
        if step.event == "delivered" and (record := self._ledger.by_number(mailing.number)):
            self._readers.receive(record, [person], at)
        if not self._webhooks.active:
            return
        if step.event == "late-bounce":
            event = write_late_bounce(mailing, person, at, step.fields)
        else:
            fields = step.fields
            if step.event == "click":
                url, part = mailing.tracked["click"]
                fields = {**fields, "url": url, "url_offset": {"index": 0, "type": part}}
            event = write_event(mailing, person, step.event, at, fields)
        self._webhooks.emit(ticket, [orjson.dumps(event)], at)
