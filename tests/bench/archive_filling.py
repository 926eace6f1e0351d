"""A publication with a long archive: 3 lists, weekly issues of four kinds, ten articles each, in one language or two.

The first issue of each kind is stored as every issue is. The others are copies of its rows with a text of their own, because
composing 500 mails takes minutes and no page composes one.
"""

import base64
import random
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from campaigns.models import Campaign
from composer.issue.parts.id_writing import with_ids
from editorial import archive_texts, issue_versions
from editorial.models import IssueRecord, IssueVariant, IssueVersion, Media
from publication import audit, clock
from publication.models import Publication
from subscribers import mailing_lists
from subscribers.models import MailingList, Segment
from tests.support import archives, people
from tests.support import issues as samples

LISTS = ("news", "science", "policy")
ARTICLES = 10
SECTIONS = ("Headlines", "Research", "People", "Dates")
WITHHELD, FOR_SEGMENT, PART = "Withheldtext", "Segmenttext", "Memberstext"  # no public page may show one of them
SECRETS = (WITHHELD, FOR_SEGMENT, PART)
_COMMON = (
    "the of a and in to with for by from research science engineers members congress young scientists technology support "
    "national institute university team published results energy materials cooperation international meeting award programme students"
)
_RARE = [f"{first}{last}" for first in ("quark", "helio", "cryo", "photo", "geo", "bio") for last in (
    "meter", "scope", "graph", "sphere", "genesis", "dynamics", "logy", "nomy", "lysis", "stat"
)]  # fmt: skip
_CHINESE = "中国科学家建成世界上最亮光源研究所大学工程师青年会议奖励能源材料合作国际学生成果发表技术支持"


def _sentences(dice: random.Random, count: int, is_chinese: bool) -> str:
    if is_chinese:
        return "".join("".join(dice.choices(_CHINESE, k=28)) + "。" for _ in range(count))
    written = (" ".join([*dice.choices(_COMMON.split(), k=14), dice.choice(_RARE)]) for _ in range(count))
    return " ".join(f"{text.capitalize()}." for text in written)


def body(number: int, language: str, mark: str, articles: int) -> str:
    """The text of an issue: articles with about 150 words each, a list, a table, a picture and a part for some readers."""
    dice, is_chinese = random.Random(f"{number} {language}"), language != "en"
    written = [f"\n{_sentences(dice, 2, is_chinese)} {mark}\n"]
    for at in range(articles):
        if at % 3 == 0:
            written.append(f"\n# {SECTIONS[at // 3]}\n")
        title = (
            "".join(dice.choices(_CHINESE, k=12))
            if is_chinese
            else f"{dice.choice(_RARE)} {' '.join(dice.choices(_COMMON.split(), k=5))}"
        )
        written.append(f"\n## {title.capitalize()} {mark} {{#story-{at}}}\n\nSummary: {_sentences(dice, 1, is_chinese)}\n")
        if at % 4 == 0:
            written.append("\n![A lamp](images/only-en.png)\nCaption: The lamp\n")
        written += [f"\n{_sentences(dice, 3, is_chinese)} [Read](https://example.org/{number}/{at})\n" for _ in range(3)]
        if at == 1:
            written.append(f'\n::: only country = "CN"\n{PART} {_sentences(dice, 1, is_chinese)}\n:::\n')
        if at == 2:
            written.append("\n- one\n- two\n\n| Field | Members |\n|---|--:|\n| Physics | 1,204 |\n")
        written.append("\nSources: The Harbour Post\n")
    return "".join(written)


def _write(folder: Path, number: int, day: date, mark: str, articles: int) -> dict[str, str]:
    """Write the issue file of each language, and return them as a version stores them."""
    is_digest, languages = number % 2 == 0, ("en", "zh-Hans") if number % 4 < 2 else ("en",)
    shutil.rmtree(folder, ignore_errors=True)
    files = {}
    for language in languages:
        name = "issue.md" if language == "en" else f"issue.{language}.md"
        archives.write(
            folder, body(number, language, mark, articles), number=str(number), language=language, name=name,
            subject=f"Issue {number}, {language} {mark}", preheader=f"What is in issue {number} {mark}",
        )  # fmt: skip
        file = folder / name
        text = file.read_text(encoding="utf-8").replace("2026-05-04", day.isoformat(), 1)
        files[name] = text.replace("footer:", "layout: digest\nfooter:", 1) if is_digest else text
        file.write_text(files[name], encoding="utf-8")
    return with_ids(files)


def fill(numbers: Sequence[int], folder: Path, articles: int = ARTICLES, slugs: Sequence[str] = LISTS) -> None:
    """Make an issue a week with each of these numbers, the oldest first.

    The first list has all of them, the second every other one, the third every tenth. Every 25th is withheld, and every 25th
    went to a segment only.
    """
    Publication.objects.update_or_create(pk=1, defaults={"name": "The House", "postal_address": "Street 1\nCity"})
    lists = []
    for slug in slugs:
        mailing_lists.create_list(audit.system(), slug, f"The {slug} of science")
        lists.append(mailing_lists.set_archive(audit.system(), slug, "public"))
    MailingList.objects.update(description="What was found, who found it, and where to go next.", sign_up="open")
    segment = Segment.objects.create(slug="china", text='country = "CN"')
    samples.two_languages(folder / "pictures")
    models: dict[int, IssueVersion] = {}
    sent: list[tuple[IssueVersion, int]] = []
    for at, number in enumerate(numbers):
        day = clock.now().date() - timedelta(days=7 * (len(numbers) - at))
        mark = {7: WITHHELD, 13: FOR_SEGMENT}.get(number % 25, "")
        sources = _write(folder / "issue", number, day, mark, articles)
        if number % 4 in models:
            version = _copy(models[number % 4], number, day, mark, sources)
        else:
            shutil.copytree(folder / "pictures" / "images", folder / "issue" / "images")
            version = models[number % 4] = issue_versions.store(audit.system(), folder / "issue").version
        sent.append((version, number))
    IssueRecord.objects.filter(versions__in=[version.pk for version, number in sent if number % 25 == 7]).update(
        archive=IssueRecord.Archive.WITHHELD
    )
    _send(sent, lists, segment)


def _copy(model: IssueVersion, number: int, day: date, mark: str, sources: dict[str, str]) -> IssueVersion:
    record = IssueRecord.objects.create(slug=f"news-{number}", title="News")
    version = IssueVersion.objects.create(
        issue=record, number=1, sources=sources, theme=model.theme, subject=f"Issue {number}, en {mark}", choices=model.choices,
        pictures=model.pictures, digest=f"{number:064}", dated=day, actor=model.actor,
    )  # fmt: skip
    IssueRecord.objects.filter(pk=record.pk).update(current=version)
    copies = []
    for variant in model.variants.all():
        key = base64.b32encode(random.Random(f"{number} {variant.number}").randbytes(16)).decode().rstrip("=").lower()
        copies.append(IssueVariant(
            version=version, number=variant.number, language=variant.language, holds=variant.holds, fields=variant.fields,
            subject=f"Issue {number}, {variant.language} {mark}", preheader=f"What is in issue {number} {mark}",
            html=variant.html.replace(variant.page_key, key), text=variant.text.replace(variant.page_key, key),
            digest=f"{number:060}{variant.number:04}", page_key=key,
        ))  # fmt: skip
    IssueVariant.objects.bulk_create(copies)
    for media in Media.objects.filter(versions=model):
        media.versions.add(version)
    archive_texts.keep(version)
    return version


def _send(sent: list[tuple[IssueVersion, int]], lists: list[MailingList], segment: Segment) -> None:
    """A campaign for each version, as if it had been sent on the day of the issue."""
    actor, sender = audit.system(), people.make_sender()
    began = [clock.now() - timedelta(days=7 * (len(sent) - at)) for at in range(len(sent))]
    campaigns = Campaign.objects.bulk_create(
        Campaign(
            name=version.subject, version=version, sender=sender, actor=actor, state="sent",
            segment=segment if number % 25 == 13 else None, started_at=at, finished_at=at,
        )
        for (version, number), at in zip(sent, began, strict=True)
    )  # fmt: skip
    through = Campaign.lists.through
    through.objects.bulk_create(
        through(campaign_id=campaign.pk, mailinglist_id=mailing_list.pk)
        for campaign, (_, number) in zip(campaigns, sent, strict=True)
        for mailing_list, step in zip(lists, (1, 2, 10), strict=False)
        if number % step == 0
    )
