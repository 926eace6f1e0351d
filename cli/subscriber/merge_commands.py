"""`mailroom subscriber merge` and `move`: one person with two records, and a person with another address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import with_yes
from cli.subscriber.person_lookup import find, find_to_change

if TYPE_CHECKING:
    from subscribers.consent.text_erasure import QuotingText
    from subscribers.records.merging import MergedRecords


@click.command(cls=bootstrap.DatabaseCommand)
@click.argument("keep")
@click.argument("gone")
@with_yes
def merge(keep: str, gone: str, yes: bool) -> None:
    """Merge two records of one person: KEEP gets the subscriptions of GONE and the details that it lacks.

    The address of GONE is no longer mailed. Links of mails to it act on KEEP. This cannot be undone.

    Example: mailroom subscriber merge wei@example.org w.chen@example.net
    """
    from subscribers.records import merging

    question = f"Merge {gone} into {keep}, for good? Mail goes to {keep} only."
    done = bootstrap.confirmed(question, yes, lambda: merging.merge(bootstrap.actor(), find(keep), find(gone)))
    document = {**done._asdict(), "places": [text._asdict() for text in done.places]}
    output.show(document, lambda: _tell_merged(document, done, keep, gone))


def _tell_merged(document: dict[str, Any], done: MergedRecords, keep: str, gone: str) -> None:
    output.say(f"Subscriber {done.gone} is merged into subscriber {done.kept}. Mail goes to {output.visible(keep)} only.")
    for name, phrase in (("joined", "is now on"), ("left", "is no longer on"), ("filled", "got the details")):
        if document[name]:
            output.say(f"{output.visible(keep)} {phrase}: {', '.join(document[name])}")
    if done.suppressed:
        reason = done.suppressed.replace("_", " ")
        output.say(f"{output.visible(gone)} stays suppressed ({reason}). {output.visible(keep)} is not suppressed for it.")
        output.say(f"If the person wants no mail at all: mailroom suppression add {output.visible(keep)}")
    tell_places(done.places, "this address")


def tell_places(places: Sequence[QuotingText], what: str) -> None:
    """Name the texts that only staff can change."""
    for kind, name in places:
        change = f"mailroom segment change {name} TEXT" if kind == "segment" else f"mailroom campaign unschedule {name}"
        output.say(f"{kind.capitalize()} {name} still quotes {what}; change it yourself: {change}")


@click.command(cls=bootstrap.DatabaseCommand)
@click.argument("address")
@click.argument("new")
@click.option("--consent", required=True, help="How the person asked for it; kept as the proof.")
def move(address: str, new: str, consent: str) -> None:
    """Move a person to another address and keep their record, lists and history.

    The person can do this themselves by the link in their mails; both addresses confirm it then.

    Example: mailroom subscriber move wei@example.org wei@example.net --consent "by letter, 3 May 2027"
    """
    from subscribers.consent import address_changes
    from subscribers.consent.ledger import Proof

    person = find_to_change(address)
    moved = address_changes.move(bootstrap.actor(), person, new, source="cli", proof=Proof.STATEMENT, statement=consent)
    document = {"subscriber": moved.pk, "address": moved.address}
    output.show(document, f"Subscriber {moved.pk} now gets mail at {output.visible(moved.address)}.")
