"""What readers of the tour's campaigns do with the links of their mails, and a link to a report."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.contrib.auth.models import User

from campaigns.measuring.click_recorder import ClickRecorder
from campaigns.measuring.click_spool import Arrival
from campaigns.measuring.machine_reasons import Reason
from campaigns.models import Campaign, Delivery, MailQuestion
from campaigns.questions import answers
from campaigns.reporting.results import report_links
from publication import audit, clock
from subscribers.models import MailingList, Subscriber
from subscribers.tokens import TokenMaker
from tests.support import measured


def readers(mailing_list: MailingList) -> Iterator[Subscriber]:
    """Two thirds of the people of the list."""
    people = Subscriber.objects.filter(subscription__list=mailing_list, subscription__state="confirmed").order_by("id")
    return (person for at, person in enumerate(people) if at % 3)


def follow_links(campaigns: Sequence[int], folder: Path) -> None:
    """Readers follow links in the hours after the mail came, most of them the first ones; so do some programs."""
    recorder, drawn, now = ClickRecorder(folder / "clicks"), random.Random(28), clock.now().timestamp()
    for campaign_id in campaigns:
        campaign = Campaign.objects.get(pk=campaign_id)
        links = [number for position, number in sorted(measured.links_of(campaign).items()) if position]
        readers = list(Delivery.objects.filter(campaign=campaign, state="delivered").values_list("subscriber_id", flat=True))
        for reader in drawn.sample(readers, len(readers) // 3):
            for link in drawn.sample(links, min(len(links), 1 + int(drawn.expovariate(1.2)))):
                named = reader if drawn.random() < 0.6 else 0
                reasons = Reason.AGENT if drawn.random() < 0.1 else 0
                recorder.add(Arrival(now + 60 + drawn.expovariate(1 / 21600), link, campaign.pk, named, reasons))
    recorder.round()


def ask(sent: Campaign) -> dict[str, tuple[str, str]]:
    """A question to the readers of a campaign and what some of them answered; returns the token of one who did not."""
    texts = [
        {"language": "en", "text": "Was this issue useful to you?", "answers": ["Yes", "Partly", "No"]},
        {"language": "zh-Hans", "text": "本期内容对您有用吗？", "answers": ["有用", "部分有用", "没有用"]},
    ]
    question = MailQuestion.objects.create(campaign=sent, name="question", position=1, texts=texts, key=bytes(32))
    states = Delivery.objects.filter(campaign=sent, state="delivered").order_by("subscriber_id")
    last, *readers = reversed(states.values_list("subscriber_id", flat=True))
    for at, reader in enumerate(readers):
        answers.give(question, reader, (1, 1, 2, 1, 3)[at % 5], named=bool(answers.is_named(sent, reader)))
    token = TokenMaker("answer").make(sent.pk, last)
    return {"answering": (token, token)}


def report_link(sent: Campaign, publisher: User) -> dict[str, tuple[str, str]]:
    sent.refresh_from_db()
    token = report_links.token_of(report_links.create(audit.staff(publisher), sent, "Director Zhang"))
    return {"report": (token, token)}
