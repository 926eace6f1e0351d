"""`mailroom campaign`: the group; its commands are in campaign_launch, campaign_override, campaign_show and campaign_watch."""

from __future__ import annotations

import click

from cli import campaign_launch, campaign_override, campaign_show, campaign_watch
from cli.commands import Group


@click.group(cls=Group)
def campaign() -> None:
    """One sending of one issue to one audience, from draft to report.

    Example: mailroom campaign create --issue issues/2026-12 --list news --from news@example.org
    """


for command in (
    campaign_launch.create,
    campaign_launch.update,
    campaign_launch.test,
    campaign_override.override,
    campaign_launch.schedule,
    campaign_launch.unschedule,
    campaign_launch.send,
    campaign_launch.pause,
    campaign_launch.resume,
    campaign_launch.cancel,
    campaign_launch.delete,
    campaign_watch.watch,
    campaign_show.ls,
    campaign_show.show,
    campaign_show.report,
    campaign_show.unknown,
):
    campaign.add_command(command)
