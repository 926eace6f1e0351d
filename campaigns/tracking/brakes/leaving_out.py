"""Going on without a receiving domain: its people who were not sent to yet are skipped, here or at the gate."""

from typing import NamedTuple

from campaigns.launch_guards import CampaignActionError, log
from campaigns.models import Campaign, DomainOutcome, LeftOutDomain
from campaigns.sending import cancelling_sql
from campaigns.tracking.brakes import campaign_brakes_sql as sql
from publication import audit, clock
from publication.models import Actor
from subscribers.consent import suppressed_domains
from subscribers.errors import InputError


class PeopleAtDomain(NamedTuple):
    """The recipients of a campaign at one domain: not sent to yet, being sent, and everybody else."""

    waiting: int
    in_flight: int
    others: int


def people_at(campaign: Campaign, domain: str) -> PeopleAtDomain:
    """What leaving out a domain would do. Raises CampaignActionError if no mail to it was answered."""
    return PeopleAtDomain(*sql.count_people(campaign.pk, _answering(campaign, domain)))


def leave_out(actor: Actor, campaign: Campaign, domain: str) -> int:
    """Skip the people at a domain who wait for their first request, and let the gate skip the others; the number skipped now.

    Call it in the transaction in which the campaign goes on, so that no slice passes the gate in between. Raises
    CampaignActionError.
    """
    name = _answering(campaign, domain)
    LeftOutDomain.objects.get_or_create(
        campaign_id=campaign.pk, domain=name, defaults={"actor": actor, "created_at": clock.now()}
    )
    people = cancelling_sql.skip_domain(campaign.pk, name)
    log(actor, campaign, "domain_left_out", domain=name, people=people)
    audit.record(actor, "campaign_leave_out_domain", campaign, domain=name, people=people)
    return people


def _answering(campaign: Campaign, domain: str) -> str:
    """The name of a domain that has answered mails of the campaign: one that was mistyped would leave out nobody."""
    try:
        name = suppressed_domains.normalise(domain)
    except InputError:
        name = ""
    if not name or not DomainOutcome.objects.filter(campaign_id=campaign.pk, domain=name).exists():
        raise CampaignActionError("domain", campaign=campaign.pk, domain=domain)
    return name
