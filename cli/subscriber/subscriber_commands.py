"""`mailroom subscriber`: single subscribers; import and export of files are in `import_export_commands`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import with_yes
from cli.subscriber import answer_commands, import_export_commands, merge_commands, move_commands, people_command
from cli.subscriber.person_lookup import find, find_to_change
from cli.texts import printed_values
from cli.texts.campaign_states import recipient_label

if TYPE_CHECKING:
    from subscribers.consent.erasing import Erased
    from subscribers.models import Subscriber
    from subscribers.subscriber_details import DetailChange

LIST = click.option("--list", "slug", metavar="LIST", required=True, help="The list; mailroom list ls shows all.")


@click.group(cls=bootstrap.DatabaseGroup)
def subscriber() -> None:
    """People: list, import, export, add, subscribe, show, explain, edit, merge, move, unsubscribe, erase.

    Example: mailroom subscriber import people.csv --list news --consent "signed up at the 2027 fair"
    """


subscriber.add_command(people_command.ls)
subscriber.add_command(import_export_commands.import_)
subscriber.add_command(import_export_commands.export)
subscriber.add_command(move_commands.export_all)
subscriber.add_command(move_commands.import_all)
subscriber.add_command(answer_commands.why)
subscriber.add_command(answer_commands.history)
subscriber.add_command(answer_commands.export_data)
subscriber.add_command(merge_commands.merge)
subscriber.add_command(merge_commands.move)


@subscriber.command()
@click.argument("address")
@LIST
@click.option("--consent", required=True, help="Where and when the person agreed; kept as the proof.")
@click.option("--name", default="", help="The person's name.")
@click.option("--language", default="", help="The person's language, such as zh-Hans.")
def add(address: str, slug: str, consent: str, name: str, language: str) -> None:
    """Add a person who agreed elsewhere to a list, without a confirmation mail.

    For a known person, the name or language that you give replaces the stored one, as in an import. An earlier address of
    somebody who moved to another one, or whose record was merged, means their present record.

    Example: mailroom subscriber add wei@example.org --list news --consent "by letter, 3 May 2027"
    """
    from subscribers import mailing_lists
    from subscribers.consent import subscriptions

    added = subscriptions.add_confirmed(
        bootstrap.actor(), mailing_lists.find_list(slug), address, consent=consent, source="cli", name=name, language=language
    )
    made = added.subscription
    document = {
        "address": made.subscriber.address, "list": slug, "state": made.state, "new": added.is_new, "joined": added.joined,
        "changed": _changed(added.changes),
    }  # fmt: skip
    output.show(document, lambda: _tell_added(document))


def _tell_added(document: dict[str, Any]) -> None:
    address, slug = output.visible(document["address"]), document["list"]
    if document["joined"]:
        output.say(f"{address} is now on {slug}.")
    else:
        output.say(f"{address} was already on {slug}; the first statement of consent is kept.")
    if not document["new"]:
        _tell_changed(address, document["changed"])


def _changed(changes: Sequence[DetailChange]) -> dict[str, dict[str, Any]]:
    return {change.field: {"before": change.before, "after": change.after} for change in changes}


def _tell_changed(address: str, changed: dict[str, dict[str, Any]]) -> None:
    if not changed:
        output.say(f"{address} was already known; no stored detail was changed.")
    for name, values in changed.items():
        before, after = (_shown(values[side]) for side in ("before", "after"))
        output.say(f"{address}: {name} changed from {before} to {after}.")


def _shown(value: Any) -> str:
    if value in (None, "", []):
        return "nothing"
    return f"“{output.visible(value)}”"


@subscriber.command()
@click.argument("address")
@LIST
@click.option("--name", default="", help="The person's name.")
@click.option("--language", default="", help="The person's language, such as zh-Hans.")
def subscribe(address: str, slug: str, name: str, language: str) -> None:
    """Ask a person by mail to confirm that they want to be on a list (double opt-in).

    Example: mailroom subscriber subscribe wei@example.org --list news
    """
    from django import db

    from subscribers import mailing_lists
    from subscribers.consent import confirmations, subscriptions

    known, mailing_list = subscriptions.find_subscriber(address), mailing_lists.find_list(slug)
    with db.transaction.atomic():  # read before a worker can see the mail and send it
        made = subscriptions.subscribe(
            bootstrap.actor(), mailing_list, address, name=name, language=language, source="cli", consent="asked by staff"
        )
        asked = made.state != "confirmed" and confirmations.is_planned(made)
    bootstrap.wake("send_singles")
    document = {"address": address, "list": slug, "state": made.state, "asked": asked}
    output.show(document, _asked_words(document))
    if known is not None and any(
        given.strip() not in ("", old) for given, old in ((name, known.name), (language, known.language))
    ):
        output.note(f"{address} is already known; name and language stay as they are. To change them: mailroom subscriber edit")


def _asked_words(document: dict[str, Any]) -> str:
    address, slug = output.visible(document["address"]), document["list"]
    if document["state"] == "confirmed":
        return f"{address} is already on {slug}."
    left = f" This person left {slug}; only their confirmation brings them back." if document["state"] == "unsubscribed" else ""
    if document["asked"]:
        return f"A confirmation mail to {address} is being sent.{left}"
    return f"No mail is sent: {address} was asked too often recently. Try again later.{left}"


@subscriber.command()
@click.argument("address")
def show(address: str) -> None:
    """Show everything known about a person, and what became of the campaigns that were sent to them.

    Example: mailroom subscriber show wei@example.org
    """
    person = find(address)
    document = _document(person)
    output.show(document, lambda: _tell(document, is_measured=person.measured_since is not None))


def _tell(document: dict[str, Any], *, is_measured: bool) -> None:
    listed = {"subscriptions", "attributes", "campaigns"}
    shown = document if is_measured else document | {"last_click_at": printed_values.NOT_MEASURED}
    facts = [(name.replace("_", " "), value) for name, value in shown.items() if name not in listed and value is not False]
    # Numbers of people are often years or numbers of members, so they have no thousands separators.
    attributes = {name: str(value) if type(value) is int else value for name, value in document["attributes"].items()}
    output.show_facts([*facts, *attributes.items()])
    columns = ("list", "state", "source", "consent", "joined_at", "unsubscribed_at", "unsubscribed_how")
    rows = [[subscription[column] for column in columns] for subscription in document["subscriptions"]]
    output.show_table([column.replace("_", " ") for column in columns], rows, empty="on no list")
    sent = [
        [str(campaign["campaign"]), campaign["name"], recipient_label(campaign["outcome"]), campaign["reason"],
         campaign["sent_at"], campaign["unsubscribed"] or None]
        for campaign in document["campaigns"]
    ]  # fmt: skip
    headings = ("campaign", "name", "outcome", "reason", "sent at", "unsubscribed through it")
    output.show_table(headings, sent, empty="recipient of no campaign yet")


@subscriber.command()
@click.argument("address")
@click.option("--name", default=None, help="The person's name.")
@click.option("--language", default=None, help="The person's language, such as zh-Hans.")
@click.option("--country", default=None, help="The person's country, such as CN.")
@click.option("--zone", default=None, help="The person's time zone, such as Asia/Shanghai.")
@click.option(
    "--set", "given", metavar="NAME=VALUE", multiple=True, help='Set an attribute; separate words with ";". May be repeated.'
)
@click.option("--unset", "without", metavar="NAME", multiple=True, help="Remove an attribute; may be repeated.")
@click.option("--pause-until", metavar="DATE", default=None, help="Send no campaign before this day, such as 2027-05-31.")
@click.option("--resume", is_flag=True, help="End a pause now.")
@click.option(
    "--stop-measuring", is_flag=True, help="Keep no click with the person's name any more. Only they can agree to it again."
)
def edit(
    address: str, name: str | None, language: str | None, country: str | None, zone: str | None, given: tuple[str, ...],
    without: tuple[str, ...], pause_until: str | None, resume: bool, stop_measuring: bool,
) -> None:  # fmt: skip
    """Change what is known about a person and keep the rest; '' empties a field.

    The address cannot be changed here, because the person agreed to mail at this one: see mailroom subscriber move.

    Example: mailroom subscriber edit wei@example.org --name "Wei Chen" --zone Asia/Shanghai --set interests=chemistry
    """
    from django import db

    from subscribers.consent import subscriptions

    fields = {"name": name, "language": language, "country": country, "zone": zone}
    pausing = pause_until is not None or resume
    if not (given or without or pausing or stop_measuring) and all(value is None for value in fields.values()):
        raise click.UsageError("nothing to change; give at least one option", click.get_current_context())
    if pause_until is not None and resume:
        raise click.UsageError("give either --pause-until or --resume", click.get_current_context())
    person = find_to_change(address)
    with db.transaction.atomic():
        changes = subscriptions.edit(bootstrap.actor(), person, **fields, attributes=dict(map(_pair, given)), without=without)
        changed = _changed(changes)
        if pausing:
            changed |= _paused(person, pause_until)
        if stop_measuring:
            changed |= _not_measured(person)
    document = {"address": person.address, "changed": changed}
    output.show(document, lambda: _tell_changed(output.visible(person.address), changed))


def _paused(person: Subscriber, until: str | None) -> dict[str, dict[str, Any]]:
    """Pause campaigns until that day begins for the person, or end a pause; returns the change."""
    from publication.installation import publication
    from subscribers import attributes, models
    from subscribers.consent import pauses
    from subscribers.consent.ledger import Proof

    if until is None:
        pauses.resume(bootstrap.actor(), person, source="cli", proof=Proof.STATEMENT)
    else:
        zones = models.Subscriber.objects.get(pk=person.pk).zone, publication().zone
        day = pauses.start_of(attributes.read_date(until), *zones)
        pauses.pause(bootstrap.actor(), person, day, source="cli", proof=Proof.STATEMENT)
    after = models.Subscriber.objects.get(pk=person.pk).paused_until
    return {} if after == person.paused_until else {"paused_until": {"before": person.paused_until, "after": after}}


def _not_measured(person: Subscriber) -> dict[str, dict[str, Any]]:
    """Withdraw the agreement to be measured for somebody who asked for it; returns the change."""
    from subscribers.consent import measuring_consent
    from subscribers.consent.ledger import Proof

    if not measuring_consent.withdraw(bootstrap.actor(), person, source="cli", proof=Proof.STATEMENT):
        return {}
    return {"measured_since": {"before": person.measured_since, "after": None}}


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name.strip() and sign and value.strip()):
        raise click.BadParameter(f"“{text}” is not NAME=VALUE; to remove an attribute: --unset NAME", param_hint="--set")
    return name.strip(), value


@subscriber.command()
@click.argument("address")
@click.option("--list", "slugs", metavar="LIST", multiple=True, help="Remove from this list; may be repeated.")
@click.option("--all", "everywhere", is_flag=True, help="Remove from all lists.")
def unsubscribe(address: str, slugs: tuple[str, ...], everywhere: bool) -> None:
    """Remove a person from a list at once. Only the person can come back, by confirming.

    Example: mailroom subscriber unsubscribe wei@example.org --all
    """
    from subscribers import mailing_lists
    from subscribers.consent import subscriptions
    from subscribers.consent.ledger import Proof

    if bool(slugs) == everywhere:
        raise click.UsageError("give either --list LIST or --all", click.get_current_context())
    ids = None if everywhere else [mailing_lists.find_list(slug).pk for slug in slugs]
    person = find_to_change(address)
    left = subscriptions.unsubscribe(bootstrap.actor(), person.pk, list_ids=ids, how="staff", proof=Proof.STATEMENT)
    document = {"address": address, "lists": list(slugs) or None, "left": left}
    message = (
        f"{address} is removed from {output.count(left, 'list')}."
        if left
        else f"{address} is not on any of these lists; nothing was changed."
    )
    output.show(document, message)


@subscriber.command()
@click.argument("address")
@with_yes
def erase(address: str, yes: bool) -> None:
    """Erase a person for good: address, name, attributes. A keyed hash stays, so that nobody can mail or add them again.

    The provider is told to forget the address, too. docs/security.md says when backups forget it.

    Example: mailroom subscriber erase wei@example.org
    """
    from subscribers import models
    from subscribers.consent import erasing

    person = find_to_change(address)
    count = models.Subscription.objects.filter(subscriber=person).count()
    output.ask(f"Erase {person.address}, who is on {output.count(count, 'list')}, for good?", yes)
    done = erasing.erase(bootstrap.actor(), person)
    document = {
        "subscriber": person.pk, "erased": True, "records": list(done.subscriber_ids),
        "places": [text._asdict() for text in done.places], "at_provider": "planned",
    }  # fmt: skip
    output.show(document, lambda: _tell_erased(person, done))


def _tell_erased(person: Subscriber, done: Erased) -> None:
    output.say(f"Subscriber {person.pk} is erased.")
    output.say("The deletion at the provider is planned. Backups and the database server's files forget the person later.")
    merge_commands.tell_places(done.places, "this person")


def _document(person: Subscriber) -> dict[str, Any]:
    from campaigns.measuring import named_clicks
    from campaigns.reporting import reports
    from subscribers import models
    from subscribers.consent import suppressions
    from subscribers.records import history

    suppression = models.Suppression.objects.filter(address_key=person.address_key).first()
    merged = history.records_of(person)[1:]
    subscriptions = models.Subscription.objects.filter(subscriber=person).select_related("list").order_by("list__slug")
    return {
        "id": person.pk, "address": person.address, "name": person.name, "language": person.language, "country": person.country,
        "zone": person.zone, "attributes": person.attributes, "created_at": person.created_at,
        "last_click_at": named_clicks.last_click([person.pk, *merged]),
        "soft_bounces": person.soft_bounces, "suppressed": suppression.reason if suppression else None,
        "domain_suppressed": suppressions.is_domain_suppressed(person.domain), "paused_until": person.paused_until,
        "left_all_at": person.left_all_at, "measured_since": person.measured_since,
        "erased_at": person.erased_at, "merged_into": person.merged_into_id, "merged_records": merged,
        "subscriptions": [
            {
                "list": subscription.list.slug, "state": subscription.state, "source": subscription.source,
                "consent": subscription.consent, "joined_at": subscription.joined_at, "confirmed_at": subscription.confirmed_at,
                "unsubscribed_at": subscription.unsubscribed_at, "unsubscribed_how": subscription.unsubscribed_how,
            }
            for subscription in subscriptions
        ],
        "campaigns": [campaign._asdict() for campaign in reports.of_person(person.pk)],
    }  # fmt: skip
