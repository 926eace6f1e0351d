"""`mailroom system`: migrations, doctor, settings, restore check, quarantine, actors and audit log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import CommandGroup, WholeNumber, with_yes
from cli.error_reporting import CliError
from cli.system.diagnosis import Diagnosis
from cli.system.postgres_command import postgres
from cli.texts import campaign_states
from config import statement_limits
from config.env import PREFIX, SETTINGS, Environment, Setting, load

if TYPE_CHECKING:
    from campaigns.recovery.restore_check import Checked

MASK = "•••"


@click.group(cls=CommandGroup)
def system() -> None:
    """Settings, database, diagnosis, audit log.

    Example: mailroom system doctor
    """


@system.command()
def migrate() -> None:
    """Bring the database up to date. It is safe to run twice at once: the second run waits and finds nothing to do.

    Example: mailroom system migrate
    """
    bootstrap.set_up(migrated=False)
    from cli import schema_migrations

    with output.busy("Bringing the database up to date"):
        applied = schema_migrations.migrate()
    message = f"{output.count(len(applied), 'migration')} applied." if applied else "The database is up to date."
    output.show({"applied": applied}, message)


@system.command("doctor")
def doctor_() -> None:
    """Check everything that an installation needs; each line is ok, warn or fault, with what to do. Exit code 1 on a fault.

    Example: mailroom system doctor
    """
    from cli.system import doctor

    checks = doctor.examine()
    output.show(doctor.as_document(checks), lambda: _tell_checks(checks))
    if any(diagnosis.level == "fault" for diagnosis in checks):
        sys.exit(1)


def _tell_checks(checks: list[Diagnosis]) -> None:
    for diagnosis in checks:
        output.say(f"{diagnosis.level:<5}  {diagnosis.check}: {output.visible(diagnosis.finding)}")
        if diagnosis.remedy:
            output.say(f"       → {diagnosis.remedy}")


system.add_command(postgres)


@system.command()
def settings() -> None:
    """Show every setting, its value, and the value's source. Secrets are hidden. Exit code 1 if a setting is wrong.

    Example: mailroom system settings
    """
    environment = load()
    documents = [_setting(setting, environment) for setting in SETTINGS]
    rows = [[document["name"], document["value"], document["from"], document["meaning"]] for document in documents]
    columns = ("setting", "value", "from", "meaning")
    output.show({"settings": documents, "faults": environment.faults}, lambda: output.show_table(columns, rows))
    for fault in environment.faults:
        output.note(f"mailroom: {fault}")
    if environment.faults:
        sys.exit(1)


def _setting(setting: Setting, environment: Environment) -> dict[str, Any]:
    name = PREFIX + setting.name
    value = environment[setting.name]
    # As config.env reads them: the variable has priority over its file, and an empty one counts as not set.
    source = "default"
    if environment.environ.get(name, "").strip():
        source = "environment"
    elif setting.secret and name not in environment.environ and environment.environ.get(name + "_FILE"):
        source = f"file {environment.environ[name + '_FILE']}"
    elif setting.name.startswith("SENDGRID_") and value != setting.default:
        source = "the sandbox of the running mailroom up"
    elif setting.name in {"SECRET_KEY", "LINK_KEYS"} and environment.embedded_database:
        source = "created in the data directory"
    shown = (MASK if value or source.startswith("created") else None) if setting.secret else _plain(value)
    return {"name": name, "value": shown, "from": source, "secret": setting.secret, "meaning": setting.meaning}


def _plain(value: object) -> object:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or None
    return value if value is None or isinstance(value, bool | int) else str(value)


@system.command("restore-check", cls=bootstrap.DatabaseCommand)
@click.option(
    "--quarantine", "always", is_flag=True,
    help="If you know that an older state was restored: start a quarantine, and mark recipients who may have been sent to "
    "since as uncertain.",
)  # fmt: skip
def restore_check(always: bool) -> None:
    """Check whether the database is an older copy, for example after a restore or a fail-over.

    This machine keeps a small file outside the database with what was sent last. The command compares this file with the
    database. If the database is older, it starts a quarantine: nothing is sent until you lift it. If sent mails are missing
    from it, everyone to whom they may have gone becomes uncertain and is listed. In quarantine, all staff are signed out once.
    Exit code 1 while there is a quarantine.

    Example: mailroom system restore-check
    """
    from campaigns.recovery import restore_check
    from publication.database import statement_sql

    with statement_sql.limited(statement_limits.LONG):
        checked = restore_check.restore_check(bootstrap.actor(), always=always)
    output.show(checked.as_dict(), lambda: _tell_check(checked))
    if checked.quarantined:
        sys.exit(1)


def _moment(at: datetime | str | None) -> str:
    """A time for a sentence. The mark's file holds texts, which may be damaged."""
    if isinstance(at, str):
        try:
            at = datetime.fromisoformat(at)
        except ValueError:
            return output.visible(at)
    return output.moment(at) if at else "an unknown time"


def _tell_check(checked: Checked) -> None:
    comparison = checked.comparison
    last = f"attempt {comparison.attempt_id} of {_moment(comparison.attempt_at)}" if comparison.attempt_id else "no attempt yet"
    output.say(f"database: timeline {comparison.identity.timeline}, {last}")
    if comparison.known.exists:
        output.say(
            f"mark:     attempt {comparison.known.attempt_id}, written {_moment(comparison.known.written_at)} on this machine"
        )
    else:
        output.say("mark:     none on this machine, so nothing can be compared; if the database did go back, use --quarantine")
    for sign in comparison.signs:
        output.say(f"sign:     {output.visible(sign)}")
    if checked.intact:
        compared = output.count(comparison.compared, "mail")
        output.say(f"No mail that this machine sent is missing ({compared} checked one by one).")
    if len(checked.machines) > 1:
        output.say(f"Other machines also sent mail: {output.visible(', '.join(checked.machines))}. Run this on each of them.")
    if checked.doubted:
        _tell_doubted(checked)
    _tell_lost(checked.lost_campaigns, output.say)
    if checked.sessions_ended:
        output.say(
            "All staff were signed out. Accounts that were blocked, demoted or deleted since the backup have their rights again."
        )
        output.say("Before you start the web server, check: mailroom staff ls, then mailroom staff disable NAME")
    if checked.quarantined:
        people = sum(campaign["people"] for campaign in checked.lost_campaigns if not campaign["confirmed"])
        known = f" --already-sent {people}" if people else ""
        output.say(f"To send again: mailroom system lift-quarantine --reason TEXT{known}, then mailroom campaign resume ID")
    elif not comparison.signs:
        output.say("No sign that the database went back, and no quarantine.")


def _tell_doubted(checked: Checked) -> None:
    people = output.count(sum(campaign["people"] for campaign in checked.campaigns), "person")
    singles = output.count(sum(checked.singles.values()), "single mail")
    output.say(f"Uncertain since then: {people} in campaigns that the database has, {singles}.")
    if checked.campaigns:
        rows = [
            [
                str(campaign["id"]),
                campaign["name"],
                campaign_states.label(campaign["state"]),
                campaign["slices"],
                campaign["people"],
            ]
            for campaign in checked.campaigns
        ]
        output.show_table(("campaign", "name", "state", "batches", "uncertain"), rows)
        output.say("Events settle some of them. Decide the rest: mailroom uncertain ls, then mailroom uncertain settle BATCH")
    for campaign in checked.unlaunched:
        state = campaign_states.adjective(campaign["state"])
        output.say(f"Campaign {campaign['id']} is {state}, but may have been sent in the lost part. Check before you send it.")


def _tell_lost(lost: list[dict[str, Any]], say: Callable[[str], None]) -> None:
    """Name the campaigns that were sent and that the database does not know, and how to find their mails."""
    if not lost:
        return
    people = output.count(sum(campaign["people"] for campaign in lost), "person")
    say(f"Sent, but the database does not know it: {output.count(len(lost), 'campaign')}, to {people}.")
    for campaign in lost:
        lists = output.visible(", ".join(campaign["lists"]))
        say(
            f"Campaign {campaign['campaign']} “{output.visible(campaign['name'])}”: "
            f"{output.count(campaign['people'], 'person')} of {lists}, "
            f"first request {output.moment(campaign['first_request_at'])}"
        )
        say(f"  issue version {campaign['digest'][:16]}; subjects: {output.visible(' / '.join(campaign['subjects']))}")
        if campaign["repeats"]:
            say(f"  may be repeated: staff allowed campaign {', '.join(map(str, campaign['repeats']))}")
    say("Find them at the provider: in SendGrid under Activity, filter by the subject and by the day of the first request.")
    say("Do not send these issues to these lists again. If you do, Mailroom asks you for the number of people first.")


@system.command("lift-quarantine", cls=bootstrap.DatabaseCommand)
@click.option("--reason", required=True, help="What you found out; kept in the audit log.")
@click.option(
    "--already-sent", metavar="PEOPLE", type=WholeNumber(1),
    help="If campaigns were sent that the database does not know: to how many people, as restore-check says.",
)  # fmt: skip
@with_yes
def lift_quarantine(reason: str, already_sent: int | None, yes: bool) -> None:
    """End a quarantine, which was started because the database may be an older copy. Uncertain recipients stay uncertain.

    All staff are signed out, unless restore-check did that.

    If campaigns were sent that the database does not know, type the number of their people, or give it with --already-sent.

    Example: mailroom system lift-quarantine --reason "restored on purpose; nothing was sent since the backup"
    """
    from campaigns.recovery import lost_campaigns, restore_check
    from publication import installation

    row = installation.publication()
    if row.quarantined_at is None:
        raise CliError("there is no quarantine, so there is nothing to lift")
    output.note(f"Quarantine since {output.moment(row.quarantined_at)}: {output.visible(row.quarantine_reason)}")
    uncertain = restore_check.count_uncertain()
    output.note(f"{output.count(uncertain, 'person')} may or may not have received a campaign; they stay uncertain.")
    lost = lost_campaigns.unconfirmed()
    _tell_lost([lost_campaigns.as_dict(campaign) for campaign in lost], output.note)
    if lost and already_sent is None and not yes:
        already_sent = output.ask_number("How many people were sent these campaigns? Type the number to go on", "--already-sent")
    restore_check.require_number(already_sent, lost)
    output.ask("Planned recipients will be mailed, even if they were already mailed after the backup. Lift the quarantine?", yes)
    lifted = restore_check.lift(bootstrap.actor(), reason, already_sent=already_sent)
    message = "The quarantine is lifted. To continue a campaign that is on hold for it: mailroom campaign resume ID"
    output.show({"lifted": lifted, "uncertain": uncertain}, message)


@system.group(cls=bootstrap.DatabaseGroup)
def actor() -> None:
    """Everyone who did something: staff, the command line, tokens, subscribers, Mailroom itself.

    Example: mailroom system actor ls
    """


@actor.command("ls")
def actor_ls() -> None:
    """List all actors.

    Example: mailroom system actor ls
    """
    from publication import models

    documents = [dict(stored_actor) for stored_actor in models.Actor.objects.order_by("kind", "name").values("kind", "name")]
    output.show_list("actors", documents, ("kind", "name"), empty="none yet")


@system.group(cls=bootstrap.DatabaseGroup)
def audit() -> None:
    """The append-only record of everything that was done.

    Example: mailroom system audit tail
    """


@audit.command()
@click.option("--number", "-n", type=WholeNumber(1, 100_000), default=20, show_default=True, help="How many entries to show.")
@click.option("--verb", default="", help="Show only this verb, such as erase.")
def tail(number: int, verb: str) -> None:
    """Show the latest entries, the newest at the end.

    Example: mailroom system audit tail --number 50 --verb suppress
    """
    from publication import models

    entries = models.Audit.objects.select_related("actor").order_by("-id")
    if verb:
        entries = entries.filter(verb=verb)
    documents = [
        {"at": entry.at, "actor": str(entry.actor), "verb": entry.verb,
         "object": f"{entry.object_kind} {entry.object_id}".strip(), "detail": entry.detail}
        for entry in reversed(entries[:number])
    ]  # fmt: skip
    rows = [list(document.values()) for document in documents]
    columns = ("at", "who", "verb", "what", "detail")
    output.show(
        {"audit": documents},
        lambda: output.show_table(
            columns, rows, empty=f"no entry has the verb “{output.visible(verb)}”" if verb else "nothing yet"
        ),
    )
