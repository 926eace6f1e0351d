"""`mailroom campaign`: the group; its commands are in the other modules of this folder."""

import click

from cli.campaign import audience_command, draft_commands, follow_up_command, report_commands, sending_commands, watch_command
from cli.click_extensions import CommandGroup


@click.group(cls=CommandGroup)
def campaign() -> None:
    """Send one issue to one audience, from draft to report.

    Example: mailroom campaign create --issue issues/2027-01 --list news --from news@example.org
    """


for command in (
    audience_command.audience,
    draft_commands.create,
    follow_up_command.follow_up,
    draft_commands.update,
    draft_commands.change,
    draft_commands.test,
    draft_commands.override,
    sending_commands.allow_repeat,
    sending_commands.schedule,
    sending_commands.unschedule,
    sending_commands.send,
    sending_commands.pause,
    sending_commands.resume,
    sending_commands.cancel,
    draft_commands.delete,
    watch_command.watch,
    report_commands.ls,
    report_commands.show,
    report_commands.report,
    report_commands.uncertain,
):
    campaign.add_command(command)
