"""SendGrid as a `transport.provider.Provider`: combines an account's settings with the modules of this package."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from transport.key_purposes import KeyPermissions
from transport.message import Envelope
from transport.provider_events import ProviderEvent, WebhookFault
from transport.sendgrid import payload, webhook_events
from transport.sendgrid.client import ApiClient
from transport.sendgrid.domains import authenticated_domains
from transport.sendgrid.key_scopes import key_permissions
from transport.sendgrid.scheduled_sends import SendGridScheduledSends
from transport.sendgrid.suppression_lists import SendGridSuppressionLists

SHORTEST_SHOWN = 16  # characters of a key, of which four are shown; SendGrid's have 69


class SendGridClient(ApiClient):
    """A connection to SendGrid with all features of the protocol."""

    @property
    def scheduled_sends(self) -> SendGridScheduledSends:
        return SendGridScheduledSends(self)

    @property
    def suppression_lists(self) -> SendGridSuppressionLists:
        return SendGridSuppressionLists(self)

    def key_permissions(self) -> KeyPermissions:
        return key_permissions(self)

    def authenticated_domains(self) -> Sequence[str]:
        return authenticated_domains(self)


@dataclass(frozen=True, slots=True)
class SendGrid:
    """A SendGrid account. `webhook_keys` are the public keys of its signed event webhook."""

    api_key: str = field(repr=False)
    host: str
    webhook_keys: Sequence[str] = ()

    max_recipients = payload.MAX_PERSONALIZATIONS
    webhook_keys_setting = webhook_events.KEYS_SETTING

    @property
    def has_credentials(self) -> bool:
        return bool(self.api_key)

    @property
    def key_end(self) -> str:
        return self.api_key[-4:] if len(self.api_key) >= SHORTEST_SHOWN else ""

    @property
    def has_webhook_keys(self) -> bool:
        return bool(self.webhook_keys)

    def prepare(self, envelope: Envelope) -> payload.SendGridMessage:
        return payload.SendGridMessage(envelope)

    def connect(self, timeout: float, observe: Callable[[str], None] | None = None) -> SendGridClient:
        return SendGridClient(self.api_key, self.host, timeout, observe)

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> None:
        signature, timestamp = headers.get(webhook_events.SIGNATURE_HEADER), headers.get(webhook_events.TIMESTAMP_HEADER)
        webhook_events.verify(self.webhook_keys, signature, timestamp, body)

    def read_webhook(self, body: bytes) -> tuple[list[ProviderEvent], list[WebhookFault]]:
        return webhook_events.parse(body)
