"""The preview in Chromium: found faultless by axe, usable with the keyboard, no policy broken, no script of a mail run."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.cli.issue.preview.conftest import ISSUE, proof_after, write
from tests.support.chromium import MARKS, chromium
from tests.support.variations import few

pytestmark = MARKS
# The frames are foreign ground that no script can enter; the mail itself is judged elsewhere.
OPTIONS = {"iframes": False, "resultTypes": ["violations"]}


@pytest.fixture
def browser():
    with chromium() as started:
        yield started


def opened(browser, preview, query: str = "", **how):
    """The page with its mail, and what the browser complains about."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en", **how})
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: said.type in ("error", "warning") and page.complaints.append(said.text))
    page.goto(preview.address + query)
    page.locator("#title", has_text="CAST Newsletter").wait_for()
    page.wait_for_load_state("load")
    return page


def mail_in(page, width: str = "desktop"):
    """The newest frame of a device, once it has taken the place of the older one."""
    page.locator(f".device.{width} iframe:not(.coming):only-child").wait_for()
    handle = page.locator(f".device.{width} iframe").element_handle()
    frame = handle.content_frame()
    frame.wait_for_load_state("load")
    return frame


def judged(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def wide(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        (1280, "dark", "zh-CN"),
        *(
            pytest.param(*each, marks=pytest.mark.soak)
            for each in [(1280, "light", "en"), (800, "dark", "en"), (800, "light", "zh-CN"), (375, "light", "en")]
        ),
    ],
)
def test_axe_finds_nothing(browser, preview, width, scheme, language):
    page = opened(browser, preview, viewport={"width": width, "height": 800}, color_scheme=scheme, locale=language)
    found = {"at first": judged(page)}
    page.click("#reader-button")
    for panel in ("articles", "headers", "links", "sizes", "findings"):
        page.click(f"#tab-{panel}")
        found[panel] = judged(page)
    page.locator("#panel-findings .finding button[aria-expanded]").first.click()
    found["a finding"] = judged(page)
    page.locator('input[name="view"][value="text"]').check()
    found["text"] = judged(page)
    assert {name: said for name, said in found.items() if said} == {}
    assert not wide(page)
    assert page.complaints == []


@pytest.mark.parametrize("width", few(1280, soak=[1600, 2560]))
def test_the_mail_fills_its_window(browser, preview, width):
    page = opened(browser, preview, "?view=outlook", viewport={"width": width, "height": 900})
    mail_in(page)
    sheet, frame = (page.locator(f".device.desktop {each}").bounding_box() for each in (".sheet", "iframe"))
    assert sheet["width"] - frame["width"] == pytest.approx(2, abs=1)  # the border of the sheet
    assert frame["x"] - sheet["x"] == pytest.approx(1, abs=1)


def test_axe_would_find_something(browser, preview):
    page = opened(browser, preview)
    page.evaluate("document.getElementById('tab-sizes').replaceChildren()")
    assert [said for said in judged(page) if said.startswith(("button-name", "aria-"))] != []


def test_axe_finds_nothing_while_there_are_errors(browser, preview, folder):
    page = opened(browser, preview)
    proof_after(preview, lambda: write(folder, ISSUE.replace("subject:", "subjct:")))
    page.locator("#banner", has_text="No mail can be composed").wait_for()
    assert judged(page) == []


@pytest.mark.soak
def test_a_finding_is_shown_with_its_lines_and_marked_in_both_frames(browser, preview):
    page = opened(browser, preview)
    page.locator(".finding", has_text="link-http").locator("button").first.click()
    assert "[plain link](http://english.cast.org.cn/)" in page.locator(".finding .source .named:visible").text_content()
    for width in ("desktop", "phone"):
        page.locator(f".device.{width} iframe[src*='finding=']:only-child").wait_for()
        frame = mail_in(page, width)
        assert frame.locator("#mailroom-here").text_content() == "plain link"
        mark, window = frame.locator("#mailroom-here").bounding_box(), frame.frame_element().bounding_box()
        assert window["y"] <= mark["y"] <= window["y"] + window["height"]
    # In the other views it stays where it is looked for.
    page.locator('input[name="view"][value="dark"]').check()
    page.locator(".device.desktop iframe[src*='/dark?']:only-child").wait_for()
    assert mail_in(page).locator("#mailroom-here").text_content() == "plain link"


def test_a_finding_of_the_preheader_is_shown_in_the_line_of_the_inbox(browser, preview):
    page = opened(browser, preview)
    page.locator(".finding", has_text="preheader").locator("button").first.click()
    page.locator("#inbox.here").wait_for()


def test_a_finding_of_another_language_shows_its_variant(browser, start, folder):
    chinese = ISSUE.replace("language: en", "language: zh-Hans").replace("her own word", "她的话")
    (folder / "issue.zh-Hans.md").write_text(chinese, encoding="utf-8")
    page = opened(browser, start(folder))
    page.locator(".finding", has_text="她的话").locator("button").first.click()
    page.locator("#stage-title", has_text="Simplified Chinese").wait_for()
    page.locator(".device.phone iframe[src*='finding=']:only-child").wait_for()
    assert "Somebody is told about here" in mail_in(page, "phone").locator("#mailroom-here").text_content()


def test_a_change_renews_the_page_at_its_place_and_keeps_what_was_chosen(browser, preview, folder):
    page = opened(browser, preview, "?view=dark&width=phone&name=Wei&panel=sizes")
    mail_in(page, "phone")
    write(folder, ISSUE.replace("Somebody is told", "A chemist is told").replace("of April", "of spring"))
    page.locator("#subject", has_text="For Wei, news of spring").wait_for()
    page.locator(".device.phone iframe[src*='changed=']:only-child").wait_for()
    frame = mail_in(page, "phone")
    assert "A chemist is told" in frame.locator("#mailroom-changed").text_content()
    assert frame.evaluate("scrollY") > 0
    assert page.locator('input[name="view"]:checked').get_attribute("value") == "dark"
    assert page.locator('input[name="width"]:checked').get_attribute("value") == "phone"
    assert page.locator("#panel-sizes").is_visible()
    assert page.locator(".device.desktop").is_hidden()
    assert page.complaints == []


@pytest.mark.soak
def test_errors_leave_the_last_good_mail_and_its_scrolling_alone(browser, preview, folder):
    page = opened(browser, preview)
    frame = mail_in(page)
    frame.evaluate("scrollTo(0, 300)")
    proof_after(preview, lambda: write(folder, ISSUE.replace("subject:", "subjct:")))
    page.locator("#banner", has_text="No mail can be composed").wait_for()
    assert page.locator(".finding.error").first.is_visible()
    assert mail_in(page).evaluate("scrollY") == 300
    proof_after(preview, lambda: write(folder, ISSUE))
    page.locator("#banner").wait_for(state="hidden")
    assert mail_in(page).evaluate("scrollY") == 300


@pytest.mark.soak
def test_a_reader_gets_their_variant_and_it_is_named(browser, preview):
    page = opened(browser, preview)
    assert "variant 1, 4 in all" in page.text_content("#stage-title")
    page.click("#reader-button")
    page.select_option("#sample", label="With a Chinese name")
    page.locator("#stage-title", has_text='country = "CN"').wait_for()
    page.locator("#subject", has_text="For 欧阳明月, news of April").wait_for()
    assert mail_in(page).locator("text=Dear 欧阳明月").count() == 1
    assert mail_in(page).locator("text=open to members in China").count() == 1
    page.fill('[name="f.interests"]', "chemistry")
    page.locator("#stage-title", has_text="variant 4, 4 in all").wait_for()
    page.locator(".device.desktop iframe[src*='/mail/3/']:only-child").wait_for()
    assert mail_in(page).locator("text=Only chemists read").count() == 1
    page.select_option("#variant", "0")
    page.locator("#stage-title", has_text="variant 1, 4 in all").wait_for()
    # What was chosen is in the address line, to be kept or passed on.
    page.reload()
    page.locator("#stage-title", has_text="variant 1, 4 in all").wait_for()
    page.locator("#subject", has_text="欧阳明月").wait_for()


@pytest.mark.soak
def test_the_keyboard_reaches_everything(browser, preview):
    page = opened(browser, preview)
    page.focus('input[name="view"]:checked')
    page.keyboard.press("ArrowRight")
    page.locator(".device.desktop iframe[src*='/dark?']:only-child").wait_for()
    page.focus('[role="tab"][aria-selected="true"]')
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-articles"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "panel-articles"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.locator(".device.desktop iframe[src*='article=']:only-child").wait_for()
    assert "Madrid" in mail_in(page).locator("#mailroom-here").text_content()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.id") == "tab-sizes"


@pytest.mark.soak
def test_what_a_program_cannot_show_is_not_shown(browser, preview):
    page = opened(browser, preview)
    assert mail_in(page).evaluate("document.images[0].naturalWidth") > 0
    page.locator('input[name="view"][value="no-pictures"]').check()
    page.locator(".device.desktop iframe[src*='/no-pictures?']:only-child").wait_for()
    assert mail_in(page).evaluate("document.images[0].naturalWidth") == 0
    page.locator('input[name="view"][value="no-styles"]').check()
    page.locator(".device.desktop iframe[src*='/no-styles?']:only-child").wait_for()
    assert mail_in(page).evaluate("document.styleSheets.length") == 0
    page.locator('input[name="view"][value="outlook"]').check()
    page.locator(".device.desktop iframe[src*='/outlook?']:only-child").wait_for()
    assert page.locator(".device.phone").is_hidden()
    assert "endif" not in mail_in(page).content()


def test_a_hostile_mail_runs_nothing_reaches_nothing_and_leads_nowhere(browser, preview):
    # As a theme could write it that nobody has checked.
    hostile = (
        '<script>document.title="ran"; parent.document.title="ran"</script><img src="https://evil.example/x.png" '
        'onerror="document.title=1" /><a id="out" href="https://evil.example/">out</a><form action="https://evil.example/">'
        '<button id="send">send</button></form>'
    )
    proof = preview.watcher.proof(patience=20)
    mail = proof.composition.variants[0].mail
    html = re.sub(r"(<body[^>]*>)", lambda match: match[1] + hostile, mail.html, count=1)
    first = replace(proof.composition.variants[0], mail=replace(mail, html=html))
    variants = (first, *proof.composition.variants[1:])
    preview.watcher._proof = replace(proof, composition=replace(proof.composition, variants=variants))
    page = opened(browser, preview, "?width=desktop")
    asked = []
    page.on("request", lambda request: asked.append(request))
    page.reload()  # so that the picture's own request is among them
    page.locator("#title", has_text="CAST Newsletter").wait_for()
    page.wait_for_load_state("load")
    frame = mail_in(page)
    assert "evil.example" in frame.content()
    assert frame.evaluate("origin") == "null"
    for wanted in ("#out", "#send"):
        frame.click(wanted)
    page.wait_for_timeout(500)
    assert "ran" not in page.title()
    assert frame.evaluate("document.title") != "ran"
    assert frame.url.startswith("http://127.0.0.1:")
    assert len(page.context.pages) == 1
    stopped = {request.url: request.failure for request in asked if "evil" in request.url}
    assert stopped == {"https://evil.example/x.png": "csp"}  # asked for by the mail, and kept from going out by the page
    assert page.complaints != []  # of the browser, about what it kept from happening


@pytest.mark.soak
def test_variants_are_numbered_from_1(browser, start, folder):
    chinese = ISSUE.replace("language: en", "language: zh-Hans").replace("her own word", "她的话")
    (folder / "issue.zh-Hans.md").write_text(chinese, encoding="utf-8")
    preview = start(folder)
    composed = preview.watcher.proof(patience=30).composition.variants
    page = opened(browser, preview)
    listed = page.locator("#variant option").all_text_contents()
    assert "1" in listed[0]
    assert [name.split(" · ")[0] for name in listed[1:]] == [str(each.number + 1) for each in composed]
    page.locator(".finding", has_text="她的话").locator("button").first.click()
    told = page.locator(".finding", has_text="她的话").locator(".more .quiet", has_text="in variants").text_content()
    assert told == "in variants " + ", ".join(str(each.number + 1) for each in composed if each.language == "zh-Hans")
