"""The links in mails to staff, as the worker makes these mails."""

import re
from urllib.parse import urlsplit

from publication.models import Sender, StaffMail
from publication.staff.passwords import password_resets
from worker.notice_mail import envelope_of_staff_mail


def link_in(mail: StaffMail) -> str:
    """The path of the link, which is in both parts of the mail."""
    password_resets.address_mail(mail)
    envelope = envelope_of_staff_mail(mail, Sender(name="CAST Newsletter", email="newsletter@cast.example"))
    (address,) = set(re.findall(r"https?://\S+", envelope.text))
    assert address in envelope.html
    return urlsplit(address).path
