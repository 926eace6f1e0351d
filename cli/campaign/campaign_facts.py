"""Finds and describes a campaign for the commands."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli import output
from cli.click_extensions import WholeNumber
from cli.texts.domain_texts import held_text

if TYPE_CHECKING:
    from campaigns.models import Campaign

WHICH = click.argument("campaign_id", metavar="ID", type=WholeNumber(1))
STRICT = click.option(
    "--strict/--no-strict", default=None,
    help="Strict mode: the provider holds each request for 20 minutes. A request that it does not confirm is withdrawn "
    "and sent again.",
)  # fmt: skip

_DOORS = {"console": "console", "link": "mailed link"}


def find(campaign_id: int) -> Campaign:
    """The campaign with everything that is shown of it."""
    from campaigns.launch_guards import find_campaign

    return find_campaign(campaign_id)


def describe(one: Campaign) -> dict[str, Any]:
    """The campaign's properties, for JSON and for text; the numbers of its deliveries are in the report."""
    return {
        "campaign": one.pk, "name": one.name, "state": one.state, "held_reason": one.held_reason, "held_detail": one.held_detail,
        "issue": one.version.issue.slug, "version": one.version.number, "subject": one.version.subject,
        "digest": one.digest or one.version.digest, "from": one.sender.email,
        "lists": sorted(each.slug for each in one.lists.all()), "segment": one.segment.slug if one.segment else None,
        "recipients": one.recipients, "attempt_size": one.attempt_size, "scheduled_at": one.scheduled_at, "zone": one.zone,
        "each_zone": one.local_time, "strict": one.strict, "override": one.override,
        "created_at": one.created_at, "started_at": one.started_at, "finished_at": one.finished_at,
    }  # fmt: skip


def scheduled_words(one: Campaign) -> str:
    """When a scheduled campaign is sent: a time, or the hour in each recipient's own zone and the first such moment."""
    from campaigns.sending import schedule

    local = schedule.local_hours([one.pk]).get(one.pk)
    if local:
        return f"{local.hour} in each recipient's own zone, first at {output.moment(local.first)}"
    return output.moment(one.scheduled_at) if one.scheduled_at else ""


def forecast(one: Campaign) -> list[dict[str, Any]]:
    """The issue's variants, and how many recipients would get each as of now."""
    from campaigns import audience_variants

    return [asdict(line) for line in audience_variants.forecast_of(one)]


def mailable(one: Campaign) -> int:
    """How many recipients the campaign would have now. A scheduled campaign keeps the segment as it was when it was scheduled."""
    from campaigns import audience_variants
    from subscribers.segments import recipients

    return recipients.count(list(one.lists.all()), audience_variants.segment_of(one))


def hold_words(reason: str, detail: str = "") -> str:
    """Why the system put a campaign on hold, and what releases it."""
    from publication.installation import publication

    text = held_text(reason, quarantined=publication().quarantined_at is not None)
    return f"on hold ({reason}): {text}" + (f" (detail: {output.visible(detail)})" if detail else "")


def tell_approvals(approvals: list[dict[str, Any]]) -> None:
    """Print who approved the content of a campaign, when, and from where."""
    rows = [
        [each["at"], each["name"], f"version {each['version']}", f"{_DOORS[each['through']]} {each['network']}".strip()]
        for each in approvals
    ]
    if rows:
        output.show_table(("approved at", "by", "of", "from"), rows)


def webhook_words() -> str:
    """Whether the provider's events arrive."""
    from campaigns.tracking import webhook_health

    state = webhook_health.webhook_health()
    return f"Webhook: {state.level} ({state.explanation})."
