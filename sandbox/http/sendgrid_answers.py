"""SendGrid's answers in their exact wording: the JSON of errors, and the HTML pages of a front server."""

import math
import time

from sandbox.http.server_connection import SandboxAnswer, json_answer

BAD_KEY = "The provided authorization grant is invalid, expired, or revoked"
NO_CREDITS = "Maximum credits exceeded"
UNVERIFIED = (
    "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. "
    "Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity "
    "requirements"
)
TEXTS = {
    400: "Bad Request",
    401: BAD_KEY,
    403: UNVERIFIED,
    404: "not found",
    405: "method not allowed",
    413: "Payload too large",
    415: "Content-Type should be application/json.",
    429: "too many requests",
    500: "Internal server error",
    503: "API not available",
}


class RefusedRequestError(Exception):
    def __init__(self, status: int, message: str | None = None, field: str | None = None) -> None:
        super().__init__(status, message)
        self.answer = refusal(status, message, field)


def refusal(status: int, message: str | None = None, field: str | None = None) -> SandboxAnswer:
    """One error in SendGrid's shape, with its usual text unless another is given."""
    error = {"field": field, "message": message or TEXTS[status]}
    if status != 429:  # the documented 429 has these two keys only
        error["help"] = None
    return json_answer(status, {"errors": [error]})


def edge_page(status: int) -> SandboxAnswer:
    """The HTML answer of a front server when the API behind it does not answer."""
    name = {502: "502 Bad Gateway", 504: "504 Gateway Time-out"}[status]
    page = f"<html>\r\n<head><title>{name}</title></head>\r\n<body>\r\n<center><h1>{name}</h1></center>\r\n<hr>"
    return SandboxAnswer(status, f"{page}<center>nginx</center>\r\n</body>\r\n</html>\r\n".encode(), "text/html")


def rate_headers(limit: int, remaining: int, reset_in: float) -> list[tuple[str, str]]:
    return [
        ("X-RateLimit-Limit", str(limit)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(math.ceil(time.time() + reset_in))),
    ]


def for_fault(name: str, seconds: float = 2.0) -> SandboxAnswer:
    """The answer of a fault that is a status: `429-both`, `500-after`, …; `seconds` until a 429 is over."""
    status, _, kind = name.partition("-")
    code = int(status)
    if code in (502, 504):
        return edge_page(code)
    if code in (302, 307):
        return SandboxAnswer(code, headers=[("Location", "/_sandbox/elsewhere")])
    if kind == "credits":
        return refusal(401, NO_CREDITS)
    answer = refusal(code, field="from" if code == 403 else None)
    if kind in ("reset", "both"):
        answer.headers += rate_headers(500, 0, seconds)
    if kind in ("retry", "both"):
        answer.headers.append(("Retry-After", str(max(1, math.ceil(seconds)))))
    return answer


def accepted(message_id: str | None) -> SandboxAnswer:
    """The 202 of mail/send: empty, and deliberately without any X-RateLimit header."""
    headers = [("X-Message-Id", message_id)] if message_id else []
    return SandboxAnswer(202, b"", "text/plain; charset=utf-8", headers)
