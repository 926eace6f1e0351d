"""The authenticated domains of the account, in the form of SendGrid's reference."""

from typing import Any

from sandbox.http.sendgrid_answers import RefusedRequestError
from sandbox.http.server_connection import Request
from sandbox.sandbox_server import SandboxServer

USER = 1


def list_domains(server: SandboxServer, request: Request) -> Any:
    """`limit`, `offset`, and `domain`, which searches; the list of a whole account without `limit`."""
    query = request.query
    limit, offset = int(query.get("limit", len(server.account.domains) or 1)), int(query.get("offset", 0))
    if limit < 1 or offset < 0:
        raise RefusedRequestError(400, "limit must be at least 1, and offset at least 0", "limit")
    searched = query.get("domain", "").lower()
    rows = [_row(number, domain) for number, domain in enumerate(server.account.domains, start=1) if searched in domain]
    return rows[offset : offset + limit]


def _row(number: int, domain: str) -> dict[str, Any]:
    valid = not domain.startswith("unverified")
    subdomain = f"em{number}"
    records = {"mail_cname": subdomain, "dkim1": "s1._domainkey", "dkim2": "s2._domainkey"}
    return {
        "id": number, "user_id": USER, "subdomain": subdomain, "domain": domain, "username": "sandbox", "ips": [],
        "custom_spf": False, "default": number == 1, "legacy": False, "automatic_security": True, "valid": valid,
        "dns": {
            name: {"valid": valid, "type": "cname", "host": f"{host}.{domain}", "data": f"{host}.u{USER}.wl.sendgrid.net"}
            for name, host in records.items()
        },
    }  # fmt: skip
