"""The header lines of the mail as Mailroom will send it, read from the very request that is made for the provider."""

from __future__ import annotations

import orjson

from cli.preview.reader import ADDRESS, PAGES, SITE, Reader
from composer import merge
from composer.document import Issue
from composer.pipeline import ComposedIssue
from transport import headers, message
from transport.errors import TransportError

# What only a campaign knows; the page says so beside each.
SENDER = "sender@example.org"
LIST = "list-name"

Line = tuple[str, str, str]  # name, value, key of the remark on where it comes from


def header_lines(mail: ComposedIssue, issue: Issue, reader: Reader) -> tuple[Line, ...]:
    """The lines for one recipient. What the provider's rules refuse is told in a line of its own."""
    own = headers.leaving_headers(PAGES["unsubscribe_url"])
    shared = headers.shared_headers(headers.list_id(issue.title, LIST, SITE), f"https://{SITE}/archive/{LIST}/")
    try:
        envelope = message.EnvelopeBytes.of(
            message.Envelope(message.Sender(SENDER, issue.title), mail.subject, mail.html, mail.text, shared)
        )
        filled = merge.values(mail.fields, reader.known)
        item = message.personalization(ADDRESS, reader.name, filled, own, {message.DELIVERY_ARG: "0"})
        request = orjson.loads(message.assemble(envelope, [item]))
    except TransportError as refusal:
        return (("", str(refusal), "refused"),)
    recipient = request["personalizations"][0]
    subject = merge.fill(request["subject"], recipient["substitutions"])
    remarks = {"List-Unsubscribe": "from-token", "List-Id": "from-list", "List-Archive": "from-archive"}
    kinds = ", ".join(f"{part['type']}; charset=utf-8" for part in request["content"])
    return (
        ("From", _address(request["from"]), "from-sender"),
        ("To", _address(recipient["to"][0]), "from-reader"),
        ("Subject", subject, ""),
        *((name, value, remarks.get(name, "")) for name, value in recipient["headers"].items()),
        ("Content-Type", f"multipart/alternative ({kinds})", ""),
    )


def _address(entry: dict[str, str]) -> str:
    return f"{entry['name']} <{entry['email']}>" if entry.get("name") else entry["email"]
