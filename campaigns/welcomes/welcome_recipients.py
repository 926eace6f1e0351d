"""Makes people who confirmed a list recipients of the campaign that sends its welcome, each once."""

from django.db import transaction
from django.db.models import Q

from campaigns.audience import audience_variants
from campaigns.models import Campaign
from campaigns.sending import audience_holds, filling
from campaigns.welcomes import welcome_recipients_sql as sql
from config.failpoints import failpoint
from subscribers.consent import merged_records, welcomes
from subscribers.models import MailingList, Subscriber
from subscribers.segments.grammar import SegmentError

MOST = 2000  # people of one list at once


def add_waiting() -> int:
    """Add the people who wait as recipients of their list's welcome; how many. While it is paused or on hold, they wait.

    People who may not be mailed are added, too: the gate skips them with the reason.
    """
    return sum(_add(mailing_list) for mailing_list in welcomes.lists())


def _add(mailing_list: MailingList) -> int:
    if mailing_list.welcome_campaign is None:
        _end_waiting(mailing_list)
        return 0
    with transaction.atomic():
        # The campaign before its list, as cancelling locks them.
        sending = Campaign.objects.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(state="sending")
        campaign = sending.select_related("version").filter(pk=mailing_list.welcome_campaign).first()
        locked = MailingList.objects.select_for_update(no_key=True).filter(pk=mailing_list.pk)
        if campaign is None or not locked.filter(welcome_campaign=campaign.pk).first():
            return 0
        # A worker that adds the same person for another list waits for the next time: both may have the same issue.
        locked_people = merged_records.lock_people(welcomes.waiting(mailing_list.pk, MOST), skip_locked=True)
        people = welcomes.lock(mailing_list.pk, locked_people)
        try:
            count = _make_recipients(campaign, people)
        except SegmentError as error:
            audience_holds.hold(campaign.pk, error)
            return 0
        welcomes.end(mailing_list.pk, people)
        failpoint("welcome_before_commit")
    failpoint("welcome_committed")
    return count


def _end_waiting(mailing_list: MailingList) -> None:
    """The list's welcome is not an issue any more. Its lock keeps staff from choosing one meanwhile."""
    with transaction.atomic():
        if MailingList.objects.select_for_update(no_key=True).filter(pk=mailing_list.pk, welcome_campaign=None).first():
            welcomes.end_all(mailing_list.pk)


def _make_recipients(campaign: Campaign, people: list[int]) -> int:
    """One delivery for each of these people who got neither a welcome of this list nor this issue. Raises SegmentError."""
    same = Q(welcome_to=campaign.welcome_to_id) | Q(version__issue=campaign.version.issue_id)
    others = list(Campaign.objects.filter(same, recipients__gt=0).exclude(pk=campaign.pk).values_list("pk", flat=True))
    known = sql.welcomed(campaign.pk, others, people)
    new = Subscriber.objects.filter(pk__in=[number for number in people if number not in known], erased_at=None)
    variant = audience_variants.number_of(campaign.version, new)
    if len(known) == len(people):
        return 0
    return sql.add(campaign.pk, filling.numbered(campaign, new, None, variant))
