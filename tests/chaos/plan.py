"""The plan of a chaos run: its parameters, and from its seed the times of all disturbances."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SENDING = (
    "claim_before_commit", "claim_committed", "prepared", "gate_before_commit", "gate_committed", "body_built", "wire_connected",
    "wire_half_sent", "wire_sent", "wire_head_read", "answered", "settle_before_commit", "settle_committed", "recorded",
)  # fmt: skip
FILL = ("fill_locked", "fill_inserted", "fill_before_commit", "fill_committed")
UPKEEP = ("reap_before_commit", "work_begun", "work_moved", "work_ended", "fence_begun", "fence_ended")
SINGLES = ("single_begun", "single_claimed", "single_built", "single_gated", "single_answered", "single_recorded")
EVENTS = ("events_begun", "split_before_commit", "apply_before_commit", "apply_committed", "events_ended")
# Passed only when the policy has something to plan again: armed in addition to the others.
POLICY = ("policy_before_commit", "policy_committed")
# Only in strict campaigns.
FENCE = (
    "fence_before_mark", "fence_marked", "fence_cancelled", "fence_before_confirm", "fence_confirmed", "fence_before_free",
    "fence_freed", "fence_returned",
)  # fmt: skip
# Only beside a bulk erase.
ERASING = ("people_slice_made", "people_slice_committed")
# Passed by commands, when waves are cancelled, once an hour, or after a restore: not in these runs.
ELSEWHERE = (
    "decide_before_commit", "decide_committed", "doubt_before_commit", "doubt_committed", "quarantine_before_commit",
    "quarantine_committed", "lost_before_commit", "lost_committed", "recall_begun", "recall_ended", "tidy_begun", "tidy_ended",
    "count_begun", "count_ended",
    "lists_begun", "lists_called", "lists_recorded", "lists_ended", "import_begun", "import_ended",
    "people_import_begun", "people_import_ended", "welcome_before_commit", "welcome_committed",
)  # fmt: skip
WEB = ("webhook_received", "webhook_committed")
BEAT = ("publish_before", "publish_after")
ROLES = {
    **dict.fromkeys(SENDING, "sending"), **dict.fromkeys(FILL + UPKEEP + SINGLES + EVENTS + POLICY + FENCE + ERASING, "upkeep"),
    **dict.fromkeys(WEB, "web"), **dict.fromkeys(BEAT, "beat"),
}  # fmt: skip

API = {
    "clean": (), "mixed": ("rate {rate} seed {seed}: mix", "rate 0.001 seed {seed}1: silence-before|silence-after"),
    "429-storm": ("rate 0.6 seed {seed}: 429|429-both",), "5xx-storm": ("rate 0.5 seed {seed}: 500-before|500-after|503-before|502-after",),
    "hang": ("rate 0.03 seed {seed}: silence-after",), "trickle": ("rate 0.03 seed {seed}: trickle 40s|slow-body 40s",),
    "early-413": ("rate 0.1 seed {seed}: 413-early",),
}  # fmt: skip


@dataclass
class Plan:
    """The parameters of `make chaos`; __main__ explains them."""

    n: int = 20_000
    kills: int = 100
    seed: int = 1
    webhooks: str = "on"
    api: str = "mixed"
    attempt_size: int = 0
    slots: int = 2
    workers: int = 3
    beats: int = 3
    minutes: float = 15.0
    pause: float = 1.2
    short_leases: bool = False
    settle_minutes: float = 1.5
    db_restarts: int = 10
    flushes: int = 10
    broker_kills: int = 5
    campaigns: int = 12
    hits: int = -1
    strict: bool = False
    measuring: bool = False
    erase: int = 0
    erase_kills: int = 3
    wrong_ledger: bool = False
    bug: str = ""
    cell: str = ""
    random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        if self.strict:
            self.webhooks = "off"
        self.attempt_size = self.attempt_size or (200 if self.strict else 20)
        if self.hits < 0:
            self.hits = self.kills // 50

    @property
    def points(self) -> tuple[str, ...]:
        events = () if self.webhooks == "off" else EVENTS + WEB + POLICY
        events += FENCE if self.strict else ()
        events += ERASING if self.erase else ()
        return SENDING + FILL + UPKEEP + SINGLES + events + BEAT

    def faults(self, rate: float = 0.1) -> list[str]:
        return [rule.format(rate=rate, seed=self.seed) for rule in API[self.api]]

    @property
    def rest_seconds(self) -> float:
        """The time that settling takes: leases, the settle time, and mails that are resent."""
        if self.strict:
            return 60.0 if self.short_leases else 160.0
        return (10.0 if self.short_leases else 70.0) + (0.0 if self.webhooks == "off" else 60.0 * self.settle_minutes) + 30.0

    def disturbances(self) -> list[tuple[float, str]]:
        """The disturbances in order, as (progress of the kills from 0 to 1, name)."""
        r = self.random
        counts = {
            "restart_database": self.db_restarts, "flush_broker": self.flushes, "kill_broker": self.broker_kills,
            "pause_broker": max(1, self.broker_kills // 2), "double_messages": self.flushes,
            "unsubscribe": max(10, self.kills // 8), "unsubscribe_held": max(1, self.kills // 60),
            "suppress": max(10, self.kills // 8), "forge": max(3, self.kills // 25),
            "invent_messages": max(1, self.flushes // 2), "group_kill": max(1, self.kills // 40), "cancel": 1,
            "pause": 0 if self.strict else 2,
            # Only an operator settles recipients who were uncertain before a quarantine, so runs with the policy have none.
            "quarantine": int(self.webhooks == "off" and not self.strict),
        }  # fmt: skip
        happenings = [(r.uniform(0.03, 0.95), what) for what, count in counts.items() for _ in range(count)]
        happenings += [(0.9 * k / max(1, self.campaigns), "start_campaign") for k in range(self.campaigns)]
        happenings += [(0.03, "erase")] if self.erase else []
        return sorted(happenings)

    def draw(self) -> str:
        """The kind of the next kill."""
        return self.random.choices(("point", "random", "stop"), (74, 21, 5))[0]
