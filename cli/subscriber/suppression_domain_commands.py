"""`mailroom suppression domain`: domains to which nothing is mailed."""

from datetime import UTC, datetime

import click

from cli import bootstrap, output
from cli.click_extensions import Day, with_yes
from cli.error_reporting import CliError


def in_zone(day: datetime | None) -> datetime | None:
    """The beginning of a day in the publication's zone."""
    from publication import clock

    return day.replace(tzinfo=clock.place_of(output.zone()) or UTC) if day else None


@click.group("domain", cls=bootstrap.DatabaseGroup)
def domain() -> None:
    """Domains to which nothing is mailed. They are known here only; the provider never learns of them.

    Example: mailroom suppression domain add example.org --detail "asked by their postmaster"
    """


@domain.command()
@click.argument("domain")
@click.option("--detail", default="", help="Why; do not write an address here.")
@click.option("--until", type=Day(), help="End it by itself when this day begins in the publication's zone.")
def add(domain: str, detail: str, until: datetime | None) -> None:
    """Mail nothing to addresses at exactly DOMAIN. For a domain that is already suppressed, change its text and end.

    Example: mailroom suppression domain add example.org --until 2028-01-01
    """
    from subscribers.consent import suppressed_domains

    end = in_zone(until)
    changed = suppressed_domains.suppress_domain(bootstrap.actor(), domain, detail, end)
    name = suppressed_domains.normalise(domain)
    message = f"Nothing will be mailed to {name}." if changed else f"{name} was already suppressed."
    output.show({"domain": name, "changed": changed, "until": end}, message)


@domain.command()
@click.argument("domain")
@with_yes
def lift(domain: str, yes: bool) -> None:
    """Allow mail to DOMAIN again. Addresses that are suppressed themselves stay suppressed.

    Example: mailroom suppression domain lift example.org
    """
    from subscribers.consent import suppressed_domains

    name = suppressed_domains.normalise(domain)
    if name not in {suppressed.domain for suppressed in suppressed_domains.suppressed_domains()}:
        raise CliError(f"{name} is not suppressed, so there is nothing to lift", "mailroom suppression domain ls")
    question = f"Allow mail to {name} again?"
    lifted = bootstrap.confirmed(question, yes, lambda: suppressed_domains.lift_domain(bootstrap.actor(), name))
    output.show({"domain": name, "lifted": lifted}, f"Addresses at {name} may be mailed again.")


@domain.command("ls")
def ls() -> None:
    """List the suppressed domains.

    Example: mailroom suppression domain ls
    """
    from subscribers.consent import suppressed_domains

    domains = suppressed_domains.suppressed_domains()
    documents = [
        {"domain": suppressed.domain, "detail": suppressed.detail, "since": suppressed.created_at, "until": suppressed.expires_at}
        for suppressed in domains
    ]
    output.show_list("domains", documents, ("domain", "detail", "since", "until"), empty="no domain is suppressed")
