"""Serves one connection from its first request to its last: mail/send through `mail_send`, everything else through the routes."""

import logging
import time
from email.utils import formatdate

from sandbox.api import mail_send
from sandbox.api.routes import find_route
from sandbox.http import sendgrid_answers
from sandbox.http.fault_injection import EARLY, enact, interrupt
from sandbox.http.fault_rules import draw_latency
from sandbox.http.listener import is_loopback
from sandbox.http.server_connection import GarbledError, Request, SandboxAnswer, SandboxConnection, json_answer
from sandbox.sandbox_server import SandboxServer
from sandbox.suppressed_addresses import LISTS

LIMITED = ("suppression.", "asm.")  # the beginnings of scopes whose limit is enforced
CONTROL_LIMIT = 64 * 1024 * 1024
logger = logging.getLogger("sandbox")


def serve(server: SandboxServer, connection: SandboxConnection) -> None:
    """Answer requests until one side closes the connection."""
    try:
        while (request := connection.read_head()) is not None:
            if request.method == "POST" and request.path == "/v3/mail/send":
                alive = mail_send.exchange(server, connection, request)
                server.refuse_next()
            else:
                alive = _exchange_other(server, connection, request)
            if not alive:
                break
    except (OSError, GarbledError, ValueError) as error:
        logger.debug("connection ended: %s", error)
    connection.close()


def _exchange_other(server: SandboxServer, connection: SandboxConnection, request: Request) -> bool:
    connection.read_body(request, CONTROL_LIMIT)
    action = server.plan.for_path(request.path) if request.path.startswith("/v3/") else None
    if action and action.name in EARLY:
        interrupt(connection, action)
        return False
    if action and not action.after:
        return enact(connection, request, action, sendgrid_answers.refusal(500))
    if action and action.name == "latency":
        time.sleep(draw_latency(action.argument, str(server.ledger.next_number)))
    answer = _answer(server, request)
    if action:
        return enact(connection, request, action, answer)
    if request.path == "/_sandbox/faults" and request.method == "POST":
        server.refuse_next()
    connection.send(answer, request.keep_alive)
    return request.keep_alive


def _answer(server: SandboxServer, request: Request) -> SandboxAnswer:
    route = find_route(request.method, request.path)
    if isinstance(route, SandboxAnswer):
        return route
    answer_for, parts, scope = route
    if scope and (refused := mail_send.refuse_key(server.account, request, scope)):
        return refused
    if not scope and not _comes_from_here(request):
        return sendgrid_answers.refusal(403, "pages and control of the sandbox are for this machine's own pages and programs")
    limits = _count(server, answer_for.__name__, parts) if scope.startswith(LIMITED) else None
    if limits and not limits[0]:
        answer = sendgrid_answers.refusal(429)
        answer.headers += sendgrid_answers.rate_headers(server.account.rate_limit, 0, limits[2])
        return answer
    try:
        content = answer_for(server, request, *parts)
        answer = content if isinstance(content, SandboxAnswer) else json_answer(200, content)
    except sendgrid_answers.RefusedRequestError as refusal:
        answer = refusal.answer
    except (ValueError, KeyError, TypeError) as error:
        answer = sendgrid_answers.refusal(400, str(error))
    except Exception:
        logger.exception("%s %s failed", request.method, request.path)
        return sendgrid_answers.refusal(500)
    if scope:
        # Scheduled mail follows the sandbox's clock, so the API shows that time.
        answer.headers.append(("Date", formatdate(server.clock.now(), usegmt=True)))
        _, left, reset_in = limits or (True, server.account.rate_limit - 1, server.account.rate_window)
        answer.headers += sendgrid_answers.rate_headers(server.account.rate_limit, left, reset_in)
    return answer


def _count(server: SandboxServer, endpoint: str, parts: list[str]) -> tuple[bool, int, float]:
    """Every endpoint has a count of its own; each of the five lists is one."""
    name = f"{endpoint} {parts[0]}" if parts and parts[0] in LISTS else endpoint
    return server.rates.count(name, server.account.rate_limit, server.account.rate_window)


def _comes_from_here(request: Request) -> bool:
    """Whether the request is ours: no foreign host name (DNS rebinding), no page of another site that posts to the sandbox."""
    host = request.headers.get("host", "localhost")
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if request.method != "GET" and request.headers.get("sec-fetch-site") == "cross-site":
        return False
    return is_loopback(name)
