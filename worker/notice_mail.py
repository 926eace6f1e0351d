"""The mails of notices and to staff: subject, HTML part with a button, and text part, in the design of the newest issue."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from campaigns import campaign_mails
from campaigns.reporting import archive_entries, reports
from composer.themes.page_design import NEUTRAL, PageDesign, page_design
from config import public_urls
from editorial.review import review_links
from publication.installation import publication
from publication.models import Publication, Sender, StaffMail
from publication.reader_texts import PublicationTexts
from publication.senders import sender_confirmations
from publication.staff import staff_links, staff_mails
from subscribers import tokens
from subscribers.consent import address_changes, confirmations
from subscribers.models import MailingList, Notice
from transport import header_rules
from transport.message import Envelope, SenderAddress


def envelope_of_notice(notice: Notice, sender: Sender) -> Envelope:
    """Without marketing: a notice is owed to one person who acted. It is in the language of their request, if that is known.

    Nothing that the person typed is in it: strangers could write to others through the sign-up form. Only a welcome, which
    the person will look for when they want to leave, has the headers to unsubscribe.
    """
    language = str(notice.parameters.get("language", "")) or notice.subscriber.language
    leave = ""
    headers: Mapping[str, str] = {}
    if notice.purpose == confirmations.WELCOME and notice.list_id is not None:
        leave = public_urls.unsubscribe_url(tokens.leave_list_token(notice.subscriber_id, notice.list_id))
        headers = header_rules.leaving_headers(leave)
    is_public = notice.list is not None and notice.list.archive == MailingList.Archive.PUBLIC
    values: dict[str, Any] = {
        "by_staff": bool(notice.parameters.get("by_staff")),  # staff entered it
        "latest": public_urls.latest_issue_url(notice.list.slug) if notice.list is not None and is_public else "",
    }
    if notice.purpose in list(address_changes.Side):
        values["mail"] = address_changes.mail_of(notice.subscriber).value
    envelope = _envelope(sender, *render_notice(notice.purpose, notice.list, _link(notice), language, leave, values))
    return replace(envelope, headers={**envelope.headers, **headers})


def envelope_of_staff_mail(mail: StaffMail, sender: Sender) -> Envelope:
    """In the language of the account or the invitation. Its link is made now and never stored."""
    language = staff_mails.language(mail)
    values: Mapping[str, Any] = mail.parameters
    if mail.purpose in campaign_mails.PURPOSES:
        campaign = campaign_mails.campaign_of(mail)
        if campaign is None:
            raise ValueError("the campaign moved on while its mail was written")
        values = {"campaign": campaign, "report": reports.report(campaign.pk), "zone": publication().zone,
                  "may_act": campaign_mails.may_act(mail),
                  "is_braked": campaign.held_reason in campaign_mails.BRAKES}  # fmt: skip
    elif mail.purpose == review_links.CODE:
        values = {**values, "code": review_links.code_of_mail(mail)}
    return _envelope(sender, *render_notice(mail.purpose, None, _staff_link(mail), language, values=values))


def is_wanted(mail: StaffMail) -> bool:
    """Whether a mail to staff or to the guest of a review still makes sense now that it is its turn."""
    if mail.purpose in (review_links.MAIL, review_links.CODE):
        return review_links.of_mail(mail) is not None
    if mail.purpose in campaign_mails.PURPOSES:
        return campaign_mails.campaign_of(mail) is not None
    if mail.purpose == staff_mails.SENDER:
        return sender_confirmations.sender_of_mail(mail) is not None
    return staff_mails.is_wanted(mail)


def _envelope(sender: Sender, subject: str, html: str, text: str) -> Envelope:
    return Envelope(
        sender=SenderAddress(email=sender.email, name=sender.name, reply_to=sender.reply_to or None),
        subject=subject, html=html, text=text, headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip


def _link(notice: Notice) -> str:
    """The address of the button. Its token is made now, so that a mail that had to wait has a link that still works."""
    match notice.purpose:
        case "confirm":
            return public_urls.confirm_url(tokens.confirm_token(int(notice.parameters["subscription"])))
        case confirmations.WELCOME | confirmations.ALREADY:
            return public_urls.preferences_url(tokens.preferences_token(notice.subscriber_id))
        case "person":
            return public_urls.person_url(tokens.expiring_token(tokens.Purpose.PERSON, notice.subscriber_id))
        case "old_address" | "new_address":
            # The change was requested in the moment in which its notices were created.
            change, purpose = int(notice.parameters["change"]), tokens.Purpose(notice.purpose)
            return public_urls.address_url(tokens.row_token(purpose, change, notice.created_at))
    return ""


def _staff_link(mail: StaffMail) -> str:
    match mail.purpose:
        case staff_mails.INVITATION if mail.invitation is not None:
            return public_urls.join_url(staff_links.invitation_token(mail.invitation))
        case staff_mails.PASSWORD_RESET if mail.account is not None:
            return public_urls.reset_url(staff_links.reset_key(mail.account))
        case staff_mails.REVIEW | staff_mails.CHANGES | staff_mails.APPROVED:
            return public_urls.staff_review_url(str(mail.parameters["slug"]))
        case staff_mails.ACCOUNT_CHANGED:
            return public_urls.account_url()
        case staff_mails.POLICY_WEAKENED:
            return public_urls.policies_url()
        case staff_mails.TEMPORARY_PASSWORD:
            return public_urls.staff_url()
        case campaign_mails.BEGAN | campaign_mails.HELD | campaign_mails.ENDED | campaign_mails.CANCELLED:
            return public_urls.campaign_url(int(mail.parameters["campaign"]))
        case staff_mails.SENDER if (sender := sender_confirmations.sender_of_mail(mail)) is not None:
            return public_urls.sender_url(sender_confirmations.link_token(sender))
        case review_links.MAIL | review_links.CODE if (link := review_links.of_mail(mail)) is not None:
            return public_urls.review_link_url(review_links.token_of(link))
    raise ValueError(mail.purpose)


def render_notice(
    purpose: str,
    mailing_list: MailingList | None,
    link: str,
    language: str = "",
    leave: str = "",
    values: Mapping[str, Any] | None = None,
) -> tuple[str, str, str]:
    """Subject, HTML part and text part. `link` is where the button leads, `leave` unsubscribes; `values` are for the templates.

    In `language`, that of the person; or else in that of the list, or of the publication.
    """
    about = publication()
    context: dict[str, Any] = {
        **(values or {}), "list": mailing_list, "link": link, "leave": leave, "publication": PublicationTexts(about),
        "design": _design(mailing_list, about),
        "language": language or (mailing_list.language if mailing_list else "") or about.language,
    }  # fmt: skip
    files = ("subject.txt", "mail.html", "mail.txt")
    subject, html, text = (render_to_string(f"notices/{purpose}/{name}", context) for name in files)
    return subject.strip(), html, text


def _design(mailing_list: MailingList | None, about: Publication) -> PageDesign:
    """Neutral if there is no issue yet, or if its theme cannot be loaded: a notice must go out all the same."""
    theme = archive_entries.newest_theme([mailing_list] if mailing_list else [])
    return page_design(theme, settings.EMAIL_THEMES, about.colours_of(theme)) or NEUTRAL
