"""Events that report a problem (bounce, drop, deferral), and whom they are about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from transport.provider_events import EventKind

# The provider did not try, because the address is on its bounce list.
LISTED = "bounced address"


@dataclass(frozen=True, slots=True)
class NegativeEvent:
    """An event that reports a problem: what it says, and whom it is about as far as that is known."""

    event_id: int
    kind: EventKind
    at: datetime
    detail: dict[str, Any]
    key: bytes | None
    pair: tuple[int, int] | None

    @property
    def is_listed(self) -> bool:
        return self.kind == EventKind.DROPPED and drop_reason(self.detail) == LISTED


def drop_reason(detail: dict[str, Any]) -> str:
    return str(detail.get("reason", "")).strip().lower()
