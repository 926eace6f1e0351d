"""SendGrid's list of addresses that bounced: an address on it gets no mail until it is taken off."""

from __future__ import annotations

from urllib.parse import quote

from transport.errors import ProviderError
from transport.sendgrid.client import ApiClient


class SendGridBounceList:
    """The list of bounced addresses, as `transport.provider.BounceList`."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def remove(self, address: str) -> bool:
        """Take an address off the list, so that SendGrid delivers to it again; False if it was not on it."""
        try:
            self._client.ask("DELETE", f"suppression/bounces/{quote(address, safe='')}")
        except ProviderError as error:
            if error.outcome.status == 404:
                return False
            raise
        return True
