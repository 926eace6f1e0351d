"""Calls of SendGrid's API. mail/send: bytes in, exactly one Outcome out. Only this module holds the key.

Host, headers, version path and exceptions are those of the sendgrid package; what it does below them (no deadline, a
connection per call, redirects followed with the key, each payload formatted for a debug line) `transport.http.connection` does.
"""

from __future__ import annotations

import ipaddress
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
import python_http_client
from python_http_client.client import Response
from python_http_client.exceptions import HTTPError, handle_error
from sendgrid import SendGridAPIClient

from transport.errors import BodyTooLarge, CallerError, OperatorError, ProviderError
from transport.http.connection import Broken, HttpConnection, ignore
from transport.http.deadline import Deadline
from transport.http.endpoint import Endpoint, NotBegun
from transport.outcomes import Cause, Outcome, OutcomeKind
from transport.sendgrid.answers import outcome_of
from transport.sendgrid.payload import check_size

HOST_SETTING = "MAILROOM_SENDGRID_HOST"
KEY_SETTING = "MAILROOM_SENDGRID_API_KEY"
DEFAULT_HOST = "https://api.sendgrid.com"
TIMEOUT = 30.0


class _MaskedHeaders(dict[str, str]):
    """Request headers that print without the key, wherever somebody prints them."""

    def __repr__(self) -> str:
        return repr({k: "***" if k.lower() == "authorization" else v for k, v in self.items()})

    __str__ = __repr__


class _PathClient(python_http_client.Client):  # type: ignore[misc]
    """The package's client, paths and all (`client.mail.send.post(...)`), over a kept-alive connection with a deadline.

    Bodies are bytes that are JSON already. For one thread at a time.
    """

    def __init__(
        self,
        connection: HttpConnection,
        headers: Mapping[str, str],
        version: Any,
        timeout: float,
        url_path: list[str] | None = None,
    ) -> None:
        endpoint = connection.endpoint
        super().__init__(
            host=f"{endpoint.scheme}://{endpoint.authority}",
            request_headers=_MaskedHeaders(headers),
            version=version,
            url_path=url_path,
            timeout=timeout,
        )
        self._connection = connection

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.host} /{'/'.join(map(str, self._url_path))}>"

    def __getstate__(self) -> Any:
        raise TypeError("a client holds a key and a socket: it is not copied or pickled")

    def _build_client(self, name: str | None = None) -> _PathClient:
        path = [*self._url_path, name] if name else self._url_path
        return _PathClient(self._connection, self.request_headers, self._version, self.timeout, path)

    def request(
        self,
        method: str,
        body: bytes = b"",
        query_params: Mapping[str, Any] | None = None,
        may_begin_until: float | None = None,
        observe: Callable[[str], None] = ignore,
    ) -> Response:
        """One call within `timeout` seconds in all. Raises the package's HTTPError outside 2xx, NotBegun, Broken."""
        url = urlsplit(self._build_url(query_params))
        lines = [f"{method} {url.path}{'?' + url.query if url.query else ''} HTTP/1.1", f"Host: {url.netloc}"]
        lines += (f"{name}: {value}" for name, value in self.request_headers.items())
        if body:
            lines.append("Content-Type: application/json")
        if body or method != "GET":
            lines.append(f"Content-Length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
        answer = self._connection.exchange(head, body, Deadline.after(self.timeout), may_begin_until, observe)
        if not 200 <= answer.status < 300:
            raise handle_error(answer)
        return Response(answer)

    def post(self, body: bytes = b"", **options: Any) -> Response:
        return self.request("POST", body, **options)

    def get(self, **options: Any) -> Response:
        return self.request("GET", **options)

    def patch(self, body: bytes = b"", **options: Any) -> Response:
        return self.request("PATCH", body, **options)

    def delete(self, body: bytes = b"", **options: Any) -> Response:
        return self.request("DELETE", body, **options)

    def put(self, body: bytes = b"", **options: Any) -> Response:
        return self.request("PUT", body, **options)


class ApiClient:
    """One kept-alive connection to SendGrid. One object per thread, made after any fork.

    `timeout` is seconds for a whole call. `observe` is called with "connected", "half_sent", "sent", "head_read". Raises
    OperatorError for an unusable key or host: plain http is for loopback alone.
    """

    def __init__(
        self,
        api_key: str,
        host: str = DEFAULT_HOST,
        timeout: float = TIMEOUT,
        observe: Callable[[str], None] | None = None,
    ) -> None:
        # Checked before the package sees it: given nothing, the package would take a key from the environment.
        if not api_key or not re.fullmatch(r"[!-~]+", api_key):
            raise OperatorError(KEY_SETTING, "empty or with blanks or non-ASCII characters", "the key as it was issued")
        endpoint = api_endpoint(host)
        package = SendGridAPIClient(api_key=api_key, host=f"{endpoint.scheme}://{endpoint.authority}")
        self._connection = HttpConnection(endpoint, permit=_is_loopback if endpoint.scheme == "http" else lambda _ip: True)
        self._client = _PathClient(self._connection, package.client.request_headers, package.client._version, timeout)
        self._mail_send = self._client.mail.send
        self._key = api_key
        self._observe = observe or ignore
        self._in_use = threading.Lock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._client.host}>"

    def __getstate__(self) -> Any:
        raise TypeError("a client holds a key and a socket: it is not copied or pickled")

    def close(self) -> None:
        self._connection.close()

    def send(self, request: bytes, *, may_begin_until: float | None = None) -> Outcome:
        """POST `request` to mail/send once; never raises for trouble with network or API, never repeats.

        `may_begin_until` is a `time.monotonic()` value. Past it nothing is sent and the outcome is NEVER_CONNECTED
        with the detail "deadline": proof that no byte left.
        """
        try:
            check_size(request)
        except BodyTooLarge as error:
            return Outcome(OutcomeKind.REFUSED, cause=Cause.TOO_LARGE, detail=str(error))
        return self._outcome(lambda: self._mail_send.post(request, may_begin_until=may_begin_until, observe=self._observe))

    def ask(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, content: Any = None
    ) -> tuple[int, Mapping[str, Any], bytes]:
        """Any other call below /v3: `path` like "suppression/bounces", its parts quoted by the caller.

        Gives status, headers and body of a 2xx. Raises ProviderError with the Outcome of anything else.
        """
        client = self._client
        for part in path.split("/"):
            client = client._(part)
        body = b"" if content is None else orjson.dumps(content)
        found: list[Response] = []

        def call() -> Response:
            found.append(client.request(method, body, query))
            return found[0]

        outcome = self._outcome(call)
        if not found:
            raise ProviderError(f"{method} {path.split('@')[0]}", outcome)
        return found[0].status_code, found[0].headers, found[0].body

    def _outcome(self, call: Callable[[], Response]) -> Outcome:
        with self._alone():
            try:
                response = call()
                return outcome_of(response.status_code, response.headers, response.body, self._key)
            except HTTPError as answer:
                return outcome_of(answer.status_code, answer.headers, answer.body, self._key)
            except NotBegun as fault:
                return Outcome(OutcomeKind.NEVER_CONNECTED, detail=str(fault))
            except Broken as fault:
                return Outcome(OutcomeKind.UNKNOWN, fault.status, detail=str(fault))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Two requests interleaved on one connection would each read the other's answer.
        if not self._in_use.acquire(blocking=False):
            raise CallerError("SendGrid", "used by two threads at once; make one object per thread")
        try:
            yield
        finally:
            self._in_use.release()


def api_endpoint(host: str) -> Endpoint:
    """The endpoint that MAILROOM_SENDGRID_HOST names. Raises OperatorError; plain http only to loopback."""
    allowed = "https://host[:port], or http:// to 127.0.0.1, ::1 or localhost"
    try:
        endpoint = Endpoint.of(host)
        parts = urlsplit(host)
    except ValueError:
        raise OperatorError(HOST_SETTING, "not an address", allowed) from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise OperatorError(HOST_SETTING, "an address with user, query or fragment", allowed)
    if parts.path not in ("", "/"):
        raise OperatorError(HOST_SETTING, f"an address with the path {parts.path}", allowed)
    if endpoint.scheme == "http" and endpoint.host != "localhost" and not _is_loopback(endpoint.host):
        raise OperatorError(HOST_SETTING, f"plain http to {endpoint.host}, which would show the key", allowed)
    return endpoint


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
