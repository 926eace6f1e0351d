"""Finds issues by the name that addresses and commands use, and makes that name."""

import difflib
import hashlib
import re
import unicodedata
from collections.abc import Mapping

from composer.issue.parsing.issue_file import ISSUE_FILE
from editorial.models import IssueRecord
from publication.domain_errors import DomainError

_HEAD = re.compile(r"---[ \t]*\n(.*?)(?:\n---[ \t]*(?:\n|\Z)|\Z)", re.DOTALL)
# Not the whole parser: the list of campaigns names twenty issues, and loads itself again every few seconds.
_NUMBER = re.compile(r"""^number:[ \t]*(["']?)([^\n]*?)\1[ \t]*(?:[ \t]#[^\n]*)?$""", re.MULTILINE)


class IssueError(DomainError):
    """An action on a stored issue is not possible."""


def find_issue(slug: str, *, lock: bool = False) -> IssueRecord:
    """The issue with this slug; with `lock`, its row stays locked until the end of the transaction. Raises IssueError."""
    issues = IssueRecord.objects.select_for_update(no_key=True) if lock else IssueRecord.objects
    record = issues.filter(slug=slug).first()
    if record is None:
        known = list(IssueRecord.objects.order_by("-id").values_list("slug", flat=True))
        near = difflib.get_close_matches(slug, known, 1) or known[:5]
        raise IssueError("unknown", slug=slug, near=near) if near else IssueError("none", slug=slug)
    return record


def number_in(sources: Mapping[str, str]) -> str:
    """The number that the head of an issue says, as text; empty if it says none. `sources`: file name -> text."""
    head = _HEAD.match(str(sources.get(ISSUE_FILE, "")).replace("\r\n", "\n"))
    match = _NUMBER.search(head[1]) if head else None
    return match[2] if match else ""


def make_slug(title: str, number: str) -> str:
    """Title and number as ASCII letters and digits, without accents. If letters are lost, or none is left, six characters of a
    digest are added, because two newsletters in Chinese may have the same numbers. Also to `new`, which is a page of its own."""
    text = f"{title} {number}"
    bare = unicodedata.normalize("NFKD", text.lower())
    slug = re.sub(r"[^a-z0-9]+", "-", "".join(letter for letter in bare if not unicodedata.combining(letter))).strip("-")
    lost = any(letter.isalpha() and not letter.isascii() for letter in bare)
    if not re.search("[a-z]", slug):
        slug, lost = f"issue-{slug}".rstrip("-"), True
    lost = lost or slug == "new"
    return f"{slug}-{hashlib.sha256(text.encode()).hexdigest()[:6]}" if lost else slug
