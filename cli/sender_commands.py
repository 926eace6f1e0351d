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
@click.option("--by-domain", is_flag=True, help="Confirm it by the provider's authenticated domains: nobody reads its mailbox.")
def add(email: str, name: str, reply_to: str, by_domain: bool) -> None:
    """Add a sender address. A link to confirm it is mailed to the address.

    Example: mailroom sender add news@example.org --name "CAST Newsletter" --reply-to editors@example.org
    """
    from publication.models import Sender
    from publication.senders import sender_confirmations

    proof = Sender.Proof.DOMAIN if by_domain else Sender.Proof.MAIL
    made = sender_confirmations.add_unconfirmed(bootstrap.actor(), email, name=name, reply_to=reply_to, proof=proof)
    added = f"Sender {made} is added. Verify this address or its domain at the provider before you send."
    output.show(_document(made), lambda: output.say(f"{added} {_begun(made)}"))


@sender.command()
@click.argument("email")
@click.option("--by-domain", is_flag=True, help="Ask the provider now whether it has authenticated the sender's domain.")
def confirm(email: str, by_domain: bool) -> None:
    """Mail a link to confirm a sender to its address, or confirm it by the provider's authenticated domains.

    The console sends nothing from a sender that was added and is not confirmed.

    Example: mailroom sender confirm noreply@example.org --by-domain
    """
    from publication.senders import sender_confirmations, sender_list
    from worker import provider_clients

    asked = sender_list.find_sender(email)
    if by_domain:
        sender_confirmations.ask_provider(bootstrap.actor(), asked)
        provider_clients.check_account()
    else:
        sender_confirmations.ask_by_mail(bootstrap.actor(), asked)
    asked.refresh_from_db()
    output.show(_document(asked), lambda: output.say(_begun(asked)))


@sender.command("set")
@click.argument("email")
@click.option("--name", default=None, help="The name that inboxes show.")
@click.option("--reply-to", default=None, metavar="EMAIL", help="The address for replies; '' for the sender's own.")
@click.option("--default", is_flag=True, help="Let it send the confirmations and the mails to staff.")
def set_(email: str, name: str | None, reply_to: str | None, default: bool) -> None:
    """Change a sender's name or reply address, or make it the default.

    Example: mailroom sender set news@example.org --reply-to editors@example.org
    """
    from publication.senders import sender_list

    stored_sender = sender_list.find_sender(email)
    changed = sender_list.change_sender(bootstrap.actor(), stored_sender, name=name, reply_to=reply_to)
    if default:
        changed = sender_list.make_default(bootstrap.actor(), changed)
    output.show(_document(changed), lambda: output.show_facts(_document(changed).items()))


@sender.command("ls")
def ls() -> None:
    """List all senders, the default one first: it sends the confirmation mails.

    Example: mailroom sender ls
    """
    from publication.senders import sender_list

    documents = [_document(stored_sender) for stored_sender in sender_list.ordered()]
    empty = "no sender yet; add one: mailroom sender add EMAIL"
    output.show_list("senders", documents, ("email", "name", "reply_to", "confirmed", "default"), empty=empty)


@sender.command()
@click.argument("email")
@with_yes
def delete(email: str, yes: bool) -> None:
    """Delete a sender that no campaign uses. The default sender sends the confirmation mails, or else the first one.

    Example: mailroom sender delete old@example.org
    """
    from campaigns import removing
    from publication.senders import sender_list

    stored_sender = sender_list.find_sender(email)
    bootstrap.confirmed(
        f"Delete the sender {stored_sender}?", yes, lambda: removing.delete_sender(bootstrap.actor(), stored_sender)
    )
    output.show({"email": stored_sender.email, "deleted": True}, f"The sender {stored_sender.email} is deleted.")


def _document(stored_sender: Sender) -> dict[str, Any]:
    """`confirmed`: mail or domain, by which proof; no; or waiting, if the console schedules nothing with it yet."""
    waiting = "waiting" if stored_sender.is_blocked else "no"
    return {
        "email": stored_sender.email, "name": stored_sender.name, "reply_to": stored_sender.reply_to,
        "confirmed": stored_sender.confirmed_by or waiting, "default": stored_sender.is_default,
    }  # fmt: skip


def _begun(stored_sender: Sender) -> str:
    """What came of a request to confirm a sender."""
    if stored_sender.confirmed_at is not None:
        return "It is confirmed."
    if stored_sender.domain_asked_by is not None:
        return "The provider has not answered yet. The worker asks it again."
    if stored_sender.domain_refused_at is not None:
        return "It is not confirmed: the provider does not list its domain as authenticated."
    return "Open the link that is mailed to it within seven days to confirm it."
