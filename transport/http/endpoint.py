"""The server to connect to, and its IP addresses, looked up within the deadline."""

import ipaddress
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from transport.http.deadline import Deadline


class RequestNotStartedError(Exception):
    """No byte of the request has left this machine."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server to connect to: `scheme` http or https, `host` without brackets, `port`."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Endpoint":
        """The endpoint of http(s)://host[:port] with an optional path. Raises ValueError for anything else."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http or https address with a host")
        return cls(parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether the address or name is this machine's own; names are not looked up."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def look_up(host: str, port: int, deadline: Deadline) -> list[str]:
    """The IP addresses of `host`, best first. Raises RequestNotStartedError, or TimeoutError at the deadline.

    The system's lookup cannot be interrupted, so it runs in a thread that is abandoned when time is up.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    found: list[str] = []

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(address[0]) for *_, address in answers))

    thread = threading.Thread(target=ask, daemon=True, name="look-up")
    thread.start()
    thread.join(deadline.left())
    if thread.is_alive():
        raise TimeoutError
    if not found:
        raise RequestNotStartedError("name not found")
    return found
