"""A guarded request to an address that somebody else wrote (link checks): the only outbound HTTP except to the provider.

Allows only http and https on their own ports and only public addresses, and connects to the very IP address that was checked.
Limits: 5 seconds for everything, 1 MiB of answer. No redirects, proxy, cookies or credentials.
"""

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from transport.errors import EgressFailedError, EgressRefusedError
from transport.http.connection import BrokenConnectionError, HttpConnection
from transport.http.deadline import Deadline
from transport.http.endpoint import Endpoint, RequestNotStartedError, look_up

TIMEOUT = 5.0
USER_AGENT = "Mailroom link check"
NO_NAME = "name not found"  # the text of EgressFailedError if the host has no address

# Addresses that some Python releases call global, but that must stay closed: IETF protocol assignments (among them Oracle's
# metadata address), the 6to4 relays, Azure's host agent, the site-local addresses that RFC 3879 deprecated (routers may still
# treat them as private), and the documentation prefix of RFC 9637. Other metadata addresses are link-local.
_ALSO_CLOSED = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "3fff::/20")))
# IPv6 forms that contain an IPv4 address, through which a private one could be reached.
_CARRIERS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to a link. `location` is the target of a redirect, which was not followed."""

    status: int
    location: str | None
    content_type: str
    body: bytes = field(default=b"", repr=False)


def is_public(ip: str) -> bool:
    """Whether an IP is a public unicast address: not private, loopback, link-local, shared, reserved or metadata."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address.scope_id is not None or any(address in carrier for carrier in _CARRIERS):
            return False
    closed = any(address in network for network in _ALSO_CLOSED)
    return address.is_global and not address.is_multicast and not address.is_reserved and not closed


def fetch(
    url: str,
    method: str = "GET",
    *,
    timeout: float = TIMEOUT,
    permit: Callable[[str], bool] = is_public,
    ports: Sequence[int] = (80, 443),
    look_up: Callable[[str, int, Deadline], list[str]] = look_up,
) -> Fetched:
    """Request `url` once. Raises EgressRefusedError if that is not allowed, EgressFailedError if no answer came.

    `permit` and `ports` are widened only for a test server on loopback. A name is refused if any of its addresses is not
    permitted, because a mixture of addresses is a known way around such a guard.
    """
    endpoint, target = _target(url, ports)
    deadline = Deadline.after(timeout)
    try:
        addresses = look_up(endpoint.host, endpoint.port, deadline)
    except (RequestNotStartedError, TimeoutError):
        raise EgressFailedError(NO_NAME) from None
    if not addresses or not all(permit(ip) for ip in addresses):
        raise EgressRefusedError("address", f"{endpoint.host} has an address that is not public")
    head = (
        f"{method} {target} HTTP/1.1\r\nHost: {endpoint.authority}\r\nUser-Agent: {USER_AGENT}\r\n"
        "Accept: */*\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    ).encode("ascii")
    # Connect to the checked addresses, not to the name: a second lookup could return others.
    connection = HttpConnection(endpoint, permit=permit, look_up=lambda _host, _port, _deadline: addresses)
    try:
        answer = connection.exchange(head, b"", deadline, method=method)
    except (RequestNotStartedError, BrokenConnectionError) as fault:
        raise EgressFailedError(str(fault)) from None
    finally:
        connection.close()
    headers = answer.headers
    return Fetched(answer.status, headers.get("Location"), str(headers.get("Content-Type", "")), answer.body)


def _target(url: str, ports: Sequence[int]) -> tuple[Endpoint, str]:
    try:
        parts = urlsplit(url)
        endpoint = Endpoint.of(url)
    except ValueError:
        raise EgressRefusedError("scheme", "only http and https addresses with a host are allowed") from None
    if parts.username is not None or parts.password is not None:
        raise EgressRefusedError("credentials", "the address contains a user name or password")
    if endpoint.port not in ports:
        raise EgressRefusedError("port", f"port {endpoint.port} is not allowed")
    try:
        host = endpoint.host if endpoint.host.isascii() else endpoint.host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not host or any(c <= " " or c in '/\\@?#"<>' or c == "\x7f" for c in host):
        raise EgressRefusedError("host", "the host name is not valid")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    return Endpoint(endpoint.scheme, host, endpoint.port), path + query
