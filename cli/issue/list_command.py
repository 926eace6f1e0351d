"""`mailroom issue ls`: the issues of the database with their states."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from cli import bootstrap, output
from cli.click_extensions import WholeNumber


@click.command("ls", cls=bootstrap.DatabaseCommand)
@click.argument("search_terms", metavar="[TEXT]...", nargs=-1)
@click.option("--state", default="", help="Only issues in this state, such as writing, approved or sent.")
@click.option("--limit", type=WholeNumber(1), default=50, show_default=True, help="Show at most this many, the newest first.")
def ls(search_terms: tuple[str, ...], state: str, limit: int) -> None:
    """List the issues that are stored. TEXT is in their title, number or newest text.

    Example: mailroom issue ls --state sent
    """
    from campaigns.reporting import issue_list

    if state and state not in issue_list.STATES:
        raise click.BadParameter(f"“{state}” is not a state; there are: {', '.join(issue_list.STATES)}", param_hint="--state")
    issues: list[issue_list.ListedIssue] = []
    page = pages = 1
    while page <= pages and len(issues) < limit:
        issue_page = issue_list.find(" ".join(search_terms), state, page)
        issues += issue_page.issues
        page, pages = page + 1, issue_page.pages
    documents: list[dict[str, Any]] = [{"issue": listed.slug, **asdict(listed)} for listed in issues[:limit]]
    columns = ("issue", "title", "number", "state", "changed_at", "editor")
    output.show_list("issues", documents, columns, empty="no issue is stored yet")
