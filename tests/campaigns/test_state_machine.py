"""The invariants of docs/delivery.md on the real database, in any order of workers, time, events and staff.

A Hypothesis state machine calls the product's own functions. The provider is a ledger in the test that knows what was
really accepted and released. MAILROOM_TEST_EXAMPLES=500 (and MAILROOM_TEST_STEPS) runs longer, with a new random seed each time.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pytest
from django.conf import settings as configured
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from campaigns import launch
from campaigns.models import Campaign
from campaigns.recovery import fencing, restore_check, settle_policy, uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import (
    claiming,
    claiming_sql,
    gate_sql,
    quarantine,
    schedule,
    schedule_sql,
    settling,
    settling_sql,
    strict_mode,
)
from campaigns.sending import gate as sending_gate
from campaigns.states import FACT_RANK, MOVES
from campaigns.totals import slice_totals
from campaigns.tracking import event_inbox
from publication import audit, clock
from publication.database.statement_sql import changed, query
from publication.installation import publication
from publication.models import Publication
from subscribers.consent import subscriptions, suppressions
from tests.campaigns.provider_ledger import EVENTS, NEVER, Ledger, Request, payload
from tests.support import emptying, people
from tests.support.servers import SERVERS
from tests.support.variations import EVERY
from transport.outcomes import Outcome, OutcomeKind

pytestmark = pytest.mark.django_db(transaction=True)

LONGER = "MAILROOM_TEST_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("MAILROOM_TEST_EXAMPLES", "20" if EVERY else "5"))
STEPS = int(os.environ.get("MAILROOM_TEST_STEPS", "30"))
HANDS = 4
SIZE = 2
ACCEPTED = tuple(FACT_RANK)
WISHES = ("accept", "accept, unheard", "accept", "accept, unheard", "lost on the way", "busy", "key refused", "too large")
FAR = ("claim", "gate", "send", "record", "record, unlearned")
PLANS = st.lists(
    st.tuples(st.sampled_from(("send", "record", "send", "record, unlearned", "gate", "claim")), st.sampled_from(WISHES)),
    min_size=1, max_size=HANDS,
)  # fmt: skip
ACTIONS = (
    "work", "work on", "work", "stand still", "work", "work on", "tell", "operator", "work", "settle time", "stand still", "tell",
    "overtake", "operator", "due work", "kill", "tell again", "leave", "pause", "cancel", "take back", "minutes", "take back",
    "policy", "back up", "go back",
)  # fmt: skip
CANCELS = ("confirmed", "confirmed", "answer lost", "not received")
FENCED = ("fencing", "fenced", "not_fenced", "discarded")
WEBHOOKS = ("up", "late", "down")
SETTLE_MINUTES = 10
# What a restored backup brings back. Consent is left out: nothing could know of an unsubscription that a restore lost.
RESTORED = ("campaign", "delivery", "slice_total", "slice", "attempt", "event", "provider_payload", "delivery_log")
EVENT_NAMES = list(EVENTS)
FREEING = {proof for move in MOVES if move.target == "planned" for proof in move.proof}


@dataclass(eq=False)
class Hand:
    """The state that one worker keeps in memory."""

    claim: claiming_sql.Claim
    request: Request | None = None
    begin_until: float = 0.0  # the limit for the first byte, on the clock of `Sending.waited`
    heard: Outcome | None = None


class Sending(RuleBasedStateMachine):
    """One campaign of a few people, workers that die, a provider that answers or does not, staff who interfere."""

    @initialize(count=st.integers(4, 12), guilty=st.sets(st.integers(0, 6), max_size=1), strict=st.booleans())
    def fill(self, count: int, guilty: set[int], strict: bool) -> None:
        emptying.empty()
        configured.MARK_DIR = configured.DATA_DIR / "marks" / secrets.token_hex(8)
        self.strict = strict
        campaign = people.make_campaign(count, attempt_size=SIZE)
        Campaign.objects.filter(pk=campaign.pk).update(strict=strict)
        self.campaign = people.start(campaign)
        Campaign.objects.filter(pk=campaign.pk).update(has_totals=True)  # as if it were large
        self.members = [row[0] for row in query("SELECT subscriber_id FROM delivery ORDER BY 1")]
        self.addresses = dict(query("SELECT id, address FROM subscriber"))
        self.ledger = Ledger(self.campaign.pk, frozenset(self.members[number] for number in guilty if number < count))
        self.lists = [number.pk for number in self.campaign.lists.all()]
        self.hands: list[Hand] = []
        self.waited = 0.0  # seconds by which the clock of all workers is ahead of the real one
        self.ahead = timedelta()  # by how much the clock is ahead
        clock.move(lambda: clock._system_time() + self.ahead)
        self.gone: set[int] = set()
        self.sent_events: list[dict[str, object]] = []
        self.has_backup = False
        self.ranks: dict[int, int] = {}
        self.witness = psycopg.connect(**_where(), autocommit=True)

    # ------------------------------------------------------------------------------------------------------ the worker
    # One rule for all steps of workers: Hypothesis disables single rules for a whole example, and without workers or
    # without time nothing happens.
    @rule(what=st.sampled_from(ACTIONS), plans=PLANS, pick=st.integers(0, 20), yes=st.booleans())
    def act(self, what: str, plans: list[tuple[str, str]], pick: int, yes: bool) -> None:
        {
            "work": lambda: self.work(plans, yes or pick > 5),
            "work on": lambda: self.work_on(plans),
            "stand still": self.stand_still,
            "tell": lambda: self.provider_tells(
                pick, [EVENT_NAMES[(pick + number) % len(EVENT_NAMES)] for number in range(len(plans))], yes
            ),
            "overtake": lambda: self.event_overtakes(pick),
            "tell again": lambda: self.provider_repeats_all(yes),
            "operator": lambda: self.operator(pick, "resend" if pick % 4 else "abandon"),
            "settle time": self.settle_time_passes,
            "due work": self.run_due_work,
            "kill": lambda: self.hands.clear() if yes else self.hands.pop() if self.hands else None,
            "leave": lambda: self.leave(pick, "unsubscribe" if yes else "suppress"),
            "pause": lambda: self.staff(launch.pause),
            "cancel": lambda: self.staff(launch.cancel) if pick == 20 else None,
            "take back": lambda: self.take_back(CANCELS[pick % len(CANCELS)]),
            "minutes": lambda: self.minutes_pass(3 + pick),
            "policy": lambda: self.settle_by_policy(WEBHOOKS[pick % len(WEBHOOKS)]),
            "back up": self.back_up,
            "go back": self.go_back,
        }[what]()

    def work(self, plans: list[tuple[str, str]], due: bool) -> None:
        """Workers claim new slices and advance them by some steps."""
        if due:
            self.waits_end()
            if self.state() in {"held", "paused"}:
                launch.resume(audit.system(), self.campaign.pk)
        for far, wish in plans:
            before = len(self.hands)
            if before < HANDS:
                self.claim()
            if self.hands:
                self.go_on(self.hands[-1] if len(self.hands) > before else self.hands[0], far, wish)

    def work_on(self, plans: list[tuple[str, str]]) -> None:
        """Workers advance the slices that they have."""
        for hand, (far, wish) in zip(list(self.hands), plans, strict=False):
            self.go_on(hand, far, wish)

    def stand_still(self) -> None:
        """All workers are stopped for longer than their leases, whatever answers they have received."""
        self.leases_run_out()
        settling.reap()

    def go_on(self, hand: Hand, far: str, wish: str) -> None:
        steps = FAR.index(far)
        if steps >= FAR.index("gate") and hand.request is None:
            self.gate(hand)
        if steps >= FAR.index("send") and hand.request and not hand.heard:
            late = time.monotonic() + self.waited > hand.begin_until
            hand.heard = NEVER if late else self.ledger.answer(hand.request, wish)
        if steps >= FAR.index("record") and hand.heard:
            self.record(hand)
            if far != "record, unlearned":  # otherwise its worker does not learn that it was recorded, and repeats it
                self.hands.remove(hand)

    def claim(self) -> None:
        taken = claiming.claim("tester")
        if taken is not None:
            self.hands.append(Hand(taken))

    def gate(self, hand: Hand) -> None:
        before, state = self.states(), self.state()
        last = query("SELECT max(id) FROM attempt WHERE slice_id = %s", [hand.claim.slice_id])[0][0]
        release = {}
        if self.strict:
            release = {"send_at": strict_mode.release_time(), "batch_id": f"batch {hand.claim.attempt_id}"}
        passed = sending_gate.gate(hand.claim, self.lists, "tester", **release)
        if passed is None:
            self.hands.remove(hand)
            return
        attempt, body = passed.attempt_id, tuple(sorted(passed.members))
        digest = query("SELECT v.digest FROM campaign c JOIN issue_version v ON v.id = c.version_id")[0][0]
        hand.begin_until = passed.begin_until + self.waited
        hand.request = self.ledger.gate(
            Request(attempt, hand.claim.slice_id, body, digest, frozenset(self.ledger.forsaken), **release)
        )
        assert state == "sending", "I9: no gate commits in a campaign that is not sending"
        assert not self.gone & set(body), "I9: people who unsubscribed before the gate are not in the body"
        assert all(before[person][0] not in ACCEPTED for person in body), "I6: nobody who is recorded as accepted is mailed again"
        assert last is None or attempt > last, "I6: attempts of a slice increase"
        seen = dict(
            self.witness.execute("SELECT subscriber_id, state FROM delivery_state WHERE attempt_id = %s", [attempt]).fetchall()
        )
        assert {seen.get(person) for person in body} == {"in_flight"}, "I2: committed before anything is sent"

    def record(self, hand: Hand) -> None:
        request, outcome = hand.request, hand.heard
        row = "SELECT state, current_attempt_id, proof FROM slice WHERE id = %s"
        recorded = query("SELECT outcome FROM attempt WHERE id = %s", [request.attempt])
        before = query(row, [request.slice])
        settling.settle(request.attempt, outcome)
        # Random waits and the throttle depend on real time; here a rule ends both.
        changed("UPDATE slice SET not_before = 'infinity' WHERE id = %s AND not_before IS NOT NULL", [request.slice])
        changed("DELETE FROM send_rate")
        after = query(row, [request.slice])
        if not recorded or recorded[0][0] in FENCED:
            assert before == after, "I8: an answer to an attempt that is taken back, or that the database lost, changes nothing"
        elif outcome.kind is OutcomeKind.ACCEPTED:
            self.ledger.record_acceptance(request.attempt)
            assert self.proved(request.people), "I6: a received 202 counts"
        elif before[0][1] != request.attempt:
            assert before == after, "I8: a worker whose attempt is not current changes nothing"

    # --------------------------------------------------------------------------------------------- time, reaper, staff
    def settle_time_passes(self) -> None:
        publication()
        Publication.objects.update(policies={"settle_hours": 0})
        settling.reap()
        Publication.objects.update(policies={})

    def run_due_work(self) -> None:
        settling.reap()
        schedule.finish_done()
        schedule.tend_ended()

    def staff(self, verb: Callable[..., object]) -> None:
        with suppress(launch.CampaignActionError):
            verb(audit.system(), self.campaign.pk)

    def leave(self, pick: int, how: str) -> None:
        if len(self.gone) >= 2:
            return
        person = self.members[pick % len(self.members)]
        if how == "unsubscribe":
            subscriptions.unsubscribe(audit.system(), person, how="page")
        else:
            suppressions.suppress(audit.system(), self.addresses[person], "hard_bounce")
        self.gone.add(person)

    def leases_run_out(self) -> None:
        changed("UPDATE slice SET lease_until = clock_timestamp() - interval '1 second' WHERE lease_until IS NOT NULL")
        self.waited += gate_sql.GATE_SECONDS

    @staticmethod
    def waits_end() -> None:
        changed("UPDATE slice SET not_before = NULL WHERE not_before IS NOT NULL")

    # ----------------------------------------------------------------------------- strict mode, the policy settle, restore
    def minutes_pass(self, minutes: int) -> None:
        if self.strict:
            self.stand_still()
            self.ahead += timedelta(minutes=minutes)

    def take_back(self, cancel: str) -> None:
        """One round of strict mode, in which the provider answers all cancels in the same way."""
        if not self.strict:
            return
        fencing.begin()
        for held_back in fencing.to_cancel():
            if cancel != "not received":
                self.ledger.cancel(held_back.batch_id, clock.now())
            if cancel == "confirmed":
                fencing.confirm(held_back)
        fencing.free()
        for attempt, _ in fencing.to_give_back():
            fencing.end_handle(attempt)
        if cancel == "confirmed":
            left = query(
                "SELECT a.id FROM attempt a JOIN slice s ON s.current_attempt_id = a.id WHERE s.state = 'unknown' AND "
                "(a.outcome IN ('unknown', 'fencing') AND a.send_at > %s OR a.fenced_at IS NOT NULL AND a.send_at <= %s)",
                [strict_mode.cancel_until(), clock.now() - fencing.AFTER_RELEASE],
            )
            assert not left, "I13: nobody stays uncertain whose mail was cancelled in time"

    def settle_by_policy(self, webhook: str) -> None:
        """The settle time passes. The webhook has reported every attempt by then, or is late, or has never reported anything."""
        if self.strict:
            return
        self.stand_still()
        if webhook == "up":
            for request in self.ledger.released(clock.now()):
                self.tell_of(request, 0, ["processed"])
        elif webhook == "late":
            known = {attempt for (attempt,) in query("SELECT id FROM attempt WHERE outcome = 'accepted'")}
            reported = [request for request in self.ledger.released(clock.now()) if request.attempt in known]
            for request in reported:
                self.tell_of(request, 0, ["deferred"], seconds_ago=45.0 * SETTLE_MINUTES)
            if not reported:
                return
        elif query("SELECT FROM event LIMIT 1"):
            return
        self.apply()
        publication()
        Publication.objects.update(policies={"settle": "resend", "settle_after": SETTLE_MINUTES})
        self.ahead = timedelta(minutes=SETTLE_MINUTES, seconds=5)
        settle_policy.plan_unproved()
        self.ahead = timedelta()
        Publication.objects.update(policies={})

    def back_up(self) -> None:
        if self.strict or self.has_backup:
            return
        quarantine.check()
        self.in_database(f"CREATE TABLE backup_{table} AS TABLE {table}" for table in RESTORED)
        self.has_backup = True

    def go_back(self) -> None:
        """The database is replaced by the backup. Processes notice it when they connect; staff follow docs/operations.md."""
        if not self.has_backup:
            return
        self.in_database(f"DELETE FROM {table}; INSERT INTO {table} TABLE backup_{table}" for table in RESTORED)
        self.remove_backup()
        self.ranks, self.sent_events, self.ledger.forsaken = {}, [], set()
        if not quarantine.check():
            restore_check.restore_check(audit.system())
            restore_check.lift(audit.system(), "looked through")
            self.staff(launch.resume)

    def remove_backup(self) -> None:
        self.in_database(f"DROP TABLE IF EXISTS backup_{table}" for table in RESTORED)
        self.has_backup = False

    @staticmethod
    def in_database(statements: Iterable[str]) -> None:
        """Run statements as a restore would: without triggers, and without the protection of tables that only grow."""
        with SERVERS.connect(connection.settings_dict["NAME"]) as admin:
            admin.execute("SET session_replication_role = replica; " + "; ".join(statements))

    # ---------------------------------------------------------------------------------------------------------- events
    def provider_tells(self, pick: int, names: list[str], late: bool) -> None:
        requests = self.ledger.released(clock.now())
        if requests:
            self.tell_of(requests[pick % len(requests)], pick, names)
            if not late:
                self.apply()

    def tell_of(self, request: Request, pick: int, names: list[str], seconds_ago: float = 0.0) -> None:
        person = request.people[pick % len(request.people)]
        events = [self.ledger.event(request.attempt, person, name, seconds_ago) for name in names]
        self.sent_events += events
        event_inbox.receive(payload(events))

    def event_overtakes(self, pick: int) -> None:
        """An event arrives before the answer is recorded."""
        released = self.ledger.released(clock.now())
        for hand in [hand for hand in self.hands if hand.heard and hand.request in released]:
            self.tell_of(hand.request, pick, ["processed"])
            self.apply()
            self.holds()
            self.go_on(hand, "record, unlearned", "accept")

    def apply(self) -> None:
        event_inbox.split_payloads()
        event_inbox.apply_events()
        for (attempt,) in query(
            "SELECT DISTINCT e.attempt_id FROM event e JOIN attempt a ON a.id = e.attempt_id WHERE e.applied_at IS NOT NULL"
        ):
            self.ledger.record_acceptance(attempt)
            body = self.ledger.requests[attempt].people
            assert self.proved(body), "I6: an event proves its attempt"

    def provider_repeats_all(self, reverse: bool) -> None:
        self.apply()
        before = self.rows()
        for event in self.sent_events[::-1] if reverse else self.sent_events:
            event_inbox.receive(payload([event, event]))
        self.apply()
        assert self.rows() == before, "I10: the same events again change nothing"

    # ----------------------------------------------------------------------------------------------------------- staff
    def operator(self, pick: int, decision: str) -> None:
        self.apply()  # decisions are refused while events wait
        first = dict(query("SELECT id, first_subscriber_id FROM slice"))  # slice ids are in no particular order
        slices = sorted(uncertain_slices.uncertain(self.campaign.pk), key=lambda uncertain: first[uncertain.slice])
        if not slices:
            return
        chosen = slices[pick % len(slices)]
        try:
            uncertain_slices.decide(audit.system(), [chosen.slice], decision, "asked the provider")
        except uncertain_slices.UncertainError:
            return
        if decision == "resend":
            rows = query(
                "SELECT d.subscriber_id FROM slice s JOIN delivery d ON d.campaign_id = s.campaign_id AND d.slice = s.number "
                "AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id WHERE s.id = %s",
                [chosen.slice],
            )
            self.ledger.forsake(person for (person,) in rows)

    # ------------------------------------------------------------------------------------------------------ invariants
    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "campaign"):
            return
        rows = query(
            "SELECT subscriber_id, state, proof, attempt_id FROM delivery_state WHERE campaign_id = %s", [self.campaign.pk]
        )
        assert sorted(row[0] for row in rows) == self.members, "I1: everyone once, no two live slices overlap"
        assert reports.report(self.campaign.pk).balances, "I4: the states sum to N"
        counted, kept = (sorted(slice_totals.count(self.campaign.pk, is_kept=is_kept)) for is_kept in (False, True))
        assert kept == counted, "the totals of large campaigns are those of the deliveries"
        doubled = self.ledger.duplicates()
        assert not doubled, f"I3: accepted twice {doubled}"
        took, risk, doubt = self.ledger.accepted(), self.ledger.at_risk(), self.unproved()
        recalled = self.strict and self.state() == "cancelled"  # mail may be taken back although it was accepted
        for person, state, _, _ in rows:
            rank = FACT_RANK.get(state, -1)
            assert rank >= self.ranks.get(person, -1), f"I6: {person} was further along than {state}"
            self.ranks[person] = rank
            assert rank < 0 or person in took or recalled, f"I5: {person} is {state}, but the provider never accepted it"
            free = state in {"planned", "claimed", "failed"}
            assert not free or person not in took - risk, f"I7: {person} is {state}, but was accepted"
            assert state != "skipped" or person not in doubt, f"I5: {person} is skipped, though uncertain"
        freed = query("SELECT state, proof FROM slice WHERE state = 'planned' AND current_attempt_id IS NOT NULL")
        assert {proof for _, proof in freed} <= FREEING, "I7: only proof frees"
        digests = {request.digest for request in self.ledger.requests.values()}
        assert digests <= {self.campaign.digest}, "I17: everyone got the same content"
        new = settling_sql.count_new_unknown(self.campaign.pk)
        assert new <= 2 * SIZE + HANDS * SIZE, "I11: limited by the budget and the requests under way"

    def unproved(self) -> set[int]:
        """People of an attempt that ended without an answer and whose outcome is not known yet."""
        rows = query("SELECT id FROM attempt WHERE outcome IN ('unknown', 'fencing', 'not_fenced')")
        return {person for (attempt,) in rows for person in self.ledger.requests[attempt].people}

    def teardown(self) -> None:
        """I13: with a healthy provider every campaign comes to an end; I5: then everyone is accepted or has a reason."""
        if not hasattr(self, "campaign"):
            return
        try:
            self.come_to_rest()
            self.holds()
            took = self.ledger.accepted()
            recalled = self.strict and self.state() == "cancelled"
            for person, (state, reason) in self.states().items():
                assert state in ACCEPTED or reason, f"I5: {person} is {state} without a reason"
                assert state in (*ACCEPTED, "unknown", "held", "abandoned", "skipped", "failed")
                uncertain = state in {"unknown", "held", "abandoned"} or person in self.ledger.at_risk()
                assert uncertain or recalled or (person in took) == (state in ACCEPTED), f"I5: {person} is {state}"
        finally:
            self.close()

    def close(self) -> None:
        self.witness.close()
        self.remove_backup()
        clock.move(None)

    def come_to_rest(self) -> None:
        for hand in [hand for hand in self.hands if hand.heard]:
            self.record(hand)
        self.hands = []
        self.leases_run_out()
        settling.reap()
        for _ in range(4 * len(self.members) + 20):
            self.waits_end()
            self.take_back("confirmed")
            self.minutes_pass(24)
            self.take_back("confirmed")
            self.run_due_work()
            if not schedule_sql.count_open(self.campaign.pk):
                break
            if self.state() in {"paused", "held"}:
                launch.resume(audit.system(), self.campaign.pk)
            self.claim()
            for hand in list(self.hands):
                self.go_on(hand, "record", "accept")
        left = query(
            "SELECT id, state, reason, proof, attempt_count FROM slice WHERE state IN ('planned', 'claimed', 'in_flight')"
        )
        assert not left, f"I13: nothing is left to send: {left}"
        assert self.state() in {"sent", "cancelled", "held", "paused"}

    # -------------------------------------------------------------------------------------------------------- looking
    def proved(self, body: tuple[int, ...]) -> bool:
        """They are accepted; or they unsubscribed since, and keep their uncertain state until an event is about them."""
        states = self.states()
        return all(states[person][0] in ACCEPTED or person in self.gone for person in body)

    def state(self) -> str:
        return Campaign.objects.values_list("state", flat=True).get(pk=self.campaign.pk)

    def states(self) -> dict[int, tuple[str, str | None]]:
        rows = query("SELECT subscriber_id, state, reason FROM delivery_state WHERE campaign_id = %s", [self.campaign.pk])
        return {row[0]: (row[1], row[2]) for row in rows}

    @staticmethod
    def rows() -> list[list[tuple[object, ...]]]:
        tables = ("delivery", "slice", "suppression", "attempt", "event")
        columns = {"delivery": "subscriber_id, state, reason, proof", "slice": "id, state, reason, proof",
                   "suppression": "address_key, reason", "attempt": "id, outcome", "event": "key, effect"}  # fmt: skip
        return [query(f"SELECT {columns[table]} FROM {table} ORDER BY 1") for table in tables]


def _where() -> dict[str, object]:
    parameters = connection.get_connection_params()
    return {name: parameters[name] for name in ("dbname", "user", "password", "host", "port") if name in parameters}


@pytest.mark.every_example
def test_invariants_hold_in_any_order_of_steps(settings):
    settings.SENDGRID_WEBHOOK_KEYS = ["a key"]
    run_state_machine_as_test(Sending, settings=bounds())


def bounds() -> settings:
    return settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, report_multiple_bugs=False, derandomize=not LONGER, database=None,
        print_blob=True, phases=(Phase.generate, *([Phase.shrink] if LONGER else [])), suppress_health_check=list(HealthCheck),
    )  # fmt: skip
