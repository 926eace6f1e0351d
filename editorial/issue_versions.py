"""Stores an issue folder, or the newest source, as a version: sources, a finished mail per variant, pictures under MEDIA_URL.

The only writer of versions.
"""

import base64
import secrets
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from composer import composition
from composer.composition import ComposedVariant, Composition
from composer.errors import ComposeError, Finding
from composer.images.picture_encoder import Picture
from composer.issue import conditions
from composer.issue.document import Issue
from composer.issue.merge_fields import READ_URL, fill
from composer.issue.parts.id_writing import with_ids
from composer.issue.variants import conditions_of
from config import public_urls
from editorial import archive_texts
from editorial.issue_records import IssueError, find_issue, make_slug
from editorial.models import IssueRecord, IssueRevision, IssueSource, IssueVariant, IssueVersion, Media
from editorial.sources import edits, folders, issue_state, revisions
from editorial.sources.edits import SourceEditError
from editorial.sources.issue_state import IssueState
from publication import audit
from publication.installation import publication
from publication.models import Actor
from subscribers.segments import compiler
from subscribers.segments.grammar import SegmentError

_TRIES = 5


def media_url(picture: Picture) -> str:
    """The URL of the picture in mails. Its name contains its digest, so its content never changes."""
    return f"{settings.MEDIA_URL}{picture.name}"


def compose_folder(folder: Path) -> tuple[Composition, dict[str, str]]:
    """All finished mails of an issue folder, and its files with an id at every heading.

    The mails have the colours of the publication, and absolute URLs of pictures.

    Raises ComposeError with all faults.
    """
    issues = composition.load_issues(folder)
    if faults := condition_faults(issues):
        raise ComposeError(faults)
    files = [Path(issue.file) for issue in issues]
    sources = with_ids({file.name: file.read_text(encoding="utf-8-sig") for file in files})
    composed = composition.compose_folder(
        folder, theme_root=settings.EMAIL_THEMES, picture_url=media_url, sources=sources,
        theme_colours=publication().theme_colours,
    )  # fmt: skip
    return composed, sources


def condition_faults(issues: Sequence[Issue]) -> tuple[Finding, ...]:
    """Faults of conditions that use attributes or values unknown to this publication, or ask who clicked, each with its place."""
    faults: list[Finding] = []
    for issue in issues:
        for text, line in conditions_of(issue):
            for comparison in map(str, conditions.parse(text).comparisons):
                try:
                    compiler.compile_comparison(comparison)
                except SegmentError as error:
                    problem = f"{error.message} ({error.hint})" if error.hint else error.message
                    faults.append(Finding("condition-field", "error", {"text": comparison, "problem": problem}, issue.file, line))
    return tuple(faults)


class StoredVersion(NamedTuple):
    """The stored version of a folder, its mails, and whether the version is new or was stored before."""

    version: IssueVersion
    composed: Composition
    is_new: bool


def store(actor: Actor, folder: Path) -> StoredVersion:
    """Compose the folder and store it as the current version of its issue; the same content gives the same version.

    The folder becomes the newest source. Raises ComposeError, and EditConflictError if the source has changes that the folder
    lacks.
    """
    composed, sources = compose_folder(folder)
    first = composed.issues[0]
    with transaction.atomic():
        record, _ = IssueRecord.objects.get_or_create(slug=make_slug(first.title, first.number), defaults={"title": first.title})
        record = IssueRecord.objects.select_for_update(no_key=True).get(pk=record.pk)  # edits refer to it
        return _keep_version(actor, record, composed, sources, _replace_source(actor, record, folder, sources))


def store_head(actor: Actor, issue: IssueRecord, reason: str = IssueRevision.Reason.REVIEW) -> StoredVersion:
    """Compose the newest source of an issue and store it as its current version; the source becomes a revision.

    Raises ComposeError with all faults, whose files are names without a folder, and SourceEditError.
    """
    for _ in range(_TRIES):
        state = issue_state.head(issue.pk)
        if not state.files:
            raise SourceEditError("no-source", issue=issue.slug)
        composed, sources = compose_state(state)
        with transaction.atomic():
            record = IssueRecord.objects.select_for_update(no_key=True).get(pk=issue.pk)
            if IssueSource.objects.select_for_update().get(issue=record).head != state.number:
                continue  # somebody edited meanwhile, and their text is to be in it
            revision = revisions.name_point(actor, record, state.number, reason)
            if record.title != composed.issues[0].title:
                record.title = composed.issues[0].title
                record.save(update_fields=["title"])
            return _keep_version(actor, record, composed, sources, revision)
    raise SourceEditError("busy", issue=issue.slug)


def compose_state(state: IssueState) -> tuple[Composition, dict[str, str]]:
    """As `compose_folder`, of a source in the database. The files of findings are names without a folder."""
    with TemporaryDirectory(prefix="mailroom-issue-") as name:
        folder = Path(name)
        try:
            folders.write_state(state, folder)
            composed, sources = compose_folder(folder)
        except ComposeError as error:
            raise ComposeError([of_file(finding) for finding in error.findings]) from error
    return without_folder(composed), sources


def without_folder(composed: Composition) -> Composition:
    """The composition with names of files instead of paths: the folder only existed for composing."""
    issues = tuple(replace(issue, file=Path(issue.file).name) for issue in composed.issues)
    variants = tuple(
        replace(variant, mail=replace(variant.mail, findings=tuple(map(of_file, variant.mail.findings))))
        for variant in composed.variants
    )
    return replace(composed, issues=issues, variants=variants)


def of_file(finding: Finding) -> Finding:
    """The finding with the name of its file instead of the path."""
    return replace(finding, file=Path(finding.file).name if finding.file else finding.file)


def _keep_version(
    actor: Actor, record: IssueRecord, composed: Composition, sources: dict[str, str], revision: IssueRevision | None
) -> StoredVersion:
    """Make a composition the current version of its issue. In the caller's transaction, which has locked the issue."""
    # Versions from before ids are the same content.
    same = next(
        (
            version
            for version in record.versions.filter(digest=composed.digest).order_by("-number")
            if with_ids(version.sources) == sources
        ),
        None,
    )
    if same is not None:
        if record.current_id != same.pk:
            _make_current(record, same)
            audit.record(actor, "issue_current", same, issue=record.slug, number=same.number)
        return StoredVersion(same, composed, False)
    last = record.versions.order_by("-number").first()
    version = IssueVersion.objects.create(
        issue=record, number=last.number + 1 if last else 1, sources=sources, theme=composed.issues[0].theme,
        subject=composed.variants[0].mail.subject, choices=[asdict(choice) for choice in composed.choices],
        pictures=sorted({pair for variant in composed.variants for pair in variant.mail.placed}),
        digest=composed.digest, dated=composed.issues[0].date,
        findings=[asdict(finding) for finding in composed.findings], actor=actor,
        revision=revision,
    )  # fmt: skip
    IssueVariant.objects.bulk_create(_variant(version, variant) for variant in composed.variants)
    for picture in composed.pictures:
        _keep(picture).versions.add(version)
    archive_texts.keep(version)
    audit.record(actor, "issue_store", version, issue=record.slug, digest=composed.digest, variants=len(composed.variants))
    _make_current(record, version)
    return StoredVersion(version, composed, True)


def _replace_source(actor: Actor, record: IssueRecord, folder: Path, sources: dict[str, str]) -> IssueRevision | None:
    """Make the folder the newest source. Its base is what was pulled to it, or else what was stored from a folder last."""
    before = issue_state.head(record.pk)
    pulled = folders.read_base(folder)
    if pulled is not None and pulled.issue != record.slug:
        pulled = None
    # Changes that somebody pushed or made in a page since then are not in the folder. They must not be undone.
    base = pulled.state if pulled else issue_state.at_edit(record.pk, revisions.stored_edit(record))
    mine = folders.state_of(folder, sources, base)
    folders.keep_pictures(actor, folder, mine, before)
    applied = edits.replace_source(actor, record, base, mine, reason=IssueRevision.Reason.PUSH, exactly=True)
    if pulled:
        transaction.on_commit(partial(folders.write_base, folder, folders.Base(record.slug, mine)))
    else:
        revisions.mark_stored(record, applied.state.number)
    return applied.revision


def _make_current(record: IssueRecord, version: IssueVersion) -> None:
    record.current = version
    record.save(update_fields=["current"])


def show_in_archive(actor: Actor, slug: str, wish: str) -> IssueRecord:
    """Set whether an issue is in public archives: usual, shown or withheld (docs/archive.md). Raises IssueError."""
    if wish not in IssueRecord.Archive.values:
        raise IssueError("wish", wish=wish, wishes=IssueRecord.Archive.values)
    with transaction.atomic():
        record = find_issue(slug, lock=True)
        if record.archive != wish:
            audit.record(actor, "show_in_archive", record, issue=slug, before=record.archive, after=wish)
            record.archive = wish
            record.save(update_fields=["archive"])
    return record


def _variant(version: IssueVersion, variant: ComposedVariant) -> IssueVariant:
    """The row of a mail. Its links to articles get their address here, as its pictures do: it is the same for all recipients."""
    mail, key = variant.mail, _new_page_key()
    address = public_urls.read_url(key)
    pages = {field.tag: address for field in mail.fields if field.name == READ_URL}
    return IssueVariant(
        version=version, number=variant.number, language=variant.language, holds=list(variant.holds),
        subject=mail.subject, preheader=mail.preheader, html=fill(mail.html, pages), text=fill(mail.text, pages),
        fields=[
            {"tag": f.tag, "name": f.name, "default": f.default, "escape": f.escape} for f in mail.fields if f.tag not in pages
        ],
        digest=mail.digest, page_key=key,
    )  # fmt: skip


def _new_page_key() -> str:
    """128 random bits: nobody guesses the address of a page that no list shows. Lower case, for addresses that people type."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


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
