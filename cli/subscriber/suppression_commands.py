"""`mailroom suppression`: addresses that must not be mailed, and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from campaigns.tracking.bounces.bounce_types import BounceCause
from cli import bootstrap, output
from cli.click_extensions import Day, WholeNumber, with_yes
from cli.error_reporting import CliError
from cli.subscriber.suppression_domain_commands import domain, in_zone
from cli.subscriber.suppression_sync_commands import provider, sync

if TYPE_CHECKING:
    from campaigns.tracking.bounces.reconsidering import Case

# Those that staff may give; the others come from the provider's events or from an erasure.
REASONS = ("manual", "complaint", "hard_bounce", "invalid")
CAUSES = [cause.value for cause in BounceCause]
FACTS = ("reason", "origin", "cause", "detail", "created_at", "expires_at")
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
@click.option("--until", type=Day(), help="End it by itself when this day begins in the publication's zone.")
def add(address: str, reason: str, detail: str, until: datetime | None) -> None:
    """Never mail ADDRESS again. An earlier reason stays unless this one is stronger.

    Complaints and manual suppressions without an end also become global unsubscribes at the provider.

    Example: mailroom suppression add wei@example.org --detail "asked by telephone"
    """
    from campaigns.provider_lists import lifting
    from subscribers.consent import suppressions

    if "@" not in address:
        raise CliError(f"“{address}” is not an address", "write it as name@example.org")
    changed = suppressions.suppress(bootstrap.actor(), address, reason, detail, in_zone(until))
    withdrawn = lifting.withdraw(bootstrap.actor(), address)
    document = {"address": address, "changed": changed, **_facts(address)}
    message = f"{address} will not be mailed." if changed else f"{address} was already suppressed ({document['reason']})."
    message += " It is not lifted any more." if withdrawn else ""
    output.show(document, message)


@suppression.command()
@click.argument("address")
@click.option("--here-only", is_flag=True, help="Lift it only in Mailroom, at once; the provider's lists stay as they are.")
@with_yes
def lift(address: str, here_only: bool, yes: bool) -> None:
    """Allow mail to ADDRESS again. This subscribes nobody: people who left a list stay off it.

    The worker first removes the address from the provider's lists, which would drop the mail, and then lifts the suppression.
    Until then `mailroom suppression show` reports that it is being lifted.

    Example: mailroom suppression lift wei@example.org
    """
    from campaigns.provider_lists import lifting
    from worker.wake import wake

    facts = _facts(address)
    if not facts["suppressed"]:
        raise CliError(f"{address} is not suppressed, so there is nothing to lift")
    question = f"{address} is suppressed since {output.moment(facts['created_at'])}: {facts['reason']}. Allow mail again?"
    if here_only:
        lifted = bootstrap.confirmed(question, yes, lambda: lifting.lift_here(bootstrap.actor(), address))
        output.show({"address": address, "lifted": lifted, "lifting": False}, f"{address} may be mailed again.\n{_HERE_ONLY}")
        return
    planned = bootstrap.confirmed(question, yes, lambda: lifting.plan_lift(bootstrap.actor(), address))
    wake("sync_lists")
    message = (f"The suppression of {address} is being lifted: the worker first removes it from the provider's lists.\n"
             f"See how far it is: mailroom suppression show {address}")  # fmt: skip
    if not settings_key():
        message += f"\n{_NO_KEY}"
    output.show({"address": address, "lifted": False, "lifting": planned}, message)


_HERE_ONLY = "Its entries at the provider stay: if it is on one of the provider's lists, the provider drops every mail to it."
_NO_KEY = ("No API key is set here. If the worker has none either, nothing can be removed: set MAILROOM_SENDGRID_API_KEY and "
           "restart the worker, or use --here-only if the address is on none of the provider's lists.")  # fmt: skip


def settings_key() -> bool:
    """Whether this process has the provider's key; the worker may have it although this process has not."""
    from django.conf import settings

    return bool(settings.SENDGRID_API_KEY)


@suppression.command("ls")
@click.option("--reason", default="", help="List only this reason.")
@click.option("--origin", default="", help="List only those made by: staff, person, event, provider, import.")
@click.option("--limit", type=WholeNumber(1, 1_000_000), default=100, show_default=True, help="How many to list.")
def ls(reason: str, origin: str, limit: int) -> None:
    """List the latest suppressions. Those of erased people, and of addresses that only the provider lists, have no address.

    Example: mailroom suppression ls --reason complaint
    """
    from campaigns.provider_lists import list_changes
    from subscribers import models
    from subscribers.consent import suppressed_domains

    matching = models.Suppression.objects.order_by("-id")
    if reason:
        if reason not in list(models.Suppression.Reason):
            raise CliError(f"there is no reason “{reason}”", "the reasons are: " + ", ".join(list(models.Suppression.Reason)))
        matching = matching.filter(reason=reason)
    if origin:
        if origin not in models.Suppression.Origin.values:
            raise CliError(f"there is no origin “{origin}”", "the origins are: " + ", ".join(models.Suppression.Origin.values))
        matching = matching.filter(origin=origin)
    documents = [dict(document) for document in matching.values("address", "address_key", "erased_at", *FACTS)[:limit]]
    listed = list_changes.lists_of([bytes(document["address_key"]) for document in documents])
    for document in documents:
        document["listed"] = listed.get(bytes(document.pop("address_key")), [])
    total, domains = matching.count(), len(suppressed_domains.suppressed_domains())
    output.show({"total": total, "domains": domains, "suppressions": documents}, lambda: _tell(documents, total, domains))


def _tell(documents: list[dict[str, Any]], total: int, domains: int) -> None:
    rows = [
        [document["address"] or ("(erased)" if document["erased_at"] else "(not stored)"), document["reason"],
         document["origin"], document["cause"], document["detail"], document["created_at"], document["expires_at"],
         ", ".join(document["listed"])]
        for document in documents
    ]  # fmt: skip
    columns = ("address", "reason", "origin", "cause", "detail", "since", "until", "at the provider")
    output.show_table(columns, rows, empty="nobody is suppressed")
    if total > len(documents):
        output.say(f"There are {output.visible(total)} in all; --limit lists more.")
    if domains:
        output.say(f"Also suppressed: {output.count(domains, 'domain')}; mailroom suppression domain ls lists them.")


@suppression.command()
@click.argument("address")
def show(address: str) -> None:
    """Show whether ADDRESS is suppressed, why, and where it is on the provider's lists; also for an erased person's address.

    Example: mailroom suppression show wei@example.org
    """
    from subscribers.consent import suppressed_domains

    of_domain = suppressed_domains.of_address(address)
    document = {"address": address, **_facts(address), "domain": of_domain.domain if of_domain else None, **_at_provider(address)}
    status = "must not be mailed" if document["suppressed"] or of_domain else "not suppressed"
    if document["lifting"]:
        status = "is being lifted"
    facts = [(name, document[name]) for name in FACTS]
    shown = [(address, status), *facts, ("suppressed domain", document["domain"]), *_tell_provider(document)]
    output.show(document, lambda: output.show_facts(shown))


def _at_provider(address: str) -> dict[str, Any]:
    """The lift under way, the entries that the last pull saw, and the changes that we made or will make."""
    from campaigns import models
    from campaigns.provider_lists import lifting, list_changes
    from subscribers import addresses

    key = addresses.key_of_spelling(address)
    seen = models.ProviderListEntry.objects.filter(address_key=key).order_by("list")
    under_way = lifting.of_key(key)
    return {
        "lifting": asdict(under_way) if under_way else None,
        "listed": list(seen.values("list", "listed_at", "seen_at")),
        "changes": list_changes.of_key(key),
    }


def _tell_provider(document: dict[str, Any]) -> list[tuple[str, object]]:
    facts: list[tuple[str, object]] = []
    if lifting := document["lifting"]:
        facts.append(("being lifted since", lifting["since"]))
        if lifting["failed"]:
            facts.append(("could not be removed from", f"{', '.join(lifting['failed'])}: {lifting['detail']}"))
    facts += [(f"on the provider's list of {listed['list']} since", listed["listed_at"] or "?") for listed in document["listed"]]
    for change in document["changes"]:
        what = "addition to" if change["change"] == "add" else "removal from"
        state = {"planned": "planned", "failed": f"failed: {change['detail']}"}.get(change["state"])
        facts.append((f"{what} the provider's list of {change['list']}", state or change["ended_at"]))
    return facts


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
    bounce list. The worker does that; `mailroom suppression provider` shows the progress.

    Example: mailroom suppression reconsider --cause reputation --since 2027-11-01 --dry-run
    """
    from campaigns.tracking.bounces import reconsidering

    start = in_zone(since)
    cases = reconsidering.reconsider(bootstrap.actor(), causes, start, dry_run=True)
    if not dry_run and cases:
        lifted, unlisted = _count(cases)
        output.ask(f"Allow mail to {output.count(lifted, 'address')} again, and remove "
                   f"{output.count(unlisted, 'address')} from the provider's bounce list?", yes)  # fmt: skip
        cases = reconsidering.reconsider(bootstrap.actor(), causes, start)
    document = {
        "dry_run": dry_run, "causes": list(causes), **dict(zip(("lifted", "unlisted"), _count(cases), strict=True)),
        "people": [
            {"address": case.address, "was": case.reason or None, "cause": case.cause, "verdict": case.verdict,
             "unlists": case.unlists, "since": case.since, "detail": case.detail}
            for case in cases
        ],
    }  # fmt: skip
    output.show(document, lambda: _tell_cases(document))


def _count(cases: list[Case]) -> tuple[int, int]:
    return sum(case.verdict == "lift" for case in cases), sum(case.unlists for case in cases)


def _tell_cases(document: dict[str, Any]) -> None:
    rows = [
        [case["address"] or "(not stored)", case["was"] or "", case["cause"], VERDICTS[case["verdict"]],
         "yes" if case["unlists"] else ""]
        for case in document["people"][:SHOWN]
    ]  # fmt: skip
    columns = ("address", "suppressed as", "cause", "becomes", "off the provider's list")
    output.show_table(columns, rows, empty="no suppression has this cause")
    if len(document["people"]) > SHOWN:
        output.say(f"There are {output.visible(len(document['people']) - SHOWN)} more; --json prints all of them.")
    message = (f"{output.count(document['lifted'], 'address')} may be mailed again; "
             f"{output.count(document['unlisted'], 'address')} to remove from the provider's bounce list.")  # fmt: skip
    output.say(f"Dry run, nothing was changed: {message}" if document["dry_run"] else message)


def _facts(address: str) -> dict[str, Any]:
    from subscribers import addresses, models

    key = addresses.key_of_spelling(address)
    stored_facts = models.Suppression.objects.filter(address_key=key).values(*FACTS).first()
    return {"suppressed": stored_facts is not None, **(stored_facts or dict.fromkeys(FACTS))}


suppression.add_command(domain)
suppression.add_command(sync)
suppression.add_command(provider)
