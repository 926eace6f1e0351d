"""An issue as an article for a WeChat official account: the page to copy it from, its frame, and a ZIP of its pictures.

Nothing is published: people paste the article into WeChat's editor.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.html import escape
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from composer.errors import ComposeError, Finding
from composer.issue.languages import direction_of
from composer.wechat.export import files_of, for_clipboard
from composer.wechat.local_page import PHONE_WIDTH
from composer.wechat.rules import MOST_DIGEST, MOST_TITLE
from editorial import wechat_articles
from editorial.models import IssueRecord
from editorial.review import version_differences
from editorial.sources import issue_state
from editorial.wechat_articles import IssueArticle, NoArticleError
from web.console.issues.finding_groups import FindingLine
from web.console.issues.finding_lines import finding_lines, state_of
from web.console.issues.issue_page import issue_or_404, show_issue
from web.content_policies import preview_policy
from web.mail_bytes import MailBytes
from web.texts.language_names import language_name

_IMAGE = re.compile(r'(<img src=")images/([^"]+)(")')


def page(request: HttpRequest, slug: str) -> HttpResponse:
    issue = issue_or_404(slug)
    try:
        made = _article(request, issue)
    except NoArticleError as problem:
        no_text = not str(problem)
        return _page(request, issue, no_source=no_text, problem="" if no_text else _unreadable(str(problem)))
    except ComposeError as error:
        problem_text = _("The article cannot be written because of the errors below.")
        return _page(request, issue, problem=problem_text, findings=_lines(issue, None, error.findings))
    article, query = made.article, f"?{urlencode({'language': made.article.language})}"
    return _page(
        request, issue, article=article, version=made.version,
        is_behind=made.version is not None and version_differences.is_changed(made.version),
        findings=_lines(issue, made, made.checked.findings),
        frame=resolve_url("issue-wechat-article", slug) + query, query=query, width=PHONE_WIDTH,
        most_title=MOST_TITLE, most_digest=MOST_DIGEST,
        languages=[(tag, language_name(tag)) for tag in made.languages] if len(made.languages) > 1 else (),
        pictures=[
            {"name": placed.name, "url": _picture_url(issue, made, placed.name), "alt": placed.alt} for placed in article.pictures
        ],
    )  # fmt: skip


def _page(request: HttpRequest, issue: IssueRecord, **context: Any) -> HttpResponse:
    return show_issue(request, issue, "console/issues/wechat.html", "", **context)


def _article(request: HttpRequest, issue: IssueRecord) -> IssueArticle:
    """Returns the article in the language of the URL, or in the usual one if the issue has none of that name."""
    language = request.GET.get("language", "")[:40]
    try:
        return wechat_articles.article_of(issue, language)
    except ComposeError as error:
        if any(finding.code == "wechat-language" for finding in error.findings):
            return wechat_articles.article_of(issue)
        raise


def _unreadable(path: str) -> str:
    return _("The picture %(path)s cannot be read. Upload it again, or ask the administrator.") % {"path": path}


def _lines(issue: IssueRecord, made: IssueArticle | None, findings: Sequence[Finding]) -> list[FindingLine]:
    if made is None:
        state = state_of(issue.current) if issue.current is not None else issue_state.head(issue.pk)
    else:
        state = state_of(made.version) if made.version is not None else made.state
    return finding_lines(issue, state, findings)


def _picture_url(issue: IssueRecord, made: IssueArticle, name: str) -> str:
    """Returns the address of a picture on this server: stored ones are public, others need a permission."""
    placed = next(placed for placed in made.article.pictures if placed.name == name)
    if made.version is not None:
        return resolve_url("media", placed.picture.name)
    return resolve_url("issue-preview-picture", issue.slug, placed.picture.name)


def _made_or_404(request: HttpRequest, issue: IssueRecord) -> IssueArticle:
    try:
        return _article(request, issue)
    except (NoArticleError, ComposeError):
        raise Http404 from None


class WechatFrame(MailBytes):
    """The article for its frame. ?for=clipboard: as it is copied, with the names of its pictures in their places."""

    def policy(self) -> str:
        return preview_policy(pictures=True)

    def html(self, **where: Any) -> str:
        issue = issue_or_404(where["slug"])
        made = _made_or_404(self.request, issue)
        article = made.article
        if self.request.GET.get("for") == "clipboard":
            return for_clipboard(article.html)

        def own(match: re.Match[str]) -> str:
            return f"{match[1]}{_picture_url(issue, made, match[2])}{match[3]}"

        title, language, shown = escape(article.title), escape(article.language), _IMAGE.sub(own, article.html)
        return (
            f'<!doctype html><html lang="{language}" dir="{direction_of(article.language)}"><head><meta charset="utf-8">'
            f'<title>{title}</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>'
            '<body style="margin:0;padding:16px;background:#ffffff;font-family:sans-serif">'
            f'<h1 style="margin:0 0 16px;font-size:22px;line-height:1.4">{title}</h1>{shown}</body></html>'
        )


def download(request: HttpRequest, slug: str) -> HttpResponse:
    """Sends the files of the export as a ZIP: the pictures, numbered in their order, and the article."""
    issue = issue_or_404(slug)
    article = _made_or_404(request, issue).article
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files_of(article).items():
            archive.writestr(zipfile.ZipInfo(name), data)  # without a time, so that the same article gives the same file
    name = f"{issue.slug}-wechat-{article.language}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content.getvalue(), content_type="application/zip", headers=headers)
