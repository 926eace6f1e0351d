"""A reader's whole way in Chromium, with real mails: subscribe on another site, confirm, choose, pause, move, leave, come back."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from publication import audit
from publication.models import Publication
from subscribers import mailing_lists
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription
from subscribers.sign_up import embedded_form
from tests.support import people
from tests.support.chromium import MARKS
from tests.support.processes import Processes
from tests.support.sandbox_process import SandboxProcess
from tests.support.waiting import wait_until
from tests.tour.camera import AXE
from tests.web.test_browser import INSPECT

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.processes, pytest.mark.timeout(600)]
PICTURES = os.environ.get("MAILROOM_TEST_PICTURES")  # a folder, to look at the pages
RIPE = 2100  # milliseconds: a form that is sent faster is taken for a program's


@dataclass(frozen=True)
class Look:
    language: str  # of the browser
    scheme: str
    width: int
    scripts: bool

    def __str__(self) -> str:
        return f"{self.language}-{self.scheme}-{self.width}-{'scripts' if self.scripts else 'plain'}"


ONE = [Look("en", "light", 390, scripts=False)]
OTHER = [Look("zh-CN", "dark", 1280, scripts=True)]


class Mailroom:
    """Mailroom's processes with the sandbox as the provider, a list, and another site with the embedded form."""

    def __init__(self, sandbox: SandboxProcess, processes: Processes, news: MailingList, other_site: str) -> None:
        self.sandbox, self.processes, self.news, self.other_site = sandbox, processes, news, other_site
        self.root = f"http://127.0.0.1:{processes.web_port}"

    def link_in_mail(self, address: str, path: str) -> str:
        """The link to `path` in the newest mail to the address, when there is one."""
        found: list[str] = []

        def has_come() -> bool:
            mails = self.sandbox.messages(to=address)
            found[:] = [link for mail in mails for link in re.findall(rf"http\S+/{path}/[\w-]{{36}}", mail["text"])]
            return bool(found)

        wait_until(has_come, 60, f"a mail to {address} with a link to /{path}/")
        return found[0]


@contextmanager
def site_with(html: str) -> Iterator[str]:
    """Another origin, with a page that holds the form."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f'<!DOCTYPE html><html lang="en"><title>Society</title><main>{html}</main></html>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def mailroom(transactional_db, settings) -> Iterator[Mailroom]:
    Publication.objects.update_or_create(
        pk=1,
        defaults={
            "name": "CAST", "languages": ["zh-Hans"], "postal_address": "3 Fuxing Road, Beijing",
            "policies": {"network_requests": 1000},
        },
    )  # fmt: skip
    staff = audit.command_line()
    mailing_lists.create_list(staff, "events", "CAST Events", description="Conferences and calls.", sign_up="open")
    news = mailing_lists.create_list(staff, "news", "CAST Newsletter", description="Science in China, monthly.", sign_up="open")
    people.make_sender()
    with SandboxProcess() as sandbox, Processes(sandbox.url, [sandbox.public_key]) as processes:
        settings.PUBLIC_URL = f"http://127.0.0.1:{processes.web_port}"
        processes.start_web()
        processes.start_upkeep()
        processes.start_beat()
        with site_with(embedded_form.html_of(news, "en")) as other_site:
            yield Mailroom(sandbox, processes, news, other_site)


def press(page: Any, form: str) -> None:
    """Press the button of the form that holds this value, in any language, and wait for the page behind it."""
    with page.expect_navigation():
        page.locator(f"form:has({form}) button").first.click()


def walk(mailroom: Mailroom, page: Any, check: Callable[[str], None], address: str, moved_to: str) -> None:
    subscribe(mailroom, page, check, address)
    with page.expect_navigation():
        page.locator("main a[href*='/p/']").first.click()
    check("preferences")
    preferences = page.url
    person = Subscriber.objects.get(address=address)
    page.select_option("#months", "2")
    press(page, "[value=pause]")
    check("paused")
    person.refresh_from_db()
    assert person.paused_until is not None
    press(page, "[value=resume]")
    person.refresh_from_db()
    assert person.paused_until is None
    move(mailroom, page, check, address, moved_to)
    person.refresh_from_db()
    assert person.address == moved_to
    leave_and_come_back(mailroom, page, check, moved_to, preferences)
    assert Subscription.objects.get(subscriber=person, list=mailroom.news).state == "confirmed"
    acts = list(ConsentRecord.objects.filter(subscriber_id=person.pk).order_by("id").values_list("act", flat=True))
    assert acts == [
        "requested", "confirmed", "paused", "resumed", "asked_address_change", "changed_address", "left", "gave_reason", "returned",
    ]  # fmt: skip


def subscribe(mailroom: Mailroom, page: Any, check: Callable[[str], None], address: str) -> None:
    page.goto(mailroom.other_site)
    page.fill("input[name=address]", address)
    with page.expect_navigation():
        page.click("button")
    assert page.url.startswith(f"{mailroom.root}/subscribe/news/")
    assert not Subscriber.objects.filter(address=address).exists(), "the other site's form stores nothing"
    check("embedded")
    page.wait_for_timeout(RIPE)
    with page.expect_navigation():
        page.click("main button")
    check("check-mail")
    page.goto(mailroom.link_in_mail(address, "c"))
    check("confirm")
    with page.expect_navigation():
        page.click("main button")
    check("confirmed")
    assert Subscription.objects.get(subscriber__address=address).state == "confirmed"


def move(mailroom: Mailroom, page: Any, check: Callable[[str], None], address: str, moved_to: str) -> None:
    press(page, "[value=ask]")
    check("private-link-asked")
    page.goto(mailroom.link_in_mail(address, "d"))
    check("own-data")
    page.fill("#address", moved_to)
    press(page, "[value=move]")
    check("change-asked")
    for side in (address, moved_to):
        page.goto(mailroom.link_in_mail(side, "a"))
        check("change-of-address")
        press(page, "[value=confirm]")
    check("moved")


def leave_and_come_back(mailroom: Mailroom, page: Any, check: Callable[[str], None], address: str, preferences: str) -> None:
    page.goto(f"{mailroom.root}/preferences/")
    check("private-link")
    page.fill("#address", address)
    with page.expect_navigation():
        page.click("main button")
    check("private-link-mailed")
    page.goto(preferences)
    press(page, "[value=leave]")
    check("left")
    assert not Subscription.objects.filter(subscriber__address=address, state="confirmed").exists()
    page.check("input[name=reason][value=too_many]")
    press(page, "[value=reason]")
    check("reason-given")
    press(page, "[value=undo]")
    check("returned")


def run(mailroom: Mailroom, chromium: Any, looks: list[Look]) -> None:
    for number, look in enumerate(looks):
        context = chromium.new_context(
            locale=look.language, color_scheme=look.scheme, java_script_enabled=look.scripts,
            viewport={"width": look.width, "height": 900},
        )  # fmt: skip
        page = context.new_page()
        page.set_default_timeout(20_000)

        def check(name: str, page: Any = page, look: Look = look) -> None:
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{look}.png", full_page=True, caret="initial")
            if look.scripts:
                assert page.evaluate(INSPECT) == [], (str(look), name)
                violations = Axe().run(page, options=AXE).response["violations"]
                assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in violations] == [], (
                    str(look),
                    name,
                )

        walk(mailroom, page, check, f"reader{number}@old.example", f"reader{number}@new.example")
        context.close()


@pytest.mark.soak
def test_a_reader_subscribes_chooses_moves_leaves_and_comes_back_without_scripts(mailroom, browser):
    run(mailroom, browser, ONE)


@pytest.mark.soak
def test_a_reader_goes_the_whole_way_with_scripts(mailroom, browser):
    run(mailroom, browser, OTHER)
