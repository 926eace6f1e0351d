"""An invented second provider: other field names, one recipient per request, its own statuses, signature and events.

`OtherProvider` implements `transport.provider.Provider`; `OtherServer` is the provider itself, a real HTTP server on
loopback. Both exist only in tests and show that no code above `transport` depends on SendGrid.
"""

import hmac
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from transport.errors import CallerError, ForgedWebhookError, OperatorError
from transport.http.connection import BrokenConnectionError, HttpConnection, ignore
from transport.http.deadline import Deadline
from transport.http.endpoint import Endpoint, RequestNotStartedError
from transport.key_purposes import KeyPermissions
from transport.message import Envelope, Recipient, Release
from transport.outcomes import Cause, Outcome, OutcomeKind
from transport.provider_events import EventKind, ProviderEvent, WebhookFault

SIGNATURE = "X-Other-Seal"
KINDS = {
    "queued": EventKind.PROCESSED,
    "arrived": EventKind.DELIVERED,
    "returned": EventKind.BOUNCED_HARD,
    "objection": EventKind.COMPLAINED,
}


class OtherMessage:
    """One object per recipient; merge tags are filled here, because this provider fills none."""

    def __init__(self, envelope: Envelope) -> None:
        self._envelope = envelope

    def write_recipient(self, recipient: Recipient) -> bytes:
        envelope = self._envelope
        texts = {"headline": envelope.subject, "rich": envelope.html, "plain": envelope.text}
        for tag, value in recipient.values.items():
            texts = {name: text.replace(tag, value) for name, text in texts.items()}
        written = {
            "origin": [envelope.sender.email, envelope.sender.name],
            "destination": [recipient.address, recipient.display_name],
            **texts,
            "extra": [list(pair) for pair in {**envelope.headers, **recipient.headers}.items()],
            "reference": recipient.delivery_token,
        }
        return json.dumps(written).encode()

    def write_pattern(self, _values: Mapping[str, str], _headers: Mapping[str, str], _delivery_token: str) -> None:
        return None

    def write_request(self, recipients: Sequence[bytes], attempt_token: str = "", release: Release | None = None) -> bytes:
        if len(recipients) != 1 or release is not None:
            raise CallerError("destination", "one recipient, at once")
        return json.dumps({"letter": json.loads(recipients[0]), "run": attempt_token}).encode()


class OtherClient:
    """Posts to /letters. 201 is accepted, 409 rejects the recipient, 410 the key; 503 is a rejection that is about time."""

    scheduled_sends = None
    suppression_lists = None

    def __init__(self, key: str, url: str, timeout: float, observe: Callable[[str], None]) -> None:
        self._key, self._timeout, self._observe = key, timeout, observe
        self._connection = HttpConnection(Endpoint.of(url))

    def send(self, request: bytes, *, may_begin_until: float | None = None) -> Outcome:
        head = (
            f"POST /letters HTTP/1.1\r\nHost: {self._connection.endpoint.authority}\r\nX-Other-Key: {self._key}\r\n"
            f"Content-Length: {len(request)}\r\n\r\n"
        ).encode()
        try:
            answer = self._connection.exchange(
                head, request, Deadline.after(self._timeout), may_begin_until, observe=self._observe
            )
        except RequestNotStartedError as error:
            return Outcome(OutcomeKind.NEVER_CONNECTED, detail=str(error))
        except BrokenConnectionError as error:
            return Outcome(OutcomeKind.UNKNOWN, error.status, detail=str(error))
        detail = f"{answer.status} {answer.reason}"
        match answer.status:
            case 201:
                return Outcome(OutcomeKind.ACCEPTED, 201, json.loads(answer.body)["ticket"], detail=detail)
            case 409:
                return Outcome(OutcomeKind.REFUSED, 409, cause=Cause.RECIPIENT, recipient_index=0, detail=detail)
            case 410:
                return Outcome(OutcomeKind.REFUSED, 410, cause=Cause.CREDENTIALS, detail=detail)
            case 503:
                return Outcome(OutcomeKind.BUSY, 503, retry_after=0.0, detail=detail)
        return Outcome(OutcomeKind.UNKNOWN, answer.status, detail=detail)

    def key_permissions(self) -> KeyPermissions:
        return KeyPermissions((), {})

    def authenticated_domains(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        self._connection.close()


@dataclass(frozen=True)
class OtherProvider:
    """An account at the invented provider. `secret` signs the events."""

    key: str
    url: str
    secret: bytes
    max_recipients = 1
    has_credentials = True
    key_end = ""
    has_webhook_keys = True
    webhook_keys_setting = "OTHER_SECRET"

    def prepare(self, envelope: Envelope) -> OtherMessage:
        return OtherMessage(envelope)

    def connect(self, timeout: float, observe: Callable[[str], None] | None = None) -> OtherClient:
        if not self.key:
            raise OperatorError("OTHER_KEY", "empty", "the key as it was issued")
        return OtherClient(self.key, self.url, timeout, observe or ignore)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> None:
        if not hmac.compare_digest(headers.get(SIGNATURE, ""), hmac.new(self.secret, body, sha256).hexdigest()):
            raise ForgedWebhookError("no-match")

    def read_webhook(self, body: bytes) -> tuple[list[ProviderEvent], list[WebhookFault]]:
        events, faults = [], []
        try:
            batch = enumerate(json.loads(body)["news"])
        except (ValueError, KeyError, TypeError):
            return [], [WebhookFault(-1, "no news")]
        for index, element in batch:
            try:
                events.append(_event_of(element))
            except (KeyError, TypeError, ValueError) as error:
                faults.append(WebhookFault(index, type(error).__name__))
        return events, faults


def _event_of(news: dict[str, str]) -> ProviderEvent:
    return ProviderEvent(
        kind=KINDS.get(news["what"], EventKind.OTHER),
        provider_name=news["what"],
        at=datetime.fromisoformat(news["when"]),
        address=news["who"],
        delivery_token=news["reference"],
        attempt_token=news["run"],
        key=blake2b(news["number"].encode(), digest_size=16).digest(),
        reason=news.get("why"),
        status=news.get("code"),
    )


@dataclass
class OtherServer:
    """The requests that the provider received, and its answers by address; 201 unless `answers` says otherwise, None hangs up."""

    url: str = ""
    key: str = "other-key"
    secret: bytes = b"other-secret"
    letters: list[dict] = field(default_factory=list)
    answers: dict[str, int | None] = field(default_factory=dict)
    connections: int = 0

    def receive(self, body: bytes) -> int | None:
        letter = json.loads(body)
        self.letters.append(letter)
        return self.answers.get(letter["letter"]["destination"][0], 201)

    def report(self, url: str, *news: tuple[str, dict, dict[str, str]]) -> int:
        """Post events about letters to a webhook over HTTP; the status of its answer."""
        batch = [
            {
                "what": what, "who": letter["letter"]["destination"][0], "reference": letter["letter"]["reference"],
                "run": letter["run"], "number": f"{what}-{letter['run']}", "when": datetime.now(UTC).isoformat(), **more,
            }
            for what, letter, more in news
        ]  # fmt: skip
        body = json.dumps({"news": batch}).encode()
        headers = {SIGNATURE: hmac.new(self.secret, body, sha256).hexdigest(), "Content-Type": "application/json"}
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return int(answer.status)


@contextmanager
def other_server() -> Iterator[OtherServer]:
    seen = OtherServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            seen.connections += 1
            super().setup()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = 404
            if (self.path, self.headers["X-Other-Key"]) == ("/letters", seen.key):
                chosen_status = seen.receive(body)
                if chosen_status is None:
                    self.close_connection = True
                    return
                status = chosen_status
            answer = json.dumps({"ticket": f"T{len(seen.letters)}"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
