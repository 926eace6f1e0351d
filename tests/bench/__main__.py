"""The command: `python -m tests.bench --n 100000 --only a,b`. Prints its progress; `--write` writes the result into docs/benchmarks."""

import argparse
import json
import os
import sys
import time
from typing import Any

from tests.bench import report
from tests.bench.cases import CASES, Measurement, Plan
from tests.bench.measuring import WORK, BenchError
from tests.bench.whole import Profile

# One process per core; pool, slots and size as measured (docs/benchmarks/delivery.md).
POOL, SLOTS, SIZE = "threads", 4, 1000


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", flush=True)


def plan(options: argparse.Namespace) -> Plan:
    profiles = {
        "shipped": Profile("shipped"),
        "throughput": Profile("throughput", options.processes, options.slots, options.size, options.pool),
    }
    only = options.only.split(",")
    if strangers := [case for case in only if case not in CASES]:
        raise BenchError(f"no such case: {', '.join(strangers)}; the cases are {', '.join(CASES)}")
    return Plan(options.n, options.runs, only, [profiles[name] for name in options.profile.split(",")])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--n", type=int, default=1_000_000, help="recipients of the cases a and b (default 1000000)")
    parser.add_argument("--only", default=",".join(CASES), help=f"cases, with commas (default {','.join(CASES)})")
    parser.add_argument("--runs", type=int, default=1, help="runs of each case; the median counts (default 1)")
    parser.add_argument("--profile", default="shipped,throughput", help="profiles of case b")
    parser.add_argument("--pool", default=POOL, help="worker pool of the throughput profile: threads, prefork or solo")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2, help="processes of the throughput profile")
    parser.add_argument("--slots", type=int, default=SLOTS, help="slots of each of its processes")
    parser.add_argument("--size", type=int, default=SIZE, help="its attempt size")
    parser.add_argument(
        "--write",
        action="store_true",
        help="write page and numbers into docs/benchmarks, or into var/bench if not everything was measured",
    )
    parser.add_argument("--again", action="store_true", help="measure nothing; print (and write) the last result")
    options = parser.parse_args()
    last = WORK / "last.json"
    if options.again:
        found: dict[str, Any] = json.loads(last.read_text(encoding="utf-8"))
    else:
        found = Measurement(plan(options), say).run()
        last.write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(report.table(found))
    if options.write:
        for path in report.write(found):
            say(f"written: {path}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as fault:
        sys.exit(f"bench: {fault}")
