"""The command `mailroom`: its groups and commands. Each is imported when it is used."""

import click

from cli.click_extensions import Root

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}  # inherited by every command
# name: (module, attribute, short help). The help page shows these texts and imports none of the modules.
COMMANDS = {
    "up": ("cli.system.up_and_down_commands", "up", "Start everything that sends and serves, until Ctrl-C."),
    "down": ("cli.system.up_and_down_commands", "down", "Stop everything that `mailroom up` started, and the embedded servers."),
    "demo": ("cli.system.demo_command", "demo", "Try the whole process on this machine with sample data; no mail leaves it."),
    "issue": ("cli.issue.issue_commands", "issue", "Write, check, build and store issues."),
    "theme": ("cli.issue.theme_commands", "theme", "The designs that an issue can have: list, check, preview."),
    "list": ("cli.subscriber.list_commands", "lists", "The lists that people subscribe to."),
    "subscriber": (
        "cli.subscriber.subscriber_commands",
        "subscriber",
        "People: list, import, export, add, subscribe, show, explain, edit, merge, move, unsubscribe, erase.",
    ),
    "import": ("cli.subscriber.import_run_commands", "imports", "Imports of people: list them, stop one, undo one."),
    "segment": (
        "cli.subscriber.segment_commands",
        "segment",
        "Stored queries over subscribers; docs/segments.md describes their language.",
    ),
    "suppression": (
        "cli.subscriber.suppression_commands",
        "suppression",
        "Addresses that must not be mailed, on any list.",
    ),
    "sender": ("cli.sender_commands", "sender", "The addresses that mail is sent from, each verified at the provider."),
    "publication": ("cli.publication_commands", "publication", "The newsletter's name, time zone, languages and policies."),
    "campaign": ("cli.campaign.campaign_group", "campaign", "Send one issue to one audience, from draft to report."),
    "uncertain": (
        "cli.campaign.uncertain_commands",
        "uncertain",
        "Recipients who may or may not have received a mail: list, show, settle.",
    ),
    "staff": ("cli.staff_commands", "staff", "The accounts that can sign in to the console."),
    "system": ("cli.system.system_commands", "system", "Settings, database, diagnosis, audit log."),
    "sandbox": ("cli.system.sandbox_command", "sandbox", "Run a stand-in for the provider on this machine; no mail leaves it."),
}


@click.group(cls=Root, lazy_commands=COMMANDS, context_settings=SETTINGS)
@click.version_option(package_name="mailroom", prog_name="mailroom")
def main() -> None:
    """Write, check and send newsletters, and see what became of each mail.

    Exit codes: 0 done, 1 refused or errors found, 2 wrong use. Errors go to standard error. With `--json` a command
    prints one JSON document for programs. Settings are environment variables: docs/settings.md, or
    `mailroom system settings`.

    Example: mailroom issue new my-first-issue
    """
