"""The authenticated domains of the account.

Source: SendGrid's domain authentication reference: GET /v3/whitelabel/domains with limit and offset answers a list of objects;
`valid` is true once SendGrid found the DNS records of `domain`. It needs the scope whitelabel.read.
"""

from collections.abc import Sequence
from typing import Any

import orjson

from transport.errors import ProviderError
from transport.outcomes import Outcome, OutcomeKind
from transport.sendgrid.client import ApiClient

PAGE = 50
MAX_PAGES = 60  # SendGrid allows 3000 domains for each user
_CALL = "whitelabel/domains"


def authenticated_domains(client: ApiClient) -> Sequence[str]:
    """The valid domains, in lower case. Raises ProviderError, also for an answer that is not a list."""
    domains: set[str] = set()
    for page in range(MAX_PAGES):
        _, body = client.ask("GET", f"{_CALL}?limit={PAGE}&offset={page * PAGE}")
        rows = _rows(body)
        domains |= {row["domain"].lower() for row in rows if row.get("valid") is True and isinstance(row.get("domain"), str)}
        if len(rows) < PAGE:
            break
    return sorted(domains)


def _rows(body: bytes) -> list[dict[str, Any]]:
    try:
        rows = orjson.loads(body)
    except ValueError:
        rows = None
    if not isinstance(rows, list):
        raise ProviderError(f"GET {_CALL}", Outcome(OutcomeKind.UNKNOWN, detail="the answer is not a list"))
    return [row for row in rows if isinstance(row, dict)]
