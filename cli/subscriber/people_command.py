"""`mailroom subscriber ls`: people by words and conditions, as on the page People of the console."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from cli import bootstrap, output
from cli.click_extensions import WholeNumber
from subscribers.people.people_filter import STATES

if TYPE_CHECKING:
    from subscribers.models import Subscriber


@click.command("ls", cls=bootstrap.DatabaseCommand)
@click.argument("search_terms", metavar="[TEXT]...", nargs=-1)
@click.option("--list", "slug", metavar="LIST", default="", help="Only people who are or were on this list.")
@click.option("--state", type=click.Choice(STATES), help="Only people in this state.")
@click.option("--segment", "segment_slug", metavar="SEGMENT", default="", help="Only people in this saved segment.")
@click.option("--language", default="", help="Only people with this language, such as zh-Hans.")
@click.option("--cause", metavar="CAUSE", default="", help="Only people who are suppressed for this reason or cause of a bounce.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only people added on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only people added on this day or earlier.")
@click.option("--inside", is_flag=True, help="Find TEXT inside of words and in attributes, too; slower.")
@click.option("--limit", type=WholeNumber(1), default=50, show_default=True, help="Show at most this many, the newest first.")
def ls(
    search_terms: tuple[str, ...], slug: str, state: str | None, segment_slug: str, language: str, cause: str,
    since: datetime | None, until: datetime | None, inside: bool, limit: int,
) -> None:  # fmt: skip
    """List people. TEXT is the beginning of words of their address or name.

    Example: mailroom subscriber ls wei --list news --state confirmed
    """
    from subscribers import mailing_lists
    from subscribers.models import Subscription
    from subscribers.people import search
    from subscribers.people.people_filter import PeopleFilter
    from subscribers.segments import saved_segments

    asked = PeopleFilter(
        text=" ".join(search_terms), inside=inside, list_id=mailing_lists.find_list(slug).pk if slug else None, state=state or "",
        segment_id=saved_segments.find(segment_slug).pk if segment_slug else None, language=language, cause=cause,
        since=_day(since), until=_day(until),
    )  # fmt: skip
    people: list[Subscriber] = []
    after: int | None = None
    more = True
    while more and len(people) < limit:
        people_page = search.page(asked, after, min(limit - len(people), search.PAGE))
        people += people_page.people
        after, more = people_page.after, people_page.after is not None
    on_lists: dict[int, list[str]] = {person.pk: [] for person in people}
    for subscription in Subscription.objects.filter(subscriber__in=on_lists).select_related("list").order_by("list__slug"):
        on_lists[subscription.subscriber_id].append(f"{subscription.list.slug}: {subscription.state}")
    documents = [
        {
            "address": person.address, "name": person.name, "language": person.language, "lists": on_lists[person.pk],
            "added": person.created_at,
        }
        for person in people
    ]  # fmt: skip
    output.show_list("people", documents, ("address", "name", "language", "lists", "added"), empty="nobody is found")
    if more and not output.wants_json():
        output.note("there are more people; show more with --limit")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
