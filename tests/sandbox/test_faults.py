"""The rules by which faults are chosen. What each fault does, tests/transport/sendgrid/test_against_sandbox.py compares with the ledger."""

import http.client
import time
from typing import Any

import orjson
import pytest
import sendgrid
from python_http_client import exceptions

from sandbox.http.fault_rules import MIXES, FaultPlan, MisspeltError, draw_latency, parse_rule
from tests.support.waiting import wait_until


def post_on(line: http.client.HTTPConnection, mail: Any) -> bytes:
    headers = {"Authorization": "Bearer SG.x", "Content-Type": "application/json"}
    line.request("POST", "/v3/mail/send", orjson.dumps(mail), headers)
    return line.getresponse().read()


def test_reset_body_fault_resets_the_connection_and_accepts_nothing(sandbox: Any, write: Any) -> None:
    sandbox.faults("1:reset-body")
    mail = write(content=[{"type": "text/plain", "value": "x" * 8_000_000}])
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    with pytest.raises(ConnectionError):
        post_on(line, mail)
    line.close()
    assert sandbox.requests()[0]["accepted"] is False


def test_a_fault_can_be_limited_to_requests_with_a_certain_recipient(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("to grace: 503-before")
    assert send(write("ada@example.com"))[0] == 202
    assert send(write("ada@example.com", "Grace@example.com"))[0] == 503
    assert sandbox.counts()["accepted_recipients"] == 1


def test_rate_limit_fault_rejects_requests_above_the_limit_per_window(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("limit 2/1500ms: 429-both")
    assert [send(write())[0] for _ in range(4)] == [202, 202, 429, 429]
    wait_until(lambda: send(write())[0] == 202, what="the window has room again")


def test_a_429_can_announce_a_given_duration(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("1:429-both 7s")
    before = time.time()
    headers = send(write())[1]
    assert headers["retry-after"] == "7"
    assert before + 6 <= int(headers["x-ratelimit-reset"]) <= time.time() + 8


def test_a_time_window_narrows_another_selector() -> None:
    rule = parse_rule("rate 0.5 seed 3 during 10s-20s: 429")
    assert (rule.kind, rule.amount, rule.seed, rule.between) == ("rate", 0.5, "3", (10.0, 20.0))
    assert not rule.in_force
    plan = FaultPlan()
    plan.add(["every 1 during 0s-10s: reset-before", "during 10s-20s: 500"], 1)
    assert str(plan.decide(1)[0]) == "reset-before"


@pytest.mark.parametrize(
    ("argument", "mean", "low", "high"),
    [
        ("50ms", 0.05, 0.05, 0.05),
        ("50ms-150ms", 0.1, 0.05, 0.15),
        ("exp 100ms", 0.1, 0.0, 2.0),
        ("normal 100ms 10ms", 0.1, 0.03, 0.17),
    ],
)
def test_latency_follows_its_distribution_and_is_repeatable(argument: str, mean: float, low: float, high: float) -> None:
    drawn = [draw_latency(argument, f"7/{number}") for number in range(3000)]
    assert abs(sum(drawn) / len(drawn) - mean) < 0.01
    assert low <= min(drawn)
    assert max(drawn) <= high
    assert drawn == [draw_latency(argument, f"7/{number}") for number in range(3000)]


def test_an_endpoint_can_fail_by_count_or_by_rate_or_be_slow(sandbox: Any) -> None:
    def ask() -> int:
        try:
            sandbox.call("GET", "/v3/suppression/bounces", key="SG.x")
        except RuntimeError as error:
            return int(str(error).split(": ")[1][:3])
        return 200

    sandbox.faults("path /v3/suppression next 2: 500")
    assert [ask() for _ in range(4)] == [500, 500, 200, 200]
    sandbox.faults("path /v3/suppression rate 0.5 seed 4: 503")
    assert 5 < [ask() for _ in range(40)].count(503) < 35
    sandbox.faults("path /v3/suppression: latency 80ms")
    started = time.monotonic()
    assert ask() == 200
    assert time.monotonic() - started > 0.08


@pytest.mark.soak
def test_the_official_client_raises_its_documented_exceptions(sandbox: Any, write: Any) -> None:
    sandbox.faults("next:401", "2:500-after", "3:502-before")
    client = sendgrid.SendGridAPIClient("SG.x", host=sandbox.url)
    for expected in (exceptions.UnauthorizedError, exceptions.InternalServerError, exceptions.HTTPError):
        with pytest.raises(expected):
            client.send(write())
    assert sandbox.counts()["accepted_recipients"] == 1


def test_random_rules_depend_only_on_seed_and_request_number() -> None:
    rule = parse_rule("rate 0.3 seed 7: mix")
    chosen = {number: rule.choose(number).name for number in range(1, 2000) if rule.hits(number)}
    again = parse_rule("rate 0.3 seed 7: mix")
    assert chosen == {n: again.choose(n).name for n in reversed(range(1, 2000)) if again.hits(n)}
    assert 500 < len(chosen) < 700
    assert set(chosen.values()) == set(MIXES["mix"])
    other = parse_rule("rate 0.3 seed 8: mix")
    assert {n for n in range(1, 2000) if other.hits(n)} != set(chosen)


@pytest.mark.parametrize(
    ("spec", "hit"),
    [("3:500", {3}), ("2-4: 500", {2, 3, 4}), ("1,5: 500", {1, 5}), ("every 2: 500", {2, 4, 6}), ("next 2: 500", {5, 6})],
)
def test_each_selector_chooses_its_requests(spec: str, hit: set[int]) -> None:
    rule = parse_rule(spec, next_number=5)
    assert {number for number in range(1, 7) if rule.hits(number)} == hit


@pytest.mark.parametrize(
    "spec",
    [
        "",
        "3",
        "3:",
        "3:explode",
        "often: 500",
        "every 0: 500",
        "rate x: 500",
        "1:latency soon",
        "1:silence soon",
        "during 5s: 429",
        "during 9s-3s: 429",
    ],
)
def test_misspelt_rules_are_rejected(spec: str) -> None:
    with pytest.raises(MisspeltError):
        parse_rule(spec)


def test_one_misspelt_rule_leaves_all_rules_unchanged(sandbox: Any) -> None:
    sandbox.faults("1:429")
    with pytest.raises(RuntimeError, match="explode"):
        sandbox.faults("2:500", "3:explode")
    assert sandbox.call("GET", "/_sandbox/faults")["faults"] == ["1:429"]


def test_the_first_rule_that_matches_decides_and_latency_is_added() -> None:
    plan = FaultPlan()
    plan.add(["1:latency 2s", "1:429", "1:500"], 1)
    action, pause = plan.decide(1)
    assert action
    assert (action.name, pause) == ("429", 2.0)
