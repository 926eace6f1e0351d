"""Client processes that prepare, start together on a signal and report their cost at the end: case (a)."""

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import Any

from tests.bench.measuring import ROOT, BenchError, SinkProcess


def race(commands: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Start all, wait until all are ready, then let them run. The clock stops with the last of them."""
    team = [subprocess.Popen(list(each), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for each in commands]
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
    return {"seconds": seconds, "cpu": sum(each["cpu"] for each in told), "peak": max(each["peak"] for each in told)}


def counted(sink: SinkProcess, count: int, run: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Call `run` and add the counts of the sink to its result. Raises BenchError unless the sink received `count` recipients."""
    before = sink.count()
    found = run()
    after = sink.count()
    received = after["recipients"] - before["recipients"]
    if received != count:
        raise BenchError(f"the sink received {received} of {count}")
    return {
        **found, "recipients": count, "rate": count / found["seconds"], "cpu_per_million": found["cpu"] / count * 1e6,
        "requests": after["requests"] - before["requests"], "bytes_each": (after["bytes"] - before["bytes"]) / count,
        "sink_share": (after["cpu"] - before["cpu"]) / found["seconds"],
    }  # fmt: skip


def middle(runs: int, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The median run of `runs` by rate, with the rates of all runs."""
    found = sorted((measure() for _ in range(runs)), key=lambda run: float(run["rate"]))
    return {**found[len(found) // 2], "rates": [round(run["rate"]) for run in found]}


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchError(f"a client ended with {process.wait(10)}: {' '.join(map(str, process.args))[:200]}")  # type: ignore[arg-type]
    return line


def ceiling(sink: SinkProcess) -> dict[str, float]:
    """The number of requests and recipients that the sink can receive per second of its own CPU time."""
    each = b'{"to":[{"email":"somebody@people.example","name":"Somebody"}],"custom_args":{"mr_d":"%s"}}' % (b"x" * 600)
    large = b'{"personalizations":[' + b",".join([each] * 1000) + b"]}"
    found = {}
    for name, body, times, worth in (("requests", b"{}", 5000, 1), ("recipients", large, 300, 1000)):
        connection = http.client.HTTPConnection("127.0.0.1", sink.port, timeout=30)
        before = sink.count()["cpu"]
        for _ in range(times):
            connection.request("POST", "/v3/mail/send", body)
            connection.getresponse().read()
        found[name] = times * worth / max(sink.count()["cpu"] - before, 0.01)
        connection.close()
    return found
