"""Subscribing in Chromium: from the form of another site to the confirmation, in both languages, on a telephone and a desktop."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from cli.subscriber import embedded_form
from publication import audit, clock
from publication.models import Publication
from subscribers import mailing_lists, tokens
from subscribers.models import MailingList, NetworkCount, SignUpHour, Subscription
from tests.support.chromium import MARKS
from tests.web.test_browser import INSPECT, watched

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.soak]
PICTURES = os.environ.get("MAILROOM_TEST_PICTURES")  # a folder, to look at the pages
LOOKS = [("en", "light", 390), ("zh-CN", "dark", 1280)]


@pytest.fixture
def news(transactional_db) -> MailingList:
    Publication.objects.update_or_create(
        pk=1, defaults={"name": "CAST", "languages": ["zh-Hans"], "postal_address": "3 Fuxing Road, Beijing"}
    )
    staff = audit.command_line()
    mailing_lists.create_list(staff, "events", "CAST Events", description="Conferences and calls.", sign_up="open")
    return mailing_lists.create_list(
        staff, "news", "CAST Newsletter", description="Science and technology in China, once a month.", sign_up="open"
    )


@pytest.fixture
def time():
    start = clock.now()
    moved = [timedelta()]
    clock.move(lambda: start + moved[0])

    def passes(seconds: float) -> None:
        moved[0] += timedelta(seconds=seconds)

    yield passes
    clock.move(None)


@pytest.fixture
def visit(live_server, settings, news, time, browser):
    settings.PUBLIC_URL = live_server.url

    def visit(language: str, scheme: str, width: int) -> None:
        context = browser.new_context(locale=language, color_scheme=scheme, viewport={"width": width, "height": 900})
        page = watched(context)
        look = f"{language}-{scheme}-{width}"

        def check(name: str) -> None:
            assert page.evaluate(INSPECT) == [], (look, name)
            assert page.complaints == [], (look, name)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"{name}-{look}.png", full_page=True, caret="initial")

        walk(page, check, live_server.url, news, time, look)
        context.close()

    return visit


def press(page) -> None:
    with page.expect_navigation():
        page.click("main button")


def walk(page, check, root, news, time, look) -> None:
    address = f"{look}@example.org".lower()
    for name, path in (("front", "/"), ("lists", "/subscribe/")):
        page.goto(root + path)
        check(name)
    page.goto(f"data:text/html,{quote(embedded_form.html_of(news, 'zh' if look.startswith('zh') else 'en'))}")
    page.fill("input[name=address]", "Anna at example.org")
    page.locator("input[name=address]").evaluate("field => field.type = 'text'")
    page.click("button")
    page.wait_for_url(f"{root}/subscribe/news/**")
    check("embedded")
    assert page.input_value("#address") == "Anna at example.org"
    time(3)
    press(page)
    check("wrong-address")
    page.click(".errors a")
    assert page.evaluate("document.activeElement.id") == "address"
    page.fill("#address", address)
    page.fill("#name", "Anna")
    with page.expect_navigation():
        page.press("#name", "Enter")
    check("too-fast")
    SignUpHour.objects.update_or_create(
        list=news, hour=clock.now().replace(minute=0, second=0, microsecond=0), defaults={"requests": 40}
    )
    time(3)
    press(page)
    check("question")
    page.fill("#answer", "99")
    time(3)
    press(page)
    check("wrong-answer")
    SignUpHour.objects.all().delete()
    time(3)
    page.fill("#answer", "1")
    press(page)
    check("check-mail")
    NetworkCount.objects.update(requests=10)
    page.goto(f"{root}/subscribe/news/")
    page.fill("#address", "anna@gmial.com")
    time(3)
    press(page)
    check("mistyped")
    page.fill("#address", address)
    time(3)
    press(page)
    check("too-many")
    assert page.input_value("#address") == address
    NetworkCount.objects.all().delete()
    pending = Subscription.objects.get(subscriber__address=address)
    page.goto(f"{root}/c/{tokens.confirm_token(pending.pk)}")
    press(page)
    check("confirmed")
    pending.refresh_from_db()
    assert pending.state == "confirmed"
    page.goto(f"{root}/c/{tokens.confirm_token(pending.pk)}")
    check("used-link")
    page.goto(f"{root}/p/{tokens.preferences_token(pending.subscriber_id)}")
    check("preferences")
    page.goto(f"{root}/c/changed")
    page.click("main a")
    page.wait_for_url(f"{root}/subscribe/**")


@pytest.mark.parametrize(("language", "scheme", "width"), LOOKS)
def test_a_person_subscribes_in_a_browser(visit, language, scheme, width):
    visit(language, scheme, width)
