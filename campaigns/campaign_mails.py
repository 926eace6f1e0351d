"""Mails to publishers when the sending of a campaign begins, ends or is put on hold, and to admins when a brake holds it.

They are planned in the transaction in which the campaign moves (docs/delivery.md). A failure to plan them is logged and loses
nothing else.
"""

import structlog
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.models import Campaign
from publication import clock
from publication.models import StaffMail
from publication.staff import account_notices, mail_choices, staff_mails

PERMISSION = "campaigns.change_campaign"
# Purposes of staff mails; also the names of their templates.
BEGAN, HELD, ENDED, CANCELLED = "campaign_began", "campaign_held", "campaign_ended", "campaign_cancelled"
PURPOSES = (BEGAN, HELD, ENDED, CANCELLED)
# Reasons of holds about which admins are mailed as well, and each time: staff decide about each of them, so there are few.
BRAKES = ("complaints", "bounces")
# The states in which a mail still says something true when its turn comes.
_STILL_TRUE = {BEGAN: ("sending", "paused", "held"), HELD: ("held",), ENDED: ("sent",), CANCELLED: ("cancelled",)}

log = structlog.get_logger("mailroom.campaigns")


def plan(campaign: Campaign, before: str) -> None:
    """Plan the mails about a move of a campaign that was just made, in its transaction. Never raises because of a mail.

    The rows name accounts by number and without a foreign key: its check would lock accounts, and could end the transaction
    when it commits.
    """
    event = _event(campaign, before)
    if event is None:
        return
    purpose, key = event
    try:
        with transaction.atomic():
            # The campaign's name is as on the day of the mail, and so are its numbers: the worker reads them.
            staff_mails.plan_for_accounts(
                purpose,
                key,
                _people(campaign.held_reason),
                campaign=str(campaign.pk),
                reason=campaign.held_reason if purpose == HELD else "",
            )
    except Exception:
        log.exception("campaign_mails_not_planned", campaign=campaign.pk, purpose=purpose)


def _event(campaign: Campaign, before: str) -> tuple[str, str] | None:
    """Purpose and key of the mails about a move; None if nobody is mailed about it. The same key again is the same mail."""
    if campaign.welcome_to_id is not None and campaign.state in ("sending", "sent"):
        return None  # it goes on for as long as the list has it
    match campaign.state:
        case "sending" if before == "filling":
            return BEGAN, str(campaign.pk)
        case "sent":
            return ENDED, str(campaign.pk)
        case "cancelled" if campaign.started_at is not None:
            return CANCELLED, str(campaign.pk)
        case "held":
            # A campaign that the system holds and releases again and again: one mail an hour for each reason.
            moment = "%Y%m%d%H%M%S%f" if campaign.held_reason in BRAKES else "%Y%m%d%H"
            return HELD, f"{campaign.pk}-{campaign.held_reason}-{clock.now():{moment}}"
    return None


def _people(held_reason: str) -> QuerySet[User]:
    """Active accounts of staff that may act, have an address and want the mails; for a brake also admins."""
    people = Q(pk__in=User.objects.with_perm(PERMISSION, backend="django.contrib.auth.backends.ModelBackend").values("pk"))
    if held_reason in BRAKES:
        people |= Q(pk__in=account_notices.admins().values("pk"))
    return User.objects.filter(people, is_staff=True).exclude(email="").exclude(mailchoice__campaigns=False)


def may_act(mail: StaffMail) -> bool:
    """Whether the account to which a mail goes may pause, resume and cancel campaigns."""
    account = staff_mails.account_of(mail)
    return account is not None and account.has_perm(PERMISSION)


def campaign_of(mail: StaffMail) -> Campaign | None:
    """The campaign of a mail, if the mail is still wanted and still true."""
    account = staff_mails.account_of(mail)
    if account is None or not staff_mails.is_wanted(mail):
        return None
    is_for_admins = mail.parameters.get("reason") in BRAKES and account_notices.admins().filter(pk=account.pk).exists()
    if not (may_act(mail) or is_for_admins) or not mail_choices.wants_campaign_mails(account.pk):
        return None
    campaign = Campaign.objects.select_related("version__issue").filter(pk=int(mail.parameters.get("campaign", 0))).first()
    if campaign is None or campaign.state not in _STILL_TRUE[mail.purpose]:
        return None
    return campaign if mail.purpose != HELD or campaign.held_reason == mail.parameters["reason"] else None
