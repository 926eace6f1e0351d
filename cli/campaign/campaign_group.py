"""`mailroom campaign`: the group; its commands are in campaign_launch, campaign_override, campaign_show and campaign_watch."""

from __future__ import annotations

import click

from cli.campaign import draft_commands, override_command, report_commands, watch_command
from cli.click_extensions import Group


@click.group(cls=Group)
def campaign() -> None:
    """One sending of one issue to one audience, from draft to report.

    Example: mailroom campaign create --issue issues/2026-12 --list news --from news@example.org
    """


for command in (
    draft_commands.create,
    draft_commands.update,
    draft_commands.test,
    override_command.override,
    draft_commands.schedule,
    draft_commands.unschedule,
    draft_commands.send,
    draft_commands.pause,
    draft_commands.resume,
    draft_commands.cancel,
    draft_commands.delete,
    watch_command.watch,
    report_commands.ls,
    report_commands.show,
    report_commands.report,
    report_commands.unknown,
):
    campaign.add_command(command)
