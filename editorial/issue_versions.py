"""Stores an issue folder as a version: its sources, a finished mail per variant, the pictures under MEDIA_URL.

The only writer of issues.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import ClassVar, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from composer import composition
from composer.composition import Composition
from composer.errors import ComposeError, Finding
from composer.images.picture_encoder import Picture
from composer.issue import conditions
from composer.issue.document import Issue
from composer.issue.variants import conditions_of
from editorial.models import IssueRecord, IssueVariant, IssueVersion, Media
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor
from subscribers.segments import compiler
from subscribers.segments.grammar import SegmentError


class IssueFault(DomainError):
    """An action on a stored issue is not possible."""

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {"wish": ("wish", "wishes"), "none": ("slug",), "unknown": ("slug", "near")}


def media_url(picture: Picture) -> str:
    """The URL of the picture in mails. Its name contains its digest, so its content never changes."""
    return f"{settings.MEDIA_URL}{picture.name}"


def compose_folder(folder: Path) -> Composition:
    """All finished mails of an issue folder, with absolute URLs of pictures. Raises ComposeError with all faults."""
    if faults := condition_faults(composition.load_issues(folder)):
        raise ComposeError(faults)
    return composition.compose_folder(folder, theme_root=settings.EMAIL_THEMES, picture_url=media_url)


def condition_faults(issues: Sequence[Issue]) -> tuple[Finding, ...]:
    """Faults of conditions that use attributes or values unknown to this publication, each with its place."""
    faults: list[Finding] = []
    for issue in issues:
        for text, line in conditions_of(issue):
            for comparison in map(str, conditions.parse(text).comparisons):
                try:
                    compiler.compile(comparison)
                except SegmentError as error:
                    problem = f"{error.message} ({error.hint})" if error.hint else error.message
                    faults.append(Finding("condition-field", "error", {"text": comparison, "problem": problem}, issue.file, line))
    return tuple(faults)


class Stored(NamedTuple):
    """The stored version of a folder, its mails, and whether the version is new or was stored before."""

    version: IssueVersion
    composed: Composition
    is_new: bool


def store(actor: Actor, folder: Path) -> Stored:
    """Compose the folder and store it as the current version of its issue; the same content gives the same version."""
    composed = compose_folder(folder)
    first = composed.issues[0]
    files = [Path(issue.file) for issue in composed.issues]
    sources = {file.name: file.read_text(encoding="utf-8-sig") for file in files}
    with transaction.atomic():
        record, _ = IssueRecord.objects.get_or_create(
            slug=_slug(f"{first.title} {first.number}"), defaults={"title": first.title}
        )
        record = IssueRecord.objects.select_for_update().get(pk=record.pk)
        same = record.versions.filter(digest=composed.digest, sources=sources).order_by("-number").first()
        if same is not None:
            if record.current_id != same.pk:
                _make_current(record, same)
                audit.record(actor, "issue_current", same, issue=record.slug, number=same.number)
            return Stored(same, composed, False)
        last = record.versions.order_by("-number").first()
        version = IssueVersion.objects.create(
            issue=record, number=last.number + 1 if last else 1, sources=sources, theme=first.theme,
            subject=composed.variants[0].mail.subject, choices=[asdict(choice) for choice in composed.choices],
            pictures=sorted({pair for variant in composed.variants for pair in variant.mail.placed}),
            digest=composed.digest, findings=[asdict(finding) for finding in composed.findings], actor=actor,
        )  # fmt: skip
        IssueVariant.objects.bulk_create(_variants(version, composed))
        for picture in composed.pictures:
            _keep(picture).versions.add(version)
        audit.record(actor, "issue_store", version, issue=record.slug, digest=composed.digest, variants=len(composed.variants))
        _make_current(record, version)
    return Stored(version, composed, True)


def _make_current(record: IssueRecord, version: IssueVersion) -> None:
    record.current = version
    record.save(update_fields=["current"])


def show_in_archive(actor: Actor, slug: str, wish: str) -> IssueRecord:
    """Set whether an issue is in public archives: usual, shown or withheld (docs/archive.md). Raises IssueFault."""
    if wish not in IssueRecord.Archive.values:
        raise IssueFault("wish", wish=wish, wishes=IssueRecord.Archive.values)
    with transaction.atomic():
        record = IssueRecord.objects.select_for_update().filter(slug=slug).first()
        if record is None:
            known = list(IssueRecord.objects.order_by("-id").values_list("slug", flat=True))
            near = difflib.get_close_matches(slug, known, 1) or known[:5]
            raise IssueFault("unknown", slug=slug, near=near) if near else IssueFault("none", slug=slug)
        if record.archive != wish:
            audit.record(actor, "show_in_archive", record, issue=slug, before=record.archive, after=wish)
            record.archive = wish
            record.save(update_fields=["archive"])
    return record


def _variants(version: IssueVersion, composed: Composition) -> list[IssueVariant]:
    return [
        IssueVariant(
            version=version, number=variant.number, language=variant.language, holds=list(variant.holds),
            subject=variant.mail.subject, preheader=variant.mail.preheader, html=variant.mail.html, text=variant.mail.text,
            fields=[{"tag": f.tag, "name": f.name, "default": f.default, "escape": f.escape} for f in variant.mail.fields],
            digest=variant.mail.digest,
        )
        for variant in composed.variants
    ]  # fmt: skip


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
    """The text as ASCII letters and digits, without accents. If letters are lost, or none is left, six characters of its
    digest are added, because two newsletters in Chinese may have the same numbers."""
    bare = unicodedata.normalize("NFKD", text.lower())
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(each for each in bare if not unicodedata.combining(each))).strip("-")
    lost = any(each.isalpha() and not each.isascii() for each in bare)
    if not re.search("[a-z]", slug):
        slug, lost = f"issue-{slug}".rstrip("-"), True
    return f"{slug}-{hashlib.sha256(text.encode()).hexdigest()[:6]}" if lost else slug
