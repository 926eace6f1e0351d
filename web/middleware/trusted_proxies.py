"""The client's address and scheme behind reverse proxies that MAILROOM_TRUSTED_PROXIES names, and the hosts of health checks."""

import ipaddress
import time

from django.conf import settings
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

from config import untrusted_proxy

PATHS = ("/health", "/health/live", "/health/processes")


class HealthHosts(MiddlewareMixin):
    """Must come before CommonMiddleware, which refuses other hosts. These answers contain no address that is made of the host."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path in PATHS:
            request.META["HTTP_HOST"] = settings.PUBLIC_HOST


IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
FOR, PROTO = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"
MOST_HOPS = 20
LONGEST_ENTRY = 64
HINT_SECONDS = 600.0


class TrustedProxies(MiddlewareMixin):
    """Puts the client's address in REMOTE_ADDR. What an untrusted peer says of address and scheme is removed, not passed on."""

    _hinted_at: float | None = None

    def process_request(self, request: HttpRequest) -> None:
        meta = request.META
        peer = parse_address(str(meta.get("REMOTE_ADDR", "")))
        reported, scheme = meta.pop(FOR, ""), meta.pop(PROTO, "")
        if peer is not None and is_trusted(peer):
            meta["REMOTE_ADDR"] = str(client_address(peer, reported))
            # With several entries the last is the trusted peer's own.
            meta[PROTO] = scheme.rsplit(",", 1)[-1].strip().lower()
        elif peer is not None and reported:
            self._hint(peer)

    def _hint(self, peer: IpAddress) -> None:
        """Leave word for `mailroom system doctor`; seldom, since anybody can send the header."""
        now = time.monotonic()
        if self._hinted_at is None or now - self._hinted_at > HINT_SECONDS:
            self._hinted_at = now
            untrusted_proxy.leave(settings.DATA_DIR, str(peer))


def client_address(peer: IpAddress, reported: str) -> IpAddress:
    """Return the rightmost address of X-Forwarded-For that is not a trusted proxy. Anybody can write the addresses to its left.

    An entry that is no address ends the search at the proxy that reported it. Where all are trusted, the first one counts.
    """
    client = peer
    # Only the end is looked at: a header of any length costs the same.
    entries = reported[-(MOST_HOPS * LONGEST_ENTRY) :].rsplit(",", MOST_HOPS)[-MOST_HOPS:]
    for entry in reversed(entries):
        if not entry.strip():
            continue
        address = parse_address(entry)
        if address is None:
            return client
        client = address
        if not is_trusted(address):
            return client
    return client


def parse_address(text: str) -> IpAddress | None:
    """An address as front servers write it: plain, with a port, in brackets, IPv4 inside IPv6. None where it is none."""
    text = text.strip()
    if len(text) > LONGEST_ENTRY:
        return None
    if text.startswith("["):
        text, closed, port = text[1:].partition("]")
        if not closed or (port and not _is_port(port)):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not _is_port(f":{port}"):
            return None
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address


def _is_port(text: str) -> bool:
    return text[0] == ":" and text[1:].isascii() and text[1:].isdigit()


def is_trusted(address: IpAddress) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


def client_network(request: HttpRequest) -> str:
    """Where a request comes from, as wide as one customer of a provider usually is: an IPv4 /24, an IPv6 /64."""
    address = parse_address(str(request.META.get("REMOTE_ADDR", "")))
    if address is None:
        return ""  # a Unix socket: all share one
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False))
