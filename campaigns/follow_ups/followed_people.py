"""Whom a follow-up goes to: people of the campaign that it follows, by their records at the moment of asking.

The fill asks last, and so freezes them. docs/decisions/follow-ups.md has the reasons.
"""

from collections.abc import Callable, Mapping

from django.db.models import Q

from campaigns.follow_ups.recorded_outcomes import FAILED, GETS, GOT, have_state, is_among, require_clicks, require_recipients
from campaigns.measuring.named_clicks import clicks_of_people
from campaigns.models import Campaign, Delivery, FollowUpRecipient
from subscribers.errors import InputError
from subscribers.segments.grammar import SegmentError

NOT_REACHED, NOT_READ, CORRECTION = "not_reached", "not_read", "correction"
KINDS = (NOT_REACHED, NOT_READ, CORRECTION)
_ARRIVED = ("accepted", "deferred", "delivered")


def of_campaign(campaign: Campaign) -> Q | None:
    """The condition that a follow-up's people meet besides those of every campaign; None for a campaign that is no follow-up.

    Nobody meets it who was chosen for another follow-up of the same kind. Raises SegmentError if the records that it needs are
    not kept any more.
    """
    followed = campaign.followed
    if followed is None:
        return None
    try:
        require_recipients(followed)
        if campaign.follow_up == NOT_READ:
            require_clicks(followed)
    except InputError as error:
        raise SegmentError("follow_up_records", error.message, 0) from None
    chosen = FollowUpRecipient.objects.filter(followed_id=followed.pk, kind=campaign.follow_up).exclude(campaign_id=campaign.pk)
    among = _CONDITIONS[campaign.follow_up](followed) & ~is_among(chosen)
    if campaign.follow_up == NOT_REACHED or campaign.version_id is None:
        return among
    begun = Campaign.objects.filter(version__digest=campaign.version.digest, started_at__isnull=False).exclude(pk=campaign.pk)
    same_mail = [*begun.values_list("pk", flat=True)]
    return among & ~have_state(GETS, same_mail) if same_mail else among


def _not_reached(followed: Campaign) -> Q:
    """People whose mail certainly did not arrive, and who neither have nor get the issue from a campaign that began since.

    Followed back to the first attempt: a late report may show that it arrived nevertheless.
    """
    first = followed
    while first.follow_up == NOT_REACHED and first.followed is not None:
        first = first.followed
    same_issue = Campaign.objects.filter(version__issue=followed.version.issue_id, started_at__gte=first.started_at)
    left_out = Delivery.objects.filter(campaign_id=followed.pk, state="skipped", reason="domain left out")
    reached = have_state(GETS, [*same_issue.values_list("pk", flat=True)])
    return have_state(FAILED, [followed.pk]) & ~reached & ~is_among(left_out)


def _not_read(followed: Campaign) -> Q:
    """People who agreed to be measured before it began, have its mail, and followed no link of it."""
    measured = Q(measured_since__lte=followed.started_at)
    return measured & have_state(_ARRIVED, [followed.pk]) & ~is_among(clicks_of_people(Q(campaign_id=followed.pk)))


def _correction(followed: Campaign) -> Q:
    """People who have its mail, or may have it."""
    return have_state(GOT, [followed.pk])


_CONDITIONS: Mapping[str, Callable[[Campaign], Q]] = {
    NOT_REACHED: _not_reached, NOT_READ: _not_read, CORRECTION: _correction,
}  # fmt: skip
