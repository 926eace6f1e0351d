"""Suppression lists, unsubscribe groups, batches and scheduled sends: the rest of the API that the product uses."""

import time
from typing import Any
from urllib.parse import quote

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


def test_bypass_settings_ignore_suppression_lists(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    client = sendgrid.SendGridAPIClient(KEY, host=sandbox.url)
    body = {"recipient_emails": ["ada@example.com"]}
    assert client.client.asm.suppressions._("global").post(request_body=body).status_code == 201
    send(write(mail_settings={"bypass_list_management": {"enable": True}}))
    send(write(mail_settings={"bypass_unsubscribe_management": {"enable": True}}))
    send(write(mail_settings={"bypass_spam_management": {"enable": True}}))
    sandbox.wait_for_events()
    names = [event["event"] for event in receiver.events()]
    assert (names.count("processed"), names.count("dropped")) == (2, 1)


def test_suppression_lists_are_paged(sandbox: Any, send: Any, write: Any) -> None:
    fill(sandbox, send, write, *[f"bounce+{number}@x.example" for number in range(7)])
    rows = sandbox.call("GET", "/v3/suppression/bounces?limit=3&offset=6", key=KEY)
    assert len(rows) == 1
    assert set(rows[0]) == {"created", "email", "reason", "status"}
    assert sandbox.call("GET", f"/v3/suppression/bounces?start_time={int(time.time()) + 60}", key=KEY) == []
    assert len(sandbox.call("GET", "/v3/suppression/bounces?email=bounce%2B3%25", key=KEY)) == 1
    with pytest.raises(RuntimeError, match="400"):
        sandbox.call("GET", "/v3/suppression/bounces?limit=501", key=KEY)
    with pytest.raises(RuntimeError, match="400"):
        sandbox.call("DELETE", "/v3/suppression/bounces", {}, key=KEY)
    address = quote("bounce+1@x.example")
    assert len(sandbox.call("GET", f"/v3/suppression/bounces/{address}", key=KEY)) == 1
    sandbox.call("DELETE", f"/v3/suppression/bounces/{address}", key=KEY)
    sandbox.call("DELETE", "/v3/suppression/bounces", {"emails": ["bounce+2@x.example"]}, key=KEY)
    assert len(sandbox.call("GET", "/v3/suppression/bounces", key=KEY)) == 5
    sandbox.call("DELETE", "/v3/suppression/bounces", {"delete_all": True}, key=KEY)
    assert sandbox.call("GET", "/v3/suppression/bounces", key=KEY) == []


def test_other_endpoints_need_a_key_and_carry_rate_headers(sandbox: Any) -> None:
    with pytest.raises(RuntimeError, match="401"):
        sandbox.call("GET", "/v3/suppression/bounces")
    client = sendgrid.SendGridAPIClient(KEY, host=sandbox.url)
    answer = client.client.suppression.bounces.get()
    assert answer.headers["X-RateLimit-Limit"] == "600"
    assert 'rel="next"' in answer.headers["Link"]


def test_unsubscribe_groups_can_be_managed(sandbox: Any, receiver: Any, send: Any, write: Any) -> None:
    group = sandbox.call("POST", "/v3/asm/groups", {"name": "Weekly", "description": "d"}, key=KEY)["id"]
    path = f"/v3/asm/groups/{group}/suppressions"
    sandbox.call("POST", path, {"recipient_emails": ["ada@example.com"]}, key=KEY)
    assert sandbox.call("GET", path, key=KEY) == ["ada@example.com"]
    assert sandbox.call("GET", f"/v3/asm/groups/{group}", key=KEY)["unsubscribes"] == 1
    assert sandbox.call("POST", f"{path}/search", {"recipient_emails": ["ADA@example.com", "x"]}, key=KEY)
    assert sandbox.call("GET", "/v3/asm/suppressions", key=KEY)[0]["group_id"] == group
    assert sandbox.call("GET", "/v3/asm/suppressions/ada@example.com", key=KEY)["suppressions"][0]["suppressed"]
    send(write("ada@example.com", "group-unsub@x.example", asm={"group_id": group}, tracking_settings=TRACKED))
    send(write("ada@example.com"))
    sandbox.wait_for_events()
    ada = [event["event"] for event in receiver.events() if event["email"] == "ada@example.com"]
    assert sorted(ada) == ["delivered", "dropped", "processed"]
    assert "group-unsub@x.example" in sandbox.call("GET", path, key=KEY)
    sandbox.call("DELETE", f"{path}/ada@example.com", key=KEY)
    sandbox.call("POST", "/v3/asm/groups/9999/suppressions", {"recipient_emails": ["bob@x.example"]}, key=KEY)
    assert sandbox.call("GET", "/v3/asm/suppressions/global/bob@x.example", key=KEY) == {"recipient_email": "bob@x.example"}
    assert sandbox.call("GET", "/v3/asm/suppressions/global/eve@x.example", key=KEY) == {}


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


def test_twenty_thousand_rows_are_paged_in_both_orders(sandbox: Any) -> None:
    rows = [{"email": f"p{number}@x.example", "created": 1_700_000_000 + number // 7} for number in range(20_000)]
    assert sandbox.call("POST", "/_sandbox/suppressions", {"list": "unsubscribes", "rows": rows}) == {"added": 20_000}
    assert sandbox.call("POST", "/_sandbox/suppressions", {"list": "unsubscribes", "rows": rows[:5]}) == {"added": 0}
    for order, first in (("oldest", 0), ("newest", 19_999)):
        sandbox.call("POST", "/_sandbox/account", {"list_order": order})
        pages = [sandbox.call("GET", f"/v3/suppression/unsubscribes?offset={n}", key=KEY) for n in range(0, 20_000, 500)]
        assert {row["email"] for page in pages for row in page} == {row["email"] for row in rows}
        assert pages[0][0]["created"] == 1_700_000_000 + first // 7
    sandbox.call("POST", "/_sandbox/account", {"list_order": "oldest"})
    with pytest.raises(RuntimeError, match="405"):
        sandbox.call("DELETE", "/v3/suppression/unsubscribes", {"delete_all": True}, key=KEY)
    with pytest.raises(RuntimeError, match="400"):
        sandbox.call("POST", "/v3/asm/suppressions/global", {"recipient_emails": []}, key=KEY)
    with pytest.raises(RuntimeError, match="404"):
        sandbox.call("DELETE", "/v3/asm/suppressions/global/nobody@x.example", key=KEY)
