"""Validation of mail/send: rejected requests and their fields, and the strict and lenient limits."""

import time
from collections.abc import Callable
from typing import Any

import orjson
import pytest

Mail = dict[str, Any]


def errors_of(body: bytes) -> dict[str, str]:
    return {error["field"]: error["message"] for error in orjson.loads(body)["errors"]}


def person(**more: Any) -> Mail:
    return {"to": [{"email": "ada@example.com"}], **more}


FAULTS: list[tuple[str, Callable[[Mail], Any], str]] = [
    ("personalizations", lambda mail: mail.pop("personalizations"), "at least one"),
    ("personalizations", lambda mail: mail.update(personalizations=[person()] * 1001), "You attempted 1001"),
    (
        "personalizations",
        lambda mail: mail.update(personalizations=[{"to": [{"email": f"p{n}@x.example"} for n in range(1001)]}]),
        "1000 total recipients",
    ),
    ("personalizations.0.to", lambda mail: mail["personalizations"][0].pop("to"), "to array is required"),
    ("personalizations.0.to.0.email", lambda mail: mail.update(personalizations=[{"to": [{"email": "ada"}]}]), "valid"),
    (
        "personalizations.1.substitutions",
        lambda mail: mail.update(personalizations=[person(), person(substitutions={"-a-": 1})]),
        "strings",
    ),
    (
        "personalizations.0.substitutions",
        lambda mail: mail.update(personalizations=[person(substitutions={f"-{n}-": "" for n in range(101)})]),
        "limited to 100",
    ),
    (
        "personalizations.0.substitutions",
        lambda mail: mail.update(personalizations=[person(substitutions={"-a-": "x" * 10_000})]),
        "10000 bytes",
    ),
    ("personalizations.0.custom_args", lambda mail: mail.update(personalizations=[person(custom_args={"a": 1})]), "strings"),
    ("personalizations.0.custom_args", lambda mail: mail.update(personalizations=[person(custom_args={})]), "empty"),
    ("personalizations.0.custom_args", lambda mail: mail.update(custom_args={"a": "x" * 10_000}), "below 10000 bytes"),
    (
        "personalizations.0.headers.Subject",
        lambda mail: mail.update(personalizations=[person(headers={"Subject": "x"})]),
        "reserved",
    ),
    ("headers.X Y", lambda mail: mail.update(headers={"X Y": "x"}), "without spaces"),
    ("headers.X", lambda mail: mail.update(headers={"X": 1}), "strings"),
    ("from.email", lambda mail: mail.pop("from"), "must be provided"),
    ("from.email", lambda mail: mail.update({"from": {"email": "näws@letters.example"}}), "valid address"),
    (
        "personalizations.0.from",
        lambda mail: mail.update(personalizations=[person(**{"from": {"email": "a@other.example"}})]),
        "domain",
    ),
    ("subject", lambda mail: mail.pop("subject"), "subject is required"),
    ("subject", lambda mail: mail.update(subject=""), "at least one character"),
    ("content", lambda mail: mail.pop("content"), "content parameter is required"),
    ("content.0.value", lambda mail: mail["content"][0].update(value=""), "at least one character"),
    ("content", lambda mail: mail["content"].reverse(), "text/plain must be first"),
    ("categories", lambda mail: mail.update(categories=[str(n) for n in range(11)]), "You attempted 11"),
    ("categories", lambda mail: mail.update(categories=["a", "a"]), "unique"),
    ("categories.0", lambda mail: mail.update(categories=["x" * 256]), "255"),
    ("categories.0", lambda mail: mail.update(categories=["é"]), "ASCII"),
    ("send_at", lambda mail: mail.update(send_at="soon"), "integer"),
    ("send_at", lambda mail: mail.update(send_at=True), "integer"),
    ("send_at", lambda mail: mail.update(send_at=int(time.time()) + 73 * 3600), "72 hours"),
    ("batch_id", lambda mail: mail.update(batch_id="none"), "valid batch id"),
    ("asm.group_id", lambda mail: mail.update(asm={"group_id": 7}), "existing group"),
    ("ip_pool_name", lambda mail: mail.update(ip_pool_name="bulk"), "existing pool"),
    ("template_id", lambda mail: mail.update(template_id="d-1"), "not supported"),
    ("attachments", lambda mail: mail.update(attachments=[{"content": "eA==", "filename": "x"}]), "not supported"),
    (
        "tracking_settings.click_tracking.enable_text",
        lambda mail: mail.update(tracking_settings={"click_tracking": {"enable_text": "no"}}),
        "boolean",
    ),
    ("colour", lambda mail: mail.update(colour="red"), "not allowed"),
    ("personalizations.0.colour", lambda mail: mail.update(personalizations=[person(colour="red")]), "not allowed"),
]


@pytest.mark.parametrize(("field", "spoil", "text"), FAULTS, ids=[f"{number}-{fault[0]}" for number, fault in enumerate(FAULTS)])
def test_an_invalid_request_is_rejected_with_its_field(
    sandbox: Any, send: Any, write: Any, field: str, spoil: Callable[[Mail], Any], text: str
) -> None:
    mail = write()
    spoil(mail)
    status, headers, body = send(mail)
    assert status == 400
    assert text in errors_of(body)[field]
    assert "x-message-id" not in headers
    assert sandbox.counts()["accepted_recipients"] == 0


def test_all_faults_of_a_request_are_reported_and_nothing_is_accepted(sandbox: Any, send: Any, write: Any) -> None:
    mail = write("ada@example.com", "grace", "alan", subject="")
    errors = errors_of(send(mail)[2])
    assert {"personalizations.1.to.0.email", "personalizations.2.to.0.email", "subject"} <= errors.keys()
    assert sandbox.ledger() == []


def test_a_subject_in_every_personalization_is_enough(send: Any) -> None:
    mail = {
        "personalizations": [person(subject="a")],
        "from": {"email": "a@x.example"},
        "content": [{"type": "text/plain", "value": "x"}],
    }
    assert send(mail)[0] == 202


@pytest.mark.parametrize("size", [101, 150])
def test_lenient_limits_accept_more(sandbox: Any, send: Any, write: Any, size: int) -> None:
    mail = write()
    mail["personalizations"][0]["substitutions"] = {f"-{number}-": "x" * 90 for number in range(size)}
    assert send(mail)[0] == 400
    sandbox.account(limits="lenient")
    assert send(mail)[0] == 202


def test_a_thousand_personalizations_are_accepted(sandbox: Any, send: Any, write: Any) -> None:
    assert send(write(*[f"p{number}@example.com" for number in range(1000)]))[0] == 202
    assert sandbox.counts()["distinct_recipients"] == 1000


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"nonsense"])
def test_a_body_that_is_not_a_mail_is_rejected(send: Any, body: bytes) -> None:
    assert send(body)[0] == 400


def test_invalid_utf8_is_reported(send: Any) -> None:
    assert b"Invalid UTF8" in send(b'{"subject":"\xff"}')[2]


def test_keys_scopes_verified_senders_and_credits_are_checked(sandbox: Any, send: Any, write: Any) -> None:
    assert send(write(), key="nonsense")[0] == 401
    assert send(write(), Authorization="")[0] == 401
    sandbox.account(keys={"SG.full": ["all"], "SG.narrow": ["suppression"]})
    assert [send(write(), key=key)[0] for key in ("SG.full", "SG.narrow", "SG.other")] == [202, 403, 401]
    scopes = {key: set(sandbox.call("GET", "/v3/scopes", key=key)["scopes"]) for key in ("SG.full", "SG.narrow")}
    assert scopes["SG.narrow"] == {f"suppression.{change}" for change in ("create", "delete", "read", "update")}
    assert {"mail.send", "mail.batch.create", "asm.suppressions.global.delete"} <= scopes["SG.full"]
    sandbox.account(keys={"SG.reads": ["suppression.read"]})
    assert sandbox.call("GET", "/v3/suppression/bounces", key="SG.reads") == []
    with pytest.raises(RuntimeError, match="403"):
        sandbox.call("DELETE", "/v3/suppression/bounces/a@x.example", key="SG.reads")
    sandbox.account(keys={})
    status, _, body = send(write(**{"from": {"email": "unverified@x.example"}}))
    assert (status, list(errors_of(body))) == (403, ["from"])
    sandbox.account(senders=["letters.example"])
    assert send(write())[0] == 202
    assert send(write(**{"from": {"email": "a@x.example"}}))[0] == 403
    sandbox.account(credits=1)
    assert send(write())[0] == 202
    status, _, body = send(write())
    assert status == 401
    assert b"Maximum credits exceeded" in body


def test_other_media_types_and_encodings_are_rejected(send: Any, write: Any) -> None:
    assert send(write(), Content_Type="text/plain")[0] == 415
    assert send(write(), Content_Encoding="gzip")[0] == 415
    assert send(write(), Content_Type="application/json; charset=utf-8")[0] == 202


def test_unknown_paths_and_wrong_methods_are_rejected(send: Any, write: Any) -> None:
    assert send(write(), path="/v3/mail/sent")[0] == 404
    assert send(write(), path="/v3/suppression/bounces")[0] == 405


def test_a_202_has_no_body_and_no_rate_limit_headers(send: Any, write: Any) -> None:
    status, headers, body = send(write())
    assert (status, body, headers["content-length"]) == (202, b"", "0")
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert not any(name.startswith("x-ratelimit") for name in headers)
