"""Sending a campaign: schedule, send, pause, resume, cancel. The workers are woken after each change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli import bootstrap, output, variant_table
from cli.campaign.campaign_facts import STRICT, WHICH, describe, find, forecast, hold_words, mailable, narrowed, scheduled_words
from cli.click_extensions import WholeNumber, with_yes
from cli.error_reporting import CliError
from cli.texts import campaign_states

if TYPE_CHECKING:
    from datetime import datetime

    from campaigns.models import Campaign


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option("--at", "at", metavar="TIME", help='The time, such as "2027-11-25 09:00", up to a year ahead; without it, now.')
@click.option("--zone", metavar="ZONE", default="", help="The time zone of --at; without it, the publication's.")
@click.option("--each-zone", is_flag=True, help="Send at that hour in each recipient's own zone, or in --zone if it is unknown.")
@STRICT
@with_yes
def schedule(campaign_id: int, at: str | None, zone: str, each_zone: bool, strict: bool | None, yes: bool) -> None:
    """Send a draft at a given time, or move a scheduled campaign to another time.

    People who join or leave the list before sending begins are taken into account.

    Example: mailroom campaign schedule 7 --at "2027-11-25 09:00" --zone Asia/Shanghai
    """
    from campaigns import launch
    from publication import installation

    campaign = find(campaign_id)
    zone_name = zone or installation.publication().zone
    if each_zone:
        if not at:
            raise CliError("--each-zone needs a time", 'add --at "2027-11-25 09:00"')
        _schedule_each_zone(campaign, at, zone_name, strict, yes)
        return
    due = launch.moment(at, zone_name) if at else None
    if due and campaign.state == "scheduled":
        output.ask(f"{_scheduled(campaign)} Send it {_when(due, zone_name)} instead?", yes)
        moved = launch.reschedule(bootstrap.actor(), campaign.pk, due, zone=zone_name, local=at or "", strict=strict)
    else:
        _ask(campaign, f"Send {_when(due, zone_name)}?", yes)
        moved = launch.schedule(bootstrap.actor(), campaign.pk, due, zone=zone_name, local=at or "", strict=strict)
    _tell_scheduled(campaign.pk, output.moment(moved.scheduled_at) if due and moved.scheduled_at else "now")


def _scheduled(campaign: Campaign) -> str:
    return f"Campaign {campaign.pk} is scheduled for {scheduled_words(campaign)}."


def _when(due: datetime | None, zone: str) -> str:
    """`at 2027-11-25 09:00 (Asia/Shanghai)`; with the publication's time where `zone` is another one."""
    from publication import clock

    if due is None:
        return "now"
    if zone == output.zone():
        return f"at {output.moment(due)}"
    return f"at {clock.in_zone(due, zone):%Y-%m-%d %H:%M} ({zone}), which is {output.moment(due)}"


def _schedule_each_zone(campaign: Campaign, at: str, zone_name: str, strict: bool | None, yes: bool) -> None:
    from campaigns import launch

    when = f"at {at} in each recipient's zone ({zone_name} where it is not known)"
    if campaign.state == "scheduled":
        first = output.moment(launch.first_of_each_zone(campaign, at, zone_name))
        output.ask(f"{_scheduled(campaign)} Send it {when}, first at {first}, instead?", yes)
        launch.reschedule_each_zone(bootstrap.actor(), campaign.pk, at, zone=zone_name, strict=strict)
    else:
        if campaign.state == "draft":
            _ask(campaign, f"Send {when}, first at {output.moment(launch.first_of_each_zone(campaign, at, zone_name))}?", yes)
        launch.schedule_each_zone(bootstrap.actor(), campaign.pk, at, zone=zone_name, strict=strict)
    _tell_scheduled(campaign.pk, scheduled_words(find(campaign.pk)))


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@STRICT
@with_yes
def send(campaign_id: int, strict: bool | None, yes: bool) -> None:
    """Send now.

    Example: mailroom campaign send 7
    """
    from campaigns import launch

    campaign = find(campaign_id)
    _ask(campaign, "Send now?", yes)
    launch.schedule(bootstrap.actor(), campaign.pk, strict=strict)
    _tell_scheduled(campaign.pk, "now")


def _ask(campaign: Campaign, question: str, yes: bool) -> None:
    """Show what would be sent and to how many, then ask. What is not a draft is refused later, without a question."""
    if not yes and campaign.state == "draft":
        output.note(f"“{output.visible(campaign.version.subject)}” from {campaign.sender.email}")
        version = campaign.version
        output.note(f"version {version.number} of {version.issue.slug}, stored {output.moment(version.created_at)}")
        current = version.issue.current
        if current is not None and current.pk != version.pk:
            output.note(
                f"version {current.number} is newer; to send that one: mailroom campaign update {campaign.pk} --issue DIR"
            )
        lists = ", ".join(mailing_list.slug for mailing_list in campaign.lists.all())
        output.note(f"to {output.count(mailable(campaign), 'recipient')} on {lists}{narrowed(campaign)}")
        variant_table.note(forecast(campaign))
        output.ask(question, yes)


def _tell_scheduled(campaign_id: int, when: str) -> None:
    from cli.texts import process_texts

    bootstrap.wake("run_due_work")
    campaign = find(campaign_id)
    document = describe(campaign) | {"variants": forecast(campaign)}
    message = f"Campaign {campaign_id} is scheduled for {when}. To follow it: mailroom campaign watch {campaign_id}"
    document["missing_processes"] = process_texts.missing_sentences()
    message += process_texts.warning()
    if len(document["variants"]) > 1:
        variants = f"The issue has {len(document['variants'])} variants."
        message += f"\n{variants} To see who gets which: mailroom campaign show {campaign_id}"
    output.show(document, message)


@click.command("allow-repeat", cls=bootstrap.DatabaseCommand)
@WHICH
@click.option(
    "--people", metavar="PEOPLE", required=True, type=WholeNumber(1),
    help="To how many people the issue was sent, as mailroom system restore-check says.",
)  # fmt: skip
def allow_repeat(campaign_id: int, people: int) -> None:
    """Allow a campaign whose issue went to one of its lists in a part of the database that a restore lost.

    Everybody who got it then gets it twice. Mailroom does not know who they are.

    Example: mailroom campaign allow-repeat 7 --people 19316
    """
    from campaigns.recovery import lost_campaigns

    lost_campaigns.allow_repeat(bootstrap.actor(), find(campaign_id).pk, people)
    document = {"campaign": campaign_id, "already_sent": people}
    output.show(
        document, f"Campaign {campaign_id} may be sent, although {output.count(people, 'person')} have its issue already."
    )


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
def unschedule(campaign_id: int) -> None:
    """Take a campaign that is scheduled, or was put on hold before it began, back to a draft.

    Example: mailroom campaign unschedule 7
    """
    from campaigns import launch

    launch.unschedule(bootstrap.actor(), find(campaign_id).pk)
    _tell_moved(campaign_id, f"Campaign {campaign_id} is a draft again.")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
def pause(campaign_id: int) -> None:
    """Interrupt sending until `resume`. Requests that are under way at this moment are still sent.

    Example: mailroom campaign pause 7
    """
    from campaigns import launch
    from campaigns.recovery import recall

    launch.pause(bootstrap.actor(), find(campaign_id).pk)
    message = f"Campaign {campaign_id} is paused. To continue: mailroom campaign resume {campaign_id}"
    kept = recall.with_provider(campaign_id)
    if kept:
        people = output.count(kept.recallable + kept.leaving, "recipient")
        message += f"\nThe provider already has the mail for {people} and will send it at its hour; only cancel takes it back."
    _tell_moved(campaign_id, message)


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option(
    "--without-domain", metavar="DOMAIN", default="",
    help="Skip everybody at this receiving domain who was not sent to yet, such as a domain where many complained.",
)  # fmt: skip
@with_yes
def resume(campaign_id: int, without_domain: str, yes: bool) -> None:
    """Continue a campaign that is paused or on hold. For one on hold the command shows the reason and asks first.

    Example: mailroom campaign resume 7
    """
    from campaigns import launch
    from campaigns.tracking.brakes import leaving_out

    campaign = find(campaign_id)
    if campaign.state == "held":
        output.note(hold_words(campaign.held_reason, campaign.held_detail))
    question, rest = "Continue?", ""
    if without_domain:
        there = leaving_out.people_at(campaign, without_domain)
        rest = f" without {without_domain}"
        people = output.count(there.waiting, "recipient")
        question = f"Continue{rest}? {people} at that domain will not get it, and this cannot be undone."
    sure = yes or (campaign.state != "held" and not without_domain)
    bootstrap.confirmed(question, sure, lambda: launch.resume(bootstrap.actor(), campaign_id, without_domain=without_domain))
    bootstrap.wake("run_due_work")
    _tell_moved(campaign_id, f"Campaign {campaign_id} continues{rest}.")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@with_yes
def cancel(campaign_id: int, yes: bool) -> None:
    """Stop for good. Recipients who have not been mailed yet will not be. This cannot be undone.

    Example: mailroom campaign cancel 7
    """
    from campaigns import launch
    from campaigns.recovery import recall

    campaign = find(campaign_id)
    total = f" ({output.count(campaign.recipients, 'recipient')} in all)" if campaign.recipients is not None else ""
    if not yes and (kept := recall.with_provider(campaign_id)):
        output.note("The provider keeps mail for later:")
        output.note(f"  {output.count(kept.recallable, 'recipient')}: the mail can be taken back")
        output.note(f"  {output.count(kept.leaving, 'recipient')}: it cannot, because it is sent within about ten minutes")
    state = campaign_states.adjective(campaign.state)
    question = f"Cancel campaign {campaign_id} “{output.visible(campaign.name)}”, which is {state}{total}, for good?"
    bootstrap.confirmed(question, yes, lambda: launch.cancel(bootstrap.actor(), campaign_id))
    bootstrap.wake("run_due_work")
    message = f"Campaign {campaign_id} is cancelled. To see how far it got: mailroom campaign report {campaign_id}"
    if kept := recall.with_provider(campaign_id):
        people = output.count(kept.recallable, "recipient")
        message += (
            f"\nThe worker now takes back the mail for {people}; mailroom campaign show {campaign_id} shows when it is done."
        )
        if kept.leaving:
            leaving = output.count(kept.leaving, "recipient")
            message += f"\nThe mail for {leaving} is sent within about ten minutes; it is too late to take it back."
    _tell_moved(campaign_id, message)


def _tell_moved(campaign_id: int, message: str) -> None:
    output.show(describe(find(campaign_id)), message)
