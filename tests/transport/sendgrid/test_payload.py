"""The body of mail/send, checked against the limits and rules of SendGrid's reference."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from transport.errors import BodyTooLargeError, CallerError
from transport.message import NAME_GAP, Envelope, Recipient, Release, SenderAddress, text_gap, token_gap
from transport.sendgrid.payload import MAX_BODY, SendGridMessage, check_size

ENVELOPE = Envelope(
    sender=SenderAddress("news@example.org", "Der Bote", "reply@example.org"),
    subject="Grüße, -n8-name-",
    html="<p>Hallo -n8-name-</p>",
    text="Hallo -n8-name-",
    headers={"List-Id": "<weekly.example.org>", "Precedence": "bulk"},
)
OWN = {"List-Unsubscribe": "<https://example.org/u/abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
ANN = Recipient("ann@example.org", "Ann", {"-n8-name-": "Ann"}, OWN, "d1")


def written(recipient: Recipient = ANN, envelope: Envelope = ENVELOPE) -> bytes:
    return SendGridMessage(envelope).write_recipient(recipient)


def body_of(*people: Recipient, envelope: Envelope = ENVELOPE, **more: object) -> dict:
    message = SendGridMessage(envelope)
    return json.loads(message.write_request([message.write_recipient(person) for person in people or [ANN]], **more))


def test_body_has_the_documented_shape() -> None:
    body = body_of(attempt_token="a1", release=Release(datetime.fromtimestamp(1_800_000_000, UTC), "b-1"))
    assert body["from"] == {"email": "news@example.org", "name": "Der Bote"}
    assert body["reply_to"] == {"email": "reply@example.org"}
    assert body["subject"] == "Grüße, -n8-name-"
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert (body["send_at"], body["batch_id"]) == (1_800_000_000, "b-1")
    # The attempt token belongs to the request, the delivery token to the recipient.
    assert body["custom_args"] == {"mr_a": "a1"}
    assert body["personalizations"] == [
        {
            "to": [{"email": "ann@example.org", "name": "Ann"}],
            "headers": {"List-Id": "<weekly.example.org>", "Precedence": "bulk"} | OWN,
            "substitutions": {"-n8-name-": "Ann"},
            "custom_args": {"mr_d": "d1"},
        }
    ]
    assert not {"custom_args", "send_at", "batch_id"} & body_of().keys()
    assert "custom_args" not in json.loads(written(replace(ANN, delivery_token=""))), "SendGrid rejects an empty object"


def test_every_tracking_setting_is_stated_and_off() -> None:
    body = body_of()
    assert body["tracking_settings"] == {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
        "ganalytics": {"enable": False},
    }
    # No bypass_*: the provider's own suppressions stay in force.
    assert body["mail_settings"] == {"footer": {"enable": False}, "sandbox_mode": {"enable": False}}


def test_recipients_get_shared_headers_and_their_own_override_them() -> None:
    [person] = body_of(replace(ANN, headers={}))["personalizations"]
    assert person["headers"]["List-Id"] == "<weekly.example.org>"
    [person] = body_of(replace(ANN, headers={"Precedence": "list"}))["personalizations"]
    assert person["headers"] == {"List-Id": "<weekly.example.org>", "Precedence": "list"}
    bare = replace(ENVELOPE, headers={})
    assert "headers" not in body_of(replace(ANN, headers={}), envelope=bare)["personalizations"][0]
    assert body_of(envelope=bare)["personalizations"][0]["headers"] == OWN


def test_recipients_data_is_in_no_other_recipients_part() -> None:
    people = [
        Recipient(f"canary{n}@example.org", f"Canary{n}", {"-t-": f"value{n}"}, {"List-Unsubscribe": f"<u{n}>"}, f"d{n}")
        for n in range(3)
    ]
    for n, personalization in enumerate(body_of(*people)["personalizations"]):
        text = json.dumps(personalization)
        assert len(personalization["to"]) == 1
        assert f"canary{n}" in text
        for other in {0, 1, 2} - {n}:
            assert not any(mark in text for mark in (f"canary{other}", f"value{other}", f"<u{other}>", f'"d{other}"'))


@pytest.mark.parametrize(
    "name", ["Smith, Ann", "Ann; Bob", "Ann\r\nBcc: x@example.org", "Ann\u202eevil", "A\u2028B", "\x85", "\ud800"]
)
def test_invalid_name_is_left_out_and_the_mail_is_sent(name: str) -> None:
    assert body_of(replace(ANN, name=name))["personalizations"][0]["to"] == [{"email": "ann@example.org"}]


def test_names_of_any_script_are_kept() -> None:
    for name in ("李雷", "Zoë", "क्‍ष", "O'Brien"):
        assert body_of(replace(ANN, name=name))["personalizations"][0]["to"][0]["name"] == name


@pytest.mark.parametrize("address", ["", "ann", "a@b\r\nBcc: c@d", "a" * 320 + "@example.org", "a@b\u2029"])
def test_invalid_address_is_refused(address: str) -> None:
    with pytest.raises(CallerError, match="address"):
        Recipient(address)


def test_number_of_recipients_is_limited() -> None:
    message, person = SendGridMessage(ENVELOPE), written()
    assert len(json.loads(message.write_request([person] * 1000))["personalizations"]) == 1000
    for number in (0, 1001):
        with pytest.raises(CallerError, match="personalizations"):
            message.write_request([person] * number)


def test_limits_of_one_recipient_are_checked() -> None:
    assert written(replace(ANN, values={f"-t{n}-": "x" for n in range(100)}))
    with pytest.raises(CallerError, match="101 of at most 100"):
        written(replace(ANN, values={f"-t{n}-": "x" for n in range(101)}))
    assert written(replace(ANN, values={"-t-": "x" * 9_980}))
    with pytest.raises(CallerError, match="substitutions"):
        written(replace(ANN, values={"-t-": "é" * 5_000}))  # bytes count, not characters
    with pytest.raises(CallerError, match="text"):
        written(replace(ANN, values={"-t-": 5}))  # type: ignore[dict-item]
    with pytest.raises(CallerError, match="custom_args"):
        written(replace(ANN, delivery_token="x" * 10_000))


def test_values_that_utf8_cannot_encode_are_refused_without_being_quoted() -> None:
    with pytest.raises(CallerError) as caught:
        written(replace(ANN, values={"-t-": "private \ud800"}))
    assert "private" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_any_mapping_is_accepted() -> None:
    assert written(replace(ANN, values=MappingProxyType({"-n8-name-": "Ann"}), headers=MappingProxyType(OWN))) == written()


def test_filled_pattern_equals_the_written_recipient() -> None:
    message = SendGridMessage(replace(ENVELOPE, headers={"X-Share": "100 % \x7e"}))
    values = {"-link-": f"https://x.example/{token_gap(1)}?a", "-name-": NAME_GAP, "-text-": text_gap(0), "-again-": text_gap(0)}
    fill = message.write_pattern(values, {"X-Own": f"<{token_gap(0)}>"}, token_gap(1))
    for name in ("Ann", 'A "%b" \\ ', "", "Smith, Ann"):
        filled = {"-link-": "https://x.example/T-1?a", "-name-": name, "-text-": "50 %\n", "-again-": "50 %\n"}
        person = Recipient("ann@example.org", name, filled, {"X-Own": "<T_0>"}, "T-1")
        assert fill(person.address, name, (b"T_0", b"T-1"), ("50 %\n",)) == message.write_recipient(person)
    assert fill("no address", "Ann", (b"T_0", b"T-1"), ("",)) is None
    assert fill("ann@example.org", "Ann", (b"T_0", b"T-1"), ("\ud800",)) is None
    assert fill("ann@example.org", "Ann", (b"T_0", b"T-1"), ("x" * 10_000,)) is None


def test_size_limit_stays_below_the_documented_30_mb() -> None:
    assert MAX_BODY < 30_000_000
    check_size(b"x" * MAX_BODY)
    with pytest.raises(BodyTooLargeError):
        check_size(b"x" * (MAX_BODY + 1))
    with pytest.raises(BodyTooLargeError):
        body_of(envelope=replace(ENVELOPE, html="x" * MAX_BODY))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "a\r\nBcc: x@y"}, "subject"),
        ({"subject": "a\u2029b"}, "subject"),
        ({"html": "", "text": ""}, "content"),
        ({"html": "\ud800"}, "html"),
        ({"sender": SenderAddress("nobody")}, "sender.email"),
        ({"sender": SenderAddress("grüße@example.org")}, "sender.email"),
        ({"sender": SenderAddress("a@exämple.org")}, "sender.email"),
        ({"sender": SenderAddress("a@b.org", "x\ny")}, "sender.name"),
        ({"sender": SenderAddress("a@b.org", "", "a b@c.org")}, "sender.reply_to"),
    ],
)
def test_invalid_envelope_is_refused(change: dict, what: str) -> None:
    with pytest.raises(CallerError) as caught:
        replace(ENVELOPE, **change)
    assert caught.value.what == what


def test_a_text_only_notice_has_one_part() -> None:
    assert [p["type"] for p in body_of(envelope=replace(ENVELOPE, html=""))["content"]] == ["text/plain"]


def set_header(where: str, name: str, value: str) -> None:
    """Set one header at one of the two places where headers come in."""
    replace({"shared": ENVELOPE, "own": ANN}[where], headers={name: value})


RESERVED = ["x-sg-id", "X-SG-EID", "Received", "DKIM-Signature", "Content-Type", "Content-Transfer-Encoding"]
RESERVED += ["To", "From", "Subject", "Reply-To", "CC", "BCC"]


@pytest.mark.parametrize("name", [*RESERVED, "", "a b", "a:b", "Größe", "a\r\nb", "x" * 77])
@pytest.mark.parametrize("where", ["shared", "own"])
def test_reserved_and_malformed_header_names_are_refused_everywhere(name: str, where: str) -> None:
    with pytest.raises(CallerError):
        set_header(where, name, "x")


UNFIT = ["\r", "\n", "\x00", "\x1c", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\u202e", "\u2066", "\ud800"]


@pytest.mark.parametrize("char", UNFIT)
@pytest.mark.parametrize("where", ["shared", "own"])
def test_header_values_stay_on_one_line(char: str, where: str) -> None:
    with pytest.raises(CallerError, match="X-Any"):
        set_header(where, "X-Any", f"a{char}b")


def test_header_set_twice_in_different_capitalisation_is_refused() -> None:
    with pytest.raises(CallerError, match="twice"):
        replace(ENVELOPE, headers={"X-A": "1", "x-a": "2"})
