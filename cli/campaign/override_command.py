"""`mailroom campaign override`: somebody authorised lets a draft go although checks found errors."""

from __future__ import annotations

import click

from cli import bootstrap, output
from cli.campaign.draft_commands import WHICH, describe, find
from cli.click_extensions import with_json, with_yes


@click.command()
@WHICH
@click.option("--reason", required=True, help="Why it may go all the same, in one line; it stays on record.")
@click.option("--by", "name", metavar="NAME", required=True, help="The account of who decides; it needs the role chief.")
@with_yes
@with_json
@bootstrap.needs_database
def override(campaign_id: int, reason: str, name: str, yes: bool, as_json: bool) -> None:
    """Let a draft be sent although checks found errors. What would reach every reader broken stays forbidden.

    Example: mailroom campaign override 7 --by wei --reason "the pale words are the logo's"
    """
    from campaigns import launch, launch_checks
    from publication.staff import accounts

    one = find(campaign_id)
    account = accounts.find_staff(name)
    faults = launch_checks.standing_faults(one)
    for fault in faults if not yes else ():
        output.note(f"error: {fault}")
    if faults:
        output.ask(f"Let campaign {campaign_id} go with {output.count(len(faults), 'error')}?", yes)
    launch.override_checks(bootstrap.actor(), campaign_id, reason, account)
    document = describe(find(campaign_id))
    codes = ", ".join(document["override"]["codes"])
    output.show(document, as_json, lambda: output.say(f"Campaign {campaign_id} may be sent in spite of {codes}."))
