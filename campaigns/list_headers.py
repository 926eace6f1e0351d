"""The list headers and one-click unsubscribe headers of bulk mail. The gate and the worker both use this module."""

from config import public_urls
from publication.models import Sender
from subscribers.models import MailingList
from transport import header_rules


def archive_address(mailing_list: MailingList) -> str:
    """The address of the list's public archive; empty if the archive is private or off."""
    is_public = mailing_list.archive == MailingList.Archive.PUBLIC
    return public_urls.archive_url(mailing_list.slug) if is_public else ""


def domain_of(sender: Sender) -> str:
    """The domain of List-Id of a list whose first campaign has this sender: one that belongs to those who send."""
    return sender.email.rpartition("@")[2].lower()


def shared_headers(mailing_list: MailingList | None, sender: Sender) -> dict[str, str]:
    if mailing_list is None:
        return header_rules.shared_headers()
    named = header_rules.list_id(mailing_list.name, mailing_list.slug, mailing_list.list_id_domain or domain_of(sender))
    return header_rules.shared_headers(named, archive_address(mailing_list))


def own_headers(token: str) -> dict[str, str]:
    """The headers of one recipient; `token` identifies the recipient and the campaign for unsubscribing."""
    return header_rules.leaving_headers(public_urls.unsubscribe_url(token))
