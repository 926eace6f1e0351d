"""Fills a campaign: one delivery per recipient, cut into slices, in one transaction."""

from django.db import transaction
from django.db.models import Expression, QuerySet, Value

from campaigns.audience import audience_variants
from campaigns.audience.audiences import people_of
from campaigns.follow_ups import follow_up_rows_sql
from campaigns.models import Campaign
from campaigns.sending import audience_holds, waves, waves_sql
from campaigns.sending import filling_sql as sql
from campaigns.states import move_campaign
from campaigns.totals import slice_totals
from config.failpoints import failpoint
from publication import audit
from subscribers.models import Subscriber
from subscribers.segments.grammar import SegmentError


def fill(campaign_id: int) -> int | None:
    """Create the campaign's deliveries and slices in one transaction; their number, or None if another fill runs or it fails."""
    with transaction.atomic():
        if not sql.lock_campaign_to_fill(campaign_id):
            return None
        failpoint("fill_locked")
        campaign = Campaign.objects.select_related("version").get(pk=campaign_id)
        if campaign.welcome_to_id is not None:  # the worker adds its recipients when they confirm (campaigns.welcomes)
            sql.make_deliveries(campaign_id, sql.NOBODY)
            sql.attach_deliveries(campaign_id)
            move_campaign(audit.system(), campaign_id, "sending", sources=["filling"], recipients=0)
            return 0
        try:
            if campaign.followed_id is not None:
                follow_up_rows_sql.lock(campaign.followed_id)
            people = people_of(campaign)
            by_zone = waves.plan(campaign, people)
            variant = audience_variants.number_of(campaign.version, people)
        except SegmentError as error:
            # This campaign waits for staff; the upkeep worker goes on with the others.
            audience_holds.hold(campaign_id, error)
            return None
        count = sql.make_deliveries(campaign_id, numbered(campaign, people, by_zone, variant))
        if campaign.followed_id is not None:
            follow_up_rows_sql.keep(campaign_id)
        failpoint("fill_inserted")
        sql.fill_slices(campaign_id)
        sql.attach_deliveries(campaign_id)
        if by_zone:
            waves.shut_until_due(campaign_id)
        move_campaign(
            audit.system(), campaign_id, "sending" if count else "sent", sources=["filling"], recipients=count,
            has_totals=count > slice_totals.LARGE,
        )  # fmt: skip
        failpoint("fill_before_commit")
    failpoint("fill_committed")
    return count


def numbered(
    campaign: Campaign, people: QuerySet[Subscriber], by_zone: waves_sql.WavePlan | None, variant: Expression | None
) -> sql.Select:
    """The deliveries of these people with the numbers of their slices, from 0.

    `by_zone` is None where everybody gets it at once, `variant` is None where everybody gets the same.
    """
    if by_zone is None and variant is None:
        return sql.in_one_part(campaign.attempt_size, _rows(people))
    told_apart = people.annotate(variant=variant or Value(0), wave=Value(0))
    audience = _rows(told_apart, "variant", "zone" if by_zone else "wave")
    if by_zone:
        audience = waves_sql.with_wave(audience, by_zone)
    return sql.in_parts(campaign.attempt_size, audience)


def _rows(people: QuerySet[Subscriber], *columns: str) -> sql.Select:
    return people.values_list("id", "address_key", *columns).order_by().query.sql_with_params()
