"""`mailroom list`: mailing lists and their public archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import with_yes

if TYPE_CHECKING:
    from subscribers.models import MailingList


@click.group(cls=bootstrap.DatabaseGroup, name="list")
def lists() -> None:
    """The lists that people subscribe to.

    Example: mailroom list create news --name "CAST Newsletter"
    """


@lists.command()
@click.argument("slug")
@click.option("--name", required=True, help="The name that subscribers read.")
@click.option("--description", default="", help="What comes, and how often.")
@click.option("--language", default="", help="Language of its mails, such as en.")
@click.option(
    "--advertises-in-china", is_flag=True, help="Subjects to this list must begin with 广告 or AD, as the law there asks."
)
def create(slug: str, name: str, description: str, language: str, advertises_in_china: bool) -> None:
    """Make a list. SLUG is its short name for good: mail programs know the list by it.

    Example: mailroom list create news --name "CAST Newsletter"
    """
    from subscribers import mailing_lists

    made = mailing_lists.create_list(
        bootstrap.actor(), slug, name, description=description, language=language, advertises_in_china=advertises_in_china
    )  # fmt: skip
    output.show(_facts(made), f"The list {made.slug} is made.")


@lists.command("set")
@click.argument("slug")
@click.option("--name", help="The name that subscribers read.")
@click.option("--description", help="What comes, and how often.")
@click.option("--language", help="Language of its mails, such as en.")
@click.option(
    "--advertises-in-china/--no-advertises-in-china", default=None,
    help="Subjects to this list must begin with 广告 or AD, as the law there asks.",
)  # fmt: skip
def set_(slug: str, name: str | None, description: str | None, language: str | None, advertises_in_china: bool | None) -> None:
    """Change what is given and leave the rest.

    Example: mailroom list set news --advertises-in-china
    """
    from subscribers import mailing_lists

    changed = mailing_lists.change_list(
        bootstrap.actor(), slug, name=name, description=description, language=language, advertises_in_china=advertises_in_china
    )
    output.show(_facts(changed), lambda: output.show_facts(_facts(changed).items()))


def _facts(one: MailingList) -> dict[str, Any]:
    return {
        "list": one.slug, "name": one.name, "description": one.description, "language": one.language,
        "advertises_in_china": one.advertises_in_china,
    }  # fmt: skip


@lists.command()
@click.argument("slug")
@with_yes
def delete(slug: str, yes: bool) -> None:
    """Delete a list that nobody was ever on and that no campaign or segment names.

    Example: mailroom list delete tryout
    """
    from campaigns import removing
    from subscribers import mailing_lists

    found = mailing_lists.find_list(slug)
    output.ask(f"Delete the list {slug} “{output.visible(found.name)}”?", yes)
    removing.delete_list(bootstrap.actor(), slug)
    output.show({"list": slug, "deleted": True}, f"The list {slug} is deleted.")


@lists.command("ls")
def ls() -> None:
    """Show all lists with the number of people on each.

    Example: mailroom list ls
    """
    from subscribers import models

    documents = [_document(each) for each in models.MailingList.objects.order_by("slug")]
    columns = ("list", "name", "confirmed", "pending", "unsubscribed", "mailable", "archive")
    output.show_list("lists", documents, columns, empty="no list yet; mailroom list create makes one")


@lists.command()
@click.argument("slug")
def show(slug: str) -> None:
    """Show one list. `mailable` are those who would be mailed now: confirmed and not suppressed.

    Example: mailroom list show news
    """
    from subscribers import mailing_lists

    document = _document(mailing_lists.find_list(slug))
    output.show(document, lambda: output.show_facts(document.items()))


@lists.command()
@click.argument("slug")
@click.argument("visibility", metavar="VISIBILITY", type=click.Choice(["public", "unlisted", "off"]))
@with_yes
def archive(slug: str, visibility: str, yes: bool) -> None:
    """Say who may read on the web what was sent to a list. VISIBILITY is public, unlisted (whoever knows the address; search
    engines are told to stay away) or off, as at the beginning.

    Example: mailroom list archive news public
    """
    from campaigns.reporting import archive_entries
    from config import public_urls
    from subscribers import mailing_lists

    one = mailing_lists.find_list(slug)
    shown, left_out = len(archive_entries.entries(one)), archive_entries.narrowed_count(one)
    if visibility != "off" and visibility != one.archive:
        readers = "everybody" if visibility == "public" else "whoever knows the address"
        output.ask(
            f"{output.count(shown, 'issue')} that went to {slug}, and every later one, can be read by {readers} then. Go on?", yes
        )
    one = mailing_lists.set_archive(bootstrap.actor(), slug, visibility)
    address = public_urls.archive_url(slug) if visibility != "off" else ""
    document = {"list": one.slug, "archive": one.archive, "address": address, "issues": shown, "left_out": left_out}

    def words() -> None:
        output.say(f"The archive of {slug} is {visibility}{': ' + address if address else ''}.")
        if left_out and address:
            output.say(f"{output.count(left_out, 'issue')} went to a segment only and is not shown; to show one: "
                       "mailroom issue archive ISSUE shown")  # fmt: skip

    output.show(document, words)


def _document(one: MailingList) -> dict[str, Any]:
    from django.db import models as orm

    from subscribers import models
    from subscribers.segments import recipients

    states = dict.fromkeys(models.Subscription.State.values, 0)
    states |= dict(models.Subscription.objects.filter(list=one).values_list("state").annotate(orm.Count("id")))
    return {
        **_facts(one), **states,
        "mailable": recipients.count([one]), "archive": one.archive, "created_at": one.created_at,
    }  # fmt: skip
