"""Case (b): all of Mailroom, in its own data directory, with the embedded servers as shipped, real processes and every guard on.

The measured time runs from the call that schedules a campaign to the state `sent`.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import orjson
import redis

from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import EmbeddedPaths
from config.processes import process_commands
from tests.bench.bare import Body
from tests.bench.measuring import WORK, BenchError, Running, Sampler, SinkProcess, wait_until
from tests.bench.people import people
from tests.support.issues import full_copy

DATA = WORK / "data"
LINK_KEY = "the-bench-signs-with-this-and-it-opens-nothing"
PUBLIC_URL = "http://127.0.0.1:8025"
SAMPLE = 1000  # recipients of the campaign whose body is compared with that of the bare client
LATE = 20  # people suppressed during a campaign, so that the check at the gate finds some


@dataclass(frozen=True)
class Profile:
    """How the sending processes run. None for a size or a number of slots is the shipped default."""

    name: str
    processes: int = 1
    slots: int | None = None
    size: int | None = None
    pool: str = "threads"


@dataclass
class Run:
    """One campaign from `schedule` to `sent`."""

    profile: str
    recipients: int
    processes: int
    slots: int
    size: int
    pool: str
    seconds: float
    fill_seconds: float
    sending_seconds: float
    tail_seconds: float
    accepted: int
    skipped: int
    requests: int
    cpu: dict[str, float] = field(default_factory=dict)
    peak_worker: float = 0.0
    peaks: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.recipients / self.seconds

    def record(self) -> dict[str, Any]:
        return {**asdict(self), "rate": self.rate, "cpu_per_million": sum(self.cpu.values()) / self.recipients * 1e6}


class House:
    """A new installation with the sample issue and a list; people are added as the cases need them."""

    def __init__(self, sink: SinkProcess) -> None:
        self.sink = sink
        self.people = 0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self.servers = EmbeddedServers(EmbeddedPaths.of(DATA))
        if DATA.exists():
            self.servers.shut_down()
            shutil.rmtree(DATA)
        for name in [name for name in os.environ if name.startswith("MAILROOM_")]:
            del os.environ[name]
        os.environ.update(
            MAILROOM_DATA_DIR=str(DATA), MAILROOM_SENDGRID_HOST=self.sink.url, MAILROOM_SENDGRID_API_KEY="SG.bench",
            MAILROOM_LINK_KEYS=LINK_KEY, MAILROOM_PUBLIC_URL=PUBLIC_URL,
        )  # fmt: skip
        from cli import bootstrap

        bootstrap.set_up()
        self._stack.callback(bootstrap.leave_servers)
        self._prepare()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _prepare(self) -> None:
        from editorial import issue_versions
        from publication import audit, profile
        from publication.senders import sender_list
        from subscribers import mailing_lists as lists

        self.actor = audit.system()
        profile.change_profile(self.actor, name="CAST Newsletter", zone="Asia/Shanghai")
        self.sender = sender_list.add_sender(self.actor, "newsletter@cast.example", name="CAST Newsletter")
        self.list = lists.create_list(self.actor, "cast-newsletter", "CAST Newsletter")
        with TemporaryDirectory() as folder:
            self.version, *_ = issue_versions.store(self.actor, full_copy(Path(folder) / "issue"))

    def settle_people(self, count: int) -> None:
        """Add people until exactly `count` can be mailed; another 1 % have left the list, another 1 % are suppressed."""
        from subscribers.consent import suppressions
        from tests.bench import people_sql

        if count < self.people:
            raise BenchError("sizes must rise: people are added, never removed")
        more = max(1, (count - self.people) // 100) if count > self.people else 0
        start, end = self.people, count
        people_sql.enter(people(start, end), self.list.pk)
        people_sql.enter(people(10_000_000 + start, 10_000_000 + start + more), self.list.pk, "unsubscribed")
        gone = list(people(20_000_000 + start, 20_000_000 + start + more))
        people_sql.enter(gone, self.list.pk)
        # In parts, because the function accepts as many as one webhook contains.
        causes = [suppressions.Ground(_key(person.address), "manual", "", person.address) for person in gone]
        for at in range(0, len(causes), 1000):
            suppressions.suppress_many(self.actor, causes[at : at + 1000])
        self.people = count
        with self.servers.connect("mailroom") as admin:
            people_sql.settle_down(admin)

    # -- processes -------------------------------------------------------------------------------------------------

    @contextmanager
    def processes(self, profile: Profile) -> Iterator[dict[str, list[Running]]]:
        """The running processes of `profile`; they are ended afterwards."""
        from django.conf import settings

        from publication.models import ProcessHeartbeat

        slots = profile.slots or settings.SEND_SLOTS
        environment = {**os.environ, "MAILROOM_SEND_SLOTS": str(min(64, slots * profile.processes))}
        started: dict[str, list[Running]] = {"sending": [], "upkeep": [], "beat": []}
        self._empty_broker()
        with ExitStack() as stack:
            for number in range(profile.processes):
                name = f"sending{number}"
                command = process_commands.sending_worker(slots, name)
                command[command.index("threads")] = profile.pool
                started["sending"].append(stack.enter_context(Running.start(name, command, environment)))
            started["upkeep"].append(stack.enter_context(Running.start("upkeep", process_commands.upkeep_worker(), environment)))
            wait_until(lambda: self._listening() > profile.processes, 60, "the workers listen to the broker", 0.1)
            beat = stack.enter_context(Running.start("beat", process_commands.beat(), environment))
            started["beat"].append(beat)
            wait_until(lambda: ProcessHeartbeat.objects.filter(kind="beat", pid=beat.process.pid).exists(), 60, "beat runs", 0.1)
            time.sleep(1.0)  # its first round
            yield started

    def _broker(self) -> redis.Redis:
        return self.servers._broker()

    def valkey_version(self) -> str:
        with self._broker() as broker:
            about = broker.info("server")
        return str(about.get("valkey_version", about["redis_version"]))

    def _empty_broker(self) -> None:
        with self._broker() as broker:
            broker.flushall()

    def _listening(self) -> int:
        with self._broker() as broker:
            return sum(client["cmd"] == "brpop" for client in broker.client_list())

    def server_pids(self) -> dict[str, list[int]]:
        paths = self.servers.paths
        postgres = int((paths.postgres_dir("18") / "postmaster.pid").read_text().split()[0])
        valkey = int((paths.valkey_dir / "valkey.pid").read_text())
        return {"postgresql": [postgres], "valkey": [valkey]}

    # -- campaigns -------------------------------------------------------------------------------------------------

    @contextmanager
    def attempt_size(self, size: int | None) -> Iterator[int]:
        """Campaigns that are scheduled inside have this attempt size; None: the shipped default."""
        from django.conf import settings

        shipped = settings.ATTEMPT_SIZE
        settings.ATTEMPT_SIZE = size or shipped
        try:
            yield settings.ATTEMPT_SIZE
        finally:
            settings.ATTEMPT_SIZE = shipped

    def draft(self) -> int:
        from campaigns import launch

        campaign = launch.create(self.actor, version=self.version, lists=[self.list], sender=self.sender)
        return int(campaign.pk)

    def begin(self, campaign_id: int) -> None:
        from campaigns import launch
        from worker.wake import wake

        launch.schedule(self.actor, campaign_id)
        wake("run_due_work")  # as command line and console do after each change

    def state(self, campaign_id: int) -> str:
        from tests.bench import people_sql

        statement = "SELECT state || ' ' || held_reason || ' ' || held_detail FROM campaign WHERE id = %s"
        return str(people_sql.rows(statement, [campaign_id])[0][0])

    def wait_for(self, campaign_id: int, *states: str, seconds: float) -> None:
        def there() -> bool:
            state, _, why = self.state(campaign_id).partition(" ")
            if state in {"held", "cancelled"} and state not in states:
                raise BenchError(f"campaign {campaign_id} is {state}: {why.strip()}")
            return state in states

        wait_until(there, seconds, f"campaign {campaign_id} is {' or '.join(states)}")


def _key(address: str) -> bytes:
    from subscribers import addresses

    return addresses.key_of(addresses.normalise(address))


def measure(house: House, profile: Profile, count: int) -> Run:
    """Send one campaign to `count` people with `profile`, and check the result."""
    from django.conf import settings

    from tests.bench import people_sql

    house.settle_people(count)
    with house.attempt_size(profile.size) as size, house.processes(profile) as started:
        campaign = house.draft()
        before = house.sink.count()
        parts = {name: [each.process.pid for each in group] for name, group in started.items()}
        with Sampler({**parts, **house.server_pids(), "sink": [house.sink.process.pid]}) as sampler:
            began = time.monotonic()
            house.begin(campaign)
            house.wait_for(campaign, "sending", "sent", seconds=600)
            filled = time.monotonic()
            late = _suppress_late(house)
            house.wait_for(campaign, "sent", seconds=3600)
            ended = time.monotonic()
        after = house.sink.count()
    for address in late:
        _lift(house, address)
    requests, accepted, sending = people_sql.attempts(campaign)
    states = people_sql.states(campaign)
    check(states, accepted, after["recipients"] - before["recipients"], count)
    sink_cpu = sampler.usage.pop("sink").cpu
    return Run(
        profile=profile.name, recipients=count, processes=profile.processes, slots=profile.slots or settings.SEND_SLOTS,
        size=size, pool=profile.pool, seconds=ended - began, fill_seconds=filled - began, sending_seconds=sending,
        tail_seconds=ended - filled - sending, accepted=accepted, skipped=states.get("skipped", 0), requests=requests,
        cpu={name: round(usage.cpu, 3) for name, usage in sampler.usage.items()},
        peak_worker=sampler.usage["sending"].peak_process,
        peaks={name: usage.peak_sum for name, usage in sampler.usage.items()} | {"sink_cpu": sink_cpu},
    )  # fmt: skip


def _suppress_late(house: House) -> list[str]:
    """Suppress a few of the last recipients of the campaign while it is being sent."""
    from subscribers.consent import suppressions

    tail = max(1, house.people // 10)
    step = max(1, tail // LATE)
    late = [person.address for person in people(house.people - tail, house.people)][::step][:LATE]
    causes = [suppressions.Ground(_key(address), "manual", "", address) for address in late]
    suppressions.suppress_many(house.actor, causes)
    return late


def _lift(house: House, address: str) -> None:
    from subscribers.consent import suppressions

    suppressions.lift(house.actor, address)


def check(states: dict[str, int], accepted: int, received: int, count: int) -> None:
    """Check the counts: everybody is accepted or skipped, and the sink received as many recipients as were accepted."""
    skipped = states.get("skipped", 0)
    if set(states) - {"accepted", "skipped"} or states.get("accepted", 0) + skipped != count or skipped > LATE:
        raise BenchError(f"{count} expected, found {states}")
    if not received == accepted == states["accepted"]:
        raise BenchError(f"{states['accepted']} are accepted, their attempts hold {accepted}, the sink received {received}")


def mail_for_bare(house: House, path: Path) -> dict[str, Any]:
    """Describe Mailroom's mail for the bare client, from a captured body, and compare its result with that body."""
    from tests.bench import people_sql

    house.settle_people(max(house.people, SAMPLE))
    with house.attempt_size(SAMPLE), house.processes(Profile("sample")):
        campaign = house.draft()
        house.sink.keep()
        house.begin(campaign)
        house.wait_for(campaign, "sent", seconds=120)
    whole = orjson.loads(house.sink.kept())
    personalizations, attempt = whole.pop("personalizations"), whole.pop("custom_args")
    own = {"List-Unsubscribe", "List-Unsubscribe-Post"}
    mail = {
        "shared": whole, "campaign": campaign, "public_url": PUBLIC_URL, "link_key": LINK_KEY,
        "fields": house.version.variants.get().fields,
        "headers": {name: value for name, value in personalizations[0]["headers"].items() if name not in own},
    }  # fmt: skip
    path.write_text(json.dumps(mail), encoding="utf-8")
    known = people_sql.rows("SELECT address, id, name FROM subscriber WHERE address IS NOT NULL")
    numbers = {address: (number, address, name) for address, number, name in known}
    recipients = [numbers[each["to"][0]["email"]] for each in personalizations]
    bare = orjson.loads(Body(mail).request(recipients, 1))
    for ours, theirs in zip(personalizations, bare["personalizations"], strict=True):
        if ours != theirs:
            raise BenchError(f"the bare client's body differs from Mailroom's; update bare.py:\n{theirs}\n{ours}")
    # The attempt's id is the only unknown here; its token always has the same length.
    if bare["custom_args"].keys() != attempt.keys() or len(bare["custom_args"]["mr_a"]) != len(attempt["mr_a"]):
        raise BenchError("the bare client's custom args differ from Mailroom's")
    body = house.sink.kept()
    return {"recipients": len(recipients), "bytes": len(body), "template": len(orjson.dumps(whole))}
