"""Tracking by the settings of the request or the account: how SendGrid changes a mail, and which events it then reports."""

from collections import Counter
from typing import Any

import pytest

from tests.sandbox.conftest import TRACKED

HTML = (
    '<html><body><a href="https://letters.example/one?a=1">one</a> <a clicktracking=off href="https://letters.example/two">two</a>'
    " <a href=https://letters.example/three>three</a> [unsubscribe]</body></html>"
)
TEXT = "See https://letters.example/one and write."
CONTENT = [{"type": "text/plain", "value": TEXT}, {"type": "text/html", "value": HTML}]


def render(sandbox: Any, send: Any, write: Any, **settings: Any) -> dict[str, Any]:
    send(write(content=CONTENT, **settings))
    found: dict[str, Any] = sandbox.messages()[0]
    return found


def test_a_mail_is_unchanged_without_tracking(sandbox: Any, send: Any, write: Any) -> None:
    mail = render(sandbox, send, write)
    assert (mail["html"], mail["text"]) == (HTML, TEXT)


def test_click_tracking_of_a_request_rewrites_its_links(sandbox: Any, send: Any, write: Any) -> None:
    mail = render(sandbox, send, write, tracking_settings={"click_tracking": {"enable": True, "enable_text": False}})
    assert mail["html"].count("/ls/click?upn=") == 1
    assert "https://letters.example/one" not in mail["html"]
    assert '<a clicktracking=off href="https://letters.example/two">' in mail["html"]
    assert "href=https://letters.example/three" in mail["html"]
    assert mail["text"] == TEXT
    mail = render(sandbox, send, write, tracking_settings={"click_tracking": {"enable": True, "enable_text": True}})
    assert "/ls/click?upn=" in mail["text"]


def test_tracking_settings_of_a_request_override_those_of_the_account(sandbox: Any, send: Any, write: Any) -> None:
    sandbox.account(tracking={"click": True, "open": True, "subscription": True})
    mail = render(sandbox, send, write)
    assert mail["html"].count("/ls/click?upn=") == 1
    assert mail["html"].count("/wf/open?upn=") == 1
    assert mail["html"].endswith("</body></html>")
    assert "/wf/unsubscribe?upn=" in mail["text"]
    assert mail["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    off = {name: {"enable": False} for name in ("click_tracking", "open_tracking", "subscription_tracking")}
    mail = render(sandbox, send, write, tracking_settings=off)
    assert (mail["html"], mail["text"]) == (HTML, TEXT)
    assert "List-Unsubscribe" not in mail["headers"]


TRACKABLE = ("open", "machine-open", "plain-open", "click", "unsub", "group-unsub")
NO_TRACKING = {name: {"enable": False} for name in TRACKED}
ACCOUNT = {"click": True, "open": True, "subscription": True}


def kinds(sandbox: Any, receiver: Any, send: Any, mail: Any) -> Counter[str]:
    send(mail)
    sandbox.wait_for_events()
    return Counter(event["event"] for event in receiver.events())


@pytest.mark.parametrize(
    ("request_setting", "account", "tracked"),
    [
        (NO_TRACKING, {}, False),
        (NO_TRACKING, ACCOUNT, False),  # the request wins
        ({}, {}, False),
        ({}, ACCOUNT, True),
        ({name: {} for name in TRACKED}, ACCOUNT, True),  # a setting without `enable` leaves it to the account
        (TRACKED, {}, True),
    ],
)
def test_opens_clicks_and_unsubscribes_are_reported_only_where_they_are_tracked(
    sandbox: Any, receiver: Any, send: Any, write: Any, request_setting: Any, account: Any, tracked: bool
) -> None:
    sandbox.account(tracking=account)
    sandbox.webhook(speed=0)
    people = [f"{word}@people.example" for word in (*TRACKABLE, "complain", "ada")]
    event_counts = kinds(sandbox, receiver, send, write(*people, content=CONTENT, tracking_settings=request_setting))
    always = {"processed": 8, "delivered": 8, "spamreport": 1}
    assert event_counts == always | ({"open": 4, "click": 1, "unsubscribe": 1, "group_unsubscribe": 1} if tracked else {})
    listed = sandbox.call("GET", "/v3/suppression/unsubscribes", key="SG.x")
    assert [row["email"] for row in listed] == (["unsub@people.example"] if tracked else [])
