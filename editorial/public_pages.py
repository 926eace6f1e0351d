"""A stored version as public web pages: in each language, the variant for a reader about whom nothing is known.

A conditional part is on the page only if its condition is true for such a reader, so nothing that was meant for some
subscribers becomes public.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from composer.errors import ComposeError
from composer.issue.digest import has_stories
from composer.issue.document import Issue
from composer.issue.parsing.issue_file import ISSUE_FILE, parse_issue
from composer.issue.variants import Choice, Variant, choose_for_anybody, variants_of
from composer.rendering.archive_page import LinkTargets, WebIssue, as_one_text, line_for_nobody, web_issue
from composer.themes.theme_loading import load_theme
from editorial.models import IssueVariant, IssueVersion
from editorial.stored_variants import choices_of, merge_fields

PLAIN_THEME = "cast"  # provides the fixed words if the issue's own theme no longer exists


@dataclass(frozen=True, slots=True)
class Face:
    """A version in one language, as lists show it. `number` is the number of the public variant."""

    language: str
    number: int
    subject: str
    preheader: str


def versions(ids: Iterable[int]) -> QuerySet[IssueVersion]:
    """Versions by id with everything that `faces` needs, without their mails and sources."""
    faces_only = IssueVariant.objects.defer("html", "text")
    return IssueVersion.objects.select_related("issue").filter(pk__in=list(ids)).defer("sources", "findings").prefetch_related(
        Prefetch("variants", faces_only)
    )  # fmt: skip


def languages(ids: Iterable[int]) -> dict[int, list[str]]:
    """The languages of versions by id, as in `faces`, without reading a variant."""
    rows = IssueVersion.objects.filter(pk__in=list(ids)).values_list("pk", "choices")
    return {version_id: [choice["language"] for choice in choices] for version_id, choices in rows}


def faces(version: IssueVersion) -> tuple[Face, ...]:
    """One face per language. The first is for readers whose language is not offered."""
    choices = choices_of(version)
    variants = {variant.number: variant for variant in version.variants.all()}
    listed: list[Face] = []
    for choice in choices:
        variant = variants[choose_for_anybody(choice.language, choices)]
        fields = merge_fields(variant)
        subject, preheader = (line_for_nobody(text, fields) for text in (variant.subject, variant.preheader))
        listed.append(Face(choice.language, variant.number, subject or version.issue.slug, preheader))
    return tuple(listed)


def whole(ids: Iterable[int]) -> dict[int, IssueVersion]:
    """Versions by id, with everything that `page` needs."""
    return IssueVersion.objects.select_related("issue").prefetch_related("media").in_bulk(list(ids))


def page(version: IssueVersion, language: str, targets: LinkTargets) -> WebIssue | None:
    """The content in one language; None if the sources are in an older format that cannot be read."""
    return _page(_files(version), language, settings.EMAIL_THEMES, targets)


def feed_content(version: IssueVersion, language: str, targets: LinkTargets) -> str:
    """The content in one language as one HTML fragment; empty as `page` is None."""
    return _feed_content(_files(version), language, settings.EMAIL_THEMES, targets)


def mail_page(mail: IssueVariant, targets: LinkTargets) -> WebIssue | None:
    """The content of one mail, with the parts that its conditions select; None as in `page`. `mail`: with its version."""
    return _mail_page(_files(mail.version), mail.number, settings.EMAIL_THEMES, targets)


def preview_page(issues: tuple[Issue, ...], number: int, targets: LinkTargets) -> WebIssue | None:
    """The content of a mail that is not stored; `issues`: the issue in its languages. None if there is no such variant."""
    variant = next((variant for variant in variants_of(issues)[0] if variant.number == number), None)
    if variant is None:
        return None
    return web_issue(variant.issue, _words(variant.issue.theme, variant.issue.language, settings.EMAIL_THEMES), targets)


def is_digest(version: IssueVersion) -> bool:
    """Whether mails of a version lead to pages of their articles."""
    variants, _ = _variants(_files(version))
    return any(has_stories(variant.issue) for variant in variants)


def _files(version: IssueVersion) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(version.sources.items(), key=lambda file: (file[0] != ISSUE_FILE, file[0])))


# Stored versions never change, and feeds are requested again and again, so parsed pages are cached.
@lru_cache(maxsize=64)
def _page(sources: tuple[tuple[str, str], ...], language: str, themes: Path, targets: LinkTargets) -> WebIssue | None:
    for issue in _issues(sources):
        if issue.language == language:
            return web_issue(issue, _words(issue.theme, issue.language, themes), targets)
    return None


# On its own, because a crawler that reads old issues would displace the newest ones, and a feed needs fifteen of them at once.
@lru_cache(maxsize=64)
def _feed_content(sources: tuple[tuple[str, str], ...], language: str, themes: Path, targets: LinkTargets) -> str:
    shown = _page(sources, language, themes, targets)
    return str(as_one_text(shown)) if shown else ""


@lru_cache(maxsize=64)
def _mail_page(sources: tuple[tuple[str, str], ...], number: int, themes: Path, targets: LinkTargets) -> WebIssue | None:
    variants, _ = _variants(sources)
    if number >= len(variants):
        return None
    issue = variants[number].issue
    return web_issue(issue, _words(issue.theme, issue.language, themes), targets)


@lru_cache(maxsize=32)
def _variants(sources: tuple[tuple[str, str], ...]) -> tuple[tuple[Variant, ...], tuple[Choice, ...]]:
    try:
        issues = [parse_issue(text, file=name) for name, text in sources]
        return variants_of(issues) if issues else ((), ())
    except ComposeError:
        return (), ()


def public_issues(version: IssueVersion) -> tuple[Issue, ...]:
    """The issue in each of its languages, as a reader gets it about whom nothing is known."""
    return _issues(_files(version))


def _issues(sources: tuple[tuple[str, str], ...]) -> tuple[Issue, ...]:
    variants, choices = _variants(sources)
    return tuple(variants[choose_for_anybody(choice.language, choices)].issue for choice in choices)


@lru_cache(maxsize=32)
def _words(theme: str, language: str, root: Path) -> Mapping[str, Any]:
    try:
        return load_theme(theme, root).fixed_texts(language)
    except ComposeError:
        return load_theme(PLAIN_THEME, root).fixed_texts(language)
