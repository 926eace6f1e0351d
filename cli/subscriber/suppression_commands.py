"""`mailroom suppression`: addresses that must not be mailed, and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from campaigns.tracking.bounces.bounce_types import BounceCause
from cli import bootstrap, output
from cli.click_extensions import Day, WholeNumber, with_yes
from cli.error_reporting import Refused

if TYPE_CHECKING:
    from campaigns.tracking.bounces.reconsidering import Case

# Those that staff may give; the others come from the provider's events or from an erasure.
REASONS = ("manual", "complaint", "hard_bounce", "invalid")
CAUSES = [cause.value for cause in BounceCause]
FACTS = ("reason", "cause", "detail", "created_at")
SHOWN = 50
VERDICTS = {
    "lift": "may be mailed again",
    "count": "suppressed because of its mailbox",
    "keep": "stays suppressed",
    "unlist": "was not suppressed here",
}


@click.group(cls=bootstrap.DatabaseGroup)
def suppression() -> None:
    """Addresses that must not be mailed, on any list.

    Example: mailroom suppression add wei@example.org --reason manual --detail "asked by telephone"
    """


@suppression.command()
@click.argument("address")
@click.option("--reason", type=click.Choice(REASONS), default="manual", show_default=True, help="The reason.")
@click.option("--detail", default="", help="More about the reason; do not write an address here.")
def add(address: str, reason: str, detail: str) -> None:
    """Never mail ADDRESS again. An earlier reason stays unless this one is stronger.

    Example: mailroom suppression add wei@example.org --detail "asked by telephone"
    """
    from subscribers.consent import suppressions

    if "@" not in address:
        raise Refused(f"“{address}” is not an address", "write it as name@example.org")
    changed = suppressions.suppress(bootstrap.actor(), address, reason, detail)
    document = {"address": address, "changed": changed, **_facts(address)}
    words = f"{address} will not be mailed." if changed else f"{address} was already suppressed ({document['reason']})."
    output.show(document, words)


@suppression.command()
@click.argument("address")
@with_yes
def lift(address: str, yes: bool) -> None:
    """Allow mail to ADDRESS again. This subscribes nobody: people who left a list stay off it.

    Example: mailroom suppression lift wei@example.org
    """
    from subscribers.consent import suppressions

    facts = _facts(address)
    if not facts["suppressed"]:
        raise Refused(f"{address} is not suppressed, so there is nothing to lift")
    output.ask(f"{address} is suppressed since {output.moment(facts['created_at'])}: {facts['reason']}. Allow mail again?", yes)
    lifted = suppressions.lift(bootstrap.actor(), address)
    output.show({"address": address, "lifted": lifted}, f"{address} may be mailed again.")


@suppression.command("ls")
@click.option("--reason", default="", help="List only this reason.")
@click.option("--limit", type=WholeNumber(1, 1_000_000), default=100, show_default=True, help="How many to list.")
def ls(reason: str, limit: int) -> None:
    """List the latest suppressions. Those of erased people have no address.

    Example: mailroom suppression ls --reason complaint
    """
    from subscribers import models

    found = models.Suppression.objects.order_by("-id")
    if reason:
        if reason not in models.Suppression.Reason.values:
            raise Refused(f"there is no reason “{reason}”", "the reasons are: " + ", ".join(models.Suppression.Reason.values))
        found = found.filter(reason=reason)
    documents = [dict(each) for each in found.values("address", *FACTS)[:limit]]
    total = found.count()
    output.show({"total": total, "suppressions": documents}, lambda: _tell(documents, total))


def _tell(documents: list[dict[str, Any]], total: int) -> None:
    rows = [
        [each["address"] or "(erased)", each["reason"], each["cause"], each["detail"], each["created_at"]] for each in documents
    ]
    output.show_table(("address", "reason", "cause", "detail", "since"), rows, empty="nobody is suppressed")
    if total > len(documents):
        output.say(f"There are {output.visible(total)} in all; --limit lists more.")


@suppression.command()
@click.argument("address")
def show(address: str) -> None:
    """Show whether ADDRESS is suppressed, and why; also for the address of an erased person.

    Example: mailroom suppression show wei@example.org
    """
    document = {"address": address, **_facts(address)}
    words = "must not be mailed" if document["suppressed"] else "not suppressed"
    facts = [(name, document[name]) for name in FACTS]
    output.show(document, lambda: output.show_facts([(address, words), *facts]))


@suppression.command()
@click.option(
    "--cause",
    "causes",
    type=click.Choice(CAUSES),
    multiple=True,
    required=True,
    help="The cause of the bounces; may be repeated.",
)
@click.option(
    "--since", type=Day(), help="Only addresses that were suppressed or bounced since this day in the publication's zone."
)
@click.option("--dry-run", is_flag=True, help="Only list the addresses concerned; change nothing.")
@with_yes
def reconsider(causes: tuple[str, ...], since: datetime | None, dry_run: bool, yes: bool) -> None:
    """Lift suppressions that the current table of bounce causes would not make.

    The stored bounces are classified again. Suppressions by staff or by the people themselves stay. Addresses that are
    lifted, and addresses that bounced for this cause without being suppressed here, are also removed from the provider's
    bounce list. The worker does that; `mailroom suppression unlisting` shows the progress.

    Example: mailroom suppression reconsider --cause reputation --since 2027-11-01 --dry-run
    """
    from campaigns.tracking.bounces import reconsidering
    from publication import clock

    start = since.replace(tzinfo=clock.place_of(output.zone()) or UTC) if since else None
    cases = reconsidering.reconsider(bootstrap.actor(), causes, start, dry_run=True)
    if not dry_run and cases:
        lifted, unlisted = _count(cases)
        output.ask(f"Allow mail to {output.count(lifted, 'address')} again, and remove "
                   f"{output.count(unlisted, 'address')} from the provider's bounce list?", yes)  # fmt: skip
        cases = reconsidering.reconsider(bootstrap.actor(), causes, start)
    document = {
        "dry_run": dry_run, "causes": list(causes), **dict(zip(("lifted", "unlisted"), _count(cases), strict=True)),
        "people": [
            {"address": each.address, "was": each.reason or None, "cause": each.cause, "verdict": each.verdict,
             "unlists": each.unlists, "since": each.since, "detail": each.detail}
            for each in cases
        ],
    }  # fmt: skip
    output.show(document, lambda: _tell_cases(document))


def _count(cases: list[Case]) -> tuple[int, int]:
    return sum(each.verdict == "lift" for each in cases), sum(each.unlists for each in cases)


def _tell_cases(document: dict[str, Any]) -> None:
    rows = [
        [each["address"] or "(not stored)", each["was"] or "", each["cause"], VERDICTS[each["verdict"]],
         "yes" if each["unlists"] else ""]
        for each in document["people"][:SHOWN]
    ]  # fmt: skip
    columns = ("address", "suppressed as", "cause", "becomes", "off the provider's list")
    output.show_table(columns, rows, empty="no suppression has this cause")
    if len(document["people"]) > SHOWN:
        output.say(f"There are {output.visible(len(document['people']) - SHOWN)} more; --json prints all of them.")
    words = (f"{output.count(document['lifted'], 'address')} may be mailed again; "
             f"{output.count(document['unlisted'], 'address')} to remove from the provider's bounce list.")  # fmt: skip
    output.say(f"Dry run, nothing was changed: {words}" if document["dry_run"] else words)


@suppression.command("unlisting")
@click.option("--retry", is_flag=True, help="Retry the addresses that failed.")
def unlisting_(retry: bool) -> None:
    """Show how many addresses wait to be removed from the provider's bounce list, are removed, or failed.

    Example: mailroom suppression unlisting
    """
    from campaigns.tracking.bounces import provider_bounce_list

    retried = provider_bounce_list.retry(bootstrap.actor()) if retry else 0
    more = {"retried": retried, "last_fault": provider_bounce_list.last_fault() or None}
    document = asdict(provider_bounce_list.counts()) | more
    output.show(document, lambda: output.show_facts((name.replace("_", " "), value) for name, value in document.items()))


def _facts(address: str) -> dict[str, Any]:
    from subscribers import addresses, models

    key = addresses.key_of(addresses.normalise(address))
    found = models.Suppression.objects.filter(address_key=key).values(*FACTS).first()
    return {"suppressed": found is not None, **(found or dict.fromkeys(FACTS))}
