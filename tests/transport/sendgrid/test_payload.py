"""The body of mail/send, held to the limits and rules of the provider's reference."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from transport.errors import BodyTooLarge, EnvelopeRefused, HeaderRefused, PersonalizationRefused
from transport.message import (
    MAX_BODY,
    ApiFault,
    Envelope,
    EnvelopeBytes,
    Outcome,
    OutcomeKind,
    Sender,
    assemble,
    check_size,
    personalization,
)

ENVELOPE = Envelope(
    sender=Sender("news@example.org", "Der Bote", "reply@example.org"),
    subject="Grüße, -n8-name-",
    html="<p>Hallo -n8-name-</p>",
    text="Hallo -n8-name-",
    headers={"List-Id": "<weekly.example.org>", "Precedence": "bulk"},
    categories=("weekly",),
    send_at=1_800_000_000,
    batch_id="b-1",
    user_headers={"X-Issue": "12"},
)
OWN = {"List-Unsubscribe": "<https://example.org/u/abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def person(address: str = "ann@example.org", name: str = "Ann", **parts: dict[str, str]) -> bytes:
    return personalization(
        address,
        name,
        parts.get("subs", {"-n8-name-": "Ann"}),
        parts.get("headers", OWN),
        parts.get("args", {"mr_d": "d1"}),
    )


def body_of(*people: bytes, envelope: Envelope = ENVELOPE, **more: object) -> dict:
    return json.loads(assemble(EnvelopeBytes.of(envelope), people or [person()], **more))


def test_body_has_the_documented_shape() -> None:
    body = body_of()
    assert body["from"] == {"email": "news@example.org", "name": "Der Bote"}
    assert body["reply_to"] == {"email": "reply@example.org"}
    assert body["subject"] == "Grüße, -n8-name-"
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert body["categories"] == ["weekly"]
    assert (body["send_at"], body["batch_id"]) == (1_800_000_000, "b-1")
    assert body["personalizations"] == [
        {
            "to": [{"email": "ann@example.org", "name": "Ann"}],
            "headers": {"List-Id": "<weekly.example.org>", "Precedence": "bulk", "X-Issue": "12"} | OWN,
            "substitutions": {"-n8-name-": "Ann"},
            "custom_args": {"mr_d": "d1"},
        }
    ]


def test_only_documented_fields_are_used() -> None:
    known = {
        "from",
        "personalizations",
        "subject",
        "content",
        "reply_to",
        "reply_to_list",
        "attachments",
        "template_id",
    }
    known |= {"headers", "categories", "custom_args", "send_at", "batch_id", "asm", "ip_pool_name"}
    known |= {"mail_settings", "tracking_settings"}
    assert set(body_of(custom_args={"mr_a": "a1"})) <= known


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


def test_the_attempt_token_is_the_requests() -> None:
    body = body_of(custom_args={"mr_a": "a1"})
    assert body["custom_args"] == {"mr_a": "a1"}
    assert body["personalizations"][0]["custom_args"] == {"mr_d": "d1"}
    assert "custom_args" not in body_of()


def test_a_leaver_is_removed_by_filtering_the_list() -> None:
    people = [person(f"p{n}@example.org") for n in range(5)]
    left = body_of(*(p for n, p in enumerate(people) if n != 2))
    assert [p["to"][0]["email"] for p in left["personalizations"]] == [f"p{n}@example.org" for n in (0, 1, 3, 4)]


def test_shared_headers_reach_a_recipient_without_own_ones() -> None:
    assert body_of(person(headers={}))["personalizations"][0]["headers"]["List-Id"] == "<weekly.example.org>"
    bare = replace(ENVELOPE, headers={}, user_headers={})
    assert "headers" not in body_of(person(headers={}), envelope=bare)["personalizations"][0]
    assert body_of(envelope=bare)["personalizations"][0]["headers"] == OWN


def test_one_recipient_sees_nothing_of_another() -> None:
    people = [
        personalization(
            f"canary{n}@example.org",
            f"Canary{n}",
            {"-t-": f"value{n}"},
            {"List-Unsubscribe": f"<u{n}>"},
            {"mr_d": f"d{n}"},
        )
        for n in range(3)
    ]
    for n, found in enumerate(body_of(*people)["personalizations"]):
        text = json.dumps(found)
        assert len(found["to"]) == 1
        assert f"canary{n}" in text
        for other in {0, 1, 2} - {n}:
            assert not any(mark in text for mark in (f"canary{other}", f"value{other}", f"<u{other}>", f'"d{other}"'))


@pytest.mark.parametrize(
    "name", ["Smith, Ann", "Ann; Bob", "Ann\r\nBcc: x@example.org", "Ann\u202eevil", "A\u2028B", "\x85", "\ud800"]
)
def test_a_name_that_cannot_be_written_is_left_out_and_the_mail_goes(name: str) -> None:
    assert body_of(person(name=name))["personalizations"][0]["to"] == [{"email": "ann@example.org"}]


def test_names_of_any_script_stay() -> None:
    for name in ("李雷", "Zoë", "क्‍ष", "O'Brien"):
        assert body_of(person(name=name))["personalizations"][0]["to"][0]["name"] == name


@pytest.mark.parametrize("address", ["", "ann", "a@b\r\nBcc: c@d", "a" * 320 + "@example.org", "a@b\u2029"])
def test_an_unfit_address_is_refused(address: str) -> None:
    with pytest.raises(PersonalizationRefused, match="address"):
        person(address)


def test_counts() -> None:
    envelope = EnvelopeBytes.of(ENVELOPE)
    assert len(json.loads(assemble(envelope, [person()] * 1000))["personalizations"]) == 1000
    for number in (0, 1001):
        with pytest.raises(EnvelopeRefused, match="personalizations"):
            assemble(envelope, [person()] * number)


def test_substitutions_limits() -> None:
    assert person(subs={f"-t{n}-": "x" for n in range(100)})
    with pytest.raises(PersonalizationRefused, match="101 of at most 100"):
        person(subs={f"-t{n}-": "x" for n in range(101)})
    assert person(subs={"-t-": "x" * 9_980})
    with pytest.raises(PersonalizationRefused, match="substitutions"):
        person(subs={"-t-": "é" * 5_000})  # bytes count, not characters
    with pytest.raises(PersonalizationRefused, match="text"):
        person(subs={"-t-": 5})  # type: ignore[dict-item]


def test_custom_args_limit() -> None:
    with pytest.raises(PersonalizationRefused, match="custom_args"):
        person(args={"mr_d": "x" * 10_000})
    assert "custom_args" not in json.loads(person(args={}))  # an empty object is refused by the provider


def test_values_utf8_cannot_hold_are_refused_without_being_quoted() -> None:
    with pytest.raises(PersonalizationRefused) as caught:
        person(subs={"-t-": "private \ud800"})
    assert "private" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_any_mapping_is_welcome() -> None:
    assert person(headers=MappingProxyType(OWN), args=MappingProxyType({"mr_d": "d1"})) == person()  # type: ignore[arg-type]


def test_size_limit_stays_below_the_documented_30_mb() -> None:
    assert MAX_BODY < 30_000_000
    check_size(b"x" * MAX_BODY)
    with pytest.raises(BodyTooLarge):
        check_size(b"x" * (MAX_BODY + 1))
    with pytest.raises(BodyTooLarge):
        assemble(EnvelopeBytes.of(replace(ENVELOPE, html="x" * MAX_BODY)), [person()])


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "a\r\nBcc: x@y"}, "subject"),
        ({"subject": "a\u2029b"}, "subject"),
        ({"html": "", "text": ""}, "content"),
        ({"html": "\ud800"}, "html"),
        ({"sender": Sender("nobody")}, "sender.email"),
        ({"sender": Sender("grüße@example.org")}, "sender.email"),
        ({"sender": Sender("a@exämple.org")}, "sender.email"),
        ({"sender": Sender("a@b.org", "x\ny")}, "sender.name"),
        ({"sender": Sender("a@b.org", "", "a b@c.org")}, "sender.reply_to"),
        ({"categories": tuple(map(str, range(11)))}, "categories"),
        ({"categories": ("a", "a")}, "categories"),
        ({"categories": ("ä",)}, "categories"),
        ({"categories": ("",)}, "categories"),
        ({"categories": ("x" * 256,)}, "categories"),
        ({"send_at": True}, "send_at"),
        ({"send_at": 1.5}, "send_at"),
    ],
)
def test_an_envelope_the_provider_would_refuse_is_refused_here(change: dict, what: str) -> None:
    with pytest.raises(EnvelopeRefused) as caught:
        EnvelopeBytes.of(replace(ENVELOPE, **change))
    assert caught.value.what == what


def test_a_text_only_notice_has_one_part() -> None:
    assert [p["type"] for p in body_of(envelope=replace(ENVELOPE, html=""))["content"]] == ["text/plain"]


@pytest.mark.parametrize("name", ["List-Id", "LIST-UNSUBSCRIBE", "list-post"])
def test_an_editor_may_not_set_list_headers(name: str) -> None:
    with pytest.raises(HeaderRefused, match=name):
        EnvelopeBytes.of(replace(ENVELOPE, user_headers={name: "x"}))


def set_header(where: str, name: str, value: str) -> None:
    """Set one header at one of the three places where headers come in."""
    if where == "own":
        person(headers={name: value})
    else:
        EnvelopeBytes.of(replace(ENVELOPE, **{where: {name: value}}))


RESERVED = ["x-sg-id", "X-SG-EID", "Received", "DKIM-Signature", "Content-Type", "Content-Transfer-Encoding"]
RESERVED += ["To", "From", "Subject", "Reply-To", "CC", "BCC"]


@pytest.mark.parametrize("name", [*RESERVED, "", "a b", "a:b", "Größe", "a\r\nb", "x" * 77])
@pytest.mark.parametrize("where", ["headers", "user_headers", "own"])
def test_reserved_and_malformed_header_names_are_refused_everywhere(name: str, where: str) -> None:
    with pytest.raises(HeaderRefused):
        set_header(where, name, "x")


UNFIT = ["\r", "\n", "\x00", "\x1c", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\u202e", "\u2066", "\ud800"]


@pytest.mark.parametrize("char", UNFIT)
@pytest.mark.parametrize("where", ["headers", "user_headers", "own"])
def test_header_values_stay_on_one_line(char: str, where: str) -> None:
    with pytest.raises(HeaderRefused, match="X-Any"):
        set_header(where, "X-Any", f"a{char}b")


def test_a_header_twice_in_other_spelling_is_refused() -> None:
    with pytest.raises(HeaderRefused, match="twice"):
        EnvelopeBytes.of(replace(ENVELOPE, headers={"X-A": "1"}, user_headers={"x-a": "2"}))


def refused(status: int | None, *faults: ApiFault) -> Outcome:
    return Outcome(OutcomeKind.REFUSED, status, errors=faults)


def test_guilty_index_only_where_every_fault_blames_the_same_recipient() -> None:
    def blame(*fields: str | None) -> int | None:
        return refused(400, *(ApiFault("no", field) for field in fields)).guilty_index

    assert blame("personalizations.7.to") == 7
    assert blame("personalizations.7.to", "personalizations.7.substitutions") == 7
    assert blame("personalizations[12].to.email") == 12
    assert blame("personalizations.0") == 0
    assert blame("personalizations.1.to", "personalizations.2.to") is None
    assert blame("personalizations.1.to", "content") is None
    assert blame("personalizations.1.to", None) is None
    assert blame("personalizations") is None
    assert blame("x.personalizations.1.to") is None
    assert blame() is None
    assert refused(401, ApiFault("no", "personalizations.7.to")).guilty_index is None


def test_what_a_refusal_is_about() -> None:
    quota = refused(401, ApiFault("Maximum credits exceeded", None))
    assert quota.is_quota
    assert not quota.is_credentials
    assert refused(401).is_credentials
    assert refused(403).is_credentials
    assert not refused(400).is_credentials
    assert refused(413).is_too_large
    assert refused(None).is_too_large
    assert not refused(400).is_too_large
    assert not Outcome(OutcomeKind.UNKNOWN).is_too_large
