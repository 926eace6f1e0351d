"""The disturbances of a chaos run other than kills: servers, messages, forged posts, and actions of staff and recipients."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.chaos.plan import FILL


class Disturbances:
    """The part of run.Run that makes the disturbances, named as in plan.Plan.disturbances."""

    company: Any
    stage: Any
    plan: Any
    random: Any
    done: Any
    unasked: Any
    undo: Any
    forged_answers: Any
    campaign_ids: Any
    main: Any
    small: Any
    armed_at: Any
    fills: Any
    kills: int
    next_campaign: int
    extras: int
    extra_until: float
    web_port: int

    # -- disturbances

    def attempt(self, act: Callable[[], object], what: str) -> None:
        """Run `act` in its own thread, because the database may be down and the main loop must not wait."""

        def thread() -> None:
            from django.db import connection

            from tests.chaos import cast

            try:
                cast.steady(act)
                self.done[what] += 1
            except Exception as error:
                self.unasked.append(f"{what}: {type(error).__name__}: {error}"[:300])
            finally:
                connection.close()

        threading.Thread(target=thread, daemon=True, name=what).start()

    def later(self, seconds: float, act: Callable[[], object], what: str) -> None:
        self.undo.append((time.monotonic() + seconds, act, what))

    def disturb(self, what: str) -> None:
        getattr(self, f"_do_{what}")()

    def _do_restart_database(self) -> None:
        self.stage.restart_database()
        self.done["restart_database"] += 1

    def _do_group_kill(self) -> None:
        """All sending workers at once, every other time together with the upkeep workers."""
        for member in self.company.alive("sending") + (self.company.alive("upkeep") if self.done["group_kill"] % 2 == 0 else []):
            self.company.kill(member)
        self.kills += 1
        self.done["group_kill"] += 1

    def _do_flush_broker(self) -> None:
        self.attempt(self.stage.flush_broker, "flush_broker")

    def _do_kill_broker(self) -> None:
        self.stage.kill_broker()
        self.done["kill_broker"] += 1

    def _do_pause_broker(self) -> None:
        self.stage.stop_broker()
        self.later(4.0, self.stage.continue_broker, "pause_broker")

    def _do_double_messages(self) -> None:
        for second in range(3):
            self.later(second, self.stage.double_messages, "double_messages")

    def _do_invent_messages(self) -> None:
        from worker.wake import wake

        def invent() -> None:
            for task in ("send_due", "run_due_work", "apply_events", "send_singles"):
                wake(task, times=3)

        self.attempt(invent, "invent_messages")

    def _do_start_campaign(self) -> None:
        """A small campaign whose fill is killed at each of its points in turn."""
        from tests.chaos import cast

        if self.next_campaign >= len(self.small):
            return
        campaign = self.small[self.next_campaign]
        self.next_campaign += 1
        self.fills = list(FILL)
        for member in self.company.alive("upkeep"):
            self.company.arm(member, f"{FILL[0]}:1")
            self.armed_at[member.name] = time.monotonic()
        self.later(0.3, lambda: cast.send(campaign), "start_campaign")

    def _start_extra(self) -> None:
        """Another campaign, if points of sending or filling were not hit often enough and everybody has been mailed."""
        from tests.chaos import cast

        slots = self.plan.slots * self.plan.workers

        def start() -> None:
            self.extras += 1
            number = self.extras
            with self.stage.connect() as database:
                few = cast.make_people(
                    database, 20 * slots * self.plan.attempt_size, f"extra-{number}", f"extra{number}x", stories=False
                )
            campaign = cast.make_campaign(few, self.plan.attempt_size, self.plan.strict)
            self.campaign_ids.append(campaign.pk)
            cast.send(campaign)

        self.fills = list(FILL)
        for member in self.company.alive("upkeep"):
            self.company.arm(member, f"{FILL[0]}:1")
            self.armed_at[member.name] = time.monotonic()
        self.attempt(start, "extra_campaign")
        self.extra_until = time.monotonic() + 15.0

    def _do_unsubscribe(self) -> None:
        from publication import audit
        from subscribers.consent import subscriptions

        person = self.random.randint(1, self.plan.n)

        def leave() -> None:
            subscriptions.unsubscribe(audit.system(), person, how="one-click", campaign_id=self.main.pk)
            self._execute("INSERT INTO chaos_left VALUES (%s, clock_timestamp(), 'unsubscribed')", [person])

        self.attempt(leave, "unsubscribe")

    def _do_suppress(self) -> None:
        from publication import audit
        from subscribers.consent import suppressions
        from subscribers.models import Subscriber

        person = self.random.randint(1, self.plan.n)

        def suppress() -> None:
            key = bytes(Subscriber.objects.values_list("address_key", flat=True).get(pk=person))
            suppressions.suppress(audit.system(), key, "manual")
            self._execute("INSERT INTO chaos_left VALUES (%s, clock_timestamp(), 'suppressed')", [person])

        self.attempt(suppress, "suppress")

    def _do_unsubscribe_held(self) -> None:
        """A worker stops between reading its recipients and the gate; meanwhile they unsubscribe."""
        if found := self.company.alive("sending"):
            member = self.random.choice(found)
            self.company.arm(member, "claim_committed:1:stop")
            self.armed_at[member.name] = time.monotonic()

    def _leave_claimed(self) -> None:
        from publication import audit
        from subscribers.consent import subscriptions, suppressions

        rows = self._execute(
            "SELECT d.subscriber_id, d.address_key FROM slice s JOIN delivery d ON d.campaign_id = s.campaign_id AND d.slice = s.number "
            "AND d.subscriber_id BETWEEN s.first_subscriber_id AND s.last_subscriber_id WHERE s.state = 'claimed'"
        )
        for number, (person, key) in enumerate(rows):
            if number % 2:
                subscriptions.unsubscribe(audit.system(), person, how="one-click")
            else:
                suppressions.suppress(audit.system(), bytes(key), "manual")
            if number > 8:
                break
        for person, _ in rows[:10]:
            self._execute("INSERT INTO chaos_left VALUES (%s, clock_timestamp(), 'left while claimed')", [person])

    def _owe_a_single(self) -> None:
        from campaigns.drafts import test_mails
        from publication import audit

        test_mails.send(audit.system(), self.main.version, self.main.sender, "staff@cast.example")

    def _do_quarantine(self) -> None:
        from publication import audit, profile

        def begin() -> None:
            profile.quarantine(audit.system(), "chaos")
            self._execute("INSERT INTO chaos_halt VALUES (NULL, clock_timestamp(), NULL, 'quarantine')")
            self.later(5.0, end, "lift_quarantine")

        def end() -> None:
            self._execute("UPDATE chaos_halt SET until = clock_timestamp() WHERE until IS NULL AND how = 'quarantine'")
            profile.lift_quarantine(audit.system(), "chaos")

        self.attempt(begin, "quarantine")

    def _do_pause(self) -> None:
        from campaigns import launch
        from publication import audit

        campaign_id = self.main.pk

        def begin() -> None:
            try:
                launch.pause(audit.system(), campaign_id)
            except launch.CampaignActionError:
                return  # put on hold just now
            self._execute("INSERT INTO chaos_halt VALUES (%s, clock_timestamp(), NULL, 'pause')", [campaign_id])
            self.later(5.0, end, "resume")

        def end() -> None:
            self._execute("UPDATE chaos_halt SET until = clock_timestamp() WHERE until IS NULL AND how = 'pause'")
            launch.resume(audit.system(), campaign_id)

        self.attempt(begin, "pause")

    def _do_cancel(self) -> None:
        """Cancel the small campaign that began last, at once after its start."""
        from campaigns import launch
        from publication import audit

        if not self.next_campaign:
            return
        campaign_id = self.small[self.next_campaign - 1].pk

        def cancel() -> None:
            try:
                launch.cancel(audit.system(), campaign_id)
            except launch.CampaignActionError:
                return  # sent already
            self._execute("INSERT INTO chaos_halt VALUES (%s, clock_timestamp(), NULL, 'cancel')", [campaign_id])

        self.attempt(cancel, "cancel")

    def _do_forge(self) -> None:
        """Unsigned and wrongly signed posts to the webhook: they are rejected, and nothing is stored."""
        from subscribers.tokens import TokenMaker

        token = TokenMaker("delivery").make(self.main.pk, self.random.randint(1, self.plan.n))
        event = {
            "event": "bounce", "email": "reader1@people.example", "timestamp": int(time.time()), "reason": "forged by chaos",
            "sg_event_id": f"forged{self.random.random()}", "mr_d": token, "type": "bounce", "status": "5.1.1",
        }  # fmt: skip
        headers = {"Content-Type": "application/json"}
        if self.random.random() < 0.5:
            headers |= {
                "X-Twilio-Email-Event-Webhook-Signature": "MEUCIQDxxxx", "X-Twilio-Email-Event-Webhook-Timestamp": str(int(time.time())),
            }  # fmt: skip

        def forge() -> None:
            line = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=10)
            try:
                line.request("POST", "/hooks/sendgrid", json.dumps([event]), headers)
                self.forged_answers[line.getresponse().status] += 1
            except OSError:
                self.forged_answers[0] += 1
            finally:
                line.close()

        self.attempt(forge, "forge")

    def _execute(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        from publication.database.statement_sql import query

        return query(sql, parameters)
