"""The headers of the mail for a sample reader, read from the request that would go to the provider."""

from __future__ import annotations

import orjson

from cli.issue.preview.sample_reader import ADDRESS, PAGES, SITE, Reader
from composer.issue import merge_fields
from composer.issue.document import Issue
from composer.pipeline import ComposedIssue
from transport import header_rules, message
from transport.errors import TransportError

# What only a campaign knows; the page says so beside each.
SENDER = "sender@example.org"
LIST = "list-name"

HeaderLine = tuple[str, str, str]  # name, value, key of the remark on where it comes from


def header_lines(mail: ComposedIssue, issue: Issue, reader: Reader) -> tuple[HeaderLine, ...]:
    """The lines for one recipient. What the provider's rules refuse is told in a line of its own."""
    own = header_rules.leaving_headers(PAGES["unsubscribe_url"])
    shared = header_rules.shared_headers(header_rules.list_id(issue.title, LIST, SITE), f"https://{SITE}/archive/{LIST}/")
    try:
        envelope = message.EnvelopeBytes.of(
            message.Envelope(message.Sender(SENDER, issue.title), mail.subject, mail.html, mail.text, shared)
        )
        filled = merge_fields.values(mail.fields, reader.known)
        item = message.personalization(ADDRESS, reader.name, filled, own, {message.DELIVERY_ARG: "0"})
        request = orjson.loads(message.assemble(envelope, [item]))
    except TransportError as refusal:
        return (("", str(refusal), "refused"),)
    recipient = request["personalizations"][0]
    subject = merge_fields.fill(request["subject"], recipient["substitutions"])
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
