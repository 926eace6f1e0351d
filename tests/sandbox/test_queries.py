"""Email Logs and Email Activity: the outcomes of mails, the lag and the failures of both APIs, their field names."""

from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.api.event_queries import ACTIVITY_FIELDS, LOG_FIELDS
from sandbox.api.query_language import parse_query
from tests.sandbox.conftest import LINKED, TRACKED

KEY = "SG.x"


def logs(sandbox: Any, query: str = "", **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.call("POST", "/v3/logs", {"query": query, **more}, key=KEY)["messages"]
    return found


def activity(sandbox: Any, query: str = "", **more: Any) -> list[dict[str, Any]]:
    path = f"/v3/messages?{urlencode({'query': query, **more})}"
    found: list[dict[str, Any]] = sandbox.call("GET", path, key=KEY)["messages"]
    return found


@pytest.fixture
def sent(sandbox: Any, send: Any, write: Any) -> str:
    """Send six mails with six different outcomes; the X-Message-Id."""
    sandbox.webhook(speed=0)
    words = ("ada", "bounce", "soft", "drop", "defer", "click")
    people = [f"{word}@x.example" for word in words]
    mail = write(*people, categories=["letters"], subject="July", content=LINKED, tracking_settings=TRACKED)
    message_id: str = send(mail)[1]["x-message-id"]
    sandbox.wait_for_mail()
    return message_id


def test_both_apis_show_the_status_of_each_mail(sandbox: Any, sent: str) -> None:
    found = {row["to_email"]: row["status"] for row in logs(sandbox)}
    assert found == {
        "ada@x.example": "delivered",
        "bounce@x.example": "bounced",
        "soft@x.example": "blocked",
        "drop@x.example": "dropped",
        "defer@x.example": "delivered",
        "click@x.example": "delivered",
    }
    old = {row["to_email"]: (row["status"], row["opens_count"], row["clicks_count"]) for row in activity(sandbox)}
    assert old["ada@x.example"] == ("delivered", 0, 0)
    assert old["click@x.example"] == ("delivered", 1, 1)
    assert {old[f"{word}@x.example"][0] for word in ("bounce", "soft", "drop")} == {"not_delivered"}


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ('to_email="ada@x.example"', {"ada"}),
        ("status IN ('bounced','dropped')", {"bounce", "drop"}),
        ("categories IN ('letters') AND status IN ('blocked')", {"soft"}),
        ("categories IN ('others')", set()),
        ('subject="July" AND to_email="ada@x.example" AND sg_message_id_created_at > TIMESTAMP "2020-01-01T00:00:00Z"', {"ada"}),
        ('sg_message_id_created_at < TIMESTAMP "2020-01-01T00:00:00Z"', set()),
        ("reason='Invalid Address'", {"drop"}),
    ],
)
def test_email_logs_can_be_filtered(sandbox: Any, sent: str, query: str, people: set[str]) -> None:
    assert {row["to_email"].partition("@")[0] for row in logs(sandbox, query, limit=100)} == people


@pytest.mark.parametrize(
    ("query", "people"),
    [
        ('to_email="ada@x.example"', {"ada"}),
        ('status="not_delivered"', {"bounce", "soft", "drop"}),
        ('(Contains(events,"click"))', {"click"}),
        ("(unique_args['mr_d']=\"delivery-4\")", {"defer"}),
        (
            'subject LIKE "Ju%" AND to_email NOT IN ("ada@x.example", "soft@x.example") AND status!="delivered"',
            {"bounce", "drop"},
        ),
        ('last_event_time BETWEEN TIMESTAMP "2020-01-01T00:00:00Z" AND TIMESTAMP "2021-01-01T00:00:00Z"', set()),
        ('last_event_time NOT BETWEEN "2020-01-01" AND "2021-01-01" AND to_email LIKE "a%"', {"ada"}),
    ],
)
def test_email_activity_can_be_filtered(sandbox: Any, sent: str, query: str, people: set[str]) -> None:
    assert {row["to_email"].partition("@")[0] for row in activity(sandbox, query, limit=100)} == people


def test_both_apis_list_the_events_of_one_mail(sandbox: Any, receiver: Any, sent: str, send: Any, write: Any) -> None:
    send(write("click@x.example", content=LINKED, tracking_settings=TRACKED))
    sandbox.wait_for_events()
    row = logs(sandbox, 'to_email="click@x.example"', limit=1)[0]
    found = sandbox.call("GET", f"/v3/logs/{row['sg_message_id']}", key=KEY)
    assert [event["event"] for event in found["events"]] == ["received", "processed", "delivered", "open", "click"]
    received, *rest = found["events"]
    assert row["sg_message_id"].startswith(f"{received['recv_msgid']}.")
    assert received["recipient_count"] == 1
    assert all(event["custom_args"] == {"mr_d": "delivery-0"} and "mr_d" not in event for event in rest)
    posted = {event["sg_event_id"] for event in receiver.events() if event["sg_message_id"] == row["sg_message_id"]}
    assert {event["sg_event_id"] for event in rest} == posted
    assert "sg_machine_open" not in rest[2]
    old = sandbox.call("GET", f"/v3/messages/{row['sg_message_id']}", key=KEY)
    assert [event["event_name"] for event in old["events"]] == ["processed", "delivered", "opened", "clicked"]
    assert old["unique_args"] == '{"mr_d":"delivery-0"}'


def test_neither_api_finds_a_mail_by_its_x_message_id(sandbox: Any, sent: str) -> None:
    for path in (f"/v3/logs/{sent}", f"/v3/messages/{sent}"):
        with pytest.raises(RuntimeError, match="404"):
            sandbox.call("GET", path, key=KEY)
    assert logs(sandbox, f'sg_message_id="{sent}"') == []


def test_both_apis_lag_behind_by_the_configured_time(sandbox: Any, sent: str) -> None:
    sandbox.account(query_lag=600)
    assert logs(sandbox) == activity(sandbox) == []
    sandbox.advance_clock(601)
    assert len(logs(sandbox)) == len(activity(sandbox)) == 6


def test_results_are_limited_and_newest_first(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.webhook(speed=0)
    for number in range(3):
        send(write(*[f"p{number}-{one}@x.example" for one in range(5)]))
    sandbox.wait_for_mail()
    assert len(logs(sandbox)) == 10
    assert [row["to_email"] for row in logs(sandbox, limit=2)] == ["p2-4@x.example", "p2-3@x.example"]
    assert len(activity(sandbox, limit=1000)) == 15
    for limit in (0, 1001):
        with pytest.raises(RuntimeError, match="400"):
            logs(sandbox, limit=limit)


def test_query_apis_can_be_busy_or_not_enabled(sandbox: Any, sent: str) -> None:
    for mode, status in (("busy", "429"), ("off", "403")):
        sandbox.account(logs=mode, activity=mode)
        for ask in (logs, activity):
            with pytest.raises(RuntimeError, match=status):
                ask(sandbox)


def test_a_mail_whose_answer_and_events_were_lost_is_still_found(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    sandbox.webhook(drop=1.0, speed=0)
    sandbox.faults("1:silence-after 0s")
    with pytest.raises(OSError):  # noqa: PT011 - any error: the sender does not learn the outcome
        send(write())
    sandbox.wait_for_events()
    assert receiver.posts == []
    assert [row["status"] for row in logs(sandbox, 'to_email="ada@example.com"')] == ["delivered"]


def test_waiting_mail_is_not_listed_and_cancelled_mail_is_dropped(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.webhook(speed=0)
    batch = sandbox.call("POST", "/v3/mail/batch", key=KEY)["batch_id"]
    now = int(sandbox.call("GET", "/_sandbox/clock")["now"])
    send(write(send_at=now + 3600, batch_id=batch))
    sandbox.call("POST", "/v3/user/scheduled_sends", {"batch_id": batch, "status": "cancel"}, key=KEY)
    assert logs(sandbox) == []
    sandbox.advance_clock(3700)
    row = logs(sandbox)[0]
    assert (row["status"], row["reason"]) == ("dropped", "Cancelled")
    events = sandbox.call("GET", f"/v3/logs/{row['sg_message_id']}", key=KEY)["events"]
    assert [event["event"] for event in events] == ["received", "cancel_drop"]


@pytest.mark.parametrize(
    "query",
    [
        'bad_field="x"',
        "custom_args='x'",
        'status="x"',
        "to_email=",
        "to_email = x",
        'to_email="x" OR subject="y"',
        "(",
        '"',
        "subject>'x'",
    ],
)
def test_invalid_queries_are_rejected(sandbox: Any, query: str) -> None:
    with pytest.raises(RuntimeError, match=r"400.*invalid syntax"):
        logs(sandbox, query)


def test_queries_understand_escaped_quotes_and_timestamps() -> None:
    (condition,) = parse_query(r'subject="she said \"yes\""', LOG_FIELDS, ())
    assert condition.holds({"subject": 'she said "yes"'})
    (condition,) = parse_query('last_event_time >= "2026-01-01T01:00:00+01:00"', ACTIVITY_FIELDS, ("last_event_time",))
    assert condition.holds({"last_event_time": 1767225600.0})
    assert not condition.holds({"last_event_time": 1767225599.0})
    assert not condition.holds({})
    with pytest.raises(ValueError, match="not a timestamp"):
        parse_query('last_event_time > TIMESTAMP "yesterday"', ACTIVITY_FIELDS, ("last_event_time",))
