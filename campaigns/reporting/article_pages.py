"""Whether the pages to which a stored mail leads may be read. Their address is in the mail, and nobody can guess it.

They are there from the moment in which the mail is stored: for reviews and test mails, and then for every recipient, whatever
becomes of the campaign. They end when staff withhold the issue, or switch off the archives of all lists to which it was sent.
"""

from enum import Enum

from campaigns.models import Campaign
from campaigns.reporting import archive_entries
from campaigns.reporting.archive_entries import ArchiveEntry
from editorial.models import IssueRecord, IssueVariant
from subscribers.models import MailingList


class Access(Enum):
    OPEN = "open"
    WITHHELD = "withheld"  # by staff
    CLOSED = "closed"  # no list to which it was sent has an archive


def find_mail(key: str) -> IssueVariant | None:
    """The mail with these pages, with its version and issue, without its bytes."""
    mails = IssueVariant.objects.select_related("version__issue").defer("html", "text", "version__findings")
    return mails.filter(page_key=key).first()


def access_to(mail: IssueVariant) -> Access:
    if mail.version.issue.archive == IssueRecord.Archive.WITHHELD:
        return Access.WITHHELD
    if lists_of(mail) or not Campaign.objects.filter(version_id=mail.version_id, started_at__isnull=False).exists():
        return Access.OPEN
    return Access.CLOSED


def lists_of(mail: IssueVariant) -> list[MailingList]:
    """The lists with an archive to which the mail was sent, the oldest first."""
    open_lists = MailingList.objects.exclude(archive=MailingList.Archive.OFF)
    sent_to = open_lists.filter(campaign__version_id=mail.version_id, campaign__started_at__isnull=False)
    return list(sent_to.distinct().order_by("pk"))


def public_entry(mail: IssueVariant) -> ArchiveEntry | None:
    """The issue in the public archive of a list to which it was sent; None while no archive shows it."""
    for mailing_list in lists_of(mail):
        if mailing_list.archive == MailingList.Archive.PUBLIC:
            for entry in archive_entries.entries(mailing_list):
                if entry.slug == mail.version.issue.slug:
                    return archive_entries.with_faces([entry])[0]
    return None
