"""The scopes of the key: which ones SendGrid's API says that it has, and which ones Mailroom's calls need.

Source: SendGrid's list of API key permissions, and GET /v3/scopes, which any valid key may call and which answers
{"scopes": ["mail.send", …]} with the scopes of the key that asks.
"""

import orjson

from transport.errors import ProviderError
from transport.key_purposes import KeyPermissions, KeyPurpose
from transport.outcomes import Outcome, OutcomeKind
from transport.sendgrid.client import ApiClient

NEEDED = {
    KeyPurpose.SEND: ("mail.send",),
    KeyPurpose.READ_LISTS: ("suppression.read",),
    KeyPurpose.CHANGE_LISTS: ("suppression.delete", "asm.suppressions.global.create", "asm.suppressions.global.delete"),
    KeyPurpose.HOLD_MAIL: (
        "mail.batch.create", "user.scheduled_sends.create", "user.scheduled_sends.read", "user.scheduled_sends.update",
        "user.scheduled_sends.delete",
    ),
    KeyPurpose.READ_DOMAINS: ("whitelabel.read",),
}  # fmt: skip


def key_permissions(client: ApiClient) -> KeyPermissions:
    """The scopes of the key, and those that it lacks. Raises ProviderError, also if the answer names no scopes."""
    _, body = client.ask("GET", "scopes")
    try:
        scopes = {str(scope) for scope in orjson.loads(body)["scopes"]}
    except (ValueError, KeyError, TypeError):
        raise ProviderError("GET scopes", Outcome(OutcomeKind.UNKNOWN, detail="the answer contains no scopes")) from None
    missing = {purpose: tuple(scope for scope in needed if scope not in scopes) for purpose, needed in NEEDED.items()}
    return KeyPermissions(sorted(scopes), {purpose: lacking for purpose, lacking in missing.items() if lacking})
