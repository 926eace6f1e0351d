"""The benchmark of delivery: its sink counts exactly, its people are the same in every run, and a small run gives right counts.

No test here depends on a measured time.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench import measuring
from tests.bench.measuring import ROOT, SinkProcess
from tests.bench.people import people


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(measuring, "WORK", tmp_path)
    return tmp_path


@pytest.fixture
def sink() -> Iterator[SinkProcess]:
    with SinkProcess.open() as opened:
        yield opened


def post(sink: SinkProcess, bodies: list[bytes], **headers: str) -> list[http.client.HTTPResponse]:
    answers = []
    with closing(http.client.HTTPConnection("127.0.0.1", sink.port, timeout=10)) as connection:
        for body in bodies:
            connection.request("POST", "/v3/mail/send", body, headers)
            answer = connection.getresponse()
            assert answer.read() == b""
            answers.append(answer)
    return answers


def test_the_sink_counts_the_same_recipients_as_a_json_parser(sink: SinkProcess) -> None:
    tricky = {"email": 'a"to":b@people.example', "name": '"to": [{"email"'}
    whole: dict[str, Any] = {
        "content": [{"type": "text/html", "value": '{"to":[{"email":"x"}]}'}],
        "personalizations": [{"to": [tricky], "substitutions": {"-t-": '\\"to":'}} for _ in range(37)],
    }
    bodies = [orjson.dumps(whole), json.dumps(whole).encode(), b"x" * 3_000_000]
    answers = post(sink, bodies)
    assert [answer.status for answer in answers] == [202, 202, 202]
    assert len({answer.headers["X-Message-Id"] for answer in answers}) == 3
    found = sink.count()
    assert (found["requests"], found["recipients"], found["bytes"]) == (
        3,
        2 * len(whole["personalizations"]),
        sum(map(len, bodies)),
    )
    assert found["connections"] == 2  # the one that posted, and the one that asks for the counts


def test_the_sink_closes_the_connection_if_asked(sink: SinkProcess) -> None:
    assert post(sink, [b"{}"], Connection="close")[0].headers["Connection"] == "close"
    with socket.create_connection(("127.0.0.1", sink.port), timeout=5) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{")
        raw.sendall(b"}")
        assert raw.makefile("rb").read().startswith(b"HTTP/1.1 202")  # reads to the end only because the sink closes


def test_the_sink_keeps_the_next_body_if_asked(sink: SinkProcess) -> None:
    sink.keep()
    post(sink, [b"first" * 100_000, b"second"])
    assert sink.kept() == b"first" * 100_000


def test_people_are_the_same_in_every_run_and_each_address_is_unique() -> None:
    some = list(people(1990, 2010))
    assert some == list(people(0, 3000))[1990:2010]
    assert len({person.address.lower() for person in people(0, 5000)}) == 5000


def test_a_second_run_in_the_same_folder_ends_and_changes_nothing(work: Path) -> None:
    data = work / "data" / "of the first"
    data.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.bench", "--n", "1000", "--only", "a"]
    with measuring.alone():
        ran = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "BENCH_WORK": str(work)}, capture_output=True, text=True, timeout=60
        )
    assert ran.returncode != 0
    assert "another run measures" in ran.stderr
    assert data.exists()
    with measuring.alone():
        pass  # free again


@pytest.mark.processes
@pytest.mark.soak
def test_a_small_run_has_the_right_counts() -> None:
    """Cases (a) and (b): the run itself compares the bodies and checks every count."""
    work = Path(tempfile.mkdtemp(prefix="mailroom bench "))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAILROOM_")}
    environment["BENCH_WORK"] = str(work)
    command = [sys.executable, "-m", "tests.bench", "--n", "2000", "--only", "a,b", "--profile", "shipped", "--write"]
    try:
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=150)
        assert ran.returncode == 0, ran.stderr[-2000:] + ran.stdout[-2000:]
        found = json.loads((work / "delivery.json").read_text())
        assert "<!--" not in (work / "delivery.md").read_text()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    assert {(x["processes"], x["size"]): x["recipients"] for x in found["a"]}.keys() >= {(1, 200), (2, 1000)}
    assert all(x["recipients"] == 2000 and x["requests"] == 2000 // x["size"] for x in found["a"])
    whole = found["b"]["shipped"]
    assert whole["accepted"] + whole["skipped"] == whole["recipients"] == 2000
    assert whole["requests"] == 2000 // whole["size"]
