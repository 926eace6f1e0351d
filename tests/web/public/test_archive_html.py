"""The archive's HTML checked by axe-core and our own script in Chromium."""

import shutil
from pathlib import Path

import pytest

from publication.models import Publication
from subscribers.models import MailingList
from tests.support import archives
from tests.support import issues as samples
from tests.support.chromium import CHROMIUM
from tests.web.test_browser import INSPECT, watched

SAMPLE = Path(__file__).resolve().parents[3] / "examples" / "cast-2023-03"
EVERYTHING = """
Dear {{ name or "reader" }}, 你好.

# Section

## Everything {#everything}

A [link](https://example.org/?a=1&b=2), [another](#second) and *more*, *and 科学 too*.

![A lamp in a window](images/only-en.png)
Caption: The lamp
Credit: Wei

![](images/only-zh.png)

::: profile
![Wei at work](images/only-zh.png)
Name: Wei 伟
Role: Chief engineer

She builds lasers.
:::

::: calendar
- 2023-04-12 to 2023-04-14: [Contest](https://example.org/contest); Beijing
- 2023-05-30: Day of science
:::

::: action
[Register](https://example.org/register)
:::

::: question
Was this useful?

- Yes
- No
:::

Table: Members

| Field | Members |
|---|--:|
| Physics | 1,204 |

Table: Members by much more than a telephone can show

| Field of the members | Members in the year | Members in the year before | What to say of both of them |
|---|--:|--:|---|
| Physics | 1,204 | 1,200 | a long remark |

::: lang ar
نص
:::

### 1. A part

- one
- two

1. three

> A quotation.

Sources: One; [Two](https://example.org/two)

## Second {#second}

Text.

# Another section

## Third

Text.
"""
ADDRESSES = [
    "/", "/archive/news/", "/archive/news/2025/", "/archive/news/news-1/", "/archive/news/news-2/",
    "/archive/news/cast-newsletter-2026-12/zh-Hans/", "/archive/empty/",
]  # fmt: skip


@pytest.fixture
def root(live_server, settings) -> str:
    """The test server's URL. It must be requested before `sent`, whose mails contain it."""
    settings.PUBLIC_URL, settings.MEDIA_URL = live_server.url, f"{live_server.url}/media/"
    return live_server.url


@pytest.fixture
def sent(settings, tmp_path) -> MailingList:
    """An issue with every kind of block, one in a right-to-left script, and one in two languages."""
    settings.MEDIA_ROOT = tmp_path / "media"
    Publication.objects.update_or_create(pk=1, defaults={"name": "The House", "postal_address": "Street 1\nCity"})
    news = archives.open_list()
    archives.open_list("empty")
    MailingList.objects.update(description="What was found, who found it, and where to go next.")
    samples.two_languages(tmp_path / "two")
    folder = archives.write(tmp_path / "one", EVERYTHING, subject="Everything at once, and 科学 too")
    shutil.copytree(tmp_path / "two" / "images", folder / "images")
    archives.send(folder, news)
    arabic = "\n# قسم\n\n## خبر\n\nنص\n\n## خبر ثان\n\nنص\n"
    archives.send(archives.write(tmp_path / "ar", arabic, subject="الضوء", number="2", language="ar"), news, at=archives.later(1))
    archives.send(tmp_path / "two", news, at=archives.later(365))
    return news


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.django_db(transaction=True)
def test_archive_pages_are_accessible_at_every_width_in_light_and_dark(root, browser, sent):
    from axe_playwright_python.sync_playwright import Axe

    axe, faults = Axe(), {}
    for scheme, width, language in (("light", 375, "en"), ("dark", 375, "zh-CN"), ("dark", 1280, "en"), ("light", 1280, "zh-CN")):
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale=language)
        page = watched(context)
        for address in ADDRESSES:
            page.goto(root + address)
            problems = page.evaluate(INSPECT) + [
                f"{violation['id']}: {[node['html'][:100] for node in violation['nodes']]}"
                for violation in axe.run(page).response["violations"]
            ]
            if problems:
                faults[scheme, width, address] = problems
        if page.complaints or context.cookies():
            faults[scheme, width] = [*page.complaints, *context.cookies()]
        context.close()
    assert faults == {}


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.django_db(transaction=True)
def test_wide_tables_show_that_they_scroll_and_chinese_emphasis_is_upright(root, browser, sent):
    width_of = "selector => document.querySelector(selector).getBoundingClientRect().width"
    hint = "() => getComputedStyle(document.querySelector('.scroll'), '::before')"
    seen = {}
    for width in (375, 900, 1280):
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = watched(context)
        page.goto(f"{root}/archive/news/news-1/?text=whole")
        assert page.evaluate(width_of, ".contents") <= page.evaluate(width_of, ".prose")
        seen[width] = page.evaluate(f"({hint})().content"), page.evaluate(f"({hint})().position")
        # The table scrolls, the page does not.
        assert page.evaluate("document.documentElement.scrollWidth") == width
        scrolls = page.evaluate("(e => e.scrollWidth > e.clientWidth)(document.querySelector('.scroll'))")
        assert scrolls == (width == 375)
        styles = page.locator("#everything em").evaluate_all("all => all.map(e => getComputedStyle(e).fontStyle)")
        assert styles == ["italic", "italic"]
        assert page.locator("#everything em span:lang(zh)").evaluate("e => getComputedStyle(e).fontStyle") == "normal"
        context.close()
    assert "↔" in seen[375][0]
    assert seen[375][1] == "sticky"
    assert seen[1280][0] == "none"


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.django_db(transaction=True)
def test_the_archive_works_without_scripts_and_in_print(root, browser, sent):
    context = browser.new_context(java_script_enabled=False)
    page = watched(context)
    page.goto(f"{root}/archive/")
    page.click("text=CAST Newsletter")
    page.click("text=Everything at once")
    page.click("text=Whole text")
    page.click("nav.contents >> text=Third")
    page.wait_for_url("**/archive/news/news-1/?text=whole#third")
    shown = page.locator(".prose img").first
    shown.scroll_into_view_if_needed()
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 40
    page.emulate_media(media="print")
    assert not page.locator("nav.contents").is_visible()
    page.emulate_media(media="screen")
    page.click("text=Original mail")
    page.wait_for_url("**/archive/news/news-1/mail")
    assert page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") != "rgba(0, 0, 0, 0)"
    assert page.complaints == []
    assert context.cookies() == []
    context.close()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.django_db(transaction=True)
def test_a_whole_issue_is_printed_on_few_sheets(root, browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    archives.send(SAMPLE, archives.open_list())
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{root}/archive/news/cast-newsletter-2023-03/?text=whole")
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert 3 <= printed.count(b"/Type /Page\n") <= 8
