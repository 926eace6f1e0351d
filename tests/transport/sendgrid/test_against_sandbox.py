"""The transport against the sandbox, whose ledger is the truth: no outcome may claim more than it proves."""

import queue
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from sandbox.http.fault_rules import ACTIONS
from tests.support.sandbox_process import SandboxProcess
from tests.transport.scripted_server import Scripted, reply, serve
from transport.errors import CallerError, ProviderError
from transport.message import Envelope, Recipient, SenderAddress
from transport.outcomes import Cause, OutcomeKind
from transport.provider_events import EventKind, ProviderEvent
from transport.sendgrid.client import ApiClient
from transport.sendgrid.payload import SendGridMessage
from transport.sendgrid.scheduled_sends import SendGridScheduledSends
from transport.sendgrid.webhook_events import SIGNATURE_HEADER, TIMESTAMP_HEADER, parse, verify

ACCEPTING = ("latency", "no-id", "trickle")
BEYOND_THE_DEADLINE = ("slow-body", "refuse")  # the body arrives after the client has given up; the second request is another one

MESSAGE = SendGridMessage(
    Envelope(
        SenderAddress("news@example.org", "Der Bote"),
        "Grüße, -n8-name-",
        '<p>Hallo -n8-name-, <a href="https://example.org/issue">lies</a></p>',
        "Hallo -n8-name-",
        headers={"List-Id": "<weekly.example.org>"},
    )
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def provider(sandbox: SandboxProcess) -> Iterator[ApiClient]:
    sandbox.reset()
    sandbox.faults()
    made = ApiClient("SG.anything", sandbox.url, timeout=0.6)
    yield made
    made.close()
    sandbox.faults()


def body_for(*names: str) -> bytes:
    people = [
        Recipient(
            f"{name}@example.org",
            name.title(),
            {"-n8-name-": name.title()},
            {"List-Unsubscribe": f"<https://example.org/u/{name}>"},
            f"d-{name}",
        )
        for name in names
    ]
    return MESSAGE.write_request([MESSAGE.write_recipient(person) for person in people], "a-1")


def test_mail_arrives_as_composed(sandbox: SandboxProcess, provider: ApiClient) -> None:
    outcome = provider.send(body_for("ann", "bob"))
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert len(outcome.message_id or "") == 22
    (mail,) = sandbox.messages(to="ann@")
    assert "Hallo Ann" in str(mail)
    assert "weekly.example.org" in str(mail)
    assert "https://example.org/u/ann" in str(mail)
    assert "bob" not in str(mail).lower()
    assert sandbox.counts()["accepted_recipients"] == 2


@pytest.mark.parametrize("fault", sorted(ACTIONS))
def test_outcomes_agree_with_the_sandboxs_ledger(fault: str, sandbox: SandboxProcess, provider: ApiClient) -> None:
    argument = {"refuse": " 300ms", "latency": " 20ms", "trickle": " 3s", "slow-body": " 3s"}.get(fault, "")
    argument = " 2s" if fault.startswith("silence") else argument
    provider.send(body_for("first"))  # so that the connection is open when the fault comes
    sandbox.faults(f"all: {fault}{argument}")
    name = f"ann-{fault}"  # unique to this case, because a slow fault of another may still be active
    outcome = provider.send(body_for(name))
    if fault == "refuse":
        outcome = provider.send(body_for(name))
        sandbox.wait_until_up()
    sandbox.faults()
    accepted = f"{name}@example.org" in {row["address"] for row in sandbox.ledger()}
    if fault not in BEYOND_THE_DEADLINE:
        assert accepted == (fault.endswith("-after") or fault in ACCEPTING), "the sandbox itself does what the fault says"
    if outcome.kind is OutcomeKind.ACCEPTED:
        assert accepted
    elif outcome.kind is not OutcomeKind.UNKNOWN:
        assert not accepted
    definite = {"400", "401", "401-credits", "403", "404", "405", "413", "413-early", "415"}
    if fault in definite:
        assert outcome.kind is OutcomeKind.REFUSED
    if fault.startswith("429"):
        assert outcome.kind is OutcomeKind.BUSY
        assert (outcome.retry_after is not None) == (fault != "429")
    if fault.endswith(("-before", "-after")) or fault in ("302", "307", "trickle"):
        # A 202 that was read counts, whatever happens to the rest of the answer.
        cut = fault in ("partial-after", "partial-head-after")
        assert outcome.kind is (OutcomeKind.ACCEPTED if cut else OutcomeKind.UNKNOWN)
    assert (outcome.cause is Cause.QUOTA) == (fault == "401-credits")
    assert (outcome.cause is Cause.CREDENTIALS) == (fault in ("401", "403"))


def test_rejection_names_the_recipient_at_fault(sandbox: SandboxProcess, provider: ApiClient) -> None:
    good, broken = (
        MESSAGE.write_recipient(Recipient(address, "", {"-n8-name-": "x"}, {}, "d"))
        for address in ("ann@example.org", "no-domain@")
    )
    outcome = provider.send(MESSAGE.write_request([good, good, broken]))
    assert (outcome.kind, outcome.status) == (OutcomeKind.REFUSED, 400)
    assert (outcome.cause, outcome.recipient_index) == (Cause.RECIPIENT, 2)
    assert sandbox.ledger() == []


def test_batches_can_be_created_cancelled_and_released(sandbox: SandboxProcess, provider: ApiClient) -> None:
    batches = SendGridScheduledSends(provider)
    batch, at = batches.create_batch()
    assert at is not None
    assert batches.status(batch) is None
    batches.cancel(batch)
    batches.cancel(batch)
    assert batches.status(batch) == "cancel"
    sandbox.call("PATCH", f"/v3/user/scheduled_sends/{batch}", {"status": "pause"}, key="SG.anything")
    batches.cancel(batch)
    assert batches.status(batch) == "cancel"
    batches.release(batch)
    assert batches.status(batch) is None
    batches.release(batch)  # SendGrid does not have it any more, so there is nothing to do
    with pytest.raises(CallerError):
        batches.cancel("../../mail/send")
    with pytest.raises(ProviderError) as caught:
        batches.cancel("never-created")
    assert caught.value.outcome.status == 400


def test_signed_events_of_the_sandbox_are_parsed_and_no_mail_is_tracked(sandbox: SandboxProcess, provider: ApiClient) -> None:
    """Also where the account tracks: each request switches it off. So opens and clicks are not measured, not 0."""
    people = ("ann", "open", "click", "unsub")
    posted: queue.Queue[tuple[bytes, bytes]] = queue.Queue()

    def hook(seen: Scripted, conn: socket.socket) -> None:
        while request := seen.read_request(conn):
            posted.put(request)
            conn.sendall(reply(200))

    received: list[ProviderEvent] = []
    with serve(hook) as receiver:
        sandbox.webhook(url=receiver.url + "/hooks/sendgrid", speed=0)
        sandbox.account(tracking={"click": True, "open": True, "subscription": True})
        provider.send(body_for(*people))
        sandbox.wait_for_events()
        sandbox.webhook(url="")
        sandbox.account(tracking={})
        while not posted.empty():
            head, raw = posted.get()
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            lower = {name.lower(): value for name, value in headers.items()}
            signature, timestamp = lower[SIGNATURE_HEADER.lower()], lower[TIMESTAMP_HEADER.lower()]
            assert verify([sandbox.public_key], signature, timestamp, raw) == 0
            events, faults = parse(raw)
            assert faults == []
            received += events
    assert Counter(event.kind for event in received) == {EventKind.PROCESSED: 4, EventKind.DELIVERED: 4}
    assert {(event.delivery_token, event.attempt_token) for event in received} == {(f"d-{name}", "a-1") for name in people}
    assert len({event.key for event in received}) == len({event.raw["sg_event_id"] for event in received}), received
