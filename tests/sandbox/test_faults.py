"""Every fault, as a raw client and the official client see it, compared with the ledger."""

import http.client
import socket
import time
import urllib.error
from itertools import groupby
from typing import Any

import orjson
import pytest
import sendgrid
from python_http_client import exceptions

from sandbox.http.fault_rules import ACTIONS, MIXES, MisspeltError, Plan, draw_latency, parse_rule
from tests.support.waiting import wait_until

STATUSES = sorted(name for name in ACTIONS if name[0].isdigit() and name != "413-early")


@pytest.mark.parametrize("name", STATUSES)
def test_status_faults_answer_and_record_whether_the_mail_was_accepted(sandbox: Any, send: Any, write: Any, name: str) -> None:
    sandbox.faults(f"1:{name}")
    status, headers, body = send(write())
    assert status == int(name[:3])
    truth = sandbox.requests()[0]
    assert (truth["status"], truth["fault"]) == (status, name)
    assert truth["accepted"] is name.endswith("-after")
    assert sandbox.counts()["accepted_recipients"] == int(name.endswith("-after"))
    assert ("x-ratelimit-reset" in headers) is (name in ("429-reset", "429-both"))
    assert ("retry-after" in headers) is (name in ("429-retry", "429-both"))
    if status in (502, 504):
        assert body.startswith(b"<html>")
    elif status not in (302, 307):
        assert orjson.loads(body)["errors"][0]["message"]


def test_429_has_the_documented_body(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("all: 429")
    assert orjson.loads(send(write())[2]) == {"errors": [{"field": None, "message": "too many requests"}]}


def test_401_without_credits_says_that_they_are_used_up(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("all: 401-credits")
    assert b"Maximum credits exceeded" in send(write())[2]


@pytest.mark.parametrize("accepted", [False, True])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("reset", (ConnectionResetError, http.client.RemoteDisconnected)),
        ("close", http.client.RemoteDisconnected),
        ("partial", http.client.IncompleteRead),
        ("silence", TimeoutError),
    ],
)
def test_transport_faults_break_the_answer_before_or_after_acceptance(
    sandbox: Any, write: Any, name: str, expected: Any, accepted: bool
) -> None:
    sandbox.faults(f"1:{name}-{'after' if accepted else 'before'}")
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=0.5)
    with pytest.raises(expected):
        post_on(line, write())
    line.close()
    truth = sandbox.requests()[0]
    assert (truth["status"], truth["accepted"]) == (None, accepted)
    assert len(sandbox.ledger()) == int(accepted)


def post_on(line: http.client.HTTPConnection, mail: Any) -> bytes:
    headers = {"Authorization": "Bearer SG.x", "Content-Type": "application/json"}
    line.request("POST", "/v3/mail/send", orjson.dumps(mail), headers)
    return line.getresponse().read()


@pytest.mark.parametrize("accepted", [False, True])
def test_partial_head_fault_sends_half_a_response_head_and_closes(sandbox: Any, write: Any, accepted: bool) -> None:
    sandbox.faults(f"1:partial-head-{'after' if accepted else 'before'}")
    body = orjson.dumps(write())
    head = f"POST /v3/mail/send HTTP/1.1\r\nAuthorization: Bearer SG.x\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection((sandbox.host, sandbox.port), timeout=5) as line:
        line.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 202" if accepted else b"HTTP/1.1 500")
    assert b"\r\n\r\n" not in answer
    assert len(sandbox.ledger()) == int(accepted)


def test_reset_body_fault_resets_the_connection_and_accepts_nothing(sandbox: Any, write: Any) -> None:
    sandbox.faults("1:reset-body")
    mail = write(content=[{"type": "text/plain", "value": "x" * 8_000_000}])
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    with pytest.raises(ConnectionError):
        post_on(line, mail)
    line.close()
    assert sandbox.requests()[0]["accepted"] is False


def test_refuse_fault_closes_the_port_and_counts_as_a_request(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("2:refuse 1.5s")
    status, headers, _ = send(write(), Connection="keep-alive")
    assert status == 202
    assert headers["connection"] == "close"
    wait_until(lambda: not sandbox.listens(), what="it refuses connections", pause=0.01)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((sandbox.host, sandbox.port), timeout=1)
    sandbox.wait_until_up()
    assert send(write())[0] == 202
    assert [(one["request"], one["fault"], one["accepted"]) for one in sandbox.requests()] == [
        (1, None, True),
        (2, "refuse 1.5s", False),
        (3, None, True),
    ]


def test_the_official_client_sees_a_413_only_if_the_whole_body_was_read(sandbox: Any, write: Any) -> None:
    mail = write(content=[{"type": "text/plain", "value": "x" * 31_000_000}])
    client = sendgrid.SendGridAPIClient("SG.x", host=sandbox.url)
    with pytest.raises(exceptions.PayloadTooLargeError) as drained:
        client.send(mail)
    drained.value.__cause__ = None
    sandbox.account(oversize="early")
    with pytest.raises(urllib.error.URLError):
        client.send(mail)
    assert [one["status"] for one in sandbox.requests()] == [413, 413]
    assert sandbox.counts()["accepted_recipients"] == 0


def test_early_413_fault_answers_before_the_body_is_read(sandbox: Any, write: Any) -> None:
    sandbox.faults("1:413-early")
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe, depending on the kernel
        post_on(line, write(content=[{"type": "text/plain", "value": "x" * 8_000_000}]))
    line.close()
    assert sandbox.requests()[0]["status"] == 413


def test_trickle_fault_outlasts_a_timeout_that_is_counted_per_read(sandbox: Any, write: Any) -> None:
    sandbox.faults("1:trickle 1s")
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=0.5)
    started = time.monotonic()
    post_on(line, write())
    line.close()
    assert time.monotonic() - started > 0.9
    assert len(sandbox.ledger()) == 1


def test_slow_body_fault_makes_the_client_wait(sandbox: Any, write: Any) -> None:
    sandbox.faults("1:slow-body 0.4s")
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    started = time.monotonic()
    post_on(line, write(content=[{"type": "text/plain", "value": "x" * 4_000_000}]))
    line.close()
    assert time.monotonic() - started > 0.35
    assert len(sandbox.ledger()) == 1


def test_no_id_fault_answers_202_without_a_message_id(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("1:no-id")
    status, headers, _ = send(write())
    assert status == 202
    assert "x-message-id" not in headers
    assert sandbox.ledger()[0]["id"]


def test_latency_faults_add_up_and_the_mail_is_accepted(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("all: latency 60ms", "all: latency 20ms-40ms")
    started = time.monotonic()
    assert send(write())[0] == 202
    assert time.monotonic() - started > 0.08


def test_a_fault_can_be_limited_to_requests_with_a_certain_recipient(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("to grace: 503-before")
    assert send(write("ada@example.com"))[0] == 202
    assert send(write("ada@example.com", "Grace@example.com"))[0] == 503
    assert sandbox.counts()["accepted_recipients"] == 1


def test_rate_limit_fault_rejects_requests_above_the_limit_per_window(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("limit 2/1500ms: 429-both")
    assert [send(write())[0] for _ in range(4)] == [202, 202, 429, 429]
    wait_until(lambda: send(write())[0] == 202, what="the window has room again")


@pytest.mark.parametrize(
    ("name", "reset", "retry"),
    [("429", False, False), ("429-reset", True, False), ("429-retry", False, True), ("429-both", True, True)],
)
def test_each_429_variant_has_its_rate_limit_headers(
    sandbox: Any, send: Any, write: Any, name: str, reset: bool, retry: bool
) -> None:
    sandbox.faults(f"limit 1/60s: {name}")
    send(write())
    status, headers, _ = send(write())
    assert (status, "x-ratelimit-reset" in headers, "retry-after" in headers) == (429, reset, retry)
    if reset:
        assert headers["x-ratelimit-remaining"] == "0"
        assert 0 < int(headers["x-ratelimit-reset"]) - time.time() <= 61
    if retry:
        assert 1 <= int(headers["retry-after"]) <= 60


def test_a_429_can_announce_a_given_duration(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("1:429-both 7s")
    before = time.time()
    headers = send(write())[1]
    assert headers["retry-after"] == "7"
    assert before + 6 <= int(headers["x-ratelimit-reset"]) <= time.time() + 8


def test_a_fault_can_be_limited_to_a_window_of_time(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.faults("during 1s-2.5s: 503-before", "during 60m-: 400")
    seen: list[int] = []

    def over() -> bool:
        seen.append(send(write())[0])
        return 503 in seen and seen[-1] == 202

    wait_until(over, what="the storm is over")
    assert [status for status, _ in groupby(seen)] == [202, 503, 202]


def test_a_time_window_narrows_another_selector() -> None:
    rule = parse_rule("rate 0.5 seed 3 during 10s-20s: 429")
    assert (rule.kind, rule.amount, rule.seed, rule.between) == ("rate", 0.5, "3", (10.0, 20.0))
    assert not rule.in_force
    plan = Plan()
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
            sandbox.call("GET", "/v3/asm/groups", key="SG.x")
        except RuntimeError as error:
            return int(str(error).split(": ")[1][:3])
        return 200

    sandbox.faults("path /v3/asm next 2: 500")
    assert [ask() for _ in range(4)] == [500, 500, 200, 200]
    sandbox.faults("path /v3/asm rate 0.5 seed 4: 503")
    assert 5 < [ask() for _ in range(40)].count(503) < 35
    sandbox.faults("path /v3/asm: latency 80ms")
    started = time.monotonic()
    assert ask() == 200
    assert time.monotonic() - started > 0.08


def test_a_path_fault_affects_only_endpoints_under_its_path(sandbox: Any) -> None:
    sandbox.faults("path /v3/suppression: 503-before")
    with pytest.raises(RuntimeError, match="503"):
        sandbox.call("GET", "/v3/suppression/bounces", key="SG.x")
    assert sandbox.call("GET", "/v3/asm/groups", key="SG.x") == []


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
    plan = Plan()
    plan.add(["1:latency 2s", "1:429", "1:500"], 1)
    action, pause = plan.decide(1)
    assert action
    assert (action.name, pause) == ("429", 2.0)
