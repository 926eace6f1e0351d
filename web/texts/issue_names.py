"""How the console names an issue: its title, and its number if it has one."""

from __future__ import annotations

import re

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from composer.issue.parsing.issue_file import ISSUE_FILE
from editorial.models import IssueVersion

_NUMBERED = _("%(title)s, no. %(number)s")
_HEAD = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*\n", re.DOTALL)
# Not the whole parser: the list of campaigns names twenty issues, and loads itself again every few seconds.
_NUMBER = re.compile(r"""^number:[ \t]*(["']?)([^\n]*?)\1[ \t]*(?:[ \t]#[^\n]*)?$""", re.MULTILINE)


def issue_name(version: IssueVersion) -> str:
    """`CAST Newsletter, no. 2023-03`: many newsletters give each issue the same title."""
    head = _HEAD.match(str(version.sources.get(ISSUE_FILE, "")).replace("\r\n", "\n"))
    found = _NUMBER.search(head[1]) if head else None
    if found is None or not found[2]:
        return version.issue.title
    return gettext(_NUMBERED) % {"title": version.issue.title, "number": found[2]}
