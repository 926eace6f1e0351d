"""`mailroom suppression`: addresses that must not be mailed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import house, output
from cli.commands import Group, with_json, with_yes
from cli.faults import Refused
from cli.later import later

if TYPE_CHECKING:
    from subscribers import addresses, models
    from subscribers import suppressions as verbs
else:
    addresses, models = later("subscribers.addresses"), later("subscribers.models")
    verbs = later("subscribers.suppressions")

# Those that staff may give; the others come from the provider's events or from an erasure.
REASONS = ("manual", "complaint", "hard_bounce", "invalid")


@click.group(cls=Group)
def suppression() -> None:
    """Addresses that must not be mailed, whatever list they are on.

    Example: mailroom suppression add wei@example.org --reason manual --detail "asked by telephone"
    """


@suppression.command()
@click.argument("address")
@click.option("--reason", type=click.Choice(REASONS), default="manual", show_default=True, help="Why.")
@click.option("--detail", default="", help="More words on it; no address.")
@with_json
@house.inside
def add(address: str, reason: str, detail: str, as_json: bool) -> None:
    """Never mail ADDRESS again. An earlier reason stays unless this one is stronger.

    Example: mailroom suppression add wei@example.org --detail "asked by telephone"
    """
    if "@" not in address:
        raise Refused(f"{address!r} is no address", "write it as name@example.org")
    changed = verbs.suppress(house.actor(), address, reason, detail)
    document = {"address": address, "changed": changed, **_facts(address)}
    words = f"{address} will not be mailed" if changed else f"{address} was suppressed before ({document['reason']})"
    output.show(document, as_json, lambda: output.say(words))


@suppression.command()
@click.argument("address")
@with_yes
@with_json
@house.inside
def lift(address: str, yes: bool, as_json: bool) -> None:
    """Allow mail to ADDRESS again. It subscribes nobody: whoever left a list stays away from it.

    Example: mailroom suppression lift wei@example.org
    """
    facts = _facts(address)
    if not facts["suppressed"]:
        raise Refused(f"{address} is not suppressed; there is nothing to lift")
    output.ask(f"{address} is suppressed since {facts['created_at']:%Y-%m-%d}: {facts['reason']}. Allow mail again?", yes)
    lifted = verbs.lift(house.actor(), address)
    output.show({"address": address, "lifted": lifted}, as_json, lambda: output.say(f"{address} may be mailed again"))


@suppression.command("ls")
@click.option("--reason", default="", help="Only this reason.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, show_default=True, help="How many to show.")
@with_json
@house.inside
def ls(reason: str, limit: int, as_json: bool) -> None:
    """Show the latest suppressions. Those of erased people have no address.

    Example: mailroom suppression ls --reason complaint
    """
    found = models.Suppression.objects.order_by("-id")
    if reason:
        if reason not in models.Suppression.Reason.values:
            raise Refused(f"there is no reason {reason!r}", "there are: " + ", ".join(models.Suppression.Reason.values))
        found = found.filter(reason=reason)
    documents = [
        {"address": each.address, "reason": each.reason, "detail": each.detail, "created_at": each.created_at}
        for each in found[:limit]
    ]
    total = found.count()
    output.show(
        {"total": total, "suppressions": documents}, as_json, lambda: _tell(documents, total)
    )  # fmt: skip


def _tell(documents: list[dict[str, Any]], total: int) -> None:
    rows = [[each["address"] or "(erased)", each["reason"], each["detail"], each["created_at"]] for each in documents]
    output.show_table(("address", "reason", "detail", "since"), rows, empty="nobody is suppressed")
    if total > len(documents):
        output.say(f"{output.visible(total)} in all; --limit shows more")


@suppression.command()
@click.argument("address")
@with_json
@house.inside
def show(address: str, as_json: bool) -> None:
    """Tell whether ADDRESS must not be mailed, and why. Finds those of erased people, too.

    Example: mailroom suppression show wei@example.org
    """
    document = {"address": address, **_facts(address)}
    words = "must not be mailed" if document["suppressed"] else "not suppressed"
    facts = [(name, document[name]) for name in ("reason", "detail", "created_at")]
    output.show(document, as_json, lambda: output.show_facts([(address, words), *facts]))


def _facts(address: str) -> dict[str, Any]:
    key = addresses.key_of(addresses.normalise(address))
    found = models.Suppression.objects.filter(address_key=key).first()
    if found is None:
        return {"suppressed": False, "reason": None, "detail": None, "created_at": None}
    return {"suppressed": True, "reason": found.reason, "detail": found.detail, "created_at": found.created_at}
