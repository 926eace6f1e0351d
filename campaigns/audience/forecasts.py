"""Numbers of an audience: who gets it by variant, language and domain, and who on its lists does not and why.

They are counted once and shared by everybody who opens a page with them. Counting a million people takes seconds; several counts
at once would occupy every thread of the console.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from campaigns.audience import audience_variants
from campaigns.audience.audience_variants import VariantLine
from campaigns.audience.audiences import Audience, AudienceConditions, conditions_of
from campaigns.audience.shortfall import GETS, Shortfall
from campaigns.models import Campaign
from config import statement_limits
from editorial.models import IssueVersion
from subscribers.models import MailingList, StoredCount, Subscriber
from subscribers.segments import recipients, stored_counts
from subscribers.segments.stored_counts import KnownCount, PeopleCount

MOST_DOMAINS = 10
SAMPLE_SIZE = 20
_OF_AUDIENCE = "numbers:"
_KEY_BYTES = 16


@dataclass(frozen=True)
class AudienceNumbers:
    """`missing`: code of `Shortfall` -> people who do not get it. `sample`: numbers of some of those who do."""

    gets: int = 0
    missing: dict[str, int] = field(default_factory=dict)
    variants: dict[int, int] = field(default_factory=dict)
    languages: list[tuple[str, int]] = field(default_factory=list)
    domains: list[tuple[str, int]] = field(default_factory=list)
    sample: list[int] = field(default_factory=list)
    at: datetime | None = None

    @property
    def on_lists(self) -> int:
        return self.gets + sum(self.missing.values())

    @property
    def not_getting(self) -> int:
        return sum(self.missing.values())

    def variant_lines(self, version: IssueVersion) -> list[VariantLine]:
        """Every variant of the issue with the number of people who get it."""
        return audience_variants.lines(version, {number: {"recipients": people} for number, people in self.variants.items()})


def count(version: IssueVersion | None, lists: Sequence[MailingList], conditions: AudienceConditions) -> AudienceNumbers:
    """Count now, in the caller's transaction; without a version everybody gets variant 0. Raises SegmentError."""
    variant = audience_variants.number_of(version, Subscriber.objects.all()) if version else None
    lines = Shortfall(lists, conditions).count(variant, MOST_DOMAINS)
    # Also exclusions that leave out nobody who would get it otherwise.
    whys, variants, languages = Counter({exclusion.code: 0 for exclusion in conditions.excluded}), Counter[int](), Counter[str]()
    for line in lines:
        if line.why is not None:
            whys[line.why] += line.people
        if line.why == GETS:
            variants[line.variant or 0] += line.people
            languages[line.language or ""] += line.people
    domains = sorted(
        [(line.domain, line.people) for line in lines if line.domain is not None], key=lambda line: (-line[1], line[0])
    )
    gets = whys.pop(GETS, 0)
    return AudienceNumbers(
        gets, dict(whys.most_common()), dict(variants), languages.most_common(), domains,
        _sample(recipients.recipients(lists, conditions.text() or None, conditions.among)) if gets else [],
    )  # fmt: skip


def _sample(chosen: QuerySet[Subscriber]) -> list[int]:
    """Some of the people who get it: those whose keys, which are hashes, follow a random one."""
    people = chosen.order_by("address_key").values_list("pk", flat=True)
    start = secrets.token_bytes(_KEY_BYTES)
    after = [*people.filter(address_key__gte=start)[:SAMPLE_SIZE]]
    return [*after, *people.filter(address_key__lt=start)[: SAMPLE_SIZE - len(after)]]


@dataclass(frozen=True)
class AudienceCount:
    """The stored numbers of an audience: one that is chosen for an issue or for a draft, or that of a campaign."""

    count: PeopleCount

    @classmethod
    def of_issue(cls, version: IssueVersion, audience: Audience) -> AudienceCount:
        """Each issue keeps the numbers of one audience. Raises SegmentError."""
        return cls._of(f"issue:{version.issue_id}", version, audience.lists, audience.conditions())

    @classmethod
    def of_draft(cls, campaign: Campaign, audience: Audience) -> AudienceCount:
        """The numbers of an audience that is chosen for a draft. Raises SegmentError."""
        return cls._of(f"campaign:{campaign.pk}", campaign.version, audience.lists, audience.conditions())

    @classmethod
    def of_choice(cls, campaign: Campaign, audience: Audience) -> AudienceCount:
        """The numbers of an audience that a draft is offered beside its own, whose numbers stay. Raises SegmentError."""
        return cls._of(f"campaign:{campaign.pk}:choice", campaign.version, audience.lists, audience.conditions())

    @classmethod
    def of_campaign(cls, campaign: Campaign) -> AudienceCount:
        """The numbers of the audience that a campaign has, which is frozen once it is scheduled. Raises SegmentError."""
        return cls._of(f"campaign:{campaign.pk}", campaign.version, list(campaign.lists.all()), conditions_of(campaign))

    @classmethod
    def _of(cls, name: str, version: IssueVersion, lists: Sequence[MailingList], conditions: AudienceConditions) -> AudienceCount:
        parts = [(exclusion.code, AudienceConditions(exclusion.condition).text()) for exclusion in conditions.excluded]
        of = repr((version.pk, sorted(chosen.pk for chosen in lists), conditions._replace(excluded=()).text(), parts))

        def figures() -> stored_counts.Figures:
            numbers = count(version, lists, conditions)
            return {name: value for name, value in vars(numbers).items() if name != "at"}

        return cls(PeopleCount(_OF_AUDIENCE + name, of, figures))

    def on_page(self) -> KnownCount:
        """What is stored, counted again first only if that is quick. Raises SegmentError."""
        return stored_counts.for_page([self.count])[self.count.name]

    def counted(self) -> KnownCount:
        """What is stored, counted again first if it is old. Raises SegmentError."""
        return stored_counts.up_to_date(self.count, statement_limits.WEB)


def numbers_of(known: KnownCount) -> AudienceNumbers | None:
    """None: they are not known yet."""
    if known.figures is None:
        return None
    stored: dict[str, Any] = dict(known.figures)
    stored["variants"] = {int(number): people for number, people in stored["variants"].items()}
    stored["missing"] = dict(Counter(stored["missing"]).most_common())  # the database orders keys by their length
    for name in ("languages", "domains"):
        stored[name] = [(value, people) for value, people in stored[name]]
    return AudienceNumbers(**stored, at=known.at)


def forget() -> None:
    """Remove all stored numbers of audiences: a domain may be that of one person."""
    StoredCount.objects.filter(name__startswith=_OF_AUDIENCE).delete()
