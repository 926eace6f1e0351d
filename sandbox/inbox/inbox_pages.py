"""The inbox for people: who got what, one message as it was finally sent, and what became of each request."""

import time
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.delivery.address_outcomes import OUTCOMES, foresee
from sandbox.http.server_connection import Answer, Request
from sandbox.inbox.inbox_stylesheet import STYLE
from sandbox.inbox.mail_rendering import Message
from sandbox.inbox.message_list import DELIVERY_ARG, MessageRow, list_lines, open_message
from sandbox.sandbox_server import SandboxServer

PER_PAGE = 50
PAGE_POLICY = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'"
# Foreign bytes: no scripts, no forms, no origin; pictures and inline styles are what a mail consists of.
MAIL_POLICY = "sandbox; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'"


def redirect_to_inbox(server: SandboxServer, request: Request) -> Answer:
    return Answer(302, headers=[("Location", "/_sandbox/inbox")])


def show_style(server: SandboxServer, request: Request) -> Answer:
    return Answer(200, STYLE.encode(), "text/css; charset=utf-8")


def _page(title: str, current: str, body: str, status: int = 200) -> Answer:
    links = "".join(
        f'<a href="{href}"{" aria-current=page" if name == current else ""}>{name}</a>'
        for name, href in (("Inbox", "/_sandbox/inbox"), ("Requests", "/_sandbox/inbox/requests"))
    )
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Mail sandbox</title><link rel="stylesheet" href="/_sandbox/style.css">
<link rel="icon" href="data:,"></head>
<body><a class="skip" href="#main">To the content</a>
<header class="top"><div class="bar"><a class="brand" href="/_sandbox/inbox">Mail sandbox<span>nothing leaves this
machine</span></a><nav aria-label="Pages">{links}</nav></div></header>
<main id="main">{body}</main></body></html>"""
    policy = ("Content-Security-Policy", PAGE_POLICY)
    return Answer(status, page.encode(), "text/html; charset=utf-8", [policy, ("Cache-Control", "no-store")])


def _spell_time(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _facts(server: SandboxServer) -> str:
    duplicates = server.tallies.by(DELIVERY_ARG).count()[0]
    people = server.tallies.by("").count()[1]
    facts: list[tuple[str, int, str]] = [
        ("requests", server.ledger.next_number - 1, ""),
        ("messages", server.ledger.recipients, ""),
        ("different people", people, ""),
        ("got one mail twice", len(duplicates), "alarm" if duplicates else ""),
        ("events to be posted", server.webhooks.pending, ""),
    ]
    cells = "".join(f'<div class="{css}"><dt>{name}</dt><dd>{number:,}</dd></div>' for name, number, css in facts)
    return f'<dl class="facts">{cells}</dl>'


def show_inbox(server: SandboxServer, request: Request) -> Answer:
    """`to` searches addresses, `page` counts from 1."""
    needle, page = request.query.get("to", "").strip(), max(1, int(request.query.get("page", 1)))
    lines, total = list_lines(server, needle, request.query.get("arg", ""), (page - 1) * PER_PAGE, PER_PAGE)
    search = f"""<form class="search" role="search" action="/_sandbox/inbox">
<input type="search" name="to" value="{escape(needle)}" placeholder="Search an address"
 aria-label="Search an address"><button>Search</button></form>"""
    if lines:
        rows = "".join(_row(line) for line in lines)
        content = f'<ul class="list">{rows}</ul>{_pager(needle, page, total)}'
    elif needle:
        content = f'<p class="empty">No message to an address with “{escape(needle)}”.</p>'
    else:
        content = (
            '<p class="empty">No mail yet. Send to this server as if it were SendGrid, with any key that begins with '
            "<code>SG.</code>, and look here again.</p>"
        )
    found = f"{total:,} found for “{escape(needle)}”" if needle else "Newest first"
    body = f'<h1>Inbox</h1><p class="soft">{found}</p>{_facts(server)}{search}{content}'
    return _page("Inbox", "Inbox", body)


def _row(line: MessageRow) -> str:
    marks = f' <span class="mark alarm">got it {line.times} times</span>' if line.times > 1 else ""
    word, (day, clock) = foresee(line.to), _spell_time(line.at).split()
    marks += f' <span class="mark">{word}</span>' if word else ""
    subject = escape(line.subject) or '<span class="soft">(bodies are not kept)</span>'
    return (
        f'<li><a href="/_sandbox/inbox/{line.id}"><span class="to">{escape(line.to)}</span>'
        f'<span class="subject">{subject}{marks}</span>'
        f'<span class="when"><span class="day">{day} </span>{clock}</span></a></li>'
    )


def _pager(needle: str, page: int, total: int) -> str:
    last = max(1, -(-total // PER_PAGE))

    def link(number: int, text: str) -> str:
        query = urlencode({**({"to": needle} if needle else {}), "page": number})
        return f'<a href="/_sandbox/inbox?{escape(query)}">{text}</a>' if 1 <= number <= last else "<span></span>"

    if last == 1:
        return ""
    middle = f'<span class="soft small">page {page:,} of {last:,}</span>'
    return f'<div class="pager">{link(page - 1, "← newer")}{middle}{link(page + 1, "older →")}</div>'


def show_requests(server: SandboxServer, request: Request) -> Answer:
    """What each request was answered, and whether it was really accepted: the truth, newest first."""
    page = max(1, int(request.query.get("page", 1)))
    end = len(server.ledger) - (page - 1) * PER_PAGE
    records = [server.ledger.record(slot) for slot in range(end - 1, max(-1, end - 1 - PER_PAGE), -1)]
    rows = "".join(_request_row(record, server.ledger.hides(record)) for record in records)
    table = (
        '<div class="table log"><table><thead><tr><th class="number">No.</th><th>Time</th><th>Answered</th>'
        "<th>Fault</th><th>Really</th>"
        f'<th class="number">Recipients</th><th>Message id</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    older = f'<a href="/_sandbox/inbox/requests?page={page + 1}">older →</a>' if end > PER_PAGE else "<span></span>"
    newer = f'<a href="/_sandbox/inbox/requests?page={page - 1}">← newer</a>' if page > 1 else "<span></span>"
    rules = "".join(f"<li><code>{escape(rule.spec)}</code></li>" for rule in server.plan.rules)
    faults = f'<h2>Faults in force</h2><ul class="warnings">{rules}</ul>' if rules else ""
    content = table if records else '<p class="empty">No request yet.</p>'
    body = (
        '<h1>Requests</h1><p class="soft">What the sender was told, and what was true.</p>'
        f'{faults}{content}<div class="pager">{newer}{older}</div>'
    )
    return _page("Requests", "Requests", body)


def _request_row(record: dict[str, Any], hidden: bool) -> str:
    status, count = record["status"], len(record["people"])
    told = f"<strong>{status}</strong>" if status else '<span class="soft">no answer</span>'
    truth = '<span class="mark good">accepted</span>' if record["accepted"] else '<span class="mark">not accepted</span>'
    if record["accepted"] and (status is None or status >= 400):
        truth = '<span class="mark alarm">accepted, sender not told</span>'
    if hidden:
        truth += ' <span class="mark">waits or discarded</span>'
    why = escape(record["fault"] or record.get("note") or "")
    shown = f"<a href='/_sandbox/inbox/{record['request']}-0'>{record['id']}</a>" if count else ""
    return (
        f'<tr><td class="number">{record["request"]}</td><td>{_spell_time(record["at"])}</td><td>{told}</td>'
        f'<td>{why}</td><td>{truth}</td><td class="number">{count:,}</td><td><code>{shown}</code></td></tr>'
    )


def show_message(server: SandboxServer, request: Request, message: str) -> Answer:
    found = open_message(server, message)
    if found is None:
        text = "There is no such message, or the sandbox was started with <code>--inbox ledger</code>."
        return _page("No message", "Inbox", f'<h1>No message</h1><p class="empty">{text}</p>', 404)
    times = server.tallies.by(DELIVERY_ARG).count()[0].get((found.to.lower(), found.custom_args.get(DELIVERY_ARG)), 1)
    return _page(found.subject, "Inbox", _message_head(found, times) + _message_views(found) + _message_tables(found))


def _message_head(message: Message, times: int) -> str:
    alarm = f'<span class="mark alarm">this person got it {times} times</span>' if times > 1 else ""
    if message.state != "released":
        alarm += f'<span class="mark">{message.state}: nobody has it</span>'
    word = foresee(message.to)
    fate = f'<span class="mark">{word}: {escape(OUTCOMES[word].about)}</span>' if word else ""
    same = f"/_sandbox/inbox?to={quote(message.to)}"
    name = f"{escape(message.to_name)} · " if message.to_name else ""
    warnings = "".join(f"<li>{escape(one)}</li>" for one in message.warnings)
    return (
        f'<h1>{escape(message.subject)}</h1><div class="meta"><span>from {escape(message.sender)}</span>'
        f'<span>to {name}<a href="{same}">{escape(message.to)}</a></span>'
        f'<span class="soft">{_spell_time(message.accepted_at)}</span>{alarm}{fate}</div>'
        + (f'<ul class="warnings small">{warnings}</ul>' if warnings else "")
    )


def _message_views(message: Message) -> str:
    source = f"/_sandbox/inbox/{message.id}/html"
    frames = "".join(
        f'<figure class="{figure}"><figcaption>{name}<a href="{source}">alone</a></figcaption>'
        f'<iframe class="{css}" sandbox src="{source}" title="The HTML part, {name}"></iframe></figure>'
        for figure, css, name in (("", "phone", "phone, 375 px"), ("wide", "desktop", "desktop"))
    )
    html = f'<div class="views">{frames}</div>' if message.html else '<p class="empty">No HTML part.</p>'
    text = f'<pre class="text">{escape(message.text)}</pre>' if message.text else '<p class="empty">No text part.</p>'
    return f"<h2>HTML part</h2>{html}<h2>Text part</h2>{text}"


def _message_tables(message: Message) -> str:
    identity = {
        "request number": str(message.request),
        "index in the request": str(message.index),
        "X-Message-Id": message.message_id,
        "recipient kind": message.kind,
    }
    tables = (("Headers", message.headers), ("Custom args", message.custom_args), ("Request", identity))
    return "".join(
        f'<h2>{name}</h2><div class="table pair"><table>'
        + "".join(
            f'<tr><th scope="row">{escape(key)}</th><td><code>{escape(value)}</code></td></tr>' for key, value in pairs.items()
        )
        + "</table></div>"
        for name, pairs in tables
        if pairs
    )


def show_html(server: SandboxServer, request: Request, message: str) -> Answer:
    """The HTML part alone, under a policy that lets it do nothing but look."""
    found = open_message(server, message)
    if found is None:
        return Answer(404, b"no such message", "text/plain")
    headers = [("Content-Security-Policy", MAIL_POLICY), ("X-Content-Type-Options", "nosniff")]
    return Answer(200, found.html.encode(), "text/html; charset=utf-8", [*headers, ("Referrer-Policy", "no-referrer")])
