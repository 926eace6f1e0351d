"""The settings of one event webhook: its URL, speed and misbehaviour. Each is a key of POST /_sandbox/webhook."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from sandbox.account import TYPE_NAMES
from sandbox.http.listener import is_loopback

SIGNATURES = ("good", "wrong", "stale", "other-key", "none")


@dataclass(slots=True)
class Settings:
    """Rates are shares from 0 to 1. Times are seconds on the sandbox's clock; `batch_seconds` and `timeout` are real seconds.

    `speed` applies to the whole sandbox: only that of the first webhook is used."""

    url: str = ""
    speed: float = 1.0  # factor on all delays between events; 0 = at once
    hold: bool = False  # collect, but post nothing
    batch_seconds: float = 0.1
    batch_bytes: int = 768 * 1024
    timeout: float = 10.0
    retry_first: float = 0.5  # doubles from try to try
    retry_most: float = 60.0
    resign: bool = False  # a retry gets a new timestamp and signature
    signature: str = "good"
    duplicate: float = 0.0  # share of events posted again with the same id
    duplicate_new_id: float = 0.0  # and with another sg_event_id
    drop: float = 0.0  # share of events never posted
    rotten: float = 0.0  # share of batches with one element that is not an event
    reorder: bool = False  # shuffle the events in a batch, and the batches
    delay: float = 0.0  # every batch waits this long
    seed: int = 0
    only: list[str] = field(default_factory=list)  # names of the events it gets; empty = all

    def change(self, wishes: dict[str, Any]) -> None:
        """Set the named settings, all or none. Raises ValueError with a text that says what is allowed."""
        new = asdict(self) | wishes
        if unknown := new.keys() - {setting.name for setting in fields(self)}:
            raise ValueError(f"unknown webhook setting: {', '.join(sorted(unknown))}; use one of: {', '.join(asdict(self))}")
        for name, usual in asdict(Settings()).items():
            if isinstance(usual, float) and type(new[name]) is int:
                new[name] = float(new[name])
            if type(new[name]) is not type(usual):
                raise ValueError(f"{name} must be {TYPE_NAMES[type(usual)]}; it was “{new[name]}”")
        if new["signature"] not in SIGNATURES:
            raise ValueError(f"signature must be one of: {', '.join(SIGNATURES)}; it was “{new['signature']}”")
        if new["url"]:
            parts = urlsplit(new["url"])
            if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
                raise ValueError(f"webhook URL “{new['url']}” is not allowed; use http:// on loopback only, such as 127.0.0.1")
        for name in wishes:
            setattr(self, name, new[name])
