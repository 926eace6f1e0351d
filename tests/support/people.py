"""Fixed test data: a publication with a sender, a list, people on it, a composed version and a campaign."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from campaigns import launch
from campaigns.models import Campaign
from campaigns.sending import filling, schedule
from composer.issue.variants import Choice
from editorial.models import IssueRecord, IssueVariant, IssueVersion
from publication import audit
from publication.models import Sender
from subscribers import addresses
from subscribers.models import MailingList, Subscriber, Subscription

# A day for which a campaign can be scheduled whenever the tests run. A fixed date would be too far ahead or already past.
AHEAD = f"{datetime.now(UTC) + timedelta(days=200):%Y-%m-%d}"

HTML = (
    '<!DOCTYPE html><html lang="en"><head><title>News</title></head><body><h1>News for -mr_name_html-</h1>'
    '<p><a href="-mr_view_url-">View</a> <a href="-mr_unsubscribe_url-">Unsubscribe</a></p></body></html>'
)
TEXT = "News for -mr_name_text-\n\nUnsubscribe: -mr_unsubscribe_url-\n"
FIELDS = [
    {"tag": "-mr_name_html-", "name": "name", "default": "reader", "escape": "html"},
    {"tag": "-mr_name_text-", "name": "name", "default": "reader", "escape": "text"},
    {"tag": "-mr_view_url-", "name": "view_url", "default": "", "escape": "url"},
    {"tag": "-mr_unsubscribe_url-", "name": "unsubscribe_url", "default": "", "escape": "url"},
]


def make_sender(email: str = "newsletter@cast.example") -> Sender:
    return Sender.objects.get_or_create(email=email, defaults={"name": "CAST Newsletter"})[0]


def make_list(slug: str = "news") -> MailingList:
    return MailingList.objects.get_or_create(slug=slug, defaults={"name": "CAST Newsletter"})[0]


def make_people(
    count: int, mailing_list: MailingList, domain: str = "people.example", prefix: str = "reader"
) -> list[Subscriber]:
    """`count` subscribers, confirmed on the list."""
    validated = [addresses.validate(f"{prefix}{number}@{domain}") for number in range(count)]
    people = Subscriber.objects.bulk_create(
        Subscriber(
            address=address.address, address_key=address.key, domain=address.domain, name=f"Reader {number}", language="en"
        )
        for number, address in enumerate(validated)
    )
    Subscription.objects.bulk_create(
        Subscription(subscriber=person, list=mailing_list, state="confirmed", source="test") for person in people
    )
    return people


ONE = (Choice("en", (), (0,)),)
# Three variants: 2 for people who read Chinese, 1 for others in China, 0 for everybody else.
THREE = (Choice("en", ('country = "CN"',), (0, 1)), Choice("zh-Hans", (), (2,)))


def make_version(html: str = HTML, text: str = TEXT, choices: Sequence[Choice] = ONE) -> IssueVersion:
    """Create a version with the variants of `choices`, by default one for everybody.

    The heading of each variant except 0 shows its number.
    """
    record = IssueRecord.objects.get_or_create(slug="cast-2023-03", defaults={"title": "CAST Newsletter"})[0]
    digest = hashlib.sha256(f"{html}{text}{choices}".encode()).hexdigest()
    version = IssueVersion.objects.create(
        issue=record, number=record.versions.count() + 1, subject="News", digest=digest, actor=audit.system(),
        choices=[asdict(choice) for choice in choices],
    )  # fmt: skip
    IssueVariant.objects.bulk_create(
        IssueVariant(
            version=version, number=number, language=choice.language, subject="News", preheader="What is new", text=text,
            html=html.replace("</h1>", f" (variant {number})</h1>") if number else html, fields=FIELDS, digest=f"{digest}{number}",
        )
        for choice in choices for number in sorted(set(choice.numbers))
    )  # fmt: skip
    return version


def make_campaign(people: int = 10, attempt_size: int = 4, *, domain: str = "people.example") -> Campaign:
    """A draft campaign to `people` new subscribers of the list `news`."""
    mailing_list = make_list()
    make_people(people, mailing_list, domain)
    campaign = launch.create(audit.system(), version=make_version(), lists=[mailing_list], sender=make_sender())
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=attempt_size)
    campaign.refresh_from_db()
    return campaign


def start(campaign: Campaign) -> Campaign:
    """Schedule for now and fill, as the upkeep worker does, keeping the campaign's own attempt size."""
    size = campaign.attempt_size
    launch.schedule(audit.system(), campaign.pk)
    Campaign.objects.filter(pk=campaign.pk).update(attempt_size=size)
    schedule.start_due()
    filling.fill(campaign.pk)
    campaign.refresh_from_db()
    return campaign
