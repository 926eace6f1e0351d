"""The account that the sandbox simulates: keys and scopes, senders, limits, credits."""

from dataclasses import dataclass, field, fields
from typing import Any

# Where sources disagree the strict figures are the smaller ones published.
LIMITS = {
    "strict": {"substitution_count": 100, "substitution_bytes": 10_000, "custom_args_bytes": 10_000},
    "lenient": {"substitution_count": 150, "substitution_bytes": 50_000, "custom_args_bytes": 50_000},
}
ALL_SCOPES = ("all",)
# The scopes of what the sandbox answers, by SendGrid's names (API key permissions list).
_CHANGES = ("create", "delete", "read", "update")
SCOPES = (
    "mail.send", *(f"{what}.{change}" for what in (
        "asm.suppressions.global", "mail.batch", "suppression", "user.scheduled_sends", "whitelabel",
    ) for change in _CHANGES),
)  # fmt: skip
TYPE_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number", list: "a list", dict: "an object"}
CHOICES = {
    "limits": tuple(LIMITS),
    "oversize": ("drain", "early"),
    "substitution_order": ("single", "nested"),
    "late_hold": ("ignored", "refused", "honoured"),
    "list_order": ("oldest", "newest"),
}


@dataclass(slots=True)
class Account:
    """Set by `--key` and by POST /_sandbox/account; each field is one key of that JSON."""

    # key -> scopes, or beginnings of scopes such as "suppression", or "all"; empty = accept any key that begins with SG.
    keys: dict[str, list[str]] = field(default_factory=dict)
    senders: list[str] = field(default_factory=list)  # addresses and domains; empty = all except those that begin with unverified
    # Domains that GET /v3/whitelabel/domains lists; those that begin with unverified have no valid DNS records yet.
    domains: list[str] = field(default_factory=lambda: ["cast.example"])
    limits: str = "strict"
    credits: int | None = None  # recipients left; None = unlimited
    oversize: str = "drain"  # a body over max_bytes gets its 413 after it was read, or ("early") before
    max_bytes: int = 30_000_000
    substitution_order: str = "single"  # one pass; or "nested": tag after tag, so that values are expanded too
    rate_limit: int = 600  # requests per window and endpoint, on all endpoints except mail/send; enforced on suppressions
    rate_window: float = 60.0  # seconds
    list_order: str = "oldest"  # the order of suppression lists, which SendGrid does not document: oldest or newest first
    most_held: int = 100  # batches that may be paused or cancelled at the same time
    late_hold: str = "ignored"  # a pause or cancel within ten minutes of send_at; see CHOICES
    tracking: dict[str, bool] = field(default_factory=dict)  # click, open, subscription: defaults for requests without them

    def change(self, wishes: dict[str, Any]) -> None:
        """Set the named fields. Raises ValueError for an unknown name or an invalid value."""
        known = {setting.name: setting for setting in fields(self)}
        for name, value in wishes.items():
            if name not in known:
                raise ValueError(f"unknown account setting “{name}”; use one of: {', '.join(known)}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} must be one of: {', '.join(CHOICES[name])}; it was “{value}”")
            if name == "keys" and isinstance(value, list):
                value = {key: list(ALL_SCOPES) for key in value}
            current = getattr(self, name)
            if isinstance(current, float) and type(value) is int:
                value = float(value)
            if current is not None and name != "credits" and type(value) is not type(current):
                raise ValueError(f"{name} must be {TYPE_NAMES[type(current)]}; it was “{value}”")
            setattr(self, name, value)

    def scopes_of(self, authorization: str) -> list[str] | None:
        """The scopes of a `Bearer KEY` header; None if the key is missing or unknown."""
        scheme, _, key = authorization.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            return None
        if self.keys:
            return self.keys.get(key)
        return list(ALL_SCOPES) if key.startswith("SG.") else None

    def spend(self, recipients: int, trial: bool) -> bool:
        """Subtract the credits of one request; False if there are not enough left."""
        if self.credits is None or trial:
            return True
        if self.credits < recipients:
            return False
        self.credits -= recipients
        return True

    def may(self, scopes: list[str], scope: str) -> bool:
        return (
            scope == "scopes" or "all" in scopes or any(scope == granted or scope.startswith(f"{granted}.") for granted in scopes)
        )

    def is_verified(self, address: str) -> bool:
        address = address.lower()
        if not self.senders:
            return not address.startswith("unverified")
        return address in self.senders or address.rpartition("@")[2] in self.senders
