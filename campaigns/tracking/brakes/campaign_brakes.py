"""Holds campaigns whose complaints or hard bounces pass a limit, at one receiving domain or as a whole.

The numbers are rows of their own, so that judging reads a few of them and never the deliveries. Staff who go on take note of the
numbers: the same limit holds the campaign again only when the share has grown by half.
"""

from typing import Any, NamedTuple

from campaigns import hold_details
from campaigns.campaign_mails import BRAKES
from campaigns.models import LeftOutDomain
from campaigns.states import CAMPAIGN_MOVES, hold_campaign
from campaigns.tracking.brakes import campaign_brakes_sql as sql
from publication import audit

# Of 1,000: complaints among delivered mails, and hard bounces among answered ones.
WARN_COMPLAINTS, HOLD_COMPLAINTS, HOLD_BOUNCES = 1, 3, 50
FEWEST_COMPLAINTS, FEWEST_DELIVERED, FEWEST_ANSWERED = 3, 1000, 500
COMPLAINTS, BOUNCES = BRAKES  # reasons of a hold


class Excess(NamedTuple):
    """A limit that is passed: `bad` of `total` mails.

    `is_known`: staff went on with it, and the share did not grow by half since.
    """

    campaign: int
    domain: str
    reason: str
    bad: int
    total: int
    is_known: bool

    @property
    def detail(self) -> str:
        """The numbers, as the detail of a hold."""
        numbers = {"bad": self.bad, "total": self.total, "share": f"{self.bad / self.total:.2%}"}
        if self.domain:
            return hold_details.text(f"{self.reason}-domain", domain=self.domain, **numbers)
        return hold_details.text(f"{self.reason}-all", **numbers)

    @property
    def order(self) -> tuple[bool, bool, float, str]:
        """For sorting: complaints first, domains before the whole, because they say more, and the largest share first."""
        return self.reason != COMPLAINTS, not self.domain, -self.bad / self.total, self.domain


class DomainCounts(NamedTuple):
    """What became of a campaign's mail at one receiving domain, or of all of it (`domain` is empty).

    `known_*` are the numbers with which staff went on, 0 if they never had to.
    """

    campaign: int
    domain: str
    delivered: int
    complained: int
    answered: int
    hard_bounced: int
    known_delivered: int
    known_complained: int
    known_answered: int
    known_hard_bounced: int

    @property
    def warns(self) -> bool:
        return self.complained > 0 and self.complained * 1000 >= WARN_COMPLAINTS * self.delivered

    @property
    def excesses(self) -> list[Excess]:
        passed = []
        is_judged = self.complained >= FEWEST_COMPLAINTS and self.delivered >= FEWEST_DELIVERED
        if is_judged and self.complained * 1000 >= HOLD_COMPLAINTS * self.delivered:
            known = _is_known(self.complained, self.delivered, self.known_complained, self.known_delivered)
            passed.append(Excess(self.campaign, self.domain, COMPLAINTS, self.complained, self.delivered, known))
        if self.answered >= FEWEST_ANSWERED and self.hard_bounced * 1000 > HOLD_BOUNCES * self.answered:
            known = _is_known(self.hard_bounced, self.answered, self.known_hard_bounced, self.known_answered)
            passed.append(Excess(self.campaign, self.domain, BOUNCES, self.hard_bounced, self.answered, known))
        return passed

    def as_dict(self) -> dict[str, Any]:
        """The numbers, and the reasons of the limits that are passed."""
        names = ("domain", "delivered", "complained", "answered", "hard_bounced")
        return {name: getattr(self, name) for name in names} | {"limits": [excess.reason for excess in self.excesses]}


def _is_known(bad: int, total: int, known_bad: int, known_total: int) -> bool:
    """Whether a share is less than one and a half times the known one; there is none if `known_total` is 0."""
    return 2 * bad * known_total < 3 * known_bad * total


def judge() -> int:
    """Hold the campaigns that pass a limit with which nobody went on; the number held."""
    states = [state for state, targets in CAMPAIGN_MOVES.items() if "held" in targets]
    new = [excess for row in sql.outcomes_in(states) for excess in DomainCounts(*row).excesses if not excess.is_known]
    held: set[int] = set()
    for excess in sorted(new, key=lambda excess: excess.order):
        if excess.campaign not in held and hold_campaign(audit.system(), excess.campaign, excess.reason, excess.detail):
            held.add(excess.campaign)
    return len(held)


def outcomes(campaign_id: int) -> list[DomainCounts]:
    """Domains of a campaign, and the whole, with complaints from 0.1 % on or above a limit. Not those that were left out.

    Those above a limit come first, then those with the most complaints.
    """
    rows = [DomainCounts(*row) for row in sql.outcomes_of(campaign_id)]
    notable = [outcome for outcome in rows if outcome.warns or outcome.excesses]
    return sorted(notable, key=lambda outcome: (bool(outcome.domain), not outcome.excesses, -outcome.complained, outcome.domain))


def note_known(campaign_id: int, held_reason: str) -> None:
    """Staff go on: a limit that is passed now holds the campaign again only when the share has grown by half.

    After a hold because of rejections they also know the hard bounces of domains with fewer answers: most are these rejections.
    Call it in the transaction that moves the campaign.
    """
    rows = []
    for outcome in (DomainCounts(*row) for row in sql.outcomes_of(campaign_id)):
        passed = {excess.reason: (excess.total, excess.bad) for excess in outcome.excesses}
        if held_reason == "rejections" and outcome.hard_bounced * 1000 > HOLD_BOUNCES * outcome.answered:
            passed[BOUNCES] = outcome.answered, outcome.hard_bounced
        if passed:
            rows.append((outcome.domain, *passed.get(COMPLAINTS, (0, 0)), *passed.get(BOUNCES, (0, 0))))
    sql.note_known(campaign_id, rows)


def left_out(campaign_id: int) -> list[str]:
    """The domains without which staff went on."""
    return list(LeftOutDomain.objects.filter(campaign_id=campaign_id).order_by("domain").values_list("domain", flat=True))
