"""Case (a): bare clients in as many processes, started together; the limit everything else is compared with."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.measuring import HERE, ROOT, BenchFault, SinkProcess


def measure(sink: SinkProcess, mail: Path, count: int, processes: int, size: int) -> dict[str, Any]:
    """`count` recipients in requests of `size` from `processes` bare clients; recipients a second and what it cost."""
    before = sink.count()
    team = []
    share = count // processes
    for number in range(processes):
        end = count if number == processes - 1 else (number + 1) * share
        command = [
            sys.executable, str(HERE / "bare.py"), "--mail", str(mail), "--port", str(sink.port), "--size", str(size),
            "--first", str(number * share), "--end", str(end),
        ]  # fmt: skip
        team.append(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    try:
        for each in team:
            _line(each)
        began = time.monotonic()
        for each in team:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        told = [json.loads(_line(each)) for each in team]
        seconds = time.monotonic() - began
    finally:
        for each in team:
            each.kill()
            each.communicate()
    after = sink.count()
    if after["recipients"] - before["recipients"] != count:
        raise BenchFault(f"the sink received {after['recipients'] - before['recipients']} of {count}")
    return {
        "processes": processes, "size": size, "recipients": count, "seconds": seconds, "rate": count / seconds,
        "cpu": sum(each["cpu"] for each in told), "peak": max(each["peak"] for each in told),
        "cpu_per_million": sum(each["cpu"] for each in told) / count * 1e6,
        "sink_share": (after["cpu"] - before["cpu"]) / seconds,
        "bytes_each": (after["bytes"] - before["bytes"]) / count,
    }  # fmt: skip


def typical(sink: SinkProcess, mail: Path, count: int, processes: int, size: int, runs: int) -> dict[str, Any]:
    """The run in the middle of `runs`, by rate."""
    found = sorted((measure(sink, mail, count, processes, size) for _ in range(runs)), key=lambda run: run["rate"])
    middle = found[len(found) // 2]
    return {**middle, "rates": [round(run["rate"]) for run in found], "median": median(run["rate"] for run in found)}


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchFault(f"a bare client ended with {process.wait(10)}")
    return line
