"""Writing in Chromium: autosave, a cut connection, an ended session, two people, a composing input method, under the own policy."""

import io

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from PIL import Image

from editorial.models import IssueRecord
from publication.models import Publication
from tests.composer.making import HEAD
from tests.support.chromium import MARKS
from tests.support.phone import unfold
from tests.support.rich_text import BODY, RichText
from tests.support.sources import import_source, text_of
from tests.support.variations import few
from tests.support.waiting import wait_until
from tests.web.conftest import PASSWORD, RIGHTS, make_staff
from tests.web.test_browser import INSPECT, watched

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
FILE = "issue.md"
SOURCE = HEAD + "\nDear reader,\n\n# News\n\n## Light {#light}\n\nx\n\n## Sound {#sound}\n\ny\n"
FIRST = ("en", "light", 390)
# Two looks show each language, scheme and width; `make tour` photographs every page in all of them.
PER_LOOK = pytest.mark.parametrize("look", few(FIRST, soak=[(("zh-CN", "dark", 1280),)]), ids=["first", "other"])


@pytest.fixture
def issue(transactional_db) -> IssueRecord:
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "postal_address": "3 Fuxing Road, Beijing"})
    record = import_source({FILE: SOURCE}, title="CAST Newsletter")
    for name in ("wei", "li"):
        make_staff(name, *RIGHTS)
    return record


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 300), colour).save(out, "PNG")
    return out.getvalue()


class Person:
    """Somebody who is signed in, with a browser of their own."""

    def __init__(self, chromium, root: str, name: str, look: tuple[str, str, int] = FIRST) -> None:
        language, scheme, width = look
        self.root, self.name, self.faults = root, name, {}
        size = {"width": width, "height": 844}
        self.page = watched(chromium.new_context(viewport=size, color_scheme=scheme, locale=language))
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.rich = RichText(self.page)
        # The page of signing in has tests of its own.
        client = Client()
        client.force_login(User.objects.get(username=name))
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        self.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": root}])

    def sign_in(self, page) -> None:
        page.goto(f"{self.root}/console/login/")
        page.fill("#id_username", self.name)
        page.fill("#id_password", PASSWORD)
        page.click("main form:has(#id_password) button[type=submit]")
        page.wait_for_url(f"{self.root}/console/**")

    def open(self, path: str) -> None:
        self.page.goto(self.root + path)
        self.look_at()

    def write(self, part: str) -> None:
        self.open(f"/console/issues/news-1/part/?file={FILE}&part={part}")

    def look_at(self) -> None:
        if faults := self.page.evaluate(INSPECT):
            self.faults[self.page.url] = faults

    @property
    def status(self) -> str:
        return self.page.locator("[data-status]").inner_text()

    @property
    def kind(self) -> str:
        return self.page.locator("[data-status]").get_attribute("data-kind") or ""

    @property
    def typed(self) -> str:
        """The text in the rich text editor or, where a page has none, in the text area."""
        return self.rich.text if self.page.locator(BODY).count() else self.page.input_value("#id_text")

    def drafts(self) -> int:
        return self.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('mailroom-draft:')).length")

    def until_saved(self) -> None:
        wait_until(lambda: self.kind == "good", 30, f"saved, not: {self.status}")

    def until_bad(self) -> None:
        wait_until(lambda: self.kind == "bad", 30, f"a problem, not: {self.status}")


@pytest.mark.soak
@pytest.mark.parametrize("view", ["", "&view=source"], ids=["rich", "source"])
def test_what_is_typed_before_the_script_that_saves_is_loaded_is_saved_too(live_server, browser, issue, view):
    wei, waiting = Person(browser, live_server.url, "wei"), []
    wei.page.route("**/issue-part*.js", lambda route: waiting.append(route))
    where = f"{live_server.url}/console/issues/news-1/part/?file={FILE}&part=light{view}"
    wei.page.goto(where, wait_until="commit")
    if view:
        wei.page.fill("#id_text", "Typed at once.")
    else:
        wei.page.wait_for_selector(BODY)
        wei.rich.fill("Typed at once.")
    wait_until(lambda: wei.page.wait_for_timeout(20) or waiting, 30, "the script is asked for")
    waiting[0].continue_()
    wei.until_saved()
    assert text_of(issue, "light") == "## Light {#light}\n\nTyped at once.\n\n"


@pytest.mark.soak
def test_what_is_typed_before_the_editor_is_loaded_stays_in_the_text_area(live_server, browser, issue):
    wei, waiting = Person(browser, live_server.url, "wei"), []
    wei.page.route("**/rich-part*.js", lambda route: waiting.append(route))
    wei.page.goto(f"{live_server.url}/console/issues/news-1/part/?file={FILE}&part=light", wait_until="commit")
    wei.page.fill("#id_text", "Typed at once.")
    wait_until(lambda: wei.page.wait_for_timeout(20) or waiting, 30, "the script is asked for")
    waiting[0].continue_()
    wei.until_saved()
    assert wei.page.input_value("#id_text") == "Typed at once."
    assert text_of(issue, "light") == "## Light {#light}\n\nTyped at once.\n\n"
    wei.page.unroute("**/rich-part*.js")
    wei.write("light")
    assert wei.rich.text == "Typed at once."


@pytest.mark.soak
def test_text_survives_a_cut_connection_a_reload_and_an_ended_session(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    context = wei.page.context
    wei.page.focus(BODY)
    context.set_offline(True)
    wei.page.keyboard.type("offline ")
    wei.until_bad()
    assert "no connection" in wei.status
    assert wei.drafts() == 1
    context.set_offline(False)
    wei.until_saved()
    assert "offline" in text_of(issue, "light")

    # The server answers nothing any more; the tab is loaded again and has the text.
    wei.page.route("**/part/", lambda route: route.abort())
    wei.page.keyboard.type("reloaded ")
    wei.until_bad()
    wei.page.unroute("**/part/")
    wei.write("light")
    wei.until_saved()
    assert "reloaded" in wei.typed
    assert "reloaded" in text_of(issue, "light")

    # The session ends: the text stays, says how to go on, and is saved after signing in again in another tab.
    Session.objects.all().delete()
    wei.page.focus(BODY)
    wei.page.keyboard.type("expired ")
    wait_until(lambda: wei.page.locator("[data-sign-in]").is_visible(), 30, "the way to sign in")
    assert "signed out" in wei.status
    assert "expired" not in text_of(issue, "light")
    wei.look_at()
    other = context.new_page()
    wei.sign_in(other)
    wei.until_saved()
    assert "expired" in text_of(issue, "light")
    assert "expired" in wei.typed

    # The same again and again, without one answer in between: the token of the newest session is used.
    wei.page.route("**/part/", lambda route: route.fulfill(status=403, content_type="text/html", body="no"))
    wei.page.keyboard.type("patient ")
    wait_until(lambda: "may not edit" in wei.status or wei.page.wait_for_timeout(20), 30, "that it is not allowed")
    context.clear_cookies()
    wei.sign_in(other)
    wei.page.unroute("**/part/")
    wei.until_saved()
    assert "patient" in text_of(issue, "light")

    # Signing out removes what could not be saved.
    wei.page.route("**/part/", lambda route: route.abort())
    wei.page.keyboard.type("private ")
    wei.until_bad()
    assert wei.drafts() == 1
    unfold(wei.page, "header .account form button")
    wei.page.click("header .account form button")
    wei.page.wait_for_url("**/console/login/**")
    assert wei.drafts() == 0


@pytest.mark.soak
@pytest.mark.parametrize("typed_in", ["rich", "source"])
def test_a_text_that_was_not_saved_comes_back_in_the_view_in_which_it_was_typed(live_server, browser, issue, typed_in):
    rich = f"/console/issues/news-1/part/?file={FILE}&part=light"
    here, other = (rich, f"{rich}&view=source") if typed_in == "rich" else (f"{rich}&view=source", rich)
    wei = Person(browser, live_server.url, "wei")
    wei.open(here)
    wei.page.route("**/part/", lambda route: route.abort())
    wei.page.focus(BODY if typed_in == "rich" else "#id_text")
    wei.page.keyboard.type("kept ")
    wei.until_bad()
    wei.page.unroute("**/part/")
    wei.page.goto(live_server.url + other)
    wei.page.wait_for_url(live_server.url + here)
    wei.until_saved()
    assert "kept" in text_of(issue, "light")
    assert wei.drafts() == 0
    wei.page.goto(live_server.url + other)
    assert "kept" in wei.typed
    assert wei.page.url == live_server.url + other
    assert wei.page.complaints == ["Failed to load resource: net::ERR_FAILED"] * len(wei.page.complaints)


@pytest.mark.soak
def test_the_same_article_in_both_views_by_two_people_loses_nothing(live_server, browser, issue):
    wei, li = (Person(browser, live_server.url, name) for name in ("wei", "li"))
    wei.write("light")
    li.open(f"/console/issues/news-1/part/?file={FILE}&part=light&view=source")
    wei.rich.fill("From the *editor*.")
    wei.until_saved()
    li.page.fill("#id_text", "From the source.\n\n- a list")
    li.until_bad()
    li.page.click("[data-compare]")
    li.page.wait_for_selector(".differences")
    assert "From the \\*editor\\*." in li.page.locator("pre.source").first.text_content()
    li.page.get_by_role("button", name="Keep my text").click()
    li.page.wait_for_selector(BODY)
    assert li.rich.text == "From the source.\na list"
    # Now the editor is the one that is late: its text is shown as it is read, beside the other one, and can be kept.
    wei.page.keyboard.type(" Late.")
    wei.until_bad()
    wei.page.click("[data-compare]")
    wei.page.wait_for_selector(".differences")
    assert not wei.page.locator("pre.source").count()
    assert "From the *editor*. Late." in wei.page.locator("details").last.text_content()
    wei.page.get_by_role("button", name="Keep my text").click()
    wei.page.wait_for_selector(".message.success")
    assert text_of(issue, "light").endswith("From the \\*editor\\*. Late.\n\n")
    assert [complaint for complaint in wei.page.complaints + li.page.complaints if "409" not in complaint] == []


@pytest.mark.soak
def test_an_answer_that_got_lost_is_no_conflict_with_oneself(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    lost = []

    def lose(route):
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    wei.page.route("**/part/", lose)
    wei.page.focus(BODY)
    wei.page.keyboard.type("first ")
    wait_until(lambda: wei.status and lost, 30, "a request whose answer is lost")
    wei.until_bad()
    assert "first" in text_of(issue, "light")
    wei.page.keyboard.type("second ")
    wei.page.unroute("**/part/")
    wei.until_saved()
    wait_until(lambda: "second" in text_of(issue, "light"), 30, "the later text")


def test_two_people_in_one_part_see_both_texts_and_in_two_parts_disturb_nobody(live_server, browser, issue):
    wei, li = (Person(browser, live_server.url, name) for name in ("wei", "li"))
    wei.write("light")
    li.write("light")
    assert "wei has this part open" in li.page.inner_text("#presence")
    wei.rich.fill("The doors open today.")
    wei.until_saved()
    li.rich.fill("The doors close today.")
    li.until_bad()
    assert "wei changed this text" in li.status
    assert text_of(issue, "light").endswith("The doors open today.\n\n")
    li.page.click("[data-compare]")
    li.page.wait_for_selector(".differences")
    li.look_at()
    assert li.page.inner_text("del") == "open"
    assert li.page.inner_text("ins") == "close"
    li.page.get_by_role("button", name="Keep both").click()
    li.page.wait_for_selector(BODY)
    assert li.drafts() == 0
    assert text_of(issue, "light").endswith("The doors open today.\nThe doors close today.\n\n")
    li.rich.fill("The doors open and close today.")
    li.until_saved()

    wei.write("light")
    li.write("sound")
    wei.rich.fill("from wei")
    li.rich.fill("from li")
    wei.until_saved()
    li.until_saved()
    assert ("from wei" in text_of(issue, "light"), "from li" in text_of(issue, "sound")) == (True, True)
    assert wei.faults == li.faults == {}
    assert [complaint for complaint in wei.page.complaints + li.page.complaints if "409" not in complaint] == []


@pytest.mark.soak
def test_nothing_is_saved_or_changed_while_an_input_method_composes(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    sent = []
    wei.page.on(
        "request", lambda request: request.method == "POST" and "/part/" in request.url and sent.append(request.post_data)
    )
    wei.rich.fill("x")
    wei.page.keyboard.press("Backspace")
    keyboard = wei.page.context.new_cdp_session(wei.page)
    for so_far in ("g", "gu", "gua", "guan", "guang"):
        keyboard.send("Input.imeSetComposition", {"text": so_far, "selectionStart": len(so_far), "selectionEnd": len(so_far)})
    wei.page.evaluate("new Promise((done) => setTimeout(done, 2500))")  # longer than the pause after which text is saved
    assert [body for body in sent if "guang" in body] == []
    assert wei.typed == "guang"
    keyboard.send("Input.insertText", {"text": "光源"})
    wei.until_saved()
    assert wei.typed == "光源"
    assert text_of(issue, "light").endswith("\n\n光源\n\n")


@pytest.mark.soak
def test_a_link_is_followed_when_the_text_is_saved(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    asked = []
    wei.page.on("dialog", lambda dialog: asked.append(dialog.type))
    wei.page.focus(BODY)
    wei.page.keyboard.type("Saved at once. ")
    wei.page.evaluate("document.querySelector('a[href*=\"part=sound\"]').click()")
    wei.page.wait_for_url("**part=sound**")
    assert asked == []
    assert "Saved at once." in text_of(issue, "light")


@pytest.mark.soak
def test_leaving_with_unsaved_text_asks_first(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei")
    wei.write("light")
    asked = []
    wei.page.on("dialog", lambda dialog: asked.append(dialog.type))
    wei.page.goto(f"{live_server.url}/console/issues/")
    assert asked == []
    wei.write("light")
    wei.page.route("**/part/", lambda route: route.abort())
    wei.page.focus(BODY)
    wei.page.keyboard.type("unsaved")
    wei.page.goto(f"{live_server.url}/console/issues/")
    assert asked == ["beforeunload"]
