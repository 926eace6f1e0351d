"""One POST to the receiver: a signed batch of events on a connection that is kept open."""

import http.client
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sandbox.webhooks.progress import Ticket
from sandbox.webhooks.webhook_settings import Settings


@dataclass(slots=True)
class Batch:
    body: bytes
    count: int
    made_at: float  # by the sandbox's clock: delay and the 24 hours of retries run from here
    era: int
    shares: list[tuple[Ticket, int]] = field(default_factory=list)  # the requests that these events belong to
    tries: int = 0
    signed: tuple[str, str] | None = None  # timestamp, signature


class ReceiverConnection:
    def __init__(self) -> None:
        self._http: http.client.HTTPConnection | None = None
        self._address: tuple[str, int, float] = ("", 0, 0.0)

    def post(self, settings: Settings, batch: Batch) -> str:
        """Post once. Returns an empty string for a 2xx, else the problem. Redirects are failures and are never followed."""
        parts = urlsplit(settings.url)
        address = (parts.hostname or "", parts.port or 80, settings.timeout)
        if self._http is None or address != self._address:
            self._hang_up()
            self._http = http.client.HTTPConnection(address[0], address[1], timeout=address[2])
            self._address = address
        timestamp, signature = batch.signed or ("", "")
        headers = {"User-Agent": "SendGrid Event API", "Content-Type": "application/json;charset=utf-8"}
        if signature:
            headers["X-Twilio-Email-Event-Webhook-Signature"] = signature
            headers["X-Twilio-Email-Event-Webhook-Timestamp"] = timestamp
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        reused = self._http.sock is not None
        try:
            self._http.request("POST", target, batch.body, headers)
            answer = self._http.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            if reused and isinstance(error, (ConnectionError, http.client.RemoteDisconnected)):
                return self.post(settings, batch)  # the receiver had closed an idle connection
            return f"{type(error).__name__}: {error}"
        return "" if 200 <= answer.status < 300 else f"status {answer.status}"

    def _hang_up(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None
