"""The settings of the readers: who follows links, and where. Each is a key of POST /_sandbox/readers."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from sandbox.account import TYPE_NAMES
from sandbox.readers.mail_links import site_of
from sandbox.readers.scanners import KINDS


@dataclass(slots=True)
class ReaderSettings:
    """Rates are shares from 0 to 1. Without people and scanners, which is the default, nobody follows links."""

    people: float = 0.0  # share of recipients who follow links
    scanners: dict[str, float] = field(default_factory=dict)  # kind -> share of receiving domains that have such a scanner
    domains: dict[str, str] = field(default_factory=dict)  # receiving domain -> the kind of its scanner
    speed: float = 1.0  # factor on the time that people take beyond the first minute
    site: str = ""  # this installation's address, if it is another than that of the webhooks
    most_waiting: int = 100_000  # visits that wait for their time; more are dropped and counted
    seed: int = 0

    @property
    def on(self) -> bool:
        return bool(self.people or self.domains or any(self.scanners.values()))

    def change(self, wishes: dict[str, Any]) -> None:
        """Set the named settings, all or none. Raises ValueError with a text that says what is allowed."""
        usual = asdict(ReaderSettings())
        if unknown := wishes.keys() - {setting.name for setting in fields(self)}:
            raise ValueError(f"unknown reader setting: {', '.join(sorted(unknown))}; use one of: {', '.join(usual)}")
        new = asdict(self) | wishes
        for name, value in usual.items():
            if isinstance(value, float) and type(new[name]) is int:
                new[name] = float(new[name])
            if type(new[name]) is not type(value):
                raise ValueError(f"{name} must be {TYPE_NAMES[type(value)]}; it was “{new[name]}”")
        if strange := {*new["scanners"], *new["domains"].values()} - KINDS.keys():
            raise ValueError(f"unknown scanner: {', '.join(sorted(map(str, strange)))}; use one of: {', '.join(KINDS)}")
        shares = (new["people"], *new["scanners"].values(), sum(new["scanners"].values()))
        if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares):
            raise ValueError("people, and the scanners one by one and together, are shares from 0 to 1")
        if new["site"] and site_of(new["site"]) is None:
            raise ValueError(f"site “{new['site']}” is not allowed; use http:// on loopback only, such as http://127.0.0.1:8025")
        for name in wishes:
            setattr(self, name, new[name])
