"""The steps of `mailroom demo` after its servers have started: from the sample files to the report. Needs Django set up."""

import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from campaigns import launch
from campaigns.models import Campaign
from campaigns.reporting import reports
from campaigns.reporting.reports import Report
from cli import bootstrap, output
from cli.error_reporting import CliError
from cli.system.sandbox_client import SandboxClient
from cli.system.service_processes import ServiceProcesses
from cli.texts import campaign_states
from composer import output_folder
from composer.images.picture_encoder import Picture
from composer.issue import digest
from composer.issue.parsing.issue_file import load_issue
from composer.pipeline import ComposedIssue
from config import public_urls
from config.env import ROOT
from editorial import issue_versions
from publication import profile
from publication.models import Actor, Sender
from publication.senders import sender_confirmations
from subscribers import mailing_lists, models
from subscribers.consent import measuring_consent
from subscribers.consent.ledger import Proof
from subscribers.importing import importer
from subscribers.segments import compiler, saved_segments

ISSUE = ROOT / "examples" / "cast-2023-03"
PEOPLE = ROOT / "examples" / "subscribers.csv"
INTEREST = "engineering"
SEGMENT = f'interests = "{INTEREST}"'
LONGEST = 120.0


def prepare(folder: Path) -> Campaign:
    """Import the sample people, store the sample issue, write its mail into `folder`, and draft the campaign."""
    actor = bootstrap.actor()
    profile.change_profile(actor, name="CAST Newsletter", zone="Asia/Shanghai", policies={"measuring": "individual"})
    sender = sender_confirmations.add_unconfirmed(
        actor, "newsletter@cast.example", name="CAST Newsletter", proof=Sender.Proof.DOMAIN
    )
    mailing_list = mailing_lists.create_list(
        actor,
        "cast-newsletter",
        "CAST Newsletter",
        description="The monthly newsletter in English",
        sign_up="open",
    )
    mailing_lists.set_archive(actor, mailing_list.slug, "public")  # the issue is a digest
    with output.bar("Importing 2,000 sample people", 100) as advance:
        run = importer.import_file(
            actor, PEOPLE, mailing_list, consent="invented for the demo", create_attributes=True,
            progress=lambda _, share: advance(round(100 * share)), refused_path=folder / "data" / "refused.csv",
        )  # fmt: skip
    output.note(f"  {output.count(run.created_count, 'person')} imported, {output.visible(run.refused_count)} rows refused")
    segment = saved_segments.create(actor, "engineering", SEGMENT)
    _let_some_agree(actor)
    with output.busy("Composing the sample issue"):
        version, composed, _ = issue_versions.store(actor, ISSUE)
    mail = composed.variants[0].mail
    write_mail(mail, folder, issue_versions.media_url)
    output.note(f"  {output.count(len(mail.html.encode()), 'byte')} of HTML, {len(mail.pictures)} pictures")
    return launch.create(actor, version=version, lists=[mailing_list], segment=segment, sender=sender)


def _let_some_agree(actor: Actor) -> None:
    """Every third recipient agrees that their clicks are kept with their name, so that the report shows both kinds."""
    for person in models.Subscriber.objects.filter(compiler.compile_segment(SEGMENT)).order_by("id")[::3]:
        measuring_consent.agree(actor, person, source="import", proof=Proof.STATEMENT, wording="invented for the demo")


def write_mail(mail: ComposedIssue, folder: Path, url: Callable[[Picture], str]) -> None:
    """Write the mail as it was sent to issue.html and issue.txt in `folder`, with its pictures next to it: when somebody opens
    the file, the server at `url`, from which readers load them, has ended."""
    (folder / output_folder.PICTURES).mkdir(parents=True, exist_ok=True)
    html, text = output_folder.with_example_values(mail, "Li Na")
    for picture in mail.pictures:
        (folder / output_folder.PICTURES / picture.name).write_bytes(picture.data)
        html = html.replace(url(picture), f"{output_folder.PICTURES}/{picture.name}")
    for name, content in (("issue.html", html), ("issue.txt", text)):
        (folder / name).write_text(content, encoding="utf-8", newline="\n")


def send(campaign: Campaign, everything: ServiceProcesses) -> None:
    launch.schedule(bootstrap.actor(), campaign.pk)
    bootstrap.wake("run_due_work")
    total = models.Subscriber.objects.filter(compiler.compile_segment(SEGMENT)).count()
    what = f"Sending to the {total} people interested in {INTEREST}"
    _watch(campaign, everything, what, total, lambda r: r.accepted + r.skipped + r.failed)


def _watch(campaign: Campaign, everything: ServiceProcesses, what: str, total: int, done: Callable[[Report], int]) -> Report:
    """Draw the progress until the number is reached.

    Raises CliError after LONGEST seconds, or if the campaign is put on hold.
    """
    deadline = time.monotonic() + LONGEST
    with output.bar(what, total) as advance:
        while True:
            everything.watch()
            report = reports.report(campaign.pk)
            advance(done(report))
            if report.state == "sent" and done(report) >= report.recipients:
                return report
            if time.monotonic() > deadline or report.state == "held":
                state = campaign_states.adjective(report.state)
                why = f"the campaign did not finish; it is {state} {report.held_detail}".rstrip()
                raise CliError(why, "see the logs in var/demo/data/log")
            time.sleep(0.1)


def settle(campaign: Campaign, everything: ServiceProcesses) -> Report:
    """Wait until the provider's events have reported the outcome of each mail."""
    return _watch(
        campaign, everything, "Waiting for the outcome of each mail", reports.report(campaign.pk).recipients,
        lambda r: r.recipients - r.awaiting - r.deferred - bool(r.unsettled_events),
    )  # fmt: skip


def article_address(campaign: Campaign) -> str:
    """The page to which the first story of the mail leads."""
    issue = load_issue(ISSUE)
    article = digest.lead_of(issue) or next(iter(issue.articles()))
    return f"{public_urls.read_url(campaign.version.variants.get(number=0).page_key)}/{article.id}"


def _expected() -> set[str]:
    """The addresses in the segment, read from the sample file and not from the database."""
    with PEOPLE.open(encoding="utf-8-sig", newline="") as file:
        return {row["email"].strip().lower() for row in csv.DictReader(file) if INTEREST in row["interests"].split(";")}


def write_report(report: Report, everything: ServiceProcesses, folder: Path) -> dict[str, Any]:
    asked = SandboxClient(everything.sandbox_url)
    asked.wait_for_events(30)
    mails, expected = asked.mails(), _expected()
    names = ("campaign", "recipients", "accepted", "delivered", "bounced", "dropped", "complained", "unknown")
    written = {
        **{name: getattr(report, name) for name in names},
        "suppressed_now": models.Suppression.objects.count(),
        "inbox_messages": sum(mails.values()),
        "inbox_duplicates": sum(count - 1 for count in mails.values()),
        "inbox_missing": len(expected - set(mails)),
        "inbox_strangers": len(set(mails) - expected),
        "report": report.as_dict(),
    }
    draft = folder / "report.json.new"
    draft.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(folder / "report.json")
    return written
