"""`mailroom demo`: the whole way of an issue on this machine, from the sample files to the sandbox's inbox, with a report.

It has a data directory of its own, emptied at the start, ignores every MAILROOM_ variable, and talks to loopback only.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap as house
from cli import output
from cli.click_extensions import SETTINGS
from cli.error_reporting import Refused
from cli.later import later
from config.env import PREFIX, ROOT, load

if TYPE_CHECKING:
    from campaigns import launch
    from campaigns.models import Campaign
    from campaigns.reporting import reports
    from campaigns.reporting.reports import Report
    from cli.system import sandbox_client as judge
    from cli.system import service_processes as running
    from composer import output_folder
    from composer.images.picture_encoder import Picture
    from composer.pipeline import ComposedIssue
    from config.processes import child_processes as processes
    from editorial import issue_versions as issues
    from publication import profile, senders
    from subscribers import mailing_lists as lists
    from subscribers import models as people
    from subscribers.importing import importer
    from subscribers.segments import compiler
    from subscribers.segments import saved_segments as segments
else:
    launch, reports, issues = later("campaigns.launch"), later("campaigns.reporting.reports"), later("editorial.issue_versions")
    judge, running, processes = (
        later("cli.system.sandbox_client"),
        later("cli.system.service_processes"),
        later("config.processes.child_processes"),
    )
    output_folder = later("composer.output_folder")
    profile, senders = later("publication.profile"), later("publication.senders")
    importer, lists, segments = (
        later("subscribers.importing.importer"),
        later("subscribers.mailing_lists"),
        later("subscribers.segments.saved_segments"),
    )
    people, compiler = later("subscribers.models"), later("subscribers.segments.compiler")

DEMO = ROOT / "var" / "demo"
ISSUE = ROOT / "examples" / "cast-2023-03"
PEOPLE = ROOT / "examples" / "subscribers.csv"
INTEREST = "engineering"
SEGMENT = f'interests = "{INTEREST}"'
LONGEST = 120.0


@click.command(context_settings=SETTINGS)
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON document, for programs.")
def demo(as_json: bool) -> None:
    """Show the whole way of an issue on this machine; nothing leaves it.

    Imports the sample people, makes a segment, composes the sample issue, sends it through the sandbox, waits for what
    became of each mail and writes a report to var/demo/.

    Example: mailroom demo
    """
    _isolate()
    environment = house.enter()
    everything = running.Running(environment, output.note, servers=house.joined())
    try:
        with output.busy("Starting sandbox, web server, workers and beat"):
            everything.start(sandbox_arguments=("--speed", "0.2"))
        _follow(everything)
        campaign = _prepare()
        _send(campaign, everything)
        report = _settle(campaign, everything)
        written = _write(report, everything)
    finally:
        everything.stop()
        house.leave()
    output.show(written, as_json, lambda: _tell(report, written))
    if written["inbox_duplicates"] or written["inbox_missing"] or not report.balances:
        raise Refused("the sandbox's ledger and the report disagree; var/demo/report.json has both")


def _isolate() -> None:
    """Only what the demo itself needs is in the environment; its data of the last time is gone."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    data = DEMO / "data"
    if processes.running_owner(data / "run" / "up.json") is not None:
        raise Refused("a demo is running already", "wait for it, or stop it with Ctrl-C where it runs")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ.update({f"{PREFIX}DATA_DIR": str(data), f"{PREFIX}BIND": f"127.0.0.1:{port}", f"{PREFIX}ATTEMPT_SIZE": "50"})
    processes.stop_leftovers(data / "run" / "up.json")
    if data.exists():
        house.servers(load()).shut_down()
        shutil.rmtree(data)
    for old in ("report.json", "issue.html", "issue.txt"):
        (DEMO / old).unlink(missing_ok=True)
    shutil.rmtree(DEMO / output_folder.PICTURES, ignore_errors=True)


def _follow(everything: running.Running) -> None:
    """The settings of this process were read before the sandbox had an address."""
    from django.conf import settings  # noqa: PLC0415 - Django is set up only now

    environment = load()
    settings.SENDGRID_API_KEY, settings.SENDGRID_HOST = environment["SENDGRID_API_KEY"], environment["SENDGRID_HOST"]
    judge.Judge(settings.SENDGRID_HOST)  # refuses what is not loopback
    if everything.sandbox_url != settings.SENDGRID_HOST:
        raise Refused("the demo would not talk to its own sandbox")


def _prepare() -> Campaign:
    actor = house.actor()
    profile.change_profile(actor, name="CAST Newsletter", zone="Asia/Shanghai")
    sender = senders.add_sender(actor, "newsletter@cast.example", name="CAST Newsletter")
    mailing_list = lists.create_list(actor, "cast-newsletter", "CAST Newsletter", description="The monthly newsletter in English")
    with output.bar("Importing 2,000 invented people", 100) as advance:
        run = importer.import_file(
            actor, PEOPLE, mailing_list, consent="invented for the demo", create_attributes=True, progress=_steps(advance),
            refused_path=DEMO / "data" / "refused.csv",
        )  # fmt: skip
    output.note(
        f"  {output.count(run.created_count, 'person', 'people')} imported, {output.visible(run.refused_count)} rows refused"
    )
    segment = segments.create(actor, "engineering", SEGMENT)
    with output.busy("Composing the sample issue"):
        version, composed, _ = issues.store(actor, ISSUE)
    mail = composed.variants[0].mail
    write_mail(mail, DEMO, issues.media_url)
    output.note(f"  {output.count(len(mail.html.encode()), 'byte')} of HTML, {len(mail.pictures)} pictures")
    return launch.create(actor, version=version, lists=[mailing_list], segment=segment, sender=sender)


def _steps(advance: Callable[[int], None]) -> Callable[[Any, float], None]:
    return lambda _run, share: advance(round(100 * share))


def write_mail(mail: ComposedIssue, folder: Path, url: Callable[[Picture], str]) -> None:
    """The mail as it was sent, as issue.html and issue.txt in `folder`, with its pictures beside it: the server at whose
    addresses (`url`) readers find them has ended when somebody opens the file."""
    (folder / output_folder.PICTURES).mkdir(parents=True, exist_ok=True)
    html, text = output_folder.with_example_values(mail, "Li Na")
    for picture in mail.pictures:
        (folder / output_folder.PICTURES / picture.name).write_bytes(picture.data)
        html = html.replace(url(picture), f"{output_folder.PICTURES}/{picture.name}")
    for name, content in (("issue.html", html), ("issue.txt", text)):
        (folder / name).write_text(content, encoding="utf-8", newline="\n")


def _send(campaign: Campaign, everything: running.Running) -> None:
    launch.schedule(house.actor(), campaign.pk)
    house.wake("pump")
    total = people.Subscriber.objects.filter(compiler.compile(SEGMENT)).count()
    what = f"Sending to the {total} who asked for {INTEREST}"
    _watch(campaign, everything, what, total, lambda r: r.accepted + r.skipped + r.failed)


def _watch(campaign: Campaign, everything: running.Running, what: str, total: int, done: Callable[[Report], int]) -> Report:
    """Draw the progress until the number is reached; ends by itself."""
    deadline = time.monotonic() + LONGEST
    with output.bar(what, total) as advance:
        while True:
            everything.watch()
            report = reports.report(campaign.pk)
            advance(done(report))
            if report.state == "sent" and done(report) >= report.recipients:
                return report
            if time.monotonic() > deadline or report.state == "held":
                why = f"the campaign did not end: {report.state} {report.held_detail}"
                raise Refused(why, "the logs are in var/demo/data/log")
            time.sleep(0.1)


def _settle(campaign: Campaign, everything: running.Running) -> Report:
    """Until the provider's events have told what became of each mail."""
    return _watch(
        campaign, everything, "Hearing what became of each", reports.report(campaign.pk).recipients,
        lambda r: r.recipients - r.awaiting - r.deferred - (0 if r.unsettled_events == 0 else 1),
    )  # fmt: skip


def _expected() -> set[str]:
    """Whom the segment means, counted from the sample file and not from the database."""
    with PEOPLE.open(encoding="utf-8-sig", newline="") as file:
        return {row["email"].strip().lower() for row in csv.DictReader(file) if INTEREST in row["interests"].split(";")}


def _write(report: Report, everything: running.Running) -> dict[str, Any]:
    asked = judge.Judge(everything.sandbox_url)
    asked.wait_for_events(30)
    mails, expected = asked.mails(), _expected()
    written = {
        "campaign": report.campaign,
        "recipients": report.recipients,
        "accepted": report.accepted,
        "delivered": report.delivered,
        "bounced": report.bounced,
        "dropped": report.dropped,
        "complained": report.complained,
        "unknown": report.unknown,
        "suppressed_now": people.Suppression.objects.count(),
        "inbox_messages": sum(mails.values()),
        "inbox_duplicates": sum(count - 1 for count in mails.values()),
        "inbox_missing": len(expected - set(mails)),
        "inbox_strangers": len(set(mails) - expected),
        "report": report.as_dict(),
    }
    draft = DEMO / "report.json.new"
    draft.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(DEMO / "report.json")
    return written


def _tell(report: Report, written: dict[str, Any]) -> None:
    shown: list[tuple[str, object]] = [(name, written[name]) for name in written if name != "report"]
    output.say()
    output.show_facts(shown)
    output.say()
    output.say(f"hard {report.hard}, soft {report.soft}; opened {report.opened}, clicked {report.clicked}")
    output.say("The mail: var/demo/issue.html and issue.txt. The report: var/demo/report.json.")
    output.say()
    output.say("To go on with it in console and inbox, serve its data at the address that its mails name, until Ctrl-C:")
    output.say(f"  {PREFIX}BIND={os.environ[f'{PREFIX}BIND']} {running.typed(DEMO / 'data', 'up')}")
    output.say("Without these settings `mailroom up` serves an installation of your own, which is empty at first.")
