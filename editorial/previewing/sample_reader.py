"""The reader of a preview: the variant that they get, and their merge values; and sample readers to choose from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from composer.composition import ComposedVariant, Composition
from composer.issue import merge_fields
from composer.issue.document import Issue
from composer.pipeline import ComposedIssue
from config.public_urls import ANSWER, ARCHIVE, PREFERENCES, READ, SUBSCRIBE, UNSUBSCRIBE, VIEW
from transport import header_rules
from transport.errors import TransportError
from transport.message import Envelope, Recipient, SenderAddress

ADDRESS = "reader@example.org"
READ_MARK = "#read"  # in place of `read_url`: a fragment that the mail does not have, so the link leads nowhere
SITE = "newsletter.example.org"  # for MAILROOM_PUBLIC_URL, which need not be set on an editor's machine
TOKEN = "TOKEN-OF-THIS-RECIPIENT"  # noqa: S105  (stands for one)
PAGES = {
    "unsubscribe_url": f"https://{SITE}/{UNSUBSCRIBE}/{TOKEN}", "view_url": f"https://{SITE}/{VIEW}/{TOKEN}",
    "preferences_url": f"https://{SITE}/{PREFERENCES}/{TOKEN}", "subscribe_url": f"https://{SITE}/{SUBSCRIBE}/",
    "answer_url": f"https://{SITE}/{ANSWER}/{TOKEN}", "read_url": f"https://{SITE}/{READ}/KEY-OF-THIS-MAIL",
}  # fmt: skip


class Sample(NamedTuple):
    """A fictitious subscriber to begin with; `key` is that of their label in the texts of the page."""

    key: str
    name: str
    language: str
    country: str


SAMPLES = (
    Sample("sample-usual", "Maria Lindqvist", "en", "SE"),
    Sample("sample-empty", "", "en", ""),
    Sample("sample-long", "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh-Konstantinopoulos the Younger", "en", "US"),
    Sample("sample-chinese", "欧阳明月", "zh-Hans", "CN"),
    Sample("sample-arabic", "عبد الرحمن بن عبد الله", "ar", "EG"),
    Sample("sample-odd", 'O\'Neill & "Sons" <x>', "en", "IE"),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """`fields` are further fields for conditions; `variant` is the one chosen by hand, or None."""

    name: str = ""
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    variant: int | None = None
    email: str = ADDRESS

    def own(self, composition: Composition) -> ComposedVariant:
        person = {"name": self.name, "email": self.email, "language": self.language, **self.fields}
        return composition.choose(self.language, person)

    def shown(self, composition: Composition) -> ComposedVariant:
        """The variant to show: the one chosen by hand, if the issue still has it, else this reader's own."""
        if self.variant is not None and 0 <= self.variant < len(composition.variants):
            return composition.variants[self.variant]
        return self.own(composition)

    @property
    def known(self) -> dict[str, str]:
        return {"name": self.name, "email": self.email, **PAGES}

    def fill(self, text: str, fields: Iterable[merge_fields.MergeField]) -> str:
        return merge_fields.fill(text, merge_fields.values(fields, self.known))

    def fill_page(self, html: str, fields: tuple[merge_fields.MergeField, ...]) -> str:
        """The HTML with this reader's values; links to personal pages lead nowhere. `client_views.lead_to_articles` gives those
        to articles an address."""
        known = merge_fields.values(fields, self.known)
        nowhere = {
            field.tag: READ_MARK if field.name == merge_fields.READ_URL else "#" for field in fields if field.escape == "url"
        }
        return merge_fields.fill(html, known | nowhere)


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
