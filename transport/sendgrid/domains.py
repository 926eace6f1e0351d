"""The authenticated domains of the account.

Source: SendGrid's domain authentication reference: GET /v3/whitelabel/domains with limit and offset answers a list of objects;
`valid` is true once SendGrid found the DNS records of `domain`. It needs the scope whitelabel.read.
"""

from collections.abc import Sequence
from typing import Any

from transport.sendgrid.answers import rows_of
from transport.sendgrid.client import ApiClient

PAGE = 50
MAX_PAGES = 60  # SendGrid allows 3000 domains for each user
_CALL = "whitelabel/domains"


def authenticated_domains(client: ApiClient) -> Sequence[str]:
    """The valid domains, in lower case. Raises ProviderError, also for an answer that is not a list."""
    domains: set[str] = set()
    for page in range(MAX_PAGES):
        _, body = client.ask("GET", f"{_CALL}?limit={PAGE}&offset={page * PAGE}")
        rows = rows_of(_CALL, body)
        domains |= {row["domain"].lower() for row in rows if _is_valid(row)}
        if len(rows) < PAGE:
            break
    return sorted(domains)


def _is_valid(row: Any) -> bool:
    return isinstance(row, dict) and row.get("valid") is True and isinstance(row.get("domain"), str)
