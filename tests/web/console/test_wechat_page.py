"""The page of an issue for WeChat: the article in a frame that runs nothing, what is copied, and the files with the pictures."""

import io
import json
import re
import shutil
import zipfile
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from editorial import issue_versions, wechat_articles
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.support.issues import CAST, two_languages

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_data(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    wechat_articles._of_version.cache_clear()


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version.issue


def address(issue: IssueRecord, name: str = "issue-wechat", query: str = "") -> str:
    return reverse(name, kwargs={"slug": issue.slug}) + query


def frame_of(client: Client, html: str) -> str:
    match = re.search(r'<iframe src="([^"]+)"', html)
    assert match, "no frame"
    answer = client.get(unescape(match[1]))
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-same-origin; default-src 'none'; img-src 'self'; ")
    assert "script" not in policy
    return answer.content.decode()


def test_the_page_shows_the_chinese_article_and_the_fields_to_copy(console, issue):
    html = console.get(address(issue)).content.decode()
    assert "srcdoc" not in html
    assert "大连之光：自由电子激光器</textarea>" in html
    assert "中国科学技术协会</textarea>" in html
    assert "the article has no picture" in html
    shown = frame_of(console, html)
    assert 'lang="zh-Hans"' in shown
    assert "The doors open" not in shown
    english = console.get(address(issue, query="?language=en")).content.decode()
    assert "The doors open to visitors today." in frame_of(console, english)
    assert '<a href="?language=en" aria-current="page">' in english
    assert "members in China" not in frame_of(console, english)
    assert console.get(address(issue, query="?language=nonsense")).status_code == 200
    assert address(issue) in console.get(f"/console/issues/{issue.slug}/preview/").content.decode()


def test_pictures_are_shown_named_in_the_copy_and_downloaded_in_order(console, tmp_path):
    shutil.copytree(CAST, tmp_path / "cast")
    issue = issue_versions.store(audit.system(), tmp_path / "cast").version.issue
    html = console.get(address(issue)).content.decode()
    names = re.findall(r'download="([^"]+)"', html)
    assert [name[:3] for name in names] == [f"{number:02}-" for number in range(1, len(names) + 1)]
    sources = re.findall(r'<img src="([^"]+)"', frame_of(console, html))
    assert len(sources) >= len(names) > 2
    for source in sources:
        assert b"".join(console.get(source).streaming_content)[:2] in (b"\xff\xd8", b"\x89P")
    copied = console.get(address(issue, "issue-wechat-article", "?for=clipboard")).content.decode()
    assert copied.startswith("<section style=")
    assert "<img" not in copied
    assert all(f"[{name}]" in copied for name in names)
    answer = console.get(address(issue, "issue-wechat-files"))
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert [f"images/{name}" for name in names] == [name for name in archive.namelist() if name.startswith("images/")]
        facts = json.loads(archive.read("wechat.json"))
    assert [picture["file"] for picture in facts["pictures"]] == [f"images/{name}" for name in names]


def test_a_change_after_the_version_is_mentioned(console, issue):
    older = "The change is not in this article."
    assert older not in console.get(address(issue)).content.decode()
    state = issue_state.head(issue.pk)
    sources = {**state.sources, "issue.md": state.sources["issue.md"].replace("The doors open", "The doors opened")}
    edits.replace_source(audit.system(), issue, None, issue_state.of_sources(sources, {}), reason="import")
    assert older in console.get(address(issue)).content.decode()


def test_an_issue_without_a_version_shows_its_newest_text(console, issue):
    issue.current = None
    issue.save()
    html = console.get(address(issue)).content.decode()
    assert "The newest text; no version of this issue is prepared yet." in html
    assert "大连" in frame_of(console, html)
    empty = IssueRecord.objects.create(slug="empty", title="Empty")
    assert "This issue has no text yet" in console.get(address(empty)).content.decode()
    assert console.get(address(empty, "issue-wechat-files")).status_code == 404


def test_who_may_not_see_issues_does_not_see_the_article(issue):
    client = Client()
    for name in ("issue-wechat", "issue-wechat-article", "issue-wechat-files"):
        assert client.get(address(issue, name)).status_code in (302, 404)


def test_the_page_is_chinese_in_the_chinese_console(console, issue):
    console.cookies["mailroom-language"] = "zh-hans"
    html = console.get(address(issue)).content.decode()
    assert "复制文章" in html
    assert "下载图片（ZIP）" in html
