"""Sending a campaign: schedule, send, pause, resume, cancel. The workers are woken after each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli import bootstrap, output, variant_table
from cli.campaign.campaign_facts import STRICT, WHICH, describe, find, forecast, hold_words, mailable
from cli.click_extensions import with_yes
from cli.error_reporting import Refused

if TYPE_CHECKING:
    from campaigns.models import Campaign


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option("--at", "at", metavar="TIME", help='Such as "2026-11-25 09:00", up to a year ahead; without it, now.')
@click.option("--zone", metavar="ZONE", default="", help="Time zone of --at; without it, the publication's.")
@click.option("--each-zone", is_flag=True, help="At that hour in each recipient's own zone; in --zone where it is not known.")
@STRICT
@with_yes
def schedule(campaign_id: int, at: str | None, zone: str, each_zone: bool, strict: bool | None, yes: bool) -> None:
    """Send at a time what the draft holds. Whoever joins or leaves the list until then is taken into account.

    Example: mailroom campaign schedule 7 --at "2026-11-25 09:00" --zone Asia/Shanghai
    """
    from campaigns import launch
    from publication import installation

    one = find(campaign_id)
    place = zone or installation.publication().zone
    if each_zone:
        if not at:
            raise Refused("--each-zone needs an hour", 'add --at "2026-11-25 09:00"')
        _schedule_each_zone(one, at, place, strict, yes)
        return
    due = launch.moment(at, place) if at else None
    when = f"at {at} {place} ({due:%Y-%m-%d %H:%M} UTC)" if due else "now"
    _ask(one, f"Send {when}?", yes)
    moved = launch.schedule(bootstrap.actor(), one.pk, due, zone=place, local=at or "", strict=strict)
    _tell_scheduled(one.pk, f"{moved.scheduled_at:%Y-%m-%d %H:%M} UTC" if due else "now")


def _schedule_each_zone(one: Campaign, at: str, place: str, strict: bool | None, yes: bool) -> None:
    from campaigns import launch

    if one.state == "draft":
        first = launch.first_of_each_zone(one, at, place)
        question = f"Send at {at} in each recipient's zone ({place} where it is not known), first at {first:%Y-%m-%d %H:%M} UTC?"
        _ask(one, question, yes)
    launch.schedule_each_zone(bootstrap.actor(), one.pk, at, zone=place, strict=strict)
    _tell_scheduled(one.pk, f"{at} in each recipient's own zone")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@STRICT
@with_yes
def send(campaign_id: int, strict: bool | None, yes: bool) -> None:
    """Send now.

    Example: mailroom campaign send 7
    """
    from campaigns import launch

    one = find(campaign_id)
    _ask(one, "Send now?", yes)
    launch.schedule(bootstrap.actor(), one.pk, strict=strict)
    _tell_scheduled(one.pk, "now")


def _ask(one: Campaign, question: str, yes: bool) -> None:
    """What would be sent to whom, before the question; what is no draft is refused without one."""
    if not yes and one.state == "draft":
        narrowed = f", segment {one.segment.slug}" if one.segment else ""
        output.note(f"“{output.visible(one.version.subject)}” from {one.sender.email}")
        output.note(
            f"version {one.version.number} of {one.version.issue.slug}, stored {one.version.created_at:%Y-%m-%d %H:%M} UTC"
        )
        current = one.version.issue.current
        if current is not None and current.pk != one.version.pk:
            output.note(f"version {current.number} is stored since; to send it: mailroom campaign update {one.pk} --issue DIR")
        output.note(
            f"to {output.count(mailable(one), 'recipient')} on {', '.join(each.slug for each in one.lists.all())}{narrowed}"
        )
        variant_table.note(forecast(one))
        output.ask(question, yes)


def _tell_scheduled(campaign_id: int, when: str) -> None:
    bootstrap.wake("pump")
    one = find(campaign_id)
    document = describe(one) | {"variants": forecast(one)}
    words = f"Campaign {campaign_id} is scheduled for {when}; mailroom campaign watch {campaign_id} follows it."
    if len(document["variants"]) > 1:
        words += (
            f" Its issue has {len(document['variants'])} variants; mailroom campaign show {campaign_id} tells who gets which."
        )
    output.show(document, words)


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
def unschedule(campaign_id: int) -> None:
    """Take a scheduled campaign back to a draft.

    Example: mailroom campaign unschedule 7
    """
    from campaigns import launch

    launch.unschedule(bootstrap.actor(), find(campaign_id).pk)
    _tell_moved(campaign_id, f"Campaign {campaign_id} is a draft again.")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
def pause(campaign_id: int) -> None:
    """Stop sending until `resume`. Requests under way at this moment still go out.

    Example: mailroom campaign pause 7
    """
    from campaigns import launch
    from campaigns.recovery import recall

    launch.pause(bootstrap.actor(), find(campaign_id).pk)
    words = f"Campaign {campaign_id} is paused; mailroom campaign resume {campaign_id} goes on."
    kept = recall.with_provider(campaign_id)
    if kept:
        people = output.count(kept.recallable + kept.leaving, "recipient")
        words += f" The provider has the mail of {people} already and releases it at its hour; only cancel takes it back."
    _tell_moved(campaign_id, words)


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@with_yes
def resume(campaign_id: int, yes: bool) -> None:
    """Go on with a campaign that is paused, or held by the system: then the reason is shown first.

    Example: mailroom campaign resume 7
    """
    from campaigns import launch

    one = find(campaign_id)
    if one.state == "held":
        output.note(hold_words(one.held_reason, one.held_detail))
        output.ask("Go on?", yes)
    launch.resume(bootstrap.actor(), campaign_id)
    bootstrap.wake("pump")
    _tell_moved(campaign_id, f"Campaign {campaign_id} goes on.")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@with_yes
def cancel(campaign_id: int, yes: bool) -> None:
    """Stop for good: whoever has not been mailed yet will not be. It cannot be undone.

    Example: mailroom campaign cancel 7
    """
    from campaigns import launch
    from campaigns.recovery import recall

    one = find(campaign_id)
    total = f" ({output.count(one.recipients, 'recipient')} in all)" if one.recipients is not None else ""
    if not yes and (kept := recall.with_provider(campaign_id)):
        output.note(f"the provider keeps mail for later: of {output.count(kept.recallable, 'recipient')} it can be taken back")
        output.note(f"of {output.count(kept.leaving, 'recipient')} it cannot: it leaves within about ten minutes")
    output.ask(f"Cancel campaign {campaign_id} “{output.visible(one.name)}”, {one.state}{total}, for good?", yes)
    launch.cancel(bootstrap.actor(), campaign_id)
    bootstrap.wake("pump")
    words = f"Campaign {campaign_id} is cancelled; mailroom campaign report {campaign_id} tells how far it was."
    if kept := recall.with_provider(campaign_id):
        people = output.count(kept.recallable, "recipient")
        words += f" The worker now takes back the mail of {people}; mailroom campaign show {campaign_id} tells when it has."
        if kept.leaving:
            words += f" That of {output.count(kept.leaving, 'recipient')} leaves within about ten minutes, too late to take back."
    _tell_moved(campaign_id, words)


def _tell_moved(campaign_id: int, words: str) -> None:
    output.show(describe(find(campaign_id)), words)
