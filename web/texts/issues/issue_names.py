"""How the console names an issue: its title, and its number if it has one."""

from django.utils.translation import gettext as _

from composer.issue.issue_number import is_written_out
from editorial.issue_records import number_in
from editorial.models import IssueVersion


def issue_name(version: IssueVersion) -> str:
    """`CAST Newsletter, no. 2023-03`: many newsletters give each issue the same title."""
    number = number_in(version.sources)
    if is_written_out(number):
        return f"{version.issue.title} {number}"
    return _("%(title)s, no. %(number)s") % {"title": version.issue.title, "number": number} if number else version.issue.title
