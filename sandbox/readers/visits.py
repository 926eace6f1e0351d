"""What a reader does: the visits, each a request for one link of the mail at a time after its delivery."""

from typing import NamedTuple

Headers = tuple[tuple[str, str], ...]


class Visit(NamedTuple):
    """One request: seconds after delivery, the position of the link in the mail, and how it is requested."""

    after: float
    link: int
    method: str
    headers: Headers
    address: str  # where it comes from, for X-Forwarded-For


class SimulatedReader(NamedTuple):
    """Somebody or something that follows links of one mail. `kind` names the behaviour; for people the special case, if any."""

    kind: str
    visits: list[Visit]


HARMLESS_NETWORKS = ("203.0.113.", "198.51.100.", "192.0.2.")  # for documentation (RFC 5737): nobody has these addresses
