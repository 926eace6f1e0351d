"""An issue folder becomes a stored version: source, finished mail, pictures under MEDIA_URL. The only writer of issues."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from composer.images import Picture
from composer.issue import load_issue
from composer.pipeline import ComposedIssue, compose
from composer.theme import load_theme
from editorial.models import IssueRecord, IssueVersion, Media
from publication import audit
from publication.models import Actor


def media_url(picture: Picture) -> str:
    """Where subscribers' mail programs will find the picture: its name holds its digest, so it never changes."""
    return f"{settings.MEDIA_URL}{picture.name}"


def compose_folder(folder: Path) -> ComposedIssue:
    """The finished mail of an issue folder, pictures by absolute URL. Raises ComposeError with every fault."""
    issue = load_issue(folder)
    theme = load_theme(issue.theme, settings.EMAIL_THEMES)
    return compose(issue, folder=folder, theme=theme, picture_url=media_url, stage="send")


def store(actor: Actor, folder: Path) -> tuple[IssueVersion, ComposedIssue]:
    """Compose the folder and keep it as the next version of its issue; the same content twice is the same version."""
    composed = compose_folder(folder)
    source = (folder / "issue.md").read_text(encoding="utf-8-sig")
    issue = load_issue(folder)
    with transaction.atomic():
        record, _ = IssueRecord.objects.get_or_create(
            slug=_slug(f"{issue.title} {issue.number}"), defaults={"title": issue.title}
        )
        record = IssueRecord.objects.select_for_update().get(pk=record.pk)
        last = record.versions.order_by("-number").first()
        if last is not None and last.digest == composed.digest and last.source == source:
            return last, composed
        version = IssueVersion.objects.create(
            issue=record, number=last.number + 1 if last else 1, source=source, theme=issue.theme, subject=composed.subject,
            preheader=composed.preheader, language=composed.language, html=composed.html, text=composed.text,
            fields=[{"tag": f.tag, "name": f.name, "default": f.default, "escape": f.escape} for f in composed.fields],
            digest=composed.digest, findings=[asdict(finding) for finding in composed.findings], actor=actor,
        )  # fmt: skip
        for picture in composed.pictures:
            _keep(picture).versions.add(version)
        audit.record(actor, "issue_store", version, issue=record.slug, digest=composed.digest)
    return version, composed


def _keep(picture: Picture) -> Media:
    if not default_storage.exists(picture.name):
        default_storage.save(picture.name, ContentFile(picture.data))
    media, _ = Media.objects.get_or_create(
        digest=picture.digest,
        defaults={
            "path": picture.name, "content_type": picture.content_type, "width": picture.width, "height": picture.height,
            "byte_count": len(picture.data),
        },
    )  # fmt: skip
    return media


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "issue"
