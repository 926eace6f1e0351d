"""Drafts of campaigns: create, update, test, override the checks, delete."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output, variant_table
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
@click.option("--segment", "segment_slug", metavar="SEGMENT", default="", help="Send only to the people in this segment.")
@click.option("--from", "email", metavar="EMAIL", required=True, help="The sender; mailroom sender ls lists them.")
@click.option("--name", default="", help="A name for staff; without it, the subject.")
@WITH_ERRORS
@STRICT
def create(
    folder: Path, slugs: tuple[str, ...], segment_slug: str, email: str, name: str, with_errors: bool, strict: bool | None
) -> None:
    """Create a draft campaign from the issue as it is now. Nothing is sent before `schedule` or `send`.

    Example: mailroom campaign create --issue issues/2027-01 --list news --from news@example.org
    """
    from campaigns import launch
    from campaigns.drafts import draft_changes
    from publication.senders import sender_list
    from subscribers import mailing_lists
    from subscribers.segments import saved_segments

    actor = bootstrap.actor()
    chosen = [mailing_lists.find_list(slug) for slug in slugs]
    sender = sender_list.find_sender(email)
    segment = saved_segments.find(segment_slug) if segment_slug else None
    version, faults = _stored(folder, with_errors)
    made = launch.create(actor, version=version, lists=chosen, sender=sender, segment=segment, name=name)
    if strict is not None:
        draft_changes.set_strict(actor, made.pk, strict)
    _tell_draft(made.pk, faults)


def _stored(folder: Path, with_errors: bool) -> tuple[IssueVersion, bool]:
    """Store the folder as a version; the version, and whether checks found errors. Raises CliError for unwanted errors."""
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
    return version, bool(faults)


def _tell_draft(campaign_id: int, faults: bool) -> None:
    campaign = find(campaign_id)
    document = describe(campaign) | {"mailable": mailable(campaign), "variants": forecast(campaign)}
    output.show(document, lambda: _say_draft(document, faults))


def _say_draft(document: dict[str, Any], faults: bool) -> None:
    output.say(f"campaign {document['campaign']}: “{output.visible(document['subject'])}” from {document['from']}")
    output.say(f"version {document['version']} of {document['issue']}; later changes in the folder are not part of it")
    output.say(f"to {output.count(document['mailable'], 'recipient')} as of now")
    variant_table.tell(document["variants"], "recipients")
    output.say(f"next: mailroom campaign test {document['campaign']} ADDRESS")
    if faults:
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
    version, faults = _stored(folder, with_errors)
    draft_changes.replace_version(bootstrap.actor(), campaign_id, version)
    _tell_draft(campaign_id, faults)


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
    from campaigns import audience_variants, launch
    from cli.texts import process_texts
    from publication import heartbeats, installation

    if language and number:
        raise click.UsageError("--variant and --language both choose a variant; give one of them")
    campaign = find(campaign_id)
    variant = audience_variants.of_language(campaign.version, language) if language else (number or 1) - 1
    test_send = launch.send_test(
        bootstrap.actor(), campaign.version, campaign.sender, address, variant=variant, campaign=campaign
    )
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
