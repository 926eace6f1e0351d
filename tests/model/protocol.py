"""A small model of the protocol: one slice of one or two people, two workers, reaper, provider, events, staff, time.

Every step is one commit of the database, one thing that happens to a request, or time that passes. A stopped process
(SIGSTOP) needs no step of its own: it makes no step while others and time do. A killed process forgets its state.
Slices change only by rows of the table (rules.Rules).

Time is modelled per attempt, in ages: 0 within the request's own deadlines; 1 its lease of 60 s ran out. Then, with the
policy `settle`: 2 the settle time passed. In strict mode: 2 too late to cancel, 3 past its release.
Longer ages rest on assumptions of the protocol; _older names each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from campaigns.states import Move
from tests.model.rules import Rules
from tests.model.state import ENDS, NOBODY, PROOFS, QUARANTINED, SPENT, TARGETS, Attempt, Slice, State, Steps, Worker, swap


@dataclass
class Protocol:
    """One world to search: how many of each, what may happen, and which rule is broken (`without`)."""

    rules: Rules = field(default_factory=Rules)
    people: int = 1
    workers: int = 2
    attempts: int = 2
    policy: str = "never"  # or "resend"
    webhook: str = "up"  # or "down"
    staff: frozenset[str] = frozenset({"operator"})  # operator, pause, cancel, leave
    kills: bool = True  # a process that is stopped for ever needs no kill; its place stays taken
    holds: bool = True  # what stays unknown becomes held after a time
    large: bool = False  # bodies may be found too large before sending
    bad: bool = False  # the provider may answer 400
    restore: bool = False
    strict: bool = False
    in_time: bool = True  # strict: a cancel lands before it is too late
    without: str = ""

    def initial(self) -> State:
        people = (1 << self.people) - 1
        (fill,) = self.rules.may("", "fill", "")
        self.rules.used.add(fill)
        return State((Slice(people, fill.target),), (), (Worker(),) * self.workers)

    def rests(self, state: State) -> bool:
        """Nobody is open, or they wait for more attempts than are modelled. In strict mode nobody may be uncertain either."""
        states = {each.state for each in state.slices}
        if self.strict and self.in_time and "unknown" in states:
            return False
        ends_here = len(state.attempts) >= self.attempts and "planned" in states and state.campaign != "cancelled"
        return ends_here or not states & {"planned", "claimed", "in_flight"}

    def steps(self, state: State) -> Steps:
        for makes in (self.worker, self.provider, self.reaper, self.time, self.event, self.staffs, self.policies):
            yield from makes(state)
        if self.strict:
            yield from self.fence(state)
        if self.restore:
            yield from self.restores(state)

    # ------------------------------------------------------------------------------------------------------ the worker
    def worker(self, state: State) -> Steps:
        for place, worker in enumerate(state.workers):
            if place and worker == state.workers[place - 1]:
                continue  # the same as the worker next to it
            if worker.at == "idle":
                yield from self.claim(state, place)
                continue
            if self.kills:
                yield f"a worker is killed ({worker.at}{self.named(worker)})", self.put(state, place)
            yield from getattr(self, f"from_{worker.at}")(state, place, worker)

    @staticmethod
    def named(worker: Worker) -> str:
        return f" {worker.word}" if worker.at == "claimed" else f", attempt {worker.ref + 1} {worker.word}".rstrip()

    @staticmethod
    def put(state: State, place: int, at: str = "idle", ref: int = NOBODY, word: str = "", **changes: object) -> State:
        workers = list(state.workers)
        workers[place] = Worker(at, ref, word)
        return state._replace(workers=tuple(sorted(workers)), **changes)

    def move(self, state: State, place: int, move: Move, **changes: object) -> State:
        """Move one slice by this row of the table. A worker that had claimed it loses the claim, unless it makes this step."""
        self.rules.used.add(move)
        slices = swap(state.slices, place, state=move.target, **changes)
        if move.target == "split":
            slices += tuple(
                Slice(1 << bit, "planned", parent=place) for bit in range(self.people) if state.slices[place].members >> bit & 1
            )
        workers = state.workers
        if move.source == "claimed":
            workers = tuple(
                sorted(each._replace(word="stale") if each.at == "claimed" and each.ref == place else each for each in workers)
            )
        return state._replace(slices=slices, workers=workers)

    def claim(self, state: State, place: int) -> Steps:
        if state.campaign != "sending" or state.past in QUARANTINED or len(state.attempts) >= self.attempts:
            return
        for number, each in enumerate(state.slices):
            for move in self.rules.may(each.state, "worker", "", ("claimed",)):
                held = self.put(state, place, "claimed", number)
                yield "a worker claims the slice", self.move(held, number, move, leased=True)

    def from_claimed(self, state: State, place: int, worker: Worker) -> Steps:
        number, each = worker.ref, state.slices[worker.ref]
        mine = each.state == "claimed" and (worker.word != "stale" or self.without == "fencing")
        for by in ("worker", "gate") if mine else ():
            for move in self.rules.may("claimed", by, "never on the wire", ("planned",)):
                yield f"a {by} gives the slice back: {move.when}", self.move(self.put(state, place), number, move, leased=False)
        if len(state.attempts) < self.attempts:
            if self.without == "gate before sending":
                yield from self.send_ungated(state, place, number)
            elif mine and each.leased and state.campaign == "sending" and state.past not in QUARANTINED:
                yield from self.gate(state, place, number)
        if not self.kills:
            yield "the gate refuses, the worker goes on", self.put(state, place)

    def gate(self, state: State, place: int, number: int) -> Steps:
        each = state.slices[number]
        fit = each.members & ~state.skipped
        gone = fit & state.left
        body = fit if self.without == "consent at the gate" else fit & ~gone
        if not body:
            for move in self.rules.may("claimed", "gate", self.why_not(state, number)):
                after = self.move(self.put(state, place), number, move, leased=False)
                yield f"the gate: nobody left to write to, {move.target}", after._replace(skipped=state.skipped | gone)
            return
        breach = "somebody who had left is in the body" if body & state.left else state.breach
        for move in self.rules.may("claimed", "gate", "attempt"):
            new = len(state.attempts)
            made = state._replace(
                attempts=(*state.attempts, Attempt(number, body, state.forsaken)),
                skipped=state.skipped | (0 if body & gone else gone), breach=breach,
            )  # fmt: skip
            passed = self.move(self.put(made, place, "gated", new), number, move, current=new, leased=False)
            yield f"the gate of attempt {new + 1} commits: {move.target}", passed
            doubt = self.move(self.put(made, place, "heard", new, "never"), number, move, current=new, leased=False)
            yield f"the gate of attempt {new + 1} commits, but its worker loses the connection and sends nothing", doubt

    def send_ungated(self, state: State, place: int, number: int) -> Steps:
        new = len(state.attempts)
        made = Attempt(number, state.slices[number].members, known=False, provider="got")
        yield (
            f"attempt {new + 1} is sent before its gate commits",
            self.put(state, place, "sent", new, attempts=(*state.attempts, made)),
        )

    def from_gated(self, state: State, place: int, worker: Worker) -> Steps:
        number, attempt = worker.ref, state.attempts[worker.ref]
        if attempt.age == 0 or self.without == "deadline":
            late = " long after its lease" if attempt.age else ""
            yield f"attempt {number + 1}: the first byte leaves{late}", self.put(state, place, "begun", number)
        if self.large:
            yield f"attempt {number + 1}: too large, no byte leaves", self.put(state, place, "heard", number, "bad")
        yield f"attempt {number + 1}: no byte leaves (no connection, deadline)", self.put(state, place, "heard", number, "never")

    def from_begun(self, state: State, place: int, worker: Worker) -> Steps:
        number, attempt = worker.ref, state.attempts[worker.ref]
        if attempt.age == 0 or self.without == "deadline":
            arrived = swap(state.attempts, number, provider="got")
            yield f"attempt {number + 1}: the whole body arrives", self.put(state, place, "sent", number, attempts=arrived)
        yield f"attempt {number + 1}: the connection breaks", self.put(state, place, "heard", number, "unclear")

    def from_sent(self, state: State, place: int, worker: Worker) -> Steps:
        number, attempt = worker.ref, state.attempts[worker.ref]
        if not attempt.known and self.without == "gate before sending":
            each = state.slices[attempt.slice]
            for move in self.rules.may("claimed", "gate", "attempt") if each.state == "claimed" and each.leased else ():
                known = state._replace(attempts=swap(state.attempts, number, known=True))
                yield (
                    f"the gate of attempt {number + 1} commits, after it was sent",
                    self.move(known, attempt.slice, move, current=number, leased=False),
                )
        answer = {"accepted": "202", "released": "202"}.get(attempt.provider, attempt.provider)
        if answer in PROOFS:
            yield f"attempt {number + 1}: its worker hears {answer}", self.put(state, place, "heard", number, answer)
        yield f"attempt {number + 1}: time-out, reset or 5xx", self.put(state, place, "heard", number, "unclear")

    def from_heard(self, state: State, place: int, worker: Worker) -> Steps:
        label = f"the answer of attempt {worker.ref + 1} ({worker.word}) is recorded"
        for what, after in self.settle(state, worker.ref, worker.word):
            yield label + what, self.put(after, place)
            if after != state:
                yield label + what + "; its worker does not learn of it and will repeat it", after

    def settle(self, state: State, number: int, answer: str) -> Steps:
        """settling.settle: an attempt ends once, but `unknown` may be replaced; the slice moves only for its current attempt."""
        attempt = state.attempts[number]
        fenced = bool(attempt.fence) and self.without != "refusal of answers once the fence began"
        looked = state.past in {"listed", "lifted"} and attempt.end == "unknown" and answer != "202"
        if looked and self.without != "refusal of a late no after a restore":
            yield ", which changes nothing after a restore", state
            return
        if not attempt.known or fenced or not (attempt.end == "" or (attempt.end == "unknown" and answer != "unclear")):
            yield ", which changes nothing", state
            return
        ended = state._replace(attempts=swap(state.attempts, number, end=ENDS[answer]))
        if answer == "202":
            ended = ended._replace(forsaken=ended.forsaken & ~(1 << number))
        each = state.slices[attempt.slice]
        if each.current != number and self.without != "fencing":
            if answer == "202" and self.without != "proof by an older attempt's 202":
                yield ": proof for everyone in it, as an event's", self.prove(ended, attempt.slice, "worker", "http")
            else:
                yield ": no more than that, another attempt is current", ended
            return
        proof, targets = PROOFS[answer], TARGETS.get(answer)
        if answer == "bad" and attempt.body.bit_count() == 1:
            proof, targets = "http", ("failed",)
        moves = self.rules.may(each.state, "worker", proof, targets)
        for move in moves:
            yield f": {move.source} -> {move.target}", self.move(ended, attempt.slice, move)
        if not moves:
            yield f": the slice stays {each.state}", ended

    # ------------------------------------------------------------------------------------------------ provider, reaper
    def provider(self, state: State) -> Steps:
        for number, attempt in enumerate(state.attempts):
            if attempt.provider == "got":
                for word in ("accepted", "busy", *(("bad",) if self.bad else ())):
                    yield (
                        f"the provider decides on attempt {number + 1}: {word}",
                        state._replace(attempts=swap(state.attempts, number, provider=word)),
                    )

    def reaper(self, state: State) -> Steps:
        for number, each in enumerate(state.slices):
            if each.state == "claimed" and not each.leased:
                for move in self.rules.may("claimed", "reaper", "never on the wire"):
                    yield "the reaper frees the dead claim", self.move(state, number, move)
            elif each.state == "in_flight" and state.attempts[each.current].age:
                ended = state
                if state.attempts[each.current].end == "":
                    ended = state._replace(attempts=swap(state.attempts, each.current, end="unknown"))
                for move in self.rules.may("in_flight", "reaper", "ambiguity"):
                    yield f"the reaper: {move.when}, {move.target}", self.move(ended, number, move)
            elif each.state == "planned" and len(state.attempts) >= self.attempts and each.current != NOBODY:
                used_up = state.attempts[each.current].end == "no"
                for move in self.rules.may("planned", "reaper", "reject") if used_up else ():
                    yield f"the reaper: {move.when}", self.move(state, number, move)

    # ------------------------------------------------------------------------------------------------------------ time
    def time(self, state: State) -> Steps:
        for number, each in enumerate(state.slices):
            if each.state == "claimed" and each.leased:
                yield "30 s pass: the claim's lease runs out", state._replace(slices=swap(state.slices, number, leased=False))
        last = 3 if self.strict else 2 if self.policy == "resend" else 1
        for number, attempt in enumerate(state.attempts):
            in_order = number == 0 or state.attempts[number - 1].age > attempt.age
            if attempt.age < last and in_order and self._older(state, number, attempt):
                words = self._age_words(attempt.age + 1)
                yield f"time passes: attempt {number + 1} is {words}", self._mark(state, number, age=attempt.age + 1)

    def _age_words(self, age: int) -> str:
        strict = {2: "too late to cancel", 3: "past its release"}
        return "past its lease" if age == 1 else strict[age] if self.strict else "past the settle time"

    def _older(self, state: State, number: int, attempt: Attempt) -> bool:
        """Whether time may pass: not while something is under way that the protocol assumes to take less time than this."""
        if attempt.age == 0:
            return True
        if self.strict:
            if attempt.age == 1 and self.in_time:
                each = state.slices[attempt.slice]
                done = attempt.fence == "confirmed"  # assumption: the cancel lands at least 10 min before the release
                return done or each.current != number or each.state not in {"in_flight", "unknown"}
            # The provider decides on a request, and releases what it keeps, within the margin.
            return attempt.age == 1 or attempt.provider != "got"
        # Assumption of the policy: a request is decided, and a working webhook reports it, within the settle time.
        if attempt.provider == "got":
            return False
        waits = self.webhook == "up" and self.without != "settle time above the webhook delay"
        return not (waits and attempt.provider == "accepted" and not attempt.told)

    # ------------------------------------------------------------------------------------------------ events, policies
    def family(self, state: State, number: int) -> list[int]:
        """The slice of that number, and those split from it."""
        found = [number]
        return found + [place for place, each in enumerate(state.slices) if each.parent == number]

    def event(self, state: State) -> Steps:
        """An event of an accepted attempt: late, repeated or never, as the search takes this step or not."""
        if self.webhook == "down":
            return
        seen = "released" if self.strict else "accepted"
        for number, attempt in enumerate(state.attempts):
            if attempt.provider != seen or not attempt.known:
                continue
            after = state._replace(
                attempts=swap(state.attempts, number, told=True, end="accepted" if attempt.end == "unknown" else attempt.end),
                forsaken=state.forsaken & ~(1 << number),
            )
            after = self.prove(after, attempt.slice, "event", "event")
            if after != state:
                yield f"an event names attempt {number + 1}", after

    def prove(self, state: State, number: int, by: str, proof: str) -> State:
        for place in self.family(state, number):
            for move in self.rules.may(state.slices[place].state, by, proof, ("accepted",)):
                state = self.move(state, place, move, leased=False)
        return state

    def policies(self, state: State) -> Steps:
        for number, each in enumerate(state.slices):
            if each.state not in {"unknown", "held"} or each.current == NOBODY or self.strict:
                continue
            for move in self.rules.may(each.state, "policy", "ambiguity") if self.holds else ():
                yield f"policy: {move.when}, {move.target}", self.move(state, number, move)
            healthy = self.webhook == "up" or self.without == "positive control"
            if self.policy == "resend" and state.attempts[each.current].age == 2 and healthy:
                for move in self.rules.may(each.state, "policy", "policy settle"):
                    yield f"policy: {move.when}, {move.target}", self.move(state, number, move)

    # ----------------------------------------------------------------------------------------------------------- staff
    def staffs(self, state: State) -> Steps:
        for number, each in enumerate(state.slices):
            for move in self.rules.may(each.state, "operator", "operator") if "operator" in self.staff else ():
                risk = 0
                if move.target == "planned":  # every attempt so far may have been accepted; the operator accepts that
                    risk = sum(1 << place for place, one in enumerate(state.attempts) if one.end != "no")
                yield f"an operator: {move.when}", self.move(state._replace(forsaken=state.forsaken | risk), number, move)
        if "pause" in self.staff and state.campaign in {"sending", "paused"}:
            other = "paused" if state.campaign == "sending" else "sending"
            yield f"the campaign is {other}", state._replace(campaign=other)
        if "leave" in self.staff and not state.left & 1:
            yield "one of them unsubscribes", state._replace(left=state.left | 1)
        if "cancel" in self.staff:
            after = state._replace(campaign="cancelled")
            for number, each in enumerate(state.slices):
                for move in self.rules.may(each.state, "cancel", self.why_not(state, number)):
                    after = self.move(after, number, move, leased=False)
            if after != state:
                yield "the campaign is cancelled: people without a request under way are skipped", after

    def why_not(self, state: State, number: int) -> str:
        """The proof for somebody who unsubscribes before the request: after an uncertain attempt nobody may say "not mailed"."""
        line = (number, state.slices[number].parent)
        earlier = [each for each in state.attempts if each.slice in line and each.known and each.fence != "confirmed"]
        doubt = any(each.end == "unknown" for each in earlier)
        return "ambiguity" if doubt and self.without != "uncertainty kept by a cancel" else "reason"

    # --------------------------------------------------------------------------------------------- strict mode, restore
    def fence(self, state: State) -> Steps:
        for number, attempt in enumerate(state.attempts):
            each = state.slices[attempt.slice]
            current = each.current == number
            said = f"attempt {number + 1}"
            if current and each.state == "unknown" and attempt.age == 1 and not attempt.fence:
                yield f"{said}: the fence begins, committed", self._mark(state, number, fence="begun")
            if attempt.fence == "begun":
                if attempt.age < 2 and not attempt.cancelled:
                    yield f"{said}: the cancel lands, its answer is lost", self._mark(state, number, cancelled=True)
                if (attempt.age < 2 and attempt.cancelled) or self.without == "confirmation of the cancel":
                    yield f"{said}: counted as cancelled", self._mark(state, number, fence="confirmed")
            if attempt.provider == "accepted" and not attempt.cancelled and attempt.age >= 2:
                yield f"{said}: the provider releases it", self._mark(state, number, provider="released")
            released = attempt.provider == "accepted" and not attempt.cancelled  # it is about to be released: the margin
            if current and attempt.fence == "confirmed" and attempt.age == 3 and not released:
                for move in self.rules.may(each.state, "fence", "fence"):
                    yield f"{said}: {move.when}, {move.target}", self.move(state, attempt.slice, move)
            if attempt.provider == "accepted" and attempt.age < 2 and "cancel" in self.staff and each.state == "accepted":
                for move in self.rules.may("accepted", "cancel", "batch") if current else ():
                    taken = self._mark(state, number, cancelled=True)._replace(campaign="cancelled")
                    yield f"{said}: {move.when}", self.move(taken, attempt.slice, move)

    @staticmethod
    def _mark(state: State, number: int, **changes: object) -> State:
        return state._replace(attempts=swap(state.attempts, number, **changes))

    def restores(self, state: State) -> Steps:
        """A backup is taken, and once the database goes back to it; only the provider knows what came after."""
        if state.backup is None:
            yield "a backup is taken", state._replace(backup=(state.slices, state.attempts))
        elif state.backup != SPENT:
            yield from self.go_back(state, *state.backup)
        if state.past == "lost":
            after = state
            for number, each in enumerate(state.slices):
                for move in self.rules.may(each.state, "restore", "restore"):
                    if each.current != NOBODY and not after.attempts[each.current].end:
                        after = self._mark(after, each.current, end="unknown")
                    after = self.move(after, number, move, leased=False)
            yield "the restore check lists who may have been sent to", after._replace(past="listed")
        if state.past == "listed":
            yield "an operator lifts the quarantine", state._replace(past="lifted")

    def go_back(self, state: State, slices: tuple[Slice, ...], attempts: tuple[Attempt, ...]) -> Steps:
        back = tuple(
            now._replace(end=attempts[place].end, told=attempts[place].told) if place < len(attempts)
            else now._replace(known=False, told=False)
            for place, now in enumerate(state.attempts)
        )  # fmt: skip
        past = "lifted" if self.without == "quarantine" else "lost"
        yield (
            "the database goes back to its backup",
            state._replace(slices=slices, attempts=back, backup=SPENT, past=past, forsaken=0),
        )
