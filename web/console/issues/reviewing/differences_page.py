"""What changed between two versions of an issue, or since a version."""

from django.http import Http404, HttpRequest, HttpResponse

from editorial.models import IssueRecord, IssueVersion
from editorial.review import version_differences
from web.console.issues.issue_page import issue_or_404, show_issue
from web.texts.issues import reader_texts
from web.whole_numbers import whole_number

_DIGITS = 9  # of the highest number that the column can have


def differences(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the differences between the version `?from=` and the version `?to=`, or the newest text."""
    issue = issue_or_404(slug)
    before = _version(issue, request.GET.get("from", ""))
    after = _version(issue, request.GET["to"]) if request.GET.get("to") else None
    content = version_differences.of_version(after) if after else version_differences.of_head(issue)
    differences = version_differences.compare(version_differences.of_version(before), content, reader_texts.compared)
    return show_issue(
        request, issue, "console/issues/differences.html", "issue-review", before=before, after=after, differences=differences,
        variants=len(differences.mails),
    )  # fmt: skip


def _version(issue: IssueRecord, number: str) -> IssueVersion:
    version = issue.versions.select_related("revision", "issue").filter(number=whole_number(number, _DIGITS) or 0).first()
    if version is None:
        raise Http404
    return version
