"""`mailroom list`: mailing lists, who may subscribe to them, and their public archives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import printed_texts, texts_in, with_yes
from cli.error_reporting import CliError
from cli.subscriber import welcome_command
from config.env import INTERFACE_LANGUAGES

SIGN_UPS = click.Choice(["closed", "unlisted", "open"])
SIGN_UP_HELP = "Who can subscribe on the web: closed (nobody), unlisted (people who know the address) or open."
WELCOME_HELP = "Whether people who confirm get a welcome mail."

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
@click.option("--description", default="", help="What subscribers get, and how often.")
@click.option("--language", default="", help="The language of its mails, such as en.")
@click.option(
    "--advertises-in-china", is_flag=True, help="Require subjects to begin with 广告 or AD, as Chinese law demands of ads."
)
@click.option("--sign-up", type=SIGN_UPS, default="closed", show_default=True, help=SIGN_UP_HELP)
@click.option("--welcome/--no-welcome", default=False, help=WELCOME_HELP)
def create(
    slug: str, name: str, description: str, language: str, advertises_in_china: bool, sign_up: str, welcome: bool
) -> None:  # fmt: skip
    """Create a list. SLUG is its short name and never changes, because mail programs identify the list by it.

    Example: mailroom list create news --name "CAST Newsletter"
    """
    from subscribers import mailing_lists

    made = mailing_lists.create_list(
        bootstrap.actor(), slug, name, description=description, language=language, advertises_in_china=advertises_in_china,
        sign_up=sign_up, welcome=welcome,
    )  # fmt: skip
    output.show(_facts(made), f"The list {made.slug} is created.")


@lists.command("set")
@click.argument("slug")
@click.option("--name", help="The name that subscribers read.")
@click.option("--description", help="What subscribers get, and how often.")
@click.option("--name-in", multiple=True, metavar="LANGUAGE=TEXT", help="Its name for readers of a language; empty: none.")
@click.option(
    "--description-in", multiple=True, metavar="LANGUAGE=TEXT", help="Its description for readers of a language; empty: none."
)
@click.option("--language", help="The language of its mails, such as en.")
@click.option(
    "--advertises-in-china/--no-advertises-in-china", default=None,
    help="Require subjects to begin with 广告 or AD, as Chinese law demands of ads.",
)  # fmt: skip
@click.option("--sign-up", type=SIGN_UPS, help=SIGN_UP_HELP)
@click.option("--welcome/--no-welcome", default=None, help=WELCOME_HELP)
def set_(
    slug: str, name: str | None, description: str | None, name_in: tuple[str, ...], description_in: tuple[str, ...],
    language: str | None, advertises_in_china: bool | None, sign_up: str | None, welcome: bool | None,
) -> None:  # fmt: skip
    """Change what you give and keep the rest.

    Example: mailroom list set news --sign-up open --welcome
    """
    from subscribers import mailing_lists

    texts = texts_in(mailing_lists.find_list(slug).texts, name_in, description_in)
    changed = mailing_lists.change_list(
        bootstrap.actor(), slug, name=name, description=description, language=language, advertises_in_china=advertises_in_china,
        sign_up=sign_up, welcome=welcome, texts=texts,
    )  # fmt: skip
    facts = _facts(changed)
    output.show(facts, lambda: output.show_facts((facts | {"texts": printed_texts(changed.texts)}).items()))


def _facts(mailing_list: MailingList) -> dict[str, Any]:
    from config import public_urls

    return {
        "list": mailing_list.slug, "name": mailing_list.name, "description": mailing_list.description,
        "language": mailing_list.language, "advertises_in_china": mailing_list.advertises_in_china,
        "sign_up": mailing_list.sign_up,
        "page": public_urls.subscribe_url(mailing_list.slug) if mailing_list.sign_up != "closed" else "",
        "welcome": mailing_list.welcome, "texts": mailing_list.texts,
    }  # fmt: skip


@lists.command()
@click.argument("slug")
@with_yes
def delete(slug: str, yes: bool) -> None:
    """Delete a list that never had a subscriber and that no campaign or segment uses.

    Example: mailroom list delete tryout
    """
    from campaigns import removing
    from subscribers import mailing_lists

    mailing_list = mailing_lists.find_list(slug)
    question = f"Delete the list {slug} “{output.visible(mailing_list.name)}”?"
    bootstrap.confirmed(question, yes, lambda: removing.delete_list(bootstrap.actor(), slug))
    output.show({"list": slug, "deleted": True}, f"The list {slug} is deleted.")


@lists.command("ls")
def ls() -> None:
    """List all mailing lists with the number of people on each.

    Example: mailroom list ls
    """
    from subscribers import models
    from subscribers.people import list_counts
    from subscribers.sign_up import held_requests

    counts, held = list_counts.totals(), held_requests.counts()
    documents = [
        _document(mailing_list, counts[mailing_list.pk], held.get(mailing_list.pk, 0))
        for mailing_list in models.MailingList.objects.order_by("slug")
    ]
    columns = ("list", "name", "confirmed", "pending", "unsubscribed", "sign_up", "archive")
    output.show_list("lists", documents, columns, empty="no list yet; create one: mailroom list create SLUG --name TEXT")


@lists.command()
@click.argument("slug")
def show(slug: str) -> None:
    """Show one list. `mailable` counts the people who would be mailed now: confirmed, and neither suppressed nor paused.

    It also counts the reasons that people gave when they left.

    Example: mailroom list show news
    """
    from subscribers import mailing_lists
    from subscribers.consent.unsubscribing import unsubscribe_reasons
    from subscribers.people import list_counts
    from subscribers.segments import recipients
    from subscribers.sign_up import held_requests

    mailing_list = mailing_lists.find_list(slug)
    reasons = unsubscribe_reasons.counts(mailing_list)
    held = held_requests.held(mailing_list).waiting
    document = _document(mailing_list, list_counts.total(mailing_list), held)
    document |= {"mailable": recipients.count([mailing_list]), "unsubscribe_reasons": reasons}
    printed = document | {"texts": printed_texts(mailing_list.texts)}
    facts = [(name, value) for name, value in printed.items() if name != "unsubscribe_reasons"]
    facts += [(f"left because: {code.replace('_', ' ')}", number) for code, number in reasons.items() if number]
    output.show(document, lambda: output.show_facts(facts))


@lists.command()
@click.argument("slug")
@click.argument("visibility", metavar="VISIBILITY", type=click.Choice(["public", "unlisted", "off"]))
@with_yes
def archive(slug: str, visibility: str, yes: bool) -> None:
    """Set who can read on the web what was sent to a list.

    VISIBILITY is public, unlisted (only people who know the address; search engines are asked to stay away) or off (the
    default).

    Example: mailroom list archive news public
    """
    from campaigns.reporting import archive_entries
    from config import public_urls
    from subscribers import mailing_lists

    mailing_list = mailing_lists.find_list(slug)
    shown, left_out = len(archive_entries.entries(mailing_list)), archive_entries.narrowed_count(mailing_list)
    if visibility != "off" and visibility != mailing_list.archive:
        readers = "Everybody" if visibility == "public" else "Everybody who knows the address"
        output.ask(
            f"{readers} will be able to read {output.count(shown, 'issue')} that went to {slug}, and every later one. Continue?",
            yes,
        )
    mailing_list = mailing_lists.set_archive(bootstrap.actor(), slug, visibility)
    address = public_urls.archive_url(slug) if visibility != "off" else ""
    document = {
        "list": mailing_list.slug,
        "archive": mailing_list.archive,
        "address": address,
        "issues": shown,
        "left_out": left_out,
    }

    def print_archive() -> None:
        output.say(f"The archive of {slug} is {visibility}{': ' + address if address else ''}.")
        if left_out and address:
            verb = "is" if left_out == 1 else "are"
            output.say(f"{output.count(left_out, 'issue')} went only to a segment and {verb} not shown. To show one: "
                       "mailroom issue archive ISSUE shown")  # fmt: skip

    output.show(document, print_archive)


@lists.command()
@click.argument("slug")
@click.option(
    "--language",
    metavar="LANGUAGE",
    help=f"The language of the form: {' or '.join(INTERFACE_LANGUAGES)}. Without it, the list's.",
)
def form(slug: str, language: str | None) -> None:
    """Print the HTML of a form to paste into any other site.

    Its button opens the page of the list with what was typed. Only the button of that page has a mail sent, so the form needs
    no script and no secret.

    Example: mailroom list form news --language zh-Hans
    """
    from config import public_urls
    from subscribers import mailing_lists
    from subscribers.sign_up import embedded_form

    mailing_list = mailing_lists.find_list(slug)
    if mailing_list.sign_up == "closed":
        raise CliError(f"nobody can subscribe to {slug} on the web", f"open it: mailroom list set {slug} --sign-up open")
    html = embedded_form.html_of(mailing_list, language or "")
    if not (address := public_urls.subscribe_url()).startswith("https:"):
        output.note(f"the form leads to {address}, which works only on this machine; set MAILROOM_PUBLIC_URL to an https address")
    output.show({"list": mailing_list.slug, "html": html}, html)


@lists.command("requests")
@click.argument("slug")
@click.option("--release", is_flag=True, help="Send the confirmation mails that wait, and let new requests through.")
@click.option("--discard", is_flag=True, help="Send none of them, and let new requests through.")
@with_yes
def requests_(slug: str, release: bool, discard: bool, yes: bool) -> None:
    """Show the requests to subscribe that wait for your decision, or decide about them.

    Requests wait when there were far more in an hour than usual (the policies hold_factor and hold_floor). They never go out
    by themselves.

    Example: mailroom list requests news --release
    """
    from subscribers import mailing_lists
    from subscribers.sign_up import held_requests

    if release and discard:
        raise click.UsageError("Choose --release or --discard, not both.")
    mailing_list = mailing_lists.find_list(slug)
    waiting = held_requests.held(mailing_list)
    document: dict[str, Any] = {"list": mailing_list.slug, **waiting._asdict()}
    if not release and not discard:
        output.show(document, lambda: output.show_facts(document.items()))
        return
    what = output.count(waiting.waiting, "confirmation mail")
    output.ask(f"Send {what} of {slug}?" if release else f"Discard {what} of {slug}?", yes)
    count = (
        held_requests.release(bootstrap.actor(), mailing_list)
        if release
        else held_requests.discard(bootstrap.actor(), mailing_list)
    )
    done = "released" if release else "discarded"
    if release:
        bootstrap.wake("send_singles")
    output.show({"list": mailing_list.slug, done: count}, f"{output.count(count, 'confirmation mail')} of {slug} {done}.")


lists.add_command(welcome_command.welcome)


def _document(mailing_list: MailingList, states: dict[str, int], held: int) -> dict[str, Any]:
    return {
        **_facts(mailing_list), **states, "archive": mailing_list.archive, "created_at": mailing_list.created_at,
        "requests_held_at": mailing_list.requests_held_at, "requests_held": held,
    }  # fmt: skip
