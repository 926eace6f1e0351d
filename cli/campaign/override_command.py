"""`mailroom campaign override`: somebody authorised lets a draft go although checks found errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli import bootstrap as house
from cli import output
from cli.campaign.draft_commands import WHICH, describe, find
from cli.click_extensions import with_json, with_yes
from cli.later import later

if TYPE_CHECKING:
    from campaigns import launch
    from campaigns import launch_checks as checks
    from publication.staff import accounts as staff
else:
    checks, launch, staff = later("campaigns.launch_checks"), later("campaigns.launch"), later("publication.staff.accounts")


@click.command()
@WHICH
@click.option("--reason", required=True, help="Why it may go all the same, in one line; it stays on record.")
@click.option("--by", "name", metavar="NAME", required=True, help="The account of who decides; it needs the role chief.")
@with_yes
@with_json
@house.inside
def override(campaign_id: int, reason: str, name: str, yes: bool, as_json: bool) -> None:
    """Let a draft be sent although checks found errors. What would reach every reader broken stays forbidden.

    Example: mailroom campaign override 7 --by wei --reason "the pale words are the logo's"
    """
    one = find(campaign_id)
    account = staff.find_staff(name)
    faults = checks.standing_faults(one)
    for fault in faults if not yes else ():
        output.note(f"error: {fault}")
    if faults:
        output.ask(f"Let campaign {campaign_id} go with {output.count(len(faults), 'error')}?", yes)
    launch.override_checks(house.actor(), campaign_id, reason, account)
    document = describe(find(campaign_id))
    codes = ", ".join(document["override"]["codes"])
    output.show(document, as_json, lambda: output.say(f"Campaign {campaign_id} may be sent in spite of {codes}."))
