"""The whole measurement: which cases run, at which sizes, how often and in which order. All results go into one dictionary."""

import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from tests.bench import limit
from tests.bench.measuring import WORK, SinkProcess, alone
from tests.bench.racing import ceiling, middle
from tests.bench.whole import House, Profile, mail_for_bare, measure

CASES = ("a", "b")
VERSIONS = ("Django", "celery", "kombu", "psycopg", "redis", "orjson")


@dataclass(frozen=True)
class Plan:
    """What to measure. `runs`: how often each case is measured; the median run counts."""

    count: int
    runs: int = 3
    only: Sequence[str] = CASES
    profiles: Sequence[Profile] = ()


@dataclass
class Measurement:
    """One measurement while it runs."""

    plan: Plan
    say: Callable[[str], None]
    found: dict[str, Any] = field(default_factory=dict)

    def run(self) -> dict[str, Any]:
        with alone(), SinkProcess.open() as sink, House(sink) as house:
            self.found.update(n=self.plan.count, runs=self.plan.runs, machine=machine(), versions=versions(house))
            self.found["sink"] = ceiling(sink)
            mail = WORK / "mail.json"
            self.found["body"] = mail_for_bare(house, mail)
            self.say("prepared; the bare client's bodies equal those of Mailroom")
            if "a" in self.plan.only:
                self._limit(sink, mail)
            if "b" in self.plan.only:
                self._whole(house)
        return self.found

    def _limit(self, sink: SinkProcess, mail: Path) -> None:
        shapes = {(1, 200), (1, 1000), (2, 200), (2, 1000)} | {(p.processes, p.size or 200) for p in self.plan.profiles}
        for processes, size in sorted(shapes):
            run = middle(self.plan.runs, partial(limit.measure, sink, mail, self.plan.count, processes, size))
            self.found.setdefault("a", []).append(run)
            self.say(f"(a) bare, {processes} x {size}: {run['rate']:,.0f}/s; the sink used {run['sink_share']:.0%} of a core")

    def _whole(self, house: House) -> None:
        for profile in self.plan.profiles:
            self.found.setdefault("b", {})[profile.name] = self._one(house, profile)

    def _one(self, house: House, profile: Profile) -> dict[str, Any]:
        run = middle(self.plan.runs, lambda: measure(house, profile, self.plan.count).record())
        limited = next(
            (x for x in self.found.get("a", []) if (x["processes"], x["size"]) == (run["processes"], run["size"])), None
        )
        share = f", {run['rate'] / limited['rate']:.2f} of the limit" if limited else ""
        cpu = {name: round(seconds, 1) for name, seconds in run["cpu"].items()}
        self.say(
            f"(b) {profile.name}: {run['rate']:,.0f}/s{share}; {run['seconds']:.2f} s = fill {run['fill_seconds']:.2f}"
            f" + sending {run['sending_seconds']:.2f} + rest {run['tail_seconds']:.2f}; worker {run['peak_worker']:.0f} MiB; cpu {cpu}"
        )
        return run


def machine() -> dict[str, Any]:
    """The facts about this machine that a comparison needs, without host names."""
    return {
        "cores": os.cpu_count(), "processor": _processor(), "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}", "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def versions(house: House) -> dict[str, str]:
    from tests.bench import people_sql

    return {
        "Python": sys.version.split()[0],
        "PostgreSQL": str(people_sql.rows("SHOW server_version")[0][0]).split()[0],
        "Valkey": house.valkey_version(),
        **{name: importlib.metadata.version(name) for name in VERSIONS},
    }
