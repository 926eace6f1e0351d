"""The provider's suppression lists in provider-neutral terms: which lists there are, and one page of a list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ProviderList(StrEnum):
    """The lists by our names. BLOCKS do not stop later mail, the others do."""

    BOUNCES = "bounces"
    BLOCKS = "blocks"
    INVALID = "invalid"
    COMPLAINTS = "complaints"
    UNSUBSCRIBES = "unsubscribes"


@dataclass(frozen=True, slots=True)
class ListedAddress:
    """One row of a list. `status` and `reason` quote the receiving server, if the list has them."""

    address: str = field(repr=False)
    listed_at: datetime | None
    reason: str | None = field(default=None, repr=False)
    status: str | None = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """Rows of a list that were not returned before, and where to continue; `position` is None at the end of the list."""

    rows: Sequence[ListedAddress]
    position: str | None
