"""The inbox pages: the messages, one message as its recipient gets it, and the outcome of each request."""

import time
from functools import cache
from pathlib import Path
from typing import Any

from sandbox.http.server_connection import Request, SandboxAnswer
from sandbox.inbox.message_list import DELIVERY_ARG, list_lines, open_message
from sandbox.sandbox_server import SandboxServer

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "sandbox"
PER_PAGE = 50
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
# Mail is untrusted: no scripts, no forms, no origin; only the pictures and inline styles that mail needs.
MAIL_POLICY = "sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'"


def redirect_to_inbox(server: SandboxServer, request: Request) -> SandboxAnswer:
    return SandboxAnswer(302, headers=[("Location", "/_sandbox/inbox")])


def show_style(server: SandboxServer, request: Request) -> SandboxAnswer:
    return SandboxAnswer(200, (TEMPLATES / "style.css").read_bytes(), "text/css; charset=utf-8")


@cache
def _environment() -> Any:
    import jinja2  # noqa: PLC0415 - the sandbox is started hundreds of times in tests, and hardly ever looked at

    environment: Any = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    environment.globals["zone"] = _zone
    environment.filters |= {
        "day": lambda at: time.strftime("%Y-%m-%d", time.localtime(at)),
        "clock": lambda at: time.strftime("%H:%M:%S", time.localtime(at)),
        "grouped": "{:,}".format,
    }
    return environment


def _zone() -> str:
    """The zone in which the pages show times: `UTC`, or `CST, UTC+08:00`."""
    name, offset = time.strftime("%Z"), time.strftime("%z")
    return name if name == "UTC" else f"{name}, UTC{offset[:3]}:{offset[3:]}"


def _page(template: str, title: str, current: str = "Inbox", *, status: int = 200, **values: Any) -> SandboxAnswer:
    page = _environment().get_template(template).render(title=title, current=current, **values)
    headers = [("Content-Security-Policy", PAGE_POLICY), ("Cache-Control", "no-store")]
    return SandboxAnswer(status, page.encode(), "text/html; charset=utf-8", headers)


def show_inbox(server: SandboxServer, request: Request) -> SandboxAnswer:
    """`to` searches addresses, `page` counts from 1."""
    needle, page = request.query.get("to", "").strip(), max(1, int(request.query.get("page", 1)))
    lines, total = list_lines(server, needle, request.query.get("arg", ""), (page - 1) * PER_PAGE, PER_PAGE)
    facts = {
        "requests": server.ledger.next_number - 1,
        "messages": server.ledger.recipients,
        "unique recipients": server.tallies.by("").count()[1],
        "duplicate deliveries": len(server.tallies.by(DELIVERY_ARG).count()[0]),
        "reports not yet sent to Mailroom": server.webhooks.pending,
    }
    last = max(1, -(-total // PER_PAGE))
    values: dict[str, Any] = {"needle": needle, "lines": lines, "total": total, "facts": facts, "page": page, "last": last}
    return _page("inbox.html", "Inbox", **values)


def show_requests(server: SandboxServer, request: Request) -> SandboxAnswer:
    """The answer to each request, and whether it was really accepted; newest first."""
    ledger, page = server.ledger, max(1, int(request.query.get("page", 1)))
    end = len(ledger) - (page - 1) * PER_PAGE
    records = [ledger.record(slot) for slot in range(end - 1, max(-1, end - 1 - PER_PAGE), -1)]
    values: dict[str, Any] = {"rules": server.plan.rules, "hides": ledger.hides, "page": page, "more": end > PER_PAGE}
    return _page("requests.html", "Requests", "Requests", records=records, **values)


def show_message(server: SandboxServer, request: Request, message: str) -> SandboxAnswer:
    mail = open_message(server, message)
    if mail is None:
        return _page("no_message.html", "No message", status=404)
    times = server.tallies.by(DELIVERY_ARG).count()[0].get((mail.to.lower(), mail.custom_args.get(DELIVERY_ARG)), 1)
    identity = {
        "request number": mail.request,
        "position in the request": mail.index + 1,
        "X-Message-Id": mail.message_id,
        "recipient field": mail.kind,
    }
    tables = {"Headers": mail.headers, "Custom args": mail.custom_args}
    values: dict[str, Any] = {"message": mail, "times": times, "tables": tables, "identity": identity}
    return _page("message.html", mail.subject, **values)


def show_html(server: SandboxServer, request: Request, message: str) -> SandboxAnswer:
    """The HTML part alone, under a content security policy that allows only display."""
    mail = open_message(server, message)
    if mail is None:
        return SandboxAnswer(404, b"This message does not exist.\n", "text/plain")
    headers = [("Content-Security-Policy", MAIL_POLICY), ("X-Content-Type-Options", "nosniff")]
    return SandboxAnswer(200, mail.html.encode(), "text/html; charset=utf-8", [*headers, ("Referrer-Policy", "no-referrer")])
