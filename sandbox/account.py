"""The account the sandbox pretends to have: keys and scopes, senders, groups, pools, templates, limits, credits."""

from dataclasses import dataclass, field, fields
from typing import Any

# Where sources disagree the strict figures are the smaller ones published.
LIMITS = {
    "strict": {"substitution_count": 100, "substitution_bytes": 10_000, "custom_args_bytes": 10_000},
    "lenient": {"substitution_count": 150, "substitution_bytes": 50_000, "custom_args_bytes": 50_000},
}
ALL_SCOPES = ("all",)
CHOICES = {
    "limits": tuple(LIMITS),
    "oversize": ("drain", "early"),
    "substitution_order": ("single", "nested"),
    "late_hold": ("ignored", "refused", "honoured"),
    "logs": ("on", "off", "busy"),
    "activity": ("on", "off", "busy"),
}


@dataclass(slots=True)
class Account:
    """Set by `--key` and by POST /_sandbox/account; each field is one key of that JSON."""

    keys: dict[str, list[str]] = field(default_factory=dict)  # key -> scopes; empty = any key that begins with SG.
    senders: list[str] = field(default_factory=list)  # addresses and domains; empty = all but unverified…
    groups: dict[str, dict[str, Any]] = field(default_factory=dict)  # asm groups by id
    pools: list[str] = field(default_factory=list)
    templates: dict[str, dict[str, str]] = field(default_factory=dict)  # legacy: id -> subject, html, text
    limits: str = "strict"
    credits: int | None = None  # recipients left; None = no end
    oversize: str = "drain"  # or "early": how a body over max_bytes gets its 413
    max_bytes: int = 30_000_000
    substitution_order: str = "single"  # one pass; or "nested": tag after tag, so that values are expanded too
    rate_limit: int = 600  # requests a minute and endpoint, on all endpoints but mail/send
    most_held: int = 100  # batches in pause or cancel at once
    late_hold: str = "ignored"  # a pause or cancel within ten minutes of send_at; see CHOICES
    logs: str = "on"  # POST /v3/logs: on, off (403) or busy (429)
    activity: str = "off"  # GET /v3/messages, a paid add-on: on, off (403) or busy (429)
    query_lag: float = 0.0  # seconds until an event shows in the answers of these two
    tracking: dict[str, bool] = field(default_factory=dict)  # click, open, subscription: where the request says nothing

    def change(self, wishes: dict[str, Any]) -> None:
        """Set what is named; ValueError for a name or a value that does not exist."""
        known = {one.name: one for one in fields(self)}
        for name, value in wishes.items():
            if name not in known:
                raise ValueError(f"{name!r} is nothing of an account; there are {', '.join(known)}")
            if name in CHOICES and value not in CHOICES[name]:
                raise ValueError(f"{name} is one of {', '.join(CHOICES[name])}, not {value!r}")
            if name == "keys" and isinstance(value, list):
                value = {key: list(ALL_SCOPES) for key in value}
            current = getattr(self, name)
            if isinstance(current, float) and type(value) is int:
                value = float(value)
            if current is not None and name != "credits" and type(value) is not type(current):
                raise ValueError(f"{name} is a {type(current).__name__}, not {value!r}")
            setattr(self, name, value)

    def scopes_of(self, authorization: str) -> list[str] | None:
        """The scopes of a `Bearer KEY` header; None when the key is missing or unknown."""
        scheme, _, key = authorization.partition(" ")
        key = key.strip()
        if scheme.lower() != "bearer" or not key:
            return None
        if self.keys:
            return self.keys.get(key)
        return list(ALL_SCOPES) if key.startswith("SG.") else None

    def spend(self, recipients: int, trial: bool) -> bool:
        """Take the credits of one request; False when they do not suffice."""
        if self.credits is None or trial:
            return True
        if self.credits < recipients:
            return False
        self.credits -= recipients
        return True

    def may(self, scopes: list[str], scope: str) -> bool:
        return scope == "scopes" or "all" in scopes or scope in scopes or scope.split(".")[0] in scopes

    def is_verified(self, address: str) -> bool:
        address = address.lower()
        if not self.senders:
            return not address.startswith("unverified")
        return address in self.senders or address.rpartition("@")[2] in self.senders
