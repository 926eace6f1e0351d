"""`mailroom staff`: accounts for the console. A password is never an argument, because other users can read arguments."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.click_extensions import with_yes
from cli.error_reporting import CliError
from config.env import LANGUAGE_CODES
from publication.staff.roles import NAMES, resolved, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User

    from publication.staff.accounts import Choices

STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
WITH_ROLES = click.option(
    "--role", "roles", multiple=True, type=click.Choice(NAMES), help="The account's role; may be repeated. Without it: auditor."
)
NEW_ROLES = click.option(
    "--role", "roles", multiple=True, type=click.Choice(NAMES), help="A new role; may be repeated. Without it, the roles stay."
)
SCHEDULED = click.option(
    "--scheduled", type=click.Choice(("keep", "draft")),
    help="What becomes of scheduled campaigns that rely on the account: they stay scheduled, or are drafts again.",
)  # fmt: skip


@click.group(cls=bootstrap.DatabaseGroup)
def staff() -> None:
    """The accounts that can sign in to the console.

    Every role may look at everything. auditor: nothing else. author: issues and test mails. proofreader: test mails.
    list-manager: people, lists, segments, suppressions. publisher: issues, campaigns, senders. admin: settings and staff.
    override-checks: with another role, let a campaign be sent despite errors. --superuser: everything.

    Example: mailroom staff invite wei@example.org --role author
    """


@staff.command()
@click.argument("name")
@click.option("--email", default="", help="The person's address. Without it, an admin makes and reads out new passwords.")
@WITH_ROLES
@click.option("--superuser", is_flag=True, help="Full access.")
@STDIN
def add(name: str, email: str, roles: tuple[str, ...], superuser: bool, password_stdin: bool) -> None:
    """Create an account. The command asks for the password.

    Example: mailroom staff add weiyumeng --email wei@example.org --role author
    """
    from publication.staff import accounts

    made = accounts.add_staff(
        bootstrap.actor(), name, email, _password(password_stdin), roles=roles or ("auditor",), superuser=superuser
    )  # fmt: skip
    output.show(_document(made), f"{name} can sign in now.")


@staff.command()
@click.argument("address")
@WITH_ROLES
@click.option("--language", type=click.Choice(LANGUAGE_CODES), default="", help="Language of the mail and of the pages.")
def invite(address: str, roles: tuple[str, ...], language: str) -> None:
    """Invite somebody by mail. The link in it works once, for seven days; the person chooses name and password.

    An open invitation of the same address ends. It needs a sender, and the worker sends the mail.

    Example: mailroom staff invite wei@example.org --role author
    """
    from publication.staff import invitations

    made = invitations.invite(bootstrap.actor(), address, roles or ("auditor",), language=language)
    document = {"invitation": made.pk, "email": made.address, "roles": [*map(shown, made.roles)], "expires_at": made.expires_at}
    output.show(document, f"The invitation to {made.address} will be mailed.")


@staff.command("set")
@click.argument("name")
@click.option("--email", help="Another address, to which links for a new password go.")
@NEW_ROLES
@click.option("--password", "new_password", is_flag=True, help="Ask for a new password.")
@STDIN
@SCHEDULED
@with_yes
def set_(
    name: str, email: str | None, roles: tuple[str, ...], new_password: bool, password_stdin: bool, scheduled: str | None,
    yes: bool,
) -> None:  # fmt: skip
    """Change an account's address, roles or password; other roles and a new password end its sessions.

    --role replaces all roles. If invitations, review links or approvals end with a role, the command names them and asks.
    A new password also ends the wait after too many failed sign-ins.

    Example: mailroom staff set weiyumeng --role author --role list-manager
    """
    from publication.staff import accounts

    actor = bootstrap.actor()
    account = accounts.find_staff(name)
    if roles:
        accounts.require_may_lose(actor, account, resolved(roles))
    choices = _name_what_ends(account, scheduled, resolved(roles)) if roles else None
    if choices is not None:
        output.ask(f"Change the roles of {name}?", yes)
    if email is not None:
        account = accounts.change_address(actor, name, email)
    if roles:
        account = accounts.change_roles(actor, name, roles, choices=choices or {})
    if new_password or password_stdin:
        account = accounts.change_password(actor, name, _password(password_stdin))
    output.show(_document(account), lambda: output.show_facts(_document(account).items()))


@staff.command("ls")
def ls() -> None:
    """List all accounts.

    Example: mailroom staff ls
    """
    from django.contrib.auth import models

    documents = [_document(account) for account in models.User.objects.order_by("username").prefetch_related("groups")]
    columns = ("name", "email", "roles", "superuser", "active", "last_login")
    output.show_list("staff", documents, columns, empty="no account yet; add one: mailroom staff add NAME --email ADDRESS")


@staff.command()
@click.argument("name")
@SCHEDULED
@with_yes
def disable(name: str, scheduled: str | None, yes: bool) -> None:
    """Block an account at once and end its sessions; what it did stays on record.

    Its invitations and review links end, and its approvals do not count any more: the command names them and asks.

    Example: mailroom staff disable weiyumeng
    """
    from publication.staff import accounts

    choices = _name_what_ends(accounts.find_staff(name), scheduled) or {}
    question = f"Block the account {name}?"
    changed = bootstrap.confirmed(question, yes, lambda: accounts.disable_staff(bootstrap.actor(), name, choices=choices))
    message = f"{name} is blocked." if changed else f"{name} was already blocked."
    output.show({"name": name, "active": False, "changed": changed}, message)


@staff.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let a blocked account sign in again; its earlier sessions stay ended.

    Example: mailroom staff enable weiyumeng
    """
    from publication.staff import accounts

    changed = accounts.enable_staff(bootstrap.actor(), name)
    message = f"{name} can sign in again." if changed else f"{name} was not blocked."
    output.show({"name": name, "active": True, "changed": changed}, message)


@staff.command()
@click.argument("name")
@SCHEDULED
@with_yes
def delete(name: str, scheduled: str | None, yes: bool) -> None:
    """Delete an account for good. What it did stays on record under its name, which no new account can take.

    As with disable, the command names what ends with the account, and asks.

    Example: mailroom staff delete weiyumeng
    """
    from publication.staff import accounts

    choices = _name_what_ends(accounts.find_staff(name), scheduled) or {}
    question = f"Delete the account {name} for good?"
    bootstrap.confirmed(question, yes, lambda: accounts.delete_staff(bootstrap.actor(), name, choices=choices))
    output.show({"name": name, "deleted": True}, f"The account {name} is deleted.")


@staff.command("reset-mfa")
@click.argument("name")
@with_yes
def reset_mfa(name: str, yes: bool) -> None:
    """Remove all second factors and recovery codes of an account, and end its sessions.

    Use it for people who lost their telephone or key. Make sure that it is really them who ask.

    Example: mailroom staff reset-mfa weiyumeng
    """
    from publication.staff import accounts, second_factors

    accounts.find_staff(name)
    output.ask(f"Remove all second factors of the account {name}? Its password alone will then open it.", yes)
    removed = second_factors.reset(bootstrap.actor(), name)
    message = f"The second factors of {name} are removed." if removed else f"{name} had no second factor. Its sessions are ended."
    output.show({"name": name, "removed": removed}, message)


def _name_what_ends(account: User, scheduled: str | None, roles: Sequence[str] = ()) -> Choices | None:
    """Print what ends with the account's rights; the choice for each scheduled campaign. None if nothing ends."""
    from campaigns.lost_rights import affected_campaigns, what_ends
    from publication.staff.lost_rights import CampaignChoice

    ending = what_ends.ending(account, roles)
    if ending.is_empty:
        return None
    choices = {affected.campaign.pk: CampaignChoice(scheduled) for affected in ending.campaigns} if scheduled else {}
    affected_campaigns.require_choices(account, ending.campaigns, choices)
    for invitation in ending.invitations:
        output.note(f"ends: invitation of {invitation.address}")
    for link in ending.links:
        output.note(f"ends: review link “{output.visible(link.name)}” of {link.version.issue.slug}")
    for approval in ending.approvals:
        output.note(f"does not count any more: approval of {approval.version.issue.slug} by {output.visible(approval.name)}")
    for affected in ending.campaigns:
        stays = "stays on hold" if affected.campaign.state == "held" else "stays scheduled"
        becomes = stays if scheduled == CampaignChoice.KEEP else "is a draft again"
        output.note(f"{becomes}: campaign {affected.campaign.pk} “{output.visible(affected.campaign.name)}”")
    return choices


def _password(from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            raise CliError("standard input contains no password", "pipe it into the command, or leave out --password-stdin")
        return password
    if not sys.stdin.isatty():
        raise CliError("there is no terminal to type a password in", "use --password-stdin")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _document(account: User) -> dict[str, Any]:
    return {
        "name": account.username, "email": account.email, "roles": sorted(shown(group.name) for group in account.groups.all()),
        "superuser": account.is_superuser, "active": account.is_active, "last_login": account.last_login,
    }  # fmt: skip
