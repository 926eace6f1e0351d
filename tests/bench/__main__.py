"""The command: chooses the cases, runs them one after the other against one sink, prints and writes what was found."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from typing import Any

from tests.bench import limit
from tests.bench.measuring import WORK, BenchFault, SinkProcess
from tests.bench.whole import House, Profile, mail_for_bare, measure

CASES = ("a", "b")


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--n", type=int, default=1_000_000, help="recipients of the cases (a) and (b)")
    parser.add_argument("--only", default=",".join(CASES), help="cases by letter, with commas")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--profile", default="shipped,throughput")
    parser.add_argument("--pool", default="threads", help="of the throughput profile")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--size", type=int, default=1000)
    options = parser.parse_args()
    profiles = {
        "shipped": Profile("shipped"),
        "throughput": Profile("throughput", options.processes, options.slots, options.size, options.pool),
    }
    only = options.only.split(",")
    result: dict[str, Any] = {}
    with SinkProcess.open() as sink, House(sink) as house:
        say("prepared; a sample of Mailroom's mail")
        mail = WORK / "mail.json"
        say(f"bare body equals Mailroom's: {mail_for_bare(house, mail)}")
        if "a" in only:
            for processes in sorted({1, options.processes}):
                for size in (200, 1000):
                    found = limit.typical(sink, mail, options.n, processes, size, options.runs)
                    result[f"a/{processes}/{size}"] = found
                    say(f"(a) {processes} processes, size {size}: {found['rate']:,.0f}/s, sink {found['sink_share']:.0%}")
        if "b" in only:
            for name in options.profile.split(","):
                for _ in range(options.runs):
                    run = measure(house, profiles[name], options.n)
                    found = run.record()
                    limited = result.get(f"a/{run.processes}/{run.size}")
                    share = f", {run.rate / limited['rate']:.2f} of the limit" if limited else ""
                    say(
                        f"(b) {name}: {run.rate:,.0f}/s{share}; fill {run.fill_seconds:.2f} s, sending {run.sending_seconds:.2f} s, "
                        f"tail {run.tail_seconds:.2f} s; worker {run.peak_worker:.0f} MiB; cpu {run.cpu}"
                    )
                    result.setdefault(f"b/{name}", []).append(found)
    (WORK / "last.json").write_text(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchFault as fault:
        sys.exit(f"bench: {fault}")
