"""One chaos run from its plan: set up, kill, settle, judge. Has the main loop; its parts are in other modules of the package."""

import random
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.chaos.clocks import Clocks
from tests.chaos.company import Company, Death, Member
from tests.chaos.disturbing import Disturbances
from tests.chaos.pacing import LONGEST_LATENCY, Pacing
from tests.chaos.plan import ERASING, FENCE, FILL, POLICY, ROLES, SENDING, Plan
from tests.chaos.resting import Resting
from tests.chaos.stage import Stage

STOP_SECONDS = 20.0
UPKEEP_WORKERS = 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Run(Disturbances, Pacing, Resting):
    """`prepare` creates people and campaigns, `go` runs until everything has settled, `end` kills the processes."""

    def __init__(
        self, plan: Plan, stage: Stage, sandbox: Any, company: Company, say: Callable[[str], None], web_port: int
    ) -> None:
        self.plan, self.stage, self.sandbox, self.company, self.say = plan, stage, sandbox, company, say
        self.web_port = web_port
        self.random = random.Random(plan.seed * 7919)
        self.hits: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.kills = self.processes_killed = self.stops = 0
        self.unasked: list[str] = []
        self.forged_answers: Counter[int] = Counter()
        self.begun = time.monotonic()
        self.deadline = self.begun + plan.minutes * 60 - 45
        self.latency = -1.0
        self.undo: list[tuple[float, Callable[[], object], str]] = []
        self.fills: list[str] = []
        self.armed_at: dict[str, float] = {}
        self.faults_on = True
        self.dead: list[int] = []
        self.calm = False
        self.web_arm = ""
        self.held_since: dict[int, float] = {}
        self.clocks = Clocks(self, sandbox, stage.folder / "clock") if plan.strict else None
        self.extras, self.extra_until = 0, 0.0
        self.next_campaign = 0
        self._say_next = 0.0
        self.progress: dict[str, int] = {}
        self.clicking: Any = None

    # -- setting up

    def prepare(self) -> None:
        from cli import schema_migrations
        from publication import audit, profile
        from tests.chaos import cast, clicking

        schema_migrations.migrate()
        self.database = self.stage.connect()
        cast.keep_record(self.database)
        if self.plan.webhooks != "off":
            profile.change_profile(audit.system(), policies={"settle": "resend", "settle_after": str(self.plan.settle_minutes)})
        if self.plan.measuring:
            profile.change_profile(audit.system(), policies={"measuring": "individual", "opens": "on"})
        main = cast.make_people(self.database, self.plan.n, "news", "reader")
        self.main = cast.make_campaign(main, self.plan.attempt_size, self.plan.strict)
        self.small = []
        for number in range(self.plan.campaigns):
            few = cast.make_people(self.database, 40, f"small-{number}", f"few{number}x", stories=False)
            self.small.append(cast.make_campaign(few, 5, self.plan.strict))
        if self.plan.measuring:
            clicking.agree(self.database)
        self.campaign_ids = [self.main.pk, *(campaign.pk for campaign in self.small)]
        self.set_webhook()

    def set_webhook(self) -> None:
        modes: dict[str, dict[str, Any]] = {
            "on": {"duplicate": 0.05, "speed": 0.5}, "late": {"delay": 25.0}, "off": {"url": ""},
            "doubled": {"duplicate": 0.5, "duplicate_new_id": 0.1, "reorder": True, "rotten": 0.1},
        }  # fmt: skip
        hook = f"http://127.0.0.1:{self.web_port}/hooks/sendgrid"
        self.sandbox.webhook(**{"url": hook, "retry_most": 4.0, "seed": self.plan.seed, **modes[self.plan.webhooks]})

    def engage(self) -> None:
        plan = self.plan
        self.company.web(self.web_port)
        for number in range(plan.workers):
            self.company.sending(f"sending{number}", plan.slots)
        for number in range(UPKEEP_WORKERS):
            self.company.upkeep(f"upkeep{number}")
        for number in range(plan.beats):
            self.company.beat(f"beat{number}")

    # -- the main loop

    def go(self) -> None:
        from tests.chaos import cast, clicking

        self.set_latency(self.first_latency())
        self.engage()
        cast.send(self.main)
        if self.plan.measuring:
            people = range(1, self.plan.n + 1)  # those of the large campaign are the first
            self.clicking = clicking.Clicking(self.main.pk, self.main.version_id, people, self.web_port, self.plan.seed)
            self.clicking.start()
        happenings = self.plan.disturbances()
        next_kill = time.monotonic()
        while not self.over(happenings):
            now = self.look(0.05)
            while happenings and happenings[0][0] <= self.share_of_kills():
                self.disturb(happenings.pop(0)[1])
            if not self.progress and now < self.begun + 60:
                next_kill = now + self.plan.pause  # the large campaign is not filled yet
            elif now >= next_kill and self.wanting():
                self.kill_once()
                next_kill = max(now, next_kill + self.kill_pause() * self.random.uniform(0.3, 1.7))
            self.refill()
            self.tell()
        for _, happening in happenings:
            if happening == "start_campaign":
                self.disturb(happening)
        self.settle_down()

    def look(self, seconds: float) -> float:
        """Wait up to that long for news, note them and do what is due; returns the time."""
        for death in self.company.news(seconds):
            self.note(death)
        self.note_points()
        now = time.monotonic()
        for due in [entry for entry in self.undo if entry[0] <= now]:
            self.undo.remove(due)
            self.attempt(due[1], due[2])
        return now

    def share_of_kills(self) -> float:
        """The progress of the run: by its kills, or by the hits of its points if that is less."""
        needed = self.plan.hits * len(self.plan.points)
        hits = sum(min(self.hits[point], self.plan.hits) for point in self.plan.points) / needed if needed else 1.0
        return min(self.kills / max(1, self.plan.kills), hits)

    def missing(self) -> list[str]:
        """Points that were not hit often enough yet."""
        return [point for point in self.plan.points if self.hits[point] < self.plan.hits]

    def wanting(self) -> bool:
        return self.kills < self.plan.kills or bool(self.missing())

    def over(self, happenings: list[tuple[float, str]]) -> bool:
        if time.monotonic() > self.deadline - self.plan.rest_seconds:
            self.say("time is up: the remaining kills are left out")
            return True
        return not self.wanting() and not [h for h in happenings if h[1] != "start_campaign"]

    def kill_pause(self) -> float:
        """Seconds between kills, so that all happen within the time of the run."""
        left = max(1, self.plan.kills - self.kills, 2 * len(self.missing()))
        return max(0.2, min(self.plan.pause, 0.9 * (self.deadline - self.plan.rest_seconds - 20 - time.monotonic()) / left))

    def first_latency(self) -> float:
        """The provider's answer time that makes the large campaign last about as long as the kills."""
        requests = self.plan.n / self.plan.attempt_size
        kills = max(self.plan.kills, self.plan.hits * len(self.plan.points))
        return min(LONGEST_LATENCY, self.plan.slots * self.plan.workers * kills * self.kill_pause() / requests)

    # -- deaths

    def note(self, death: Death) -> None:
        self.processes_killed += 1
        if death.point:
            pass  # counted when the witness reported it
        elif not death.ours:
            self.unasked.append(f"{death.member.name} ended by itself: {death.status}")
        self.dead.append(death.pid)
        death.member.away_until = time.monotonic() + self.random.uniform(0.0, 0.8)

    def note_points(self) -> None:
        members = {member.pid: member for member in self.company.members if member.pid}
        while self.company.stops_seen:
            pid, point = self.company.stops_seen.pop(0)
            if pid in members:
                self.stopped_at(members[pid], point)
        while self.company.points_seen:
            pid, point = self.company.points_seen.pop(0)
            member = members.get(pid)
            self.hits[point] += 1
            self.kills += 1
            if point in self.fills:
                self.fills.remove(point)
            if ROLES.get(point) == "web" and member is None:
                # A worker of the web server died; kill the server too, or each of its next workers would die there as well.
                for web in self.company.alive("web"):
                    self.company.kill(web)

    def stopped_at(self, member: Member, point: str) -> None:
        """The worker stopped itself between claim and gate: now its recipients unsubscribe."""
        member.stopped_until = time.monotonic() + 8.0
        member.armed = ""
        self.stops += 1
        self.attempt(lambda: self._leave_claimed(), "unsubscribe_held")

    def refill(self) -> None:
        now = time.monotonic()
        for member in self.company.members:
            if member.pid == 0 and now > member.away_until and member.name not in self.company._starting:
                arm = ""
                if member.role == "upkeep":
                    arm = f"{self.fills[0]}:1" if self.fills else ",".join(self.rare())
                if member.role == "web":
                    arm, self.web_arm = self.web_arm, ""
                self.company.start(member, arm)

    # -- kills

    def kill_once(self) -> None:
        what = self.plan.draw() if self.kills < self.plan.kills else "point"
        if what == "point" and self.arm_a_point():
            return
        roles = self.random.choices(("sending", "upkeep", "beat", "web"), (55, 20, 10, 15))
        found = self.company.alive(roles[0])
        if not found:
            return
        member = self.random.choice(found)
        if what == "stop" and member.role in {"sending", "upkeep"}:
            self.company.stop(member, STOP_SECONDS)
            self.stops += 1
            pid = member.pid
            self.attempt(lambda: self._execute(
                "INSERT INTO chaos_stop VALUES (%s, clock_timestamp(), clock_timestamp() + make_interval(secs => %s))",
                [pid, STOP_SECONDS + 1],
            ), "stop")  # fmt: skip
        elif self.kills < self.plan.kills:
            self.company.kill(member)
            self.kills += 1
            self.done["random_kill"] += 1

    def rare(self) -> list[str]:
        """Points that are passed only now and then, if still wanted: armed in addition to any others."""
        points = [point for point in POLICY + FENCE if point in self.plan.points]
        return [f"{point}:1" for point in points if self.hits[point] < self.plan.hits]

    def last(self) -> list[str]:
        """Upkeep points that are still short once the kills are done: armed together, to hit whichever comes next. A single one
        would have to wait until the process that has it gets the work.
        """
        if self.kills < self.plan.kills:
            return []
        return [f"{point}:1" for point in self.missing() if ROLES[point] == "upkeep" and point not in FILL]

    def arm_a_point(self) -> bool:
        """Give the point with the fewest hits to a process that may pass it; False if none is free."""
        now = time.monotonic()
        busy = {m.name for m in self.company.members if m.armed and now - self.armed_at.get(m.name, 0) < 12}
        points = [
            p
            for p in self.plan.points
            if p not in FILL + POLICY + FENCE + ERASING and not any(m.armed.startswith(p) for m in self.company.alive())
        ]
        self.random.shuffle(points)
        least = min((self.hits[point] for point in points), default=0)
        for point in sorted(points, key=lambda p: self.hits[p]):
            if self.hits[point] > least + 3:
                break  # no process for these points is free just now
            free = [m for m in self.company.alive(ROLES[point]) if m.name not in busy]
            if free:
                member = self.random.choice(free)
                count = self.random.randint(1, 3) if point in SENDING else 1
                if member.role == "web":
                    # Its workers are forked already, so the next server starts with it.
                    self.web_arm = f"{point}:1"
                    self.armed_at[member.name] = now + 5.0
                    self.company.kill(member)
                    self.kills += 1
                    self.done["receiver_kill"] += 1
                    return True
                beside = self.rare() + self.last() if member.role == "upkeep" else []
                self.company.arm(member, ",".join(dict.fromkeys([f"{point}:{count}", *beside])))
                self.armed_at[member.name] = now
                if any(armed.startswith("single") for armed in [point, *beside]):
                    self.attempt(self._owe_a_single, "single")
                return True
        return False

    def end(self) -> None:
        for member in self.company.members:
            if member.pid:
                self.company.signal(member, signal.SIGKILL)
