"""Reads the variants of a stored version: which exist, who gets which, one finished mail with its merge fields."""

from typing import Any

from composer.issue.merge_fields import MergeField
from composer.issue.variants import Choice
from editorial.models import IssueVariant, IssueVersion


def choices_of(version: IssueVersion) -> tuple[Choice, ...]:
    """Who gets which variant, one choice per language; the first is for everybody whose language is not offered."""
    return tuple(
        Choice(choice["language"], tuple(choice["comparisons"]), tuple(choice["numbers"])) for choice in version.choices
    )  # fmt: skip


def find_variant(version_id: int, number: int = 0) -> IssueVariant:
    return IssueVariant.objects.get(version_id=version_id, number=number)


def merge_fields(variant: IssueVariant) -> tuple[MergeField, ...]:
    return tuple(MergeField(**field) for field in variant.fields)


def outline(version: IssueVersion) -> list[dict[str, Any]]:
    """All variants of a version without their mails: variant (its number), language, holds, subject."""
    rows = version.variants.order_by("number").values_list("number", "language", "holds", "subject")
    return [dict(zip(("variant", "language", "holds", "subject"), row, strict=True)) for row in rows]
