"""The welcome of a list: an issue that staff chose, the standard text, or none (docs/decisions/welcome-issue.md)."""

from django.db import transaction

from campaigns import launch
from campaigns.campaign_mails import PERMISSION
from campaigns.launch_guards import find_campaign, require_right
from campaigns.models import Campaign
from campaigns.sending import filling, schedule
from editorial.models import IssueVersion
from publication.models import Actor, Sender
from publication.senders import sender_list
from subscribers import mailing_lists
from subscribers.models import MailingList


def of_list(mailing_list: MailingList) -> Campaign | None:
    """The campaign that sends the list's welcome; None if that is the standard text, or if there is none."""
    campaigns = Campaign.objects.select_related("version__issue", "sender")
    return campaigns.filter(pk=mailing_list.welcome_campaign).first() if mailing_list.welcome_campaign else None


def choose(actor: Actor, slug: str, version: IssueVersion, sender: Sender) -> Campaign:
    """From now on people who confirm the list get this version; returns its campaign. Nobody gets a second welcome of a list.

    The version must be one that could be sent to the list now. An earlier choice ends: who confirmed before still gets that one.
    The same choice again changes nothing. Raises CampaignActionError, UnknownListError.
    """
    with transaction.atomic():
        require_right(actor, PERMISSION)
        mailing_list = mailing_lists.find_list(slug, locked=True)
        present = of_list(mailing_list)
        if present is not None and (present.version_id, present.sender_id) == (version.pk, sender.pk):
            return present
        made = launch.create(actor, version=version, lists=[mailing_list], sender=sender, welcome_to=mailing_list)
        launch.schedule(actor, made.pk)
        # In this transaction, so that a person who confirms in the next moment finds a campaign that has begun.
        schedule.begin_at_once(made.pk)
        filling.fill(made.pk)
        mailing_lists.welcome_with(actor, mailing_list, made.pk)
    return find_campaign(made.pk)


def end(actor: Actor, slug: str, *, uses_standard_text: bool) -> None:
    """From now on people who confirm the list get the standard text, or no welcome. Raises CampaignActionError, UnknownListError.

    The recipients of an issue still get it; people who wait to become recipients get none.
    """
    with transaction.atomic():
        require_right(actor, PERMISSION)
        mailing_list = mailing_lists.find_list(slug, locked=True)
        if uses_standard_text:
            mailing_lists.welcome_with(actor, mailing_list, None)
        else:
            mailing_lists.change_list(actor, slug, welcome=False)


def usual_sender(mailing_list: MailingList) -> Sender | None:
    """The sender of the list's last campaign, or else the first sender that can be used; None if there is none."""
    last = Campaign.objects.filter(lists=mailing_list).select_related("sender").order_by("-pk").first()
    if last is not None and not last.sender.is_blocked:
        return last.sender
    return next((sender for sender in sender_list.ordered() if not sender.is_blocked), None)
