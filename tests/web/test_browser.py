"""Every page in Chromium: it fits a telephone, it is accessible and legible, and it breaks no content security policy."""

import pytest

from publication import audit, clock
from subscribers import tokens
from subscribers.models import StoredCount
from subscribers.segments import saved_segments, stored_counts
from tests.support.chromium import MARKS
from tests.support.variations import few
from tests.web.conftest import PASSWORD, state
from tests.web.page_examples import PAGES
from web import access

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]

# The rules of WCAG 2.2 that need no external checker: names, headings, landmarks, contrast, targets.
INSPECT = """async () => {
  // The colours in the middle of a transition are nobody's.
  const transitions = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
  await Promise.allSettled(transitions.map((transition) => transition.finished));
  const faults = [];
  const say = (what, element) => faults.push(`${what}: ${element ? element.outerHTML.slice(0, 120) : ''}`);
  const shown = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && e.getClientRects().length > 0;
  const wide = document.documentElement.scrollWidth;
  if (wide > window.innerWidth) say(`wider than the window: ${wide}`);
  if (!document.documentElement.lang) say('no language');
  if (!document.title) say('no title');
  if (document.querySelectorAll('main').length !== 1) say('not one main');
  if (document.querySelectorAll('h1').length !== 1) say('not one h1');
  let level = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4')) {
    const now = Number(h.tagName[1]);
    if (now > level + 1) say('heading level left out', h);
    level = now;
  }
  for (const e of document.querySelectorAll('main *')) {
    const box = e.getBoundingClientRect();
    if (shown(e) && box.right > window.innerWidth + 1 && !e.closest('pre, .scroll, .sections, .tabs, .hidden')) say('cut at the right edge', e);
  }
  for (const row of document.querySelectorAll('header:has(.account) nav, .sections, .tabs')) {
    if (new Set([...row.children].filter(shown).map((e) => e.getBoundingClientRect().top)).size > 1) say('links in two rows', row);
    const here = row.querySelector('[aria-current]');
    const box = here && shown(here) && here.getBoundingClientRect();
    if (box && (box.left < 0 || box.right > window.innerWidth)) say('current link out of sight', here);
  }
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (new Set(ids).size !== ids.length) say('an id twice');
  for (const e of document.querySelectorAll('input:not([type=hidden]),select,textarea')) if (!e.labels.length && !e.ariaLabel) say('no label', e);
  const name = (e) => (e.innerText || e.getAttribute('aria-label') || '').trim();
  for (const e of document.querySelectorAll('a[href],button')) if (e.checkVisibility() && !name(e)) say('no name', e);
  for (const e of document.querySelectorAll('img:not([alt]),iframe:not([title])')) say('no text', e);
  const low = (e) => shown(e) && e.getBoundingClientRect().height < 24;
  for (const e of document.querySelectorAll('button,.button')) if (low(e)) say('small target', e);
  for (const e of document.querySelectorAll('[style],[onclick],script:not([src]):not([type="application/json"])')) say('inline', e);
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const paint = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
                              return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const painted = new Map();  // a page has a dozen colours and thousands of elements
  const rgba = (colour) => { if (!painted.has(colour)) painted.set(colour, paint(colour)); return painted.get(colour); };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                                .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 250) return c; }
    return rgba('Canvas');
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const e = node.parentElement;
    if (!node.textContent.trim() || !shown(e) || e.closest('script,noscript')) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(rgba(style.color)), light(ground(e))].sort((x, y) => y - x);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < (large ? 3 : 4.5)) say(`contrast ${ratio.toFixed(2)}`, e);
  }
  return faults;
}"""


def watched(context):
    """A page that collects what the browser reports: violations of the policy and errors of scripts."""
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("console", lambda said: said.type == "error" and "status of 4" not in said.text and page.complaints.append(said.text))
    return page


def log_in(page, root: str) -> None:
    page.goto(f"{root}/console/login/")
    page.fill("#id_username", "editor")
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"{root}/console/")


LOOKS = [("dark", 375, "zh-CN"), ("light", 375, "en"), ("dark", 1280, "en"), ("light", 1280, "zh-CN")]


def faults_of(browser, root: str, addresses: list[str], looks: list[tuple[str, int, str]]) -> dict[object, object]:
    """What is wrong with these pages in these looks; those that answer with no page of ours are left out."""
    faults = {}
    for scheme, width, language in looks:
        context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale=language)
        page = watched(context)
        page.goto(f"{root}/console/login/")
        problems = {"/console/login/": page.evaluate(INSPECT)}
        log_in(page, root)
        for address in addresses:
            answer = context.request.get(root + address)
            is_mail = "sandbox" in answer.headers.get("content-security-policy", "")
            is_html = answer.headers["content-type"].startswith("text/html") and "<html" in answer.text()[:200]
            if is_html and not is_mail and answer.url == root + address:
                page.goto(root + address)
                problems[address] = page.evaluate(INSPECT)
        problems["complaints"] = page.complaints
        faults |= {(scheme, width, address): problem for address, problem in problems.items() if problem}
        context.close()
    return faults


@pytest.mark.parametrize(("looks", "step"), few((LOOKS[:1], 4), soak=[(LOOKS, 1)]), ids=["every fourth page", "all"])
def test_every_page_works_at_every_width_in_light_and_dark(live_server, browser, page_addresses, editor, looks, step):
    shown = [page_addresses[name] for name, page in PAGES.items() if page.callback.methods not in (access.POST, access.ANY)]
    assert faults_of(browser, live_server.url, shown[::step], looks) == {}


@pytest.mark.soak
def test_slow_counts_are_loaded_by_the_script_one_by_one(live_server, browser, sending, editor):
    english = saved_segments.create(audit.system(), "english", 'language = "en"')
    chinese = saved_segments.create(audit.system(), "chinese", 'language = "zh"')
    for segment in (english, chinese):  # counting was tried and given up when the page was loaded before
        StoredCount.objects.update_or_create(
            name=stored_counts.of_segment(segment).name,
            defaults={"of": segment.text, "tried_at": clock.now(), "gave_up_after": 0.25},
        )
    context = browser.new_context()
    page = watched(context)
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/segments/")
    page.wait_for_function("() => !document.querySelector('[data-count]')")
    assert page.inner_text(f"#segment-{english.pk} td b") == "10"
    assert page.inner_text(f"#segment-{chinese.pk} td b") == "0"
    assert not page.is_visible(".busy")
    for segment in (english, chinese):
        stored_counts.keep(segment, 7, 60)
    page.reload()
    assert page.inner_text(f"#segment-{chinese.pk} td b") == "7"
    page.click("text=Count again")
    page.wait_for_selector("[data-recount] button:enabled")
    assert [page.inner_text(f"#segment-{segment.pk} td b") for segment in (english, chinese)] == ["10", "0"], (
        "one press counts all"
    )
    assert page.complaints == []


def test_a_reader_can_unsubscribe_without_scripts_and_cookies(live_server, browser, sending, reader):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/u/{tokens.unsubscribe_token(reader.pk, sending.pk)}")
    page.click("button[type=submit]")
    assert page.text_content("h1") == "You are unsubscribed"
    assert state(reader) == "unsubscribed"
    assert context.cookies() == []
    page.click("text=subscribe again")
    assert page.text_content("h1") == "One more step"


def test_the_mail_opens_alone_and_in_its_frame_with_its_styles_and_without_scripts(live_server, browser, sending, reader, editor):
    mail = sending.version.variants.get()
    html = mail.html.replace("<body>", '<body style="background-color:rgb(1, 2, 3)"><script>document.title="ran"</script>')
    type(mail).objects.filter(pk=mail.pk).update(html=html)
    page = browser.new_context().new_page()
    page.goto(f"{live_server.url}/v/{tokens.view_token(reader.pk, sending.pk)}")
    assert page.text_content("h1") == "News for Reader 0"
    assert page.title() == "News"
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/campaigns/{sending.pk}/")
    for frame in page.locator("iframe").all():  # they load when they scroll into view
        frame.scroll_into_view_if_needed()
    page.wait_for_function("window.frames.length === 1")
    page.wait_for_timeout(500)
    frames = [frame for frame in page.frames if frame.url.endswith("/mail")]
    assert len(frames) == 1
    for frame in frames:
        frame.wait_for_selector("h1")
        assert frame.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(1, 2, 3)"


@pytest.mark.soak
def test_the_numbers_renew_themselves_and_a_new_state_renews_the_page(live_server, browser, sending, editor):
    from tests.web.conftest import ACCEPTED, send

    page = watched(browser.new_context())
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/campaigns/{sending.pk}/")
    assert page.locator(".tiles dd").nth(1).text_content() == "4"
    send(sending, ACCEPTED)
    page.locator(".tiles dd").nth(1).filter(has_text="6").wait_for(timeout=30000)
    page.click("text=Pause")
    page.wait_for_selector("text=Resume")
    assert page.complaints == []


@pytest.mark.soak
def test_send_now_counts_down_and_is_undone_with_one_press(live_server, browser, campaign, editor, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    page = watched(browser.new_context())
    log_in(page, live_server.url)
    page.goto(f"{live_server.url}/console/campaigns/{campaign.pk}/")
    page.click("text=Send now…")
    page.dblclick("button:text('Send now')")
    page.wait_for_selector("[data-countdown]")
    first = int(page.inner_text("[data-countdown]"))
    page.wait_for_function("(first) => Number(document.querySelector('[data-countdown]').textContent) < first - 4", arg=first)
    page.wait_for_timeout(100)
    assert page.is_visible("button:text('Undo')"), "the numbers were loaded again meanwhile"
    page.click("button:text('Undo')")
    page.wait_for_selector("text=The campaign is a draft again.")
    campaign.refresh_from_db()
    assert campaign.state == "draft"
    assert page.complaints == []
