"""The pace of a chaos run, so that the large campaign lasts as long as the kills; prints progress every few seconds."""

import time
from typing import Any

from tests.chaos.plan import FILL, POLICY, SENDING

LONGEST_LATENCY = 1.5


class Pacing:
    """The part of run.Run that watches the whole run and sets its pace."""

    company: Any
    plan: Any
    sandbox: Any
    clocks: Any
    say: Any
    dead: Any
    done: Any
    held_since: Any
    missing: Any
    wanting: Any
    share_of_kills: Any
    _execute: Any
    _start_extra: Any
    progress: dict[str, int]
    begun: float
    kills: int
    latency: float
    faults_on: bool
    calm: bool
    extra_until: float
    _say_next: float

    def set_latency(self, seconds: float) -> None:
        if abs(seconds - self.latency) < 0.02:
            return
        rules = self.plan.faults() if self.faults_on else []
        try:
            self.sandbox.faults(*([f"all: latency exp {round(1000 * seconds)}ms"] if seconds > 0.005 else []), *rules)
            self.latency = seconds
        except (OSError, RuntimeError):
            pass

    def tell(self) -> None:
        now = time.monotonic()
        if now < self._say_next:
            return
        self._say_next = now + (5.0 if self.progress and not self.plan.short_leases else 1.0)
        try:
            if self.plan.short_leases:
                # Dead processes cannot act any more; this saves a short run the minute until their leases end.
                self._execute(
                    "UPDATE slice SET lease_until = clock_timestamp() - interval '1 second' WHERE state IN ('claimed', 'in_flight') "
                    "AND lease_until > clock_timestamp() AND split_part(worker, ':', 2)::bigint = ANY(%s)",
                    [self.dead],
                )
            rows = self._execute(
                "SELECT CASE WHEN c.recipients > 60 THEN 'main' ELSE 'small' END || ' ' || s.state, sum(s.count) "
                "FROM slice s JOIN campaign c ON c.id = s.campaign_id WHERE s.state <> 'split' GROUP BY 1"
            )
            self.progress = {row[0]: int(row[1]) for row in rows}
            if self.clocks is None or self.clocks.idle:
                self._help_held()
            if self.clocks is not None:
                self.clocks.turn(at_once=self.calm and not self.faults_on and not self.progress.get("main planned"))
        except Exception:
            from django.db import connection

            connection.close()
            return
        open_now = self.progress.get("main planned", 0)
        # The large campaign should last as long as the kills.
        left = open_now / max(1, self.plan.n)
        ahead = (1 - left) - self.share_of_kills()
        wanted = max(0.0, self.latency) * (1 + ahead) + 0.05 * ahead if self.progress else self.latency
        self.set_latency(min(LONGEST_LATENCY, max(0.0, wanted)) if self.wanting() and not self.calm else 0.0)
        if self._wants_more(open_now):
            self._start_extra()
        counts = ", ".join(f"{name} {count}" for name, count in sorted(self.progress.items()))
        states = self._execute(
            "SELECT state || COALESCE(' ' || NULLIF(held_reason, ''), ''), count(*) FROM campaign GROUP BY 1 ORDER BY 1"
        )
        counts += "; campaigns " + ", ".join(f"{count} {state}" for state, count in states)
        if self.clocks is not None:
            counts += f"; clocks {self.clocks.state} {self.clocks.counts()}, {self.clocks.jumps} jumps"
        elif not self.faults_on and self.plan.webhooks != "off":
            counts += f"; webhook {self._health()}"
        self.say(
            f"{now - self.begun:4.0f} s  kills {self.kills}/{self.plan.kills}  points short {len(self.missing())}  "
            f"latency {1000 * self.latency:.0f} ms  {counts}"
        )

    def _wants_more(self, open_now: int) -> bool:
        """Whether some points are hit too rarely and only another campaign would pass them: points of filling once the kills are
        done, points of sending once everybody has been mailed.
        """
        filled = any(name.startswith("main") for name in self.progress)
        if not filled or self.calm or time.monotonic() < self.extra_until:
            return False
        short = {*self.missing()}
        return bool(short & {*FILL} and self.kills >= self.plan.kills) or bool(
            not open_now and short & {*SENDING, *FILL, *POLICY}
        )

    def _health(self) -> str:
        from campaigns.recovery import settle_policy
        from campaigns.tracking.webhook_health import webhook_health

        wait = settle_policy.wait()
        found = webhook_health(wait) if wait else None
        return f"{found.level}: {found.explanation}" if found else "no policy"

    def _help_held(self) -> None:
        """Resume campaigns that no probe resumes, as staff would."""
        from campaigns import launch
        from campaigns.models import Campaign
        from publication import audit
        from publication.installation import publication

        if publication().quarantined_at is not None:
            return
        held = Campaign.objects.filter(state="held")
        now = time.monotonic()
        self.held_since = {campaign.pk: self.held_since.get(campaign.pk, now) for campaign in held}
        for campaign in held:
            # Give the probe time; if it was killed under way, its lease has to run out first.
            if campaign.held_reason == "budget" and now < self.held_since[campaign.pk] + (3 if self.plan.short_leases else 20):
                continue
            try:
                launch.resume(audit.system(), campaign.pk)
                self.done[f"resume_{campaign.held_reason}"] += 1
            except launch.CampaignActionError:
                pass
