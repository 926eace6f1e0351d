"""Calls of SendGrid's API. mail/send: bytes in, exactly one Outcome out. Only this module holds the key.

Headers and version path are those of the sendgrid package. `transport.http.connection` replaces the package's HTTP layer,
which has no deadline, opens a connection per call, follows redirects with the key and formats each payload for a debug line.
"""

import re
import threading
from collections.abc import Callable
from email.message import Message
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from sendgrid import SendGridAPIClient

from transport.errors import BodyTooLargeError, CallerError, OperatorError, ProviderError
from transport.http.connection import Answer, BrokenConnectionError, HttpConnection, ignore
from transport.http.deadline import Deadline
from transport.http.endpoint import Endpoint, RequestNotStartedError, is_loopback
from transport.outcomes import Cause, Outcome, OutcomeKind
from transport.sendgrid.answers import outcome_of
from transport.sendgrid.payload import check_size

HOST_SETTING = "MAILROOM_SENDGRID_HOST"
KEY_SETTING = "MAILROOM_SENDGRID_API_KEY"
DEFAULT_HOST = "https://api.sendgrid.com"
TIMEOUT = 30.0


class _MaskedHeaders(dict[str, str]):
    """Request headers whose printed form never contains the key."""

    def __repr__(self) -> str:
        return repr({k: "***" if k.lower() == "authorization" else v for k, v in self.items()})

    __str__ = __repr__


class ApiClient:
    """One kept-alive connection to SendGrid. One object per thread, created after any fork.

    `timeout` is in seconds for a whole call. `observe` is called with "connected", "half_sent", "sent", "head_read". Raises
    OperatorError for an unusable key or host: plain http is allowed only for loopback.
    """

    def __init__(
        self,
        api_key: str,
        host: str = DEFAULT_HOST,
        timeout: float = TIMEOUT,
        observe: Callable[[str], None] | None = None,
    ) -> None:
        # Checked before the package gets it: without a key, the package would take one from the environment.
        if not api_key or not re.fullmatch(r"[!-~]+", api_key):
            raise OperatorError(KEY_SETTING, "empty, or has spaces or non-ASCII characters", "the key as SendGrid issued it")
        endpoint = api_endpoint(host)
        package = SendGridAPIClient(api_key=api_key).client
        self._connection = HttpConnection(endpoint, permit=is_loopback if endpoint.scheme == "http" else lambda _ip: True)
        self._headers = _MaskedHeaders({"Host": endpoint.authority, **package.request_headers})
        self._root = f"/v{package._version}"
        self._key = api_key
        self._timeout = timeout
        self._observe = observe or ignore
        self._in_use = threading.Lock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._connection.endpoint.authority}>"

    def __getstate__(self) -> Any:
        raise TypeError("a client contains a key and a socket, so it cannot be copied or pickled")

    def close(self) -> None:
        self._connection.close()

    def send(self, request: bytes, *, may_begin_until: float | None = None) -> Outcome:
        """POST `request` to mail/send once. Never raises because of the network or the API, never repeats.

        `may_begin_until` is a `time.monotonic()` value. After it nothing is sent and the outcome is NEVER_CONNECTED with
        the detail "time-out": proof that no byte was sent.
        """
        try:
            check_size(request)
        except BodyTooLargeError as error:
            return Outcome(OutcomeKind.REFUSED, cause=Cause.TOO_LARGE, detail=str(error))
        return self._call("POST", "mail/send", request, may_begin_until, self._observe)[0]

    def ask(self, method: str, path: str, *, content: Any = None) -> tuple[Message, bytes]:
        """Make any other call below /v3; `path` is like "user/scheduled_sends", with its parts quoted by the caller.

        Returns headers and body of a 2xx. Raises ProviderError with the Outcome of anything else.
        """
        outcome, answer = self._call(method, path, b"" if content is None else orjson.dumps(content))
        if answer is None or not 200 <= answer.status < 300:
            raise ProviderError(f"{method} {_without_address(path)}", outcome)
        return answer.headers, answer.body

    def _call(
        self,
        method: str,
        path: str,
        body: bytes,
        begin_until: float | None = None,
        observe: Callable[[str], None] = ignore,
    ) -> tuple[Outcome, Answer | None]:
        """One call within the time-out, and its answer if one came."""
        headers = dict(self._headers)
        if body:
            headers["Content-Type"] = "application/json"
        if body or method != "GET":
            headers["Content-Length"] = str(len(body))
        lines = [f"{method} {self._root}/{path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")
        # Two requests interleaved on one connection would each read the other's answer.
        if not self._in_use.acquire(blocking=False):
            raise CallerError("SendGrid", "one object is used by two threads at once; create one per thread")
        try:
            answer = self._connection.exchange(head, body, Deadline.after(self._timeout), begin_until, observe)
        except RequestNotStartedError as fault:
            return Outcome(OutcomeKind.NEVER_CONNECTED, detail=str(fault)), None
        except BrokenConnectionError as fault:
            return Outcome(OutcomeKind.UNKNOWN, fault.status, detail=str(fault)), None
        finally:
            self._in_use.release()
        return outcome_of(answer.status, answer.headers, answer.body, self._key), answer


def _without_address(path: str) -> str:
    """A path for errors and logs: without its query, and without a last part that is an address."""
    plain = path.partition("?")[0]
    head, slash, last = plain.rpartition("/")
    return f"{head}{slash}…" if "@" in unquote(last) else plain


def api_endpoint(host: str) -> Endpoint:
    """The endpoint named by MAILROOM_SENDGRID_HOST. Raises OperatorError; plain http only to loopback."""
    allowed = "https://host[:port], or http:// to 127.0.0.1, ::1 or localhost"
    try:
        endpoint = Endpoint.of(host)
        parts = urlsplit(host)
    except ValueError:
        raise OperatorError(HOST_SETTING, "not an http or https address", allowed) from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise OperatorError(HOST_SETTING, "the address has a user name, query or fragment", allowed)
    if parts.path not in ("", "/"):
        raise OperatorError(HOST_SETTING, f"the address has the path {parts.path}", allowed)
    if endpoint.scheme == "http" and not is_loopback(endpoint.host):
        raise OperatorError(HOST_SETTING, f"plain http to {endpoint.host} would reveal the key", allowed)
    return endpoint
