"""Campaigns that ask their readers a question, for tests."""

from pathlib import Path

from campaigns.models import Campaign, MailAnswer, MailQuestion, NamedAnswer
from config import public_urls
from editorial import issue_versions
from publication import audit, profile
from subscribers.models import Subscriber
from subscribers.tokens import TokenMaker
from tests.support import issues, measured, people

USEFUL = "\n::: question\nWas this useful?\n\n- Yes\n- Partly\n- No\n:::\n"
USEFUL_CHINESE = "\n::: question\n本期内容对您有用吗？\n\n- 有用\n- 部分有用\n- 没有用\n:::\n"


def write_issue(folder: Path) -> Path:
    """An issue in two languages, each with the question at its end."""
    issues.two_languages(folder)
    for name, block in (("issue.md", USEFUL), ("issue.zh-Hans.md", USEFUL_CHINESE)):
        file = folder / name
        file.write_text(file.read_text(encoding="utf-8") + block, encoding="utf-8")
    return folder


def begun(
    folder: Path, count: int, agreed: int = 0, *, language: str = "en", **policies: str
) -> tuple[Campaign, list[Subscriber]]:  # fmt: skip
    """A campaign that asks `count` people under these policies; the first `agreed` of them agreed to be measured."""
    profile.change_profile(audit.system(), policies=policies)
    version = issue_versions.store(audit.system(), write_issue(folder)).version
    news = people.make_list()
    readers = people.make_people(count, news)
    Subscriber.objects.update(language=language)
    for reader in readers[:agreed]:
        measured.agree(reader)
    campaign = people.launch.create(audit.system(), version=version, lists=[news], sender=people.make_sender())
    return people.start(campaign), readers


def link(campaign: Campaign, reader: Subscriber, number: int = 1, name: str = "question") -> str:
    """The path of an answer, as the mail of this reader has it."""
    return f"/{public_urls.ANSWER}/{TokenMaker('answer').make(campaign.pk, reader.pk)}/{name}/{number}"


def question_of(campaign: Campaign) -> MailQuestion:
    return MailQuestion.objects.select_related("campaign__version").get(campaign=campaign)


def stored() -> list[int]:
    """The numbers of all answers, with and without a name."""
    return sorted([*MailAnswer.objects.values_list("answer", flat=True), *NamedAnswer.objects.values_list("answer", flat=True)])
