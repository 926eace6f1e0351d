"""Finds and describes a campaign for the commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli import output
from cli.click_extensions import WholeNumber
from cli.texts.domain_texts import held_text

if TYPE_CHECKING:
    from campaigns.audience.audiences import Exclusions
    from campaigns.models import Campaign

WHICH = click.argument("campaign_id", metavar="ID", type=WholeNumber(1))
STRICT = click.option(
    "--strict/--no-strict", default=None,
    help="Strict mode: the provider holds each request for 20 minutes. A request that it does not confirm is withdrawn "
    "and sent again.",
)  # fmt: skip

FOLLOW_UPS = {
    "not_reached": "only those not reached by",
    "not_read": "only those who clicked no link in",
    "correction": "only those who got",
}
_DOORS = {"console": "console", "link": "mailed link"}


def find(campaign_id: int) -> Campaign:
    """The campaign with everything that is shown of it."""
    from campaigns.launch_guards import find_campaign

    return find_campaign(campaign_id)


def describe(campaign: Campaign) -> dict[str, Any]:
    """The campaign's properties, for JSON and for text; the numbers of its deliveries are in the report."""
    from campaigns.audience import audiences

    return {
        "campaign": campaign.pk, "name": campaign.name, "state": campaign.state, "held_reason": campaign.held_reason,
        "held_detail": campaign.held_detail,
        "issue": campaign.version.issue.slug, "version": campaign.version.number, "subject": campaign.version.subject,
        "digest": campaign.digest or campaign.version.digest, "from": campaign.sender.email,
        "lists": sorted(mailing_list.slug for mailing_list in campaign.lists.all()),
        "segment": campaign.segment.slug if campaign.segment else None, **exclusion_facts(audiences.Exclusions.of(campaign)),
        "segment_text": campaign.segment_text, "follows": campaign.followed_id, "follow_up": campaign.follow_up,
        "recipients": campaign.recipients, "attempt_size": campaign.attempt_size, "scheduled_at": campaign.scheduled_at,
        "zone": campaign.zone, "each_zone": campaign.local_time, "strict": campaign.strict, "override": campaign.override,
        "created_at": campaign.created_at, "started_at": campaign.started_at, "finished_at": campaign.finished_at,
    }  # fmt: skip


def exclusion_facts(excluded: Exclusions) -> dict[str, Any]:
    """Whom a campaign leaves out."""
    return {
        "excluded_lists": [mailing_list.slug for mailing_list in excluded.lists],
        "excluded_segments": [segment.slug for segment in excluded.segments],
        "excluded_campaigns": [campaign.pk for campaign in excluded.campaigns],
    }


def narrowed(campaign: Campaign) -> str:
    """`, segment engineers, without those who got campaign 7`: what narrows the lists of a campaign."""
    from campaigns.audience.audiences import Exclusions

    facts = exclusion_facts(Exclusions.of(campaign))
    texts = [f"segment {campaign.segment.slug}"] if campaign.segment else []
    texts += [f"{FOLLOW_UPS[campaign.follow_up]} campaign {campaign.followed_id}"] if campaign.followed_id else []
    texts += [f"without those on {slug}" for slug in facts["excluded_lists"]]
    texts += [f"without segment {slug}" for slug in facts["excluded_segments"]]
    texts += [f"without those who got campaign {number}" for number in facts["excluded_campaigns"]]
    return "".join(f", {text}" for text in texts)


def scheduled_words(campaign: Campaign) -> str:
    """When a scheduled campaign is sent: a time, or the hour in each recipient's own zone and the first such moment."""
    from campaigns.sending import schedule

    local = schedule.local_hours([campaign.pk]).get(campaign.pk)
    if local:
        return f"{local.hour} in each recipient's own zone, first at {output.moment(local.first)}"
    return output.moment(campaign.scheduled_at) if campaign.scheduled_at else ""


def forecast(campaign: Campaign) -> list[dict[str, Any]]:
    """The issue's variants, and how many recipients would get each as of now."""
    from campaigns.audience import audience_variants

    return [asdict(line) for line in audience_variants.forecast_of(campaign)]


def mailable(campaign: Campaign) -> int:
    """How many recipients the campaign would have now. A scheduled campaign keeps the segment as it was when it was scheduled."""
    from campaigns.audience import audiences

    return audiences.people_of(campaign).count()


def hold_words(reason: str, detail: str = "") -> str:
    """Why the system put a campaign on hold, and what releases it."""
    from publication.installation import publication

    text = held_text(reason, quarantined=publication().quarantined_at is not None)
    return f"on hold ({reason}): {text}" + (f" (detail: {output.visible(detail)})" if detail else "")


def tell_approvals(approvals: list[dict[str, Any]]) -> None:
    rows = [
        [
            approval["at"],
            approval["name"],
            f"version {approval['version']}",
            f"{_DOORS[approval['through']]} {approval['network']}".strip(),
        ]
        for approval in approvals
    ]
    if rows:
        output.show_table(("approved at", "by", "of", "from"), rows)


def webhook_words() -> str:
    """Whether the provider's events arrive."""
    from campaigns.tracking import webhook_health

    state = webhook_health.webhook_health()
    return f"Webhook: {state.level} ({state.explanation})."
