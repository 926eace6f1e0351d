"""What a campaign asks its readers: frozen when it is scheduled, open for 30 days after it began, or until staff close it.

The welcome of a list has new readers all the time. Its questions are open for 30 days after it ended.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

from django.db import transaction

from campaigns.models import Campaign, MailQuestion
from campaigns.questions import answers_sql as sql
from composer.issue.languages import best_language
from composer.issue.merge_fields import ANSWER_URL
from composer.issue.parsing.issue_file import ISSUE_FILE, parse_issue
from editorial.models import IssueVersion
from publication import audit, clock
from publication.models import Actor
from subscribers.models import MailingList

OPEN_FOR = timedelta(days=30)
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question in one language, with the number of people who gave each answer."""

    name: str
    language: str
    text: str
    answers: tuple[tuple[str, int], ...]
    is_open: bool
    closes_at: datetime | None
    in_archive: bool

    @property
    def total(self) -> int:
        return sum(people for _, people in self.answers)

    def as_dict(self) -> dict[str, Any]:
        answers = [{"answer": text, "people": people} for text, people in self.answers]
        return {"name": self.name, "text": self.text, "answers": answers, "open": self.is_open, "closes_at": self.closes_at}


def freeze(campaign: Campaign) -> None:
    """Store the questions of the campaign's version, in the place of those of an earlier schedule, which never began."""
    MailQuestion.objects.filter(campaign=campaign).delete()
    version = campaign.version
    if not any(field["name"] == ANSWER_URL for fields in version.variants.values_list("fields", flat=True) for field in fields):
        return
    rows = [
        MailQuestion(campaign=campaign, name=name, position=position, texts=texts, key=token_bytes(_KEY_BYTES))
        for position, (name, texts) in enumerate(_questions_of(version).items(), start=1)
    ]
    MailQuestion.objects.bulk_create(rows)


def _questions_of(version: IssueVersion) -> dict[str, list[dict[str, Any]]]:
    """Name -> its texts in each language, the first language first."""
    questions: dict[str, list[dict[str, Any]]] = {}
    for name, source in sorted(version.sources.items(), key=lambda file: (file[0] != ISSUE_FILE, file[0])):
        issue = parse_issue(source, file=name)
        for question in issue.questions():
            texts = {"language": issue.language, "text": question.text, "answers": list(question.answers)}
            questions.setdefault(question.name, []).append(texts)
    return questions


def find(campaign_id: int, name: str) -> MailQuestion | None:
    return MailQuestion.objects.select_related("campaign__version").filter(campaign_id=campaign_id, name=name).first()


def texts_in(question: MailQuestion, language: str) -> dict[str, Any]:
    """The texts of a question in the language that its readers of this language get."""
    served = best_language(language, [texts["language"] for texts in question.texts])
    texts: dict[str, Any] = next(texts for texts in question.texts if texts["language"] == served)
    return texts


def closes_at(question: MailQuestion) -> datetime | None:
    """When a question closes, or closed; None as long as its campaign has not begun, or a welcome is still sent."""
    since = _open_since(question.campaign)
    return question.closed_at or (since + OPEN_FOR if since else None)


def _open_since(campaign: Campaign) -> datetime | None:
    """From when the days count for which its questions stay open."""
    return campaign.started_at if campaign.welcome_to_id is None else campaign.finished_at


def is_open(question: MailQuestion) -> bool:
    """Whether people can answer now. The key of a question whose time is over may be there for a while longer."""
    end = closes_at(question)
    return question.key is not None and (end is None or clock.now() < end)


def close(actor: Actor, campaign: Campaign, name: str) -> bool:
    """Close a question at once: nobody can answer it or look an answer up any more. False if there is none, or it is closed."""
    with transaction.atomic():
        question = find(campaign.pk, name)
        if question is None or not sql.close(question.pk, clock.now()):
            return False
        audit.record(actor, "question_close", campaign, name=name)
    return True


def show_in_archive(actor: Actor, campaign: Campaign, name: str, *, shown: bool) -> bool:
    """Let archives show the counts of a question that is closed, or not any more. False if it is open."""
    with transaction.atomic():
        question = find(campaign.pk, name)
        if question is None or is_open(question):
            return False
        if question.in_archive != shown:
            MailQuestion.objects.filter(pk=question.pk).update(in_archive=shown)
            audit.record(actor, "question_archive" if shown else "question_withhold", campaign, name=name)
    return True


def close_due(moment: datetime) -> int:
    """Close the questions of campaigns that began before a moment, and of welcomes that ended before it; returns how many."""
    with_keys = MailQuestion.objects.filter(key__isnull=False).select_related("campaign").order_by("pk")
    due = [question.pk for question in with_keys if (since := _open_since(question.campaign)) and since < moment]
    return sum(sql.close(question_id, clock.now()) for question_id in due)


def asked_by(campaign: Campaign, language: str = "") -> list[AskedQuestion]:
    """The questions of a campaign in the order of the issue, with their answers."""
    rows = list(MailQuestion.objects.filter(campaign=campaign).select_related("campaign").order_by("position"))
    counts = sql.count(campaign.pk) if rows else {}
    asked = []
    for question in rows:
        texts = texts_in(question, language)
        answers = tuple((text, counts.get((question.pk, at), 0)) for at, text in enumerate(texts["answers"], start=1))
        asked.append(
            AskedQuestion(
                question.name, texts["language"], texts["text"], answers, is_open(question), closes_at(question),
                question.in_archive,
            )
        )  # fmt: skip
    return asked


def answered_in_archive(mailing_list: MailingList, slug: str, language: str) -> list[AskedQuestion]:
    """The questions whose counts staff show beside an issue in the archive of a list."""
    asking = Campaign.objects.filter(lists=mailing_list, version__issue__slug=slug, questions__in_archive=True)
    asked = [question for campaign in asking.distinct().order_by("started_at", "pk") for question in asked_by(campaign, language)]
    return [question for question in asked if question.in_archive]
