"""`mailroom publication report`: a year of newsletters by month, of a list or of all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cli import bootstrap, output
from cli.texts import printed_values

if TYPE_CHECKING:
    from campaigns.reporting.results.newsletter_year import NewsletterYear

COLUMNS = ("joined", "left", "campaigns", "delivered", "bounced", "complained", "unsubscribed", "measured", "clicked", "clicks")


@click.command(cls=bootstrap.DatabaseCommand)
@click.option("--list", "slug", default="", metavar="LIST", help="Only this list and the campaigns to it.")
def report(slug: str) -> None:
    """Show the last twelve months: who joined and left, and what became of the newsletters, by month and by campaign.

    Example: mailroom publication report --list news --json
    """
    from campaigns.reporting.results import newsletter_year
    from campaigns.reporting.results.campaign_totals import Counting
    from subscribers.mailing_lists import find_list

    year = newsletter_year.of(find_list(slug) if slug else None, Counting.ALL)
    document = _document(year, slug)
    output.show(document, lambda: _tell(document))


def _document(year: NewsletterYear, slug: str) -> dict[str, Any]:
    return {
        "list": slug or None, "subscribed": year.subscribed, "uncounted": year.uncounted, "total": year.total._asdict(),
        "months": [{"month": f"{month:%Y-%m}", **numbers._asdict()} for month, numbers in year.months.items()],
        "campaigns": [
            {"campaign": campaign.pk, "name": campaign.name, "started_at": campaign.started_at, **numbers}
            for campaign, numbers in year.campaigns
        ],
    }  # fmt: skip


def _tell(document: dict[str, Any]) -> None:
    rows = [[month["month"], *_cells(month)] for month in document["months"]]
    output.show_table(("month", *COLUMNS), rows, total=("12 months", *_cells(document["total"])))
    if document["uncounted"]:
        output.say(f"Not counted yet, and in no number above: {output.count(document['uncounted'], 'campaign')}.")
    output.say(f"{output.count(document['subscribed'], 'person')} subscribed now, each counted once for each list.")
    names = ("name", "started_at", "recipients", "delivered", "bounced", "complained", "unsubscribed", "clicked")
    campaigns = [[str(line["campaign"]), *("–" if line.get(name) is None else line[name] for name in names)]
                 for line in document["campaigns"]]  # fmt: skip
    output.show_table(("id", "name", "sent", *names[2:]), campaigns, empty="no campaign ended in the last twelve months")


def _cells(numbers: dict[str, Any]) -> list[object]:
    return [printed_values.measured(numbers[name]) for name in COLUMNS]
