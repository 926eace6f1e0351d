"""`mailroom subscriber`: single people; whole files are in subscriber_files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import house, output, subscriber_files
from cli.commands import Group, with_json, with_yes
from cli.faults import Refused
from cli.later import later

if TYPE_CHECKING:
    from subscribers import addresses, lists, models, subscriptions, suppressions
else:
    addresses, lists, models = (later(f"subscribers.{name}") for name in ("addresses", "lists", "models"))
    subscriptions, suppressions = later("subscribers.subscriptions"), later("subscribers.suppressions")

LIST = click.option("--list", "slug", metavar="LIST", required=True, help="The list: mailroom list ls.")


@click.group(cls=Group)
def subscriber() -> None:
    """People: import, export, add, subscribe, show, unsubscribe, erase.

    Example: mailroom subscriber import people.csv --list news --consent "signed up at the 2026 fair"
    """


subscriber.add_command(subscriber_files.import_)
subscriber.add_command(subscriber_files.export)


@subscriber.command()
@click.argument("address")
@LIST
@click.option("--consent", required=True, help="Where and when they agreed; kept as the proof.")
@click.option("--name", default="", help="Their name.")
@click.option("--language", default="", help="Their language, such as zh-Hans.")
@with_json
@house.inside
def add(address: str, slug: str, consent: str, name: str, language: str, as_json: bool) -> None:
    """Put somebody on a list who agreed elsewhere, without a confirmation mail.

    Example: mailroom subscriber add wei@example.org --list news --consent "by letter, 3 May 2026"
    """
    made = subscriptions.add_confirmed(
        house.actor(), lists.find_list(slug), address, consent=consent, source="cli", name=name, language=language
    )
    document = {"address": made.subscriber.address, "list": slug, "state": made.state}
    output.show(document, as_json, lambda: output.say(f"{made.subscriber.address} is on {slug}."))


@subscriber.command()
@click.argument("address")
@LIST
@click.option("--name", default="", help="Their name.")
@click.option("--language", default="", help="Their language, such as zh-Hans.")
@with_json
@house.inside
def subscribe(address: str, slug: str, name: str, language: str, as_json: bool) -> None:
    """Ask somebody by mail to confirm that they want to be on a list (double opt-in).

    Example: mailroom subscriber subscribe wei@example.org --list news
    """
    made = subscriptions.subscribe(
        house.actor(), lists.find_list(slug), address, name=name, language=language, source="cli", consent="asked by staff"
    )
    house.wake("send_singles")
    words = {
        "confirmed": f"{address} is on {slug} already.",
        "pending": f"{address} is asked by mail to confirm, unless they were asked often enough lately.",
    }.get(made.state, f"{address} left {slug} before; only their answer to the mail brings them back.")
    output.show({"address": address, "list": slug, "state": made.state}, as_json, lambda: output.say(words))


@subscriber.command()
@click.argument("address")
@with_json
@house.inside
def show(address: str, as_json: bool) -> None:
    """Show everything that is known about a person.

    Example: mailroom subscriber show wei@example.org
    """
    document = _document(_find(address))
    output.show(document, as_json, lambda: _tell(document))


def _tell(document: dict[str, Any]) -> None:
    facts = [(name.replace("_", " "), value) for name, value in document.items() if name not in {"subscriptions", "attributes"}]
    facts += [
        (name, ", ".join(value) if isinstance(value, list) else value) for name, value in document["attributes"].items()
    ]  # fmt: skip
    output.show_facts(facts)
    columns = ("list", "state", "source", "consent", "joined_at", "unsubscribed_at", "unsubscribed_how")
    rows = [[each[column] for column in columns] for each in document["subscriptions"]]
    output.show_table([column.replace("_", " ") for column in columns], rows, empty="on no list")


@subscriber.command()
@click.argument("address")
@click.option("--list", "slugs", metavar="LIST", multiple=True, help="Off this list; may be repeated.")
@click.option("--all", "everywhere", is_flag=True, help="Off all lists.")
@with_json
@house.inside
def unsubscribe(address: str, slugs: tuple[str, ...], everywhere: bool, as_json: bool) -> None:
    """Take somebody off a list, at once. They can come back only by their own word.

    Example: mailroom subscriber unsubscribe wei@example.org --all
    """
    if bool(slugs) == everywhere:
        raise click.UsageError("say either --list LIST or --all", click.get_current_context())
    ids = None if everywhere else [lists.find_list(slug).pk for slug in slugs]
    person = _find(address)
    left = subscriptions.unsubscribe(house.actor(), person.pk, list_ids=ids, how="staff")
    document = {"address": address, "lists": list(slugs) or None, "left": left}
    words = f"{address} left {output.count(left, 'list')}." if left else f"{address} was on none of these lists."
    output.show(document, as_json, lambda: output.say(words))


@subscriber.command()
@click.argument("address")
@with_yes
@with_json
@house.inside
def erase(address: str, yes: bool, as_json: bool) -> None:
    """Forget a person for good: address, name, attributes. That nobody may write to them stays, as a keyed hash.

    Example: mailroom subscriber erase wei@example.org
    """
    person = _find(address)
    count = models.Subscription.objects.filter(subscriber=person).count()
    output.ask(f"Forget {person.address}, on {output.count(count, 'list')}, for good?", yes)
    subscriptions.erase(house.actor(), person)
    output.show({"subscriber": person.pk, "erased": True}, as_json, lambda: output.say(f"Subscriber {person.pk} is erased."))


def _find(address: str) -> models.Subscriber:
    found = subscriptions.find_subscriber(address)
    if found is not None:
        return found
    addresses.validate(address)  # a misspelt address is told as such
    if suppressions.is_suppressed(address):
        raise Refused(f"nobody has the address {address}, but it is suppressed", f"mailroom suppression show {address}")
    raise Refused(f"nobody has the address {address}", "`mailroom subscriber export --list LIST` tells who is on a list")


def _document(person: models.Subscriber) -> dict[str, Any]:
    suppression = models.Suppression.objects.filter(address_key=person.address_key).first()
    standings = models.Subscription.objects.filter(subscriber=person).select_related("list").order_by("list__slug")
    return {
        "id": person.pk, "address": person.address, "name": person.name, "language": person.language, "country": person.country,
        "zone": person.zone, "attributes": person.attributes, "created_at": person.created_at, "engaged_at": person.engaged_at,
        "soft_bounces": person.soft_bounces, "suppressed": suppression.reason if suppression else None,
        "subscriptions": [
            {
                "list": each.list.slug, "state": each.state, "source": each.source, "consent": each.consent,
                "joined_at": each.joined_at, "confirmed_at": each.confirmed_at, "unsubscribed_at": each.unsubscribed_at,
                "unsubscribed_how": each.unsubscribed_how,
            }
            for each in standings
        ],
    }  # fmt: skip
