"""A crawler that follows every link of a small archive; the large one is `python -m tests.bench.archive_pages --crawl`."""

import pytest

from editorial.models import IssueVariant
from tests.bench import archive_filling
from tests.support.archive_crawl import Crawl
from tests.support.html_check import CheckedPage

HEAD = '<!DOCTYPE html>\n<html lang="en"><head><title>x</title></head><body><main><h1>x</h1>'


@pytest.mark.django_db
def test_every_link_works_and_leads_to_no_withheld_text(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    archive_filling.fill(
        (0, 1, 7, 13), tmp_path, articles=3, slugs=("news", "science")
    )  # the last two are withheld and for a segment
    crawl = Crawl(client, archive_filling.SECRETS)
    crawl.follow(["/", "/sitemap.xml", "/robots.txt", "/archive/news/search/?q=the"])
    assert crawl.faults == {}
    issue, mail = "/archive/news/news-0/", IssueVariant.objects.get(version__issue__slug="news-0", number=0)
    assert {
        f"{issue}zh-Hans/read/story-0/", f"{issue}?text=whole", f"{issue}mail", f"/read/{mail.page_key}/story-0",
        "/archive/news/rss.xml", "/archive/science/feed.xml", "/?language=zh-hans", "/subscribe/news/?language=en",
    } <= crawl.seen.keys()  # fmt: skip
    assert not [address for address in crawl.seen if "news-7" in address or "news-13" in address]


@pytest.mark.parametrize(
    "fault",
    [
        "<p>", "</p>", "<p><div></div></p>", "<script>x</script>", '<i id="a"></i><i id="a"></i>', '<img src="x">', "<h1>y</h1>",
        "<ul><a></a></ul>", '<i class="a" class="b"></i>', "<a><a></a></a>", '<label for="x"></label>', '<i onclick="x"></i>',
    ],
)  # fmt: skip
def test_wrong_html_is_found(fault):
    assert CheckedPage(f"{HEAD}</main></body></html>").faults == []
    assert CheckedPage(f"{HEAD}{fault}</main></body></html>").faults
