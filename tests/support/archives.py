"""Sent issues for tests of the archive, made with the real store and the real states of a campaign."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from campaigns import launch, states
from campaigns.models import Campaign
from editorial import issue_versions
from editorial.models import IssueVersion
from publication import audit
from subscribers import mailing_lists
from subscribers.models import MailingList, Segment
from tests.support import people

HEAD = """---
title: {title}
organisation: Organisation
number: "{number}"
date: 2026-05-04
subject: {subject}
preheader: {preheader}
language: {language}
footer:
  about: About us.
  address: Street 1, City
---
"""
FIRST = datetime(2025, 3, 4, 8, 0, tzinfo=UTC)


def write(folder: Path, body: str, *, subject: str = "Light", number: str = "1", language: str = "en", name: str = "issue.md",
          title: str = "News", preheader: str = "What is in it") -> Path:  # fmt: skip
    """Write an issue folder whose issue file is a head followed by `body`."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {"title": title, "subject": subject, "preheader": preheader}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in values.items()}
    head = HEAD.format(number=number, language=language, **quoted)
    (folder / name).write_text(head + body, encoding="utf-8")
    return folder


def send(folder: Path, *to: MailingList, at: datetime = FIRST, segment: Segment | None = None, state: str = "sent") -> Campaign:
    """Create a campaign for the folder's issue and move it to `state`; unless it stays a draft, it began at `at`."""
    actor = audit.system()
    version, *_ = issue_versions.store(actor, folder)
    campaign = launch.create(actor, version=version, lists=list(to), sender=people.make_sender(), segment=segment)
    way = {"draft": (), "sending": ("scheduled", "filling", "sending"), "sent": ("scheduled", "filling", "sending", "sent"),
           "cancelled": ("scheduled", "filling", "sending", "cancelled"),
           "paused": ("scheduled", "filling", "sending", "paused")}[state]  # fmt: skip
    for target in way:
        states.move_campaign(actor, campaign.pk, target)
    if way:
        Campaign.objects.filter(pk=campaign.pk).update(started_at=at)
        IssueVersion.objects.filter(pk=version.pk).update(dated=at.date())  # as if it had been written for that day
    campaign.refresh_from_db()
    return campaign


def open_list(slug: str = "news", visibility: str = "public") -> MailingList:
    people.make_list(slug)
    return mailing_lists.set_archive(audit.system(), slug, visibility)


def later(days: int) -> datetime:
    return FIRST + timedelta(days=days)
