"""Who can read the archive of a list, and which issues it shows."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.reporting import archive_entries
from config import public_urls
from editorial import issue_versions
from editorial.models import IssueRecord
from subscribers import mailing_lists
from subscribers.models import MailingList
from web.access import may_post
from web.console.console_page import actor_of, show
from web.console.lists.list_pages import list_or_404


def archive(request: HttpRequest, list_id: int) -> HttpResponse:
    """GET shows the archive's setting and issues; POST changes the setting, takes an issue off, or puts it back."""
    if request.method == "POST" and not may_post(request):
        raise PermissionDenied
    mailing_list = list_or_404(list_id)
    if request.method != "POST":
        return _page(request, mailing_list)
    actor = actor_of(request)
    action = request.POST.get("action", "")
    if action == "visibility" and (wish := request.POST.get("visibility", "")) in MailingList.Archive.values:
        mailing_lists.set_archive(actor, mailing_list.slug, wish)
        messages.success(request, _("The setting of the archive is stored."))
    elif action in ("take-off", "put-back"):
        slug = request.POST.get("issue", "")
        issue = next((listed for listed in archive_entries.issues(mailing_list) if listed.slug == slug), None)
        if issue is None:
            messages.error(request, _("This issue was not sent to this list."))
        elif action == "take-off":
            issue_versions.show_in_archive(actor, slug, IssueRecord.Archive.WITHHELD)
            messages.success(request, _("No archive shows “%(title)s” any more.") % {"title": issue.title})
        else:
            issue_versions.show_in_archive(actor, slug, issue.wish)
            messages.success(request, _("The archive shows “%(title)s” again.") % {"title": issue.title})
    return redirect("people-list-archive", list_id=list_id)


def _page(request: HttpRequest, mailing_list: MailingList) -> HttpResponse:
    issues = archive_entries.issues(mailing_list)
    return show(
        request, "console/lists/archive.html", mailing_list=mailing_list, issues=issues,
        shown=sum(issue.is_shown for issue in issues), address=public_urls.archive_url(mailing_list.slug),
        latest=public_urls.latest_issue_url(mailing_list.slug),
    )  # fmt: skip
