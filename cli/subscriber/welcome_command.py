"""`mailroom list welcome`: what people get who confirm a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import with_yes
from cli.error_reporting import CliError

if TYPE_CHECKING:
    from publication.models import Sender
    from subscribers.models import MailingList


@click.command(cls=bootstrap.DatabaseCommand)
@click.argument("slug")
@click.option("--issue", "issue_slug", metavar="ISSUE", help="Send the prepared version of this issue.")
@click.option("--from", "email", metavar="EMAIL", help="The sender of --issue; without it, that of the list's last campaign.")
@click.option("--default", "standard", is_flag=True, help="Send the standard text.")
@click.option("--off", is_flag=True, help="Send no welcome.")
@with_yes
def welcome(slug: str, issue_slug: str | None, email: str | None, standard: bool, off: bool, yes: bool) -> None:
    """Show the welcome that people get who confirm a list, or choose another one.

    An issue must be ready to be sent: without errors, and approved if the publication asks for approvals. Each person gets it
    once. Nobody gets a second welcome of the list, also if you choose another issue.

    Example: mailroom list welcome news --issue welcome-2027
    """
    from campaigns.welcomes import list_welcomes
    from subscribers import mailing_lists

    if sum(map(bool, (issue_slug, standard, off))) > 1:
        raise click.UsageError("Choose one of --issue, --default and --off.")
    if email and not issue_slug:
        raise click.UsageError("--from belongs to --issue.")
    mailing_list = mailing_lists.find_list(slug)
    if issue_slug:
        _choose(mailing_list, issue_slug, email, yes)
    elif standard or off:
        bootstrap.confirmed(
            f"Send {'the standard text' if standard else 'no welcome'} to people who confirm {slug} from now on?", yes,
            lambda: list_welcomes.end(bootstrap.actor(), slug, uses_standard_text=standard),
        )  # fmt: skip
    mailing_list.refresh_from_db()
    document = _document(mailing_list)
    output.show(document, lambda: output.show_facts(document.items()))


def _choose(mailing_list: MailingList, issue_slug: str, email: str | None, yes: bool) -> None:
    from campaigns.welcomes import list_welcomes
    from editorial import issue_records

    version = issue_records.find_issue(issue_slug).current
    if version is None:
        raise CliError(
            f"the issue {issue_slug} has no version that could be sent", "prepare one on its tab “Sending” in the console"
        )
    sender = _sender(mailing_list, email)
    question = (
        f"Send “{output.visible(version.subject)}” (version {version.number} of {issue_slug}) from {sender.email} to everybody "
        f"who confirms {mailing_list.slug} from now on?"
    )
    bootstrap.confirmed(question, yes, lambda: list_welcomes.choose(bootstrap.actor(), mailing_list.slug, version, sender))


def _sender(mailing_list: MailingList, email: str | None) -> Sender:
    from campaigns.welcomes import list_welcomes
    from publication.senders import sender_list

    sender = sender_list.find_sender(email) if email else list_welcomes.usual_sender(mailing_list)
    if sender is None:
        raise CliError("there is no sender yet", "add one: mailroom sender add EMAIL --name NAME")
    return sender


def _document(mailing_list: MailingList) -> dict[str, Any]:
    from campaigns.reporting import reports
    from campaigns.welcomes import list_welcomes
    from subscribers.consent import welcomes

    campaign = list_welcomes.of_list(mailing_list)
    if campaign is None:
        return {"list": mailing_list.slug, "welcome": "standard" if mailing_list.welcome else "off"}
    report = reports.report(campaign.pk)
    return {
        "list": mailing_list.slug, "welcome": "issue", "issue": campaign.version.issue.slug, "version": campaign.version.number,
        "subject": campaign.version.subject, "from": campaign.sender.email, "since": campaign.started_at,
        "campaign": campaign.pk, "state": campaign.state, "recipients": report.recipients, "accepted": report.accepted,
        "delivered": report.delivered, "waiting": welcomes.count(mailing_list),
    }  # fmt: skip
