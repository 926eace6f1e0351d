"""`mailroom list`: who may subscribe on the web, the form for other sites, and requests that wait for staff."""

import json

import pytest

from config.env import INTERFACE_LANGUAGES
from subscribers.models import MailingList, Notice
from tests.support import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def news() -> MailingList:
    return people.make_list()


def test_a_list_is_closed_until_it_is_opened(run, settings):
    run("list", "create", "news", "--name", "News & more")
    shown = json.loads(run("list", "show", "news", "--json").out)
    assert (shown["sign_up"], shown["page"], shown["welcome"], shown["requests_held"]) == ("closed", "", False, 0)
    refused = run("list", "form", "news")
    assert (refused.code, "--sign-up open" in refused.err) == (1, True)
    run("list", "set", "news", "--sign-up", "open", "--welcome")
    shown = json.loads(run("list", "show", "news", "--json").out)
    assert (shown["sign_up"], shown["page"]) == ("open", f"{settings.PUBLIC_URL}/subscribe/news/")
    assert shown["welcome"]
    assert "open" in run("list", "ls").out


def test_the_form_for_other_sites_is_plain_html(run, news, settings):
    MailingList.objects.update(sign_up="unlisted")
    forms = {tag: run("list", "form", "news", "--language", tag).out for tag in INTERFACE_LANGUAGES}
    assert len(set(forms.values())) == len(INTERFACE_LANGUAGES)
    english = forms["en"]
    assert run("list", "form", "news").out == english
    assert f'action="{settings.PUBLIC_URL}/subscribe/news/?language=en"' in english
    assert 'name="address"' in english
    assert "订阅" in forms["zh-Hans"]
    assert all(word not in english for word in ("<script", "style=", "token"))
    assert "works only on this machine" in run("list", "form", "news").err
    settings.PUBLIC_URL = "https://news.example.org"
    assert run("list", "form", "news").err == ""
    wrong = run("list", "form", "news", "--language", "fr")
    assert (wrong.code, "use en or zh-Hans" in wrong.err) == (1, True)


@pytest.mark.parametrize(("option", "state"), [("--release", "planned"), ("--discard", "skipped")])
def test_staff_decide_about_requests_that_wait(run, news, option, state):
    from publication import audit, clock
    from subscribers.consent import subscriptions

    MailingList.objects.update(requests_held_at=clock.now())
    news.refresh_from_db()
    subscriptions.subscribe(audit.subscriber(), news, "anna@example.org")
    assert json.loads(run("list", "requests", "news", "--json").out)["waiting"] == 1
    assert json.loads(run("list", "show", "news", "--json").out)["requests_held"] == 1
    assert "1 confirmation mail of news wait" in run("system", "doctor").out
    assert run("list", "requests", "news", option, "--yes").code == 0
    assert Notice.objects.get().state == state
    assert MailingList.objects.get().requests_held_at is None


def test_an_issue_becomes_the_welcome_of_a_list_and_the_standard_text_comes_back(run, news, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    version, sender = people.make_version(), people.make_sender()
    chosen = ("list", "welcome", "news", "--issue", version.issue.slug, "--yes")
    assert "has no version that could be sent" in run(*chosen).err
    version.issue.current = version
    version.issue.save()
    assert run(*chosen).code == 0
    shown = json.loads(run("list", "welcome", "news", "--json").out)
    assert (shown["welcome"], shown["issue"], shown["from"], shown["recipients"], shown["waiting"]) == (
        "issue", version.issue.slug, sender.email, 0, 0
    )  # fmt: skip
    for option, welcome in (("--default", "standard"), ("--off", "off")):
        assert json.loads(run("list", "welcome", "news", option, "--yes", "--json").out) == {"list": "news", "welcome": welcome}
