"""The command `mailroom`: which groups and commands there are. Each is imported when it is used."""

from __future__ import annotations

import click

from cli.click_extensions import Root

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}  # inherited by every command
# name: (module, attribute, short help). The help page shows these texts and imports none of the modules.
COMMANDS = {
    "up": ("cli.system.up_and_down_commands", "up", "Start everything that sends and serves, until Ctrl-C."),
    "down": ("cli.system.up_and_down_commands", "down", "Stop everything that `mailroom up` started, and the embedded servers."),
    "demo": ("cli.system.demo_command", "demo", "Show the whole way of an issue on this machine; nothing leaves it."),
    "issue": ("cli.issue.issue_commands", "issue", "Write, check, build and store issues."),
    "theme": ("cli.issue.theme_commands", "theme", "The looks that an issue can have: list, check, preview."),
    "list": ("cli.subscriber.list_commands", "lists", "The lists that people subscribe to."),
    "subscriber": (
        "cli.subscriber.subscriber_commands",
        "subscriber",
        "People: import, export, add, subscribe, show, edit, unsubscribe, erase.",
    ),
    "segment": (
        "cli.subscriber.segment_commands",
        "segment",
        "Stored queries over subscribers: docs/segments.md tells the language.",
    ),
    "suppression": (
        "cli.subscriber.suppression_commands",
        "suppression",
        "Addresses that must not be mailed, whatever list they are on.",
    ),
    "sender": ("cli.sender_commands", "sender", "From identities, each verified at the provider."),
    "publication": ("cli.publication_commands", "publication", "The newsletter as an organisation, and its policies."),
    "campaign": ("cli.campaign.campaign_group", "campaign", "One sending of one issue to one audience, from draft to report."),
    "unknown": ("cli.campaign.unknown_commands", "unknown", "Whoever may or may not have received a mail: list, show, settle."),
    "staff": ("cli.staff_commands", "staff", "People with a login to the console."),
    "system": ("cli.system.system_commands", "system", "Settings, database, diagnosis, audit."),
    "sandbox": ("cli.system.sandbox_command", "sandbox", "A stand-in for the provider on this machine; nothing leaves it."),
}


@click.group(cls=Root, lazy_commands=COMMANDS, context_settings=SETTINGS)
@click.version_option(package_name="mailroom", prog_name="mailroom")
def main() -> None:
    """Mailroom: newsletters written once, rendered everywhere, delivered with a record.

    Exit codes: 0 done, 1 refused or found faults, 2 wrong use. Faults go to standard error. `--json` gives one document
    for programs. Settings are environment variables: docs/settings.md, or `mailroom system settings`.

    Example: mailroom issue new my-first-issue
    """
