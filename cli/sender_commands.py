"""`mailroom sender`: the addresses that mail is sent from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import with_yes

if TYPE_CHECKING:
    from publication.models import Sender


@click.group(cls=bootstrap.DatabaseGroup)
def sender() -> None:
    """The addresses that mail is sent from, each verified at the provider.

    Example: mailroom sender add news@example.org --name "CAST Newsletter"
    """


@sender.command()
@click.argument("email")
@click.option("--name", default="", help="The name that inboxes show.")
@click.option("--reply-to", default="", metavar="EMAIL", help="The address for replies; without it, replies go to the sender.")
def add(email: str, name: str, reply_to: str) -> None:
    """Add a sender address.

    Example: mailroom sender add news@example.org --name "CAST Newsletter" --reply-to editors@example.org
    """
    from publication import senders

    made = senders.add_sender(bootstrap.actor(), email, name=name, reply_to=reply_to)
    output.show(_document(made), f"Sender {made} is added. Verify this address or its domain at the provider before you send.")


@sender.command("set")
@click.argument("email")
@click.option("--name", default=None, help="The name that inboxes show.")
@click.option("--reply-to", default=None, metavar="EMAIL", help="The address for replies; '' for the sender's own.")
def set_(email: str, name: str | None, reply_to: str | None) -> None:
    """Change a sender's name or reply address.

    Example: mailroom sender set news@example.org --reply-to editors@example.org
    """
    from publication import senders

    changed = senders.change_sender(bootstrap.actor(), senders.find_sender(email), name=name, reply_to=reply_to)
    output.show(_document(changed), lambda: output.show_facts(_document(changed).items()))


@sender.command("ls")
def ls() -> None:
    """List all senders. The first one sends the confirmation mails.

    Example: mailroom sender ls
    """
    from publication import models

    documents = [_document(stored_sender) for stored_sender in models.Sender.objects.order_by("id")]
    empty = "no sender yet; add one: mailroom sender add EMAIL"
    output.show_list("senders", documents, ("email", "name", "reply_to"), empty=empty)


@sender.command()
@click.argument("email")
@with_yes
def delete(email: str, yes: bool) -> None:
    """Delete a sender that no campaign uses. The first remaining sender sends the confirmation mails.

    Example: mailroom sender delete old@example.org
    """
    from campaigns import removing
    from publication import senders

    stored_sender = senders.find_sender(email)
    bootstrap.confirmed(
        f"Delete the sender {stored_sender}?", yes, lambda: removing.delete_sender(bootstrap.actor(), stored_sender)
    )
    output.show({"email": stored_sender.email, "deleted": True}, f"The sender {stored_sender.email} is deleted.")


def _document(stored_sender: Sender) -> dict[str, Any]:
    return {"email": stored_sender.email, "name": stored_sender.name, "reply_to": stored_sender.reply_to}
