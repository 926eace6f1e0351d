"""`mailroom campaign follow-up`: a draft that follows a campaign that is over."""

from __future__ import annotations

import click

from cli import bootstrap, output
from cli.campaign.campaign_facts import WHICH, find
from cli.campaign.draft_commands import tell_draft


@click.command("follow-up", cls=bootstrap.DatabaseCommand)
@WHICH
@click.option("--not-reached", "kind", flag_value="not_reached", help="To people whose mail failed, and who can get mail now.")
@click.option(
    "--not-read", "kind", flag_value="not_read", help="To people who are measured and followed no link; with another subject."
)
@click.option("--correction", "kind", flag_value="correction", help="To everybody who got it or may have got it; needs --issue.")
@click.option(
    "--issue", "slug", metavar="ISSUE", default="", help="What it sends, in its current version; without it, the same mail."
)
def follow_up(campaign_id: int, kind: str | None, slug: str) -> None:
    """Create a draft that follows up a campaign that is over. Nobody gets the same kind of follow-up of a campaign twice.

    Example: mailroom campaign follow-up 7 --correction --issue news-2027-02
    """
    from campaigns.drafts import follow_up_drafts
    from editorial import issue_records
    from editorial.sources.edits import SourceEditError

    if kind is None:
        raise click.UsageError("say which: --not-reached, --not-read or --correction")
    if bool(slug) != (kind == "correction"):
        raise click.UsageError("--correction needs --issue, and the other follow-ups send the issue of the campaign")
    followed = find(campaign_id)
    issue = issue_records.find_issue(slug) if slug else followed.version.issue
    own = followed.version if issue == followed.version.issue else None
    version = own if kind == "not_reached" else issue.current or own
    if version is None:
        raise SourceEditError("no-source", issue=issue.slug)
    for earlier in follow_up_drafts.of_kind(followed, kind):
        output.note(f"campaign {earlier.pk} is such a follow-up already; people who were chosen for it are left out")
    made = follow_up_drafts.create(bootstrap.actor(), campaign_id, kind, version=version)
    tell_draft(made.pk)
