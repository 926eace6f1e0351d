"""Every answer of mail/send maps to exactly one Outcome, whatever its body."""

import json
import time
from email.message import Message
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.scripted_server import errors
from transport.outcomes import Cause, OutcomeKind
from transport.sendgrid.answers import ApiFault, faults_of, outcome_of, retry_after_of

ACCEPTED, REFUSED, BUSY, UNKNOWN = (
    OutcomeKind.ACCEPTED,
    OutcomeKind.REFUSED,
    OutcomeKind.BUSY,
    OutcomeKind.UNKNOWN,
)


def heads(**values: str) -> Message:
    message = Message()
    for name, value in values.items():
        message[name.replace("_", "-")] = value
    return message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (202, ACCEPTED),
        (200, UNKNOWN),  # sandbox mode, or a host that is not the provider
        (201, UNKNOWN),
        (204, UNKNOWN),
        *((status, REFUSED) for status in (400, 401, 402, 403, 404, 405, 406, 409, 410, 411, 413, 414, 415, 422, 431, 451)),
        (408, UNKNOWN),
        (499, UNKNOWN),
        (425, BUSY),
        (429, BUSY),
        *((status, UNKNOWN) for status in (100, 103, 300, 301, 302, 303, 304, 307, 308)),
        *((status, UNKNOWN) for status in (500, 501, 502, 503, 504, 520, 599)),
        (777, UNKNOWN),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>no</html>", errors("no"), b"\xff\xfe", b"[]", b"7"])
def test_status_decides(status: int, kind: OutcomeKind, body: bytes) -> None:
    assert outcome_of(status, heads(), body).kind is kind


def test_message_id_is_kept_and_may_be_missing() -> None:
    assert outcome_of(202, heads(x_message_id="abc"), b"").message_id == "abc"
    assert outcome_of(202, heads(), b"").message_id is None
    assert len(outcome_of(202, heads(x_message_id="a" * 5000), b"").message_id or "") == 100


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (errors("no", "from"), (ApiFault("no", "from"),)),
        (b'{"errors":[{"message":"a"},{"field":"b"}]}', (ApiFault("a", None), ApiFault("", "b"))),
        (b'{"errors":["bare text"]}', (ApiFault("bare text", None),)),
        (b'{"errors":[{"message":5,"field":7}]}', (ApiFault("5", None),)),
        (b'{"errors":[{"message":"a\\nb\\u0000"}]}', (ApiFault("a b", None),)),
        (b'{"errors":[null,3,[]]}', ()),
        (b'{"errors":{"message":"x"}}', ()),
        (b'{"error":"x"}', ()),
        (b"[1]", ()),
        (b"null", ()),
        (b"", ()),
        (b"<html>", ()),
        (b"\xff", ()),
        (b"[" * 5000, ()),
    ],
)
def test_error_bodies_are_parsed(body: bytes, expected: tuple[ApiFault, ...]) -> None:
    assert faults_of(body) == expected


@given(st.binary(max_size=200))
def test_error_bodies_never_raise(body: bytes) -> None:
    assert isinstance(faults_of(body), tuple)


def test_long_error_lists_are_cut() -> None:
    body = b'{"errors":[' + b",".join([b'{"message":"' + b"x" * 2000 + b'"}'] * 500) + b"]}"
    faults = faults_of(body)
    assert len(faults) == 50
    assert len(faults[0].message) == 500


def test_detail_and_repr_contain_no_address() -> None:
    outcome = outcome_of(400, heads(), errors("The address ann@example.org is <bob@example.org> bad", "personalizations.3.to"))
    assert outcome.detail.startswith("400 personalizations.3.to: The address …@…")
    assert "example.org" not in outcome.detail
    assert "example.org" not in repr(outcome)
    assert (outcome.cause, outcome.recipient_index) == (Cause.RECIPIENT, 3)


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (401, errors("Maximum credits exceeded"), Cause.QUOTA),
        (401, errors("The provided authorization grant is invalid, expired, or revoked"), Cause.CREDENTIALS),
        (401, b"", Cause.CREDENTIALS),
        (403, errors("Maximum credits exceeded"), Cause.CREDENTIALS),
        (413, b"", Cause.TOO_LARGE),
        (400, errors("bad", "content.0.value"), Cause.MESSAGE),
        (400, errors("bad", "personalizations"), Cause.RECIPIENT),
        (400, errors("bad"), Cause.RECIPIENT),
        (400, b"<html>", Cause.RECIPIENT),
        (415, b"", Cause.OTHER),
        (404, errors("bad", "personalizations.0.to"), Cause.OTHER),
        (429, errors("slow"), None),
        (500, b"", None),
        (202, b"", None),
    ],
)
def test_rejection_has_the_right_cause(status: int, body: bytes, cause: Cause | None) -> None:
    assert outcome_of(status, heads(), body).cause is cause


@pytest.mark.parametrize(
    ("fields", "index"),
    [
        (["personalizations.7.to"], 7),
        (["personalizations.7.to", "personalizations.7.substitutions"], 7),
        (["personalizations[12].to.email"], 12),
        (["personalizations.0"], 0),
        (["personalizations.1.to", "personalizations.2.to"], None),
        (["personalizations.1.to", "content"], None),
        (["personalizations.1.to", None], None),
        (["personalizations"], None),
        (["x.personalizations.1.to"], None),
        ([], None),
    ],
)
def test_recipient_index_is_set_only_if_all_errors_name_the_same_recipient(fields: list[str | None], index: int | None) -> None:
    body = json.dumps({"errors": [{"message": "no", "field": field} for field in fields]}).encode()
    assert outcome_of(400, heads(), body).recipient_index == index
    assert outcome_of(401, heads(), body).recipient_index is None


def test_echoed_key_is_removed() -> None:
    outcome = outcome_of(401, heads(), errors("bad key SG.secret", "SG.secret"), "SG.secret")
    assert "SG.secret" not in repr(outcome)


def test_retry_after_is_read_and_bounded() -> None:
    now = time.time()
    assert retry_after_of(heads(retry_after="7")) == 7
    assert retry_after_of(heads(retry_after="0.5")) == 0.5
    assert retry_after_of(heads(retry_after=formatdate(now + 30, usegmt=True))) == pytest.approx(30, abs=3)
    assert retry_after_of(heads(retry_after="-5")) == 0
    assert retry_after_of(heads(retry_after="1e9")) == 3600
    assert retry_after_of(heads(x_ratelimit_reset=str(int(now + 20)))) == pytest.approx(20, abs=3)
    assert retry_after_of(heads(x_ratelimit_reset=str(int(now - 20)))) == 0
    assert retry_after_of(heads(retry_after="3", x_ratelimit_reset="9999999999")) == 3
    assert retry_after_of(heads(retry_after="soon", x_ratelimit_reset=str(int(now + 20)))) == pytest.approx(20, abs=3)
    for nothing in ("", "soon", "nan", "inf", "Tue, 99 Foo 2026"):
        assert retry_after_of(heads(retry_after=nothing)) is None
    assert retry_after_of(heads()) is None
    assert outcome_of(429, heads(retry_after="7"), b"").retry_after == 7
