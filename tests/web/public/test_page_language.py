"""Readers choose the language of a page behind a link, and every form and link of that page keeps their choice."""

import html
import re

import pytest

from publication import audit
from subscribers import mailing_lists, tokens
from subscribers.consent import address_changes, subscriptions
from tests.support.variations import first
from tests.web.public.forms import form_of

pytestmark = pytest.mark.django_db
CHINESE = "?language=zh-hans"


@pytest.fixture
def pages(campaign, reader) -> dict[str, str]:
    news = mailing_lists.create_list(audit.system(), "more", "More")
    asked = subscriptions.subscribe(audit.subscriber(), news, "ana@people.example", consent="yes")
    change = address_changes.ask(audit.subscriber(), reader, "new@people.example", language="en")
    return {
        "private link": "/preferences/",
        "preferences": f"/p/{tokens.preferences_token(reader.pk, campaign.pk)}",
        "own data": f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, reader.pk)}",
        "confirm": f"/c/{tokens.confirm_token(asked.pk)}",
        "unsubscribe": f"/u/{tokens.unsubscribe_token(reader.pk, campaign.pk)}",
        "address": f"/a/{tokens.row_token(tokens.Purpose.NEW_ADDRESS, change.pk, change.asked_at)}",
    }


@pytest.mark.parametrize("name", first(["private link", "preferences", "own data", "confirm", "unsubscribe", "address"], 2))
def test_the_chosen_language_survives_the_forms_and_links_of_a_page(client, pages, name):
    address = pages[name]
    english = client.get(address).content.decode()
    assert f'href="{CHINESE}" lang="zh-hans"' in english
    assert CHINESE not in english.replace(f'href="{CHINESE}"', ""), "nothing was chosen yet"
    shown = client.get(address + CHINESE, headers={"Accept-Language": "en"})
    assert shown.headers["Content-Language"] == "zh-hans"
    page = html.unescape(shown.content.decode())
    assert '<html lang="zh-hans">' in page
    targets = re.findall(r'<form method="post" action="([^"]+)"', page) + re.findall(r'<a href="(/[^"]+)"', page)
    assert targets
    assert [target for target in targets if not target.endswith((CHINESE, "export.json"))] == []
    answer = client.post(address + CHINESE, {"form": "stale"}, headers={"Accept-Language": "en"})
    assert '<html lang="zh-hans">' in answer.content.decode()


def test_a_language_that_is_not_translated_is_that_of_the_browser(client, pages):
    page = client.get(pages["preferences"] + "?language=tlh", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-hans">' in page.content.decode()


def test_what_is_saved_is_answered_in_the_chosen_language(client, pages):
    address = pages["preferences"] + CHINESE
    answer = client.post(address, form_of(client.get(address), "save"))
    assert "没有改动" in answer.content.decode() or "设置" in answer.content.decode()
