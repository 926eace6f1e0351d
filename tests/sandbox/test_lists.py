"""Suppression lists, batches and scheduled sends: the rest of the API that the product uses."""

import time
from typing import Any

import pytest
import python_http_client
import sendgrid

from tests.sandbox.conftest import TRACKED

KEY = "SG.x"


def fill(sandbox: Any, send: Any, write: Any, *addresses: str) -> None:
    sandbox.webhook(speed=0)
    send(write(*addresses, tracking_settings=TRACKED))
    sandbox.wait_for_events()


def test_outcomes_fill_the_suppression_lists_and_later_mail_is_dropped(
    sandbox: Any, receiver: Any, send: Any, write: Any
) -> None:
    people = ["bounce@x.example", "soft@x.example", "complain@x.example", "unsub@x.example", "late-bounce@x.example"]
    fill(sandbox, send, write, *people)
    listed = {
        name: [row["email"] for row in sandbox.call("GET", f"/v3/suppression/{name}", key=KEY)]
        for name in ("bounces", "blocks", "spam_reports", "unsubscribes", "invalid_emails")
    }
    assert listed == {
        "bounces": ["bounce@x.example", "late-bounce@x.example"],
        "blocks": ["soft@x.example"],
        "spam_reports": ["complain@x.example"],
        "unsubscribes": ["unsub@x.example"],
        "invalid_emails": [],
    }
    receiver.posts.clear()
    fill(sandbox, send, write, *people)
    dropped = {event["email"]: event["reason"] for event in receiver.events() if event["event"] == "dropped"}
    assert dropped == {
        "bounce@x.example": "Bounced Address",
        "late-bounce@x.example": "Bounced Address",
        "complain@x.example": "Spam Reporting Address",
        "unsub@x.example": "Unsubscribed Address",
    }


def test_other_endpoints_need_a_key_and_carry_rate_headers(sandbox: Any) -> None:
    with pytest.raises(RuntimeError, match="401"):
        sandbox.call("GET", "/v3/suppression/bounces")
    client = sendgrid.SendGridAPIClient(KEY, host=sandbox.url)
    answer = client.client.suppression.bounces.get()
    assert answer.headers["X-RateLimit-Limit"] == "600"
    assert 'rel="next"' in answer.headers["Link"]


def test_limit_of_suppression_endpoints_is_enforced_for_each_of_them(sandbox: Any) -> None:
    sandbox.call("POST", "/_sandbox/account", {"rate_limit": 2, "rate_window": 60.0})
    client = sendgrid.SendGridAPIClient(KEY, host=sandbox.url).client
    left = [client.suppression.bounces.get().headers["X-RateLimit-Remaining"] for _ in range(2)]
    assert left == ["1", "0"]
    with pytest.raises(python_http_client.exceptions.TooManyRequestsError) as caught:
        client.suppression.bounces.get()
    assert caught.value.to_dict == {"errors": [{"field": None, "message": "too many requests"}]}
    headers = dict(caught.value.headers)
    assert headers["X-RateLimit-Remaining"] == "0"
    assert 0 < int(headers["X-RateLimit-Reset"]) - time.time() <= 62
    assert client.suppression.blocks.get().status_code == 200, "another endpoint has a count of its own"
    sandbox.call("POST", "/_sandbox/account", {"rate_limit": 600})
