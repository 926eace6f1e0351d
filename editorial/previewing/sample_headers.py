"""The header lines of the mail as Mailroom will send it, from the envelope and the recipient that every provider gets."""

from composer.issue import merge_fields
from composer.issue.document import Issue
from composer.pipeline import ComposedIssue
from config.public_urls import ARCHIVE
from editorial.previewing.sample_reader import ADDRESS, PAGES, SITE, Reader
from transport import header_rules
from transport.errors import TransportError
from transport.message import Envelope, Recipient, SenderAddress

# Only a campaign knows these values; the page says so next to each.
SENDER = "sender@example.org"
LIST = "list-name"

HeaderLine = tuple[str, str, str]  # name, value, key of the remark on where it comes from


def header_lines(mail: ComposedIssue, issue: Issue, reader: Reader) -> tuple[HeaderLine, ...]:
    """The lines for one recipient; where the provider's rules forbid the mail, one line with the reason."""
    own = header_rules.leaving_headers(PAGES["unsubscribe_url"])
    shared = header_rules.shared_headers(header_rules.list_id(issue.title, LIST, SITE), f"https://{SITE}/{ARCHIVE}/{LIST}/")
    try:
        envelope = Envelope(SenderAddress(SENDER, issue.title), mail.subject, mail.html, mail.text, shared)
        recipient = Recipient(ADDRESS, reader.name, merge_fields.values(mail.fields, reader.known), own)
    except TransportError as refusal:
        return (("", str(refusal), "refused"),)
    subject = merge_fields.fill(envelope.subject, recipient.values)
    remarks = {"List-Unsubscribe": "from-token", "List-Id": "from-list", "List-Archive": "from-archive"}
    kinds = ", ".join(f"{kind}; charset=utf-8" for kind, _ in envelope.parts)
    return (
        ("From", _address(envelope.sender.email, envelope.sender.name), "from-sender"),
        ("To", _address(recipient.address, recipient.display_name), "from-reader"),
        ("Subject", subject, ""),
        *((name, value, remarks.get(name, "")) for name, value in {**envelope.headers, **recipient.headers}.items()),
        ("Content-Type", f"multipart/alternative ({kinds})", ""),
    )


def _address(address: str, name: str) -> str:
    return f"{name} <{address}>" if name else address
