"""`mailroom campaign audience`: who would get a campaign now, and who on its lists would not and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output, variant_table
from cli.campaign.campaign_facts import exclusion_facts, find
from cli.click_extensions import WholeNumber
from cli.texts.printed_values import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from campaigns.audience.audiences import Audience, Exclusions
    from campaigns.audience.forecasts import AudienceNumbers

SEGMENT = click.option("--segment", "segment_slug", metavar="SEGMENT", default="", help="Only the people in this segment.")
EXCLUDE_LIST = click.option(
    "--exclude-list", "excluded_lists", metavar="LIST", multiple=True, help="Leave out who is on this list; may be repeated."
)
EXCLUDE_SEGMENT = click.option(
    "--exclude-segment", "excluded_segments", metavar="SEGMENT", multiple=True,
    help="Leave out who is in this segment; may be repeated.",
)  # fmt: skip
EXCLUDE_CAMPAIGN = click.option(
    "--exclude-campaign", "excluded_campaigns", metavar="ID", multiple=True, type=WholeNumber(1),
    help="Leave out who got this campaign; may be repeated.",
)  # fmt: skip


@click.command("audience", cls=bootstrap.DatabaseCommand)
@click.argument("campaign_id", metavar="[ID]", type=WholeNumber(1), required=False)
@click.option("--list", "slugs", metavar="LIST", multiple=True, help="A list to send to; may be repeated.")
@SEGMENT
@EXCLUDE_LIST
@EXCLUDE_SEGMENT
@EXCLUDE_CAMPAIGN
def audience(
    campaign_id: int | None, slugs: tuple[str, ...], segment_slug: str, excluded_lists: tuple[str, ...],
    excluded_segments: tuple[str, ...], excluded_campaigns: tuple[int, ...],
) -> None:  # fmt: skip
    """Count who would get a campaign now, and who on its lists would not and why. Changes nothing.

    Example: mailroom campaign audience --list news --exclude-campaign 7
    """
    from django.db import transaction

    from campaigns.audience import audiences, forecasts

    excluded = exclusions_of(excluded_lists, excluded_segments, excluded_campaigns)
    is_described = bool(slugs or segment_slug or excluded)
    if (campaign_id is None) != is_described:
        raise click.UsageError("give either the ID of a campaign, or lists with --list and what narrows them")
    if campaign_id is None:
        chosen, version = audience_of(slugs, segment_slug, excluded), None
        conditions = chosen.conditions()
    else:
        campaign = find(campaign_id)
        chosen, version, conditions = audiences.Audience.of(campaign), campaign.version, audiences.conditions_of(campaign)
    with transaction.atomic():
        numbers = forecasts.count(version, chosen.lists, conditions)
    variants = [asdict(line) for line in numbers.variant_lines(version)] if version else []
    output.show(_document(chosen, numbers, variants), lambda: _tell(chosen, numbers, variants))


def exclusions_of(lists: Sequence[str], segments: Sequence[str], campaigns: Sequence[int]) -> Exclusions:
    """What the options --exclude-… name."""
    from campaigns.audience.audiences import Exclusions
    from subscribers import mailing_lists
    from subscribers.segments import saved_segments

    return Exclusions(
        [mailing_lists.find_list(slug) for slug in dict.fromkeys(lists)],
        [saved_segments.find(slug) for slug in dict.fromkeys(segments)],
        [find(number) for number in dict.fromkeys(campaigns)],
    )


def audience_of(slugs: Sequence[str], segment_slug: str, excluded: Exclusions) -> Audience:
    """What the options --list and --segment name, without those that are excluded. Raises CampaignActionError."""
    from campaigns.audience.audiences import Audience
    from campaigns.drafts import draft_changes
    from subscribers import mailing_lists
    from subscribers.segments import saved_segments

    lists = [mailing_lists.find_list(slug) for slug in dict.fromkeys(slugs)]
    chosen = Audience(lists, saved_segments.find(segment_slug) if segment_slug else None, excluded)
    draft_changes.check_audience(chosen)
    return chosen


def _document(chosen: Audience, numbers: AudienceNumbers, variants: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "lists": [mailing_list.slug for mailing_list in chosen.lists],
        "segment": chosen.segment.slug if chosen.segment else None, **exclusion_facts(chosen.exclusions),
        "on_lists": numbers.on_lists, "gets": numbers.gets, "does_not": numbers.missing, "variants": variants,
        "languages": dict(numbers.languages), "domains": dict(numbers.domains),
    }  # fmt: skip


def _tell(chosen: Audience, numbers: AudienceNumbers, variants: list[dict[str, Any]]) -> None:
    from campaigns.audience.shortfall_texts import REASONS, name_in

    output.say(f"{output.count(numbers.gets, 'person')} would get it now")
    variant_table.tell(variants, "recipients")
    languages = [[variant_table.named(language) if language else "not known", people] for language, people in numbers.languages]
    if languages:
        output.show_table(("language", "people"), languages)
        output.show_table(("domain", "people"), [[domain, people] for domain, people in numbers.domains])
    output.say(f"{output.count(numbers.not_getting, 'person')} on the lists would not")
    rows = []
    for code, people in numbers.missing.items():
        kind, name = code.partition(":")[0], name_in(code, chosen.exclusions)
        rows.append([REASONS[kind] % {"name": printable(name.replace("_", " ") if kind == "suppressed" else name)}, people])
    if rows:
        output.show_table(("reason", "people"), rows)
