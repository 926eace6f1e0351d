"""The settings of one event webhook: where to, how fast, and every bad habit. Each is a key of POST /_sandbox/webhook."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from sandbox.http.listener import is_loopback

SIGNATURES = ("good", "wrong", "stale", "other-key", "none")


@dataclass(slots=True)
class Settings:
    """Rates are shares from 0 to 1, times are seconds on the sandbox's clock, but for `batch_seconds` and `timeout`.

    `speed`, `open_rate` and `click_rate` are those of the world: only the first webhook's count."""

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
    rotten: float = 0.0  # share of batches with one element that is no event
    reorder: bool = False  # shuffled inside batches, and batches among themselves
    delay: float = 0.0  # every batch waits this long
    open_rate: float = 0.0  # share of ordinary recipients who open
    click_rate: float = 0.0  # share who also click
    seed: int = 0
    only: list[str] = field(default_factory=list)  # names of the events it gets; empty = all

    def change(self, wishes: dict[str, Any]) -> None:
        """Set what is named, all or nothing; ValueError with the way out."""
        new = asdict(self) | wishes
        if unknown := new.keys() - {one.name for one in fields(self)}:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}; there are {', '.join(asdict(self))}")
        for name, usual in asdict(Settings()).items():
            if isinstance(usual, float) and type(new[name]) is int:
                new[name] = float(new[name])
            if type(new[name]) is not type(usual):
                raise ValueError(f"{name} is a {type(usual).__name__}, not {new[name]!r}")
        if new["signature"] not in SIGNATURES:
            raise ValueError(f"signature is one of {', '.join(SIGNATURES)}, not {new['signature']!r}")
        if new["url"]:
            parts = urlsplit(new["url"])
            if parts.scheme != "http" or not is_loopback(parts.hostname or ""):
                raise ValueError(f"the webhook goes to http:// on loopback only, not to {new['url']!r}")
        for name in wishes:
            setattr(self, name, new[name])
