"""Drafts of campaigns: create, update, change the audience, test, override the checks, delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output, variant_table
from cli.campaign.audience_command import EXCLUDE_CAMPAIGN, EXCLUDE_LIST, EXCLUDE_SEGMENT, SEGMENT, audience_of, exclusions_of
from cli.campaign.campaign_facts import STRICT, WHICH, describe, find, forecast, mailable
from cli.click_extensions import IssueFolder, WholeNumber, with_yes
from cli.error_reporting import CliError

if TYPE_CHECKING:
    from editorial.models import IssueVersion

ISSUE = click.option(
    "--issue", "folder", metavar="DIR", required=True, type=IssueFolder(),
    help="The issue's folder; its content is stored as a version.",
)  # fmt: skip
WITH_ERRORS = click.option(
    "--with-errors", is_flag=True, help="Accept an issue with errors; somebody must override them before it is sent."
)


@click.command(cls=bootstrap.DatabaseCommand)
@ISSUE
@click.option("--list", "slugs", metavar="LIST", multiple=True, required=True, help="A list to send to; may be repeated.")
@SEGMENT
@EXCLUDE_LIST
@EXCLUDE_SEGMENT
@EXCLUDE_CAMPAIGN
@click.option("--from", "email", metavar="EMAIL", required=True, help="The sender; mailroom sender ls lists them.")
@click.option("--name", default="", help="A name for staff; without it, the subject.")
@WITH_ERRORS
@STRICT
def create(
    folder: Path, slugs: tuple[str, ...], segment_slug: str, excluded_lists: tuple[str, ...], excluded_segments: tuple[str, ...],
    excluded_campaigns: tuple[int, ...], email: str, name: str, with_errors: bool, strict: bool | None,
) -> None:  # fmt: skip
    """Create a draft campaign from the issue as it is now. Nothing is sent before `schedule` or `send`.

    Example: mailroom campaign create --issue issues/2027-01 --list news --from news@example.org
    """
    from campaigns import launch
    from campaigns.drafts import draft_changes
    from publication.senders import sender_list

    actor = bootstrap.actor()
    sender = sender_list.find_sender(email)
    chosen = audience_of(slugs, segment_slug, exclusions_of(excluded_lists, excluded_segments, excluded_campaigns))
    version = _stored(folder, with_errors)
    made = launch.create(
        actor, version=version, lists=chosen.lists, sender=sender, segment=chosen.segment, exclusions=chosen.exclusions, name=name
    )
    if strict is not None:
        draft_changes.set_strict(actor, made.pk, strict)
    tell_draft(made.pk)


def _stored(folder: Path, with_errors: bool) -> IssueVersion:
    """Store the folder as a version. Raises CliError for unwanted errors."""
    from campaigns import launch_checks
    from editorial import issue_versions

    with output.busy("Composing"):
        version, composed, _ = issue_versions.store(bootstrap.actor(), folder)
    faults = [finding for finding in launch_checks.levelled(composed.findings) if finding.level == "error"]
    for finding in faults:
        output.note(f"error: {finding}")
    if faults and not with_errors:
        hint = "correct them and try again; to keep them, repeat with --with-errors and then override them: campaign override"
        raise CliError(f"the issue has {output.count(len(faults), 'error')} and may not be sent", hint)
    return version


def tell_draft(campaign_id: int) -> None:
    """Show a draft, how many people would get it, and what to do next. Errors that nobody can override are printed."""
    from campaigns import launch_checks

    campaign = find(campaign_id)
    document = describe(campaign) | {"mailable": mailable(campaign), "variants": forecast(campaign)}
    faults = launch_checks.standing_faults(campaign)
    fixed = launch_checks.fixed_faults(faults)
    output.show(document, lambda: _say_draft(document, may_override=bool(faults) and not fixed))
    for fault in fixed:
        output.note(f"before you send it, correct this: {fault}")


def _say_draft(document: dict[str, Any], *, may_override: bool) -> None:
    output.say(f"campaign {document['campaign']}: “{output.visible(document['subject'])}” from {document['from']}")
    output.say(f"version {document['version']} of {document['issue']}; later changes in the folder are not part of it")
    output.say(f"to {output.count(document['mailable'], 'recipient')} as of now")
    variant_table.tell(document["variants"], "recipients")
    output.say(f"next: mailroom campaign test {document['campaign']} ADDRESS")
    if may_override:
        output.say(f"before you send it: mailroom campaign override {document['campaign']} --by NAME --reason TEXT")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@ISSUE
@WITH_ERRORS
def update(campaign_id: int, folder: Path, with_errors: bool) -> None:
    """Replace the content of a draft with the issue as it is now.

    Example: mailroom campaign update 7 --issue issues/2027-01
    """
    from campaigns import launch_guards
    from campaigns.drafts import draft_changes

    launch_guards.require_draft(find(campaign_id))
    version = _stored(folder, with_errors)
    draft_changes.replace_version(bootstrap.actor(), campaign_id, version)
    tell_draft(campaign_id)


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option("--list", "slugs", metavar="LIST", multiple=True, help="Send to this list instead; may be repeated.")
@SEGMENT
@click.option("--no-segment", is_flag=True, help="Remove the segment.")
@EXCLUDE_LIST
@EXCLUDE_SEGMENT
@EXCLUDE_CAMPAIGN
@click.option("--exclude-nobody", is_flag=True, help="Remove all exclusions.")
@click.option("--from", "email", metavar="EMAIL", default="", help="The sender; mailroom sender ls lists them.")
def change(
    campaign_id: int, slugs: tuple[str, ...], segment_slug: str, no_segment: bool, excluded_lists: tuple[str, ...],
    excluded_segments: tuple[str, ...], excluded_campaigns: tuple[int, ...], exclude_nobody: bool, email: str,
) -> None:  # fmt: skip
    """Change the audience or the sender of a draft, or the sender of a scheduled campaign. What you do not name stays;
    --exclude-… replaces all exclusions.

    Example: mailroom campaign change 7 --list news --segment engineers --exclude-campaign 6
    """
    from campaigns import launch
    from campaigns.audience.audiences import Audience
    from campaigns.drafts import draft_changes
    from publication.senders import sender_list

    if (segment_slug and no_segment) or (exclude_nobody and (excluded_lists or excluded_segments or excluded_campaigns)):
        raise click.UsageError("--no-segment excludes --segment, and --exclude-nobody excludes the other --exclude-… options")
    given = exclusions_of(excluded_lists, excluded_segments, excluded_campaigns)
    if not (slugs or segment_slug or no_segment or given or exclude_nobody or email):
        raise click.UsageError("nothing to change; give a list, a segment, exclusions or a sender")
    campaign = find(campaign_id)
    if campaign.state == "scheduled" and not (slugs or segment_slug or no_segment or given or exclude_nobody):
        launch.change_sender(bootstrap.actor(), campaign_id, sender_list.find_sender(email))
        output.show(describe(find(campaign_id)), f"Campaign {campaign_id} is now sent from {email}.")
        return
    present = Audience.of(campaign)
    chosen = audience_of(
        slugs or [mailing_list.slug for mailing_list in present.lists],
        segment_slug or ("" if no_segment or present.segment is None else present.segment.slug),
        given if given or exclude_nobody else present.exclusions,
    )
    sender = sender_list.find_sender(email) if email else campaign.sender
    draft_changes.change_audience(bootstrap.actor(), campaign_id, audience=chosen, sender=sender)
    tell_draft(campaign_id)


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.argument("address")
@click.option(
    "--variant",
    "number",
    metavar="N",
    type=WholeNumber(1),
    help="Send this variant of the issue, counted from 1; without it, the first.",
)
@click.option("--language", metavar="TAG", default="", help="Use the default variant for this language.")
def test(campaign_id: int, address: str, number: int | None, language: str) -> None:
    """Send the campaign's mail to one ADDRESS of yours, marked [Test]. No report counts it.

    Example: mailroom campaign test 7 editor@example.org --language zh-CN
    """
    from campaigns.audience import audience_variants
    from campaigns.drafts import test_mails
    from cli.texts import process_texts
    from publication import heartbeats, installation

    if language and number:
        raise click.UsageError("--variant and --language both choose a variant; give one of them")
    campaign = find(campaign_id)
    variant = audience_variants.of_language(campaign.version, language) if language else (number or 1) - 1
    test_send = test_mails.send(bootstrap.actor(), campaign.version, campaign.sender, address, variant=variant, campaign=campaign)
    bootstrap.wake("send_singles")
    needed = (heartbeats.SENDING,)
    document = {
        "campaign": campaign.pk, "test": test_send.pk, "address": test_send.address, "variant": variant, "state": test_send.state,
        "missing_processes": process_texts.missing_sentences(needed),
    }  # fmt: skip
    what = f" of variant {variant + 1}" if variant else ""
    message = f"A test mail{what} to {test_send.address} is being sent.{process_texts.warning(needed)}"
    if (since := installation.publication().quarantined_at) is not None:
        message += f"\nBut nothing has been sent since {output.moment(since)}: quarantine. See: mailroom system restore-check"
    output.show(document, message)


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@click.option("--reason", required=True, help="Why it may be sent in spite of the errors, in one line; it stays on record.")
@click.option("--by", "name", metavar="NAME", required=True, help="The account that decides; it needs the role override-checks.")
@with_yes
def override(campaign_id: int, reason: str, name: str, yes: bool) -> None:
    """Allow a draft to be sent although checks found errors. Errors that would break the mail for every reader stay forbidden.

    Example: mailroom campaign override 7 --by wei --reason "the pale text belongs to the logo"
    """
    from campaigns import launch_checks
    from publication.staff import accounts

    campaign = find(campaign_id)
    account = accounts.find_staff(name)
    faults = launch_checks.standing_faults(campaign)
    for fault in faults if not yes else ():
        output.note(f"error: {fault}")
    question = f"Allow campaign {campaign_id} to be sent with {output.count(len(faults), 'error')}?"
    bootstrap.confirmed(question, yes, lambda: launch_checks.override_checks(bootstrap.actor(), campaign_id, reason, account))
    document = describe(find(campaign_id))
    codes = ", ".join(document["override"]["codes"])
    output.show(document, f"Campaign {campaign_id} may be sent in spite of {codes}.")


@click.command(cls=bootstrap.DatabaseCommand)
@WHICH
@with_yes
def delete(campaign_id: int, yes: bool) -> None:
    """Delete a draft. Its issue stays stored. Campaigns that were sent or cancelled cannot be deleted.

    Example: mailroom campaign delete 7
    """
    from campaigns import removing

    campaign = find(campaign_id)
    question = f"Delete the draft {campaign_id} “{output.visible(campaign.name)}”?"
    bootstrap.confirmed(question, yes, lambda: removing.delete_campaign(bootstrap.actor(), campaign_id))
    output.show({"campaign": campaign_id, "deleted": True}, f"Draft {campaign_id} is deleted.")
