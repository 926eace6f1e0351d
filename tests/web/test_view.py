"""View in browser: that person's mail and nobody else's, as harmless bytes."""

from __future__ import annotations

import pytest

from publication import audit
from subscribers import subscriptions, tokens
from subscribers.models import Subscriber, Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(campaign, reader) -> str:
    return f"/v/{tokens.view_token(reader.pk, campaign.pk)}"


def test_it_shows_the_mail_as_that_person_got_it(client, link, reader, campaign):
    page = client.get(link).content.decode()
    assert "News for Reader 0" in page
    assert f"/u/{tokens.unsubscribe_token(reader.pk, campaign.pk)}" in page
    assert "-mr_" not in page
    for other in Subscriber.objects.exclude(pk=reader.pk):
        assert other.name not in page
        assert tokens.unsubscribe_token(other.pk, campaign.pk) not in page


def test_the_mails_policy_is_the_one_exception(client, link):
    headers = client.get(link).headers
    assert headers["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'"
    )
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "unsafe-none", "browsers refuse a sandboxed page with any other"
    assert "Set-Cookie" not in headers


def test_pictures_elsewhere_are_allowed_by_name(client, link, settings):
    settings.MEDIA_URL = "https://pictures.example.org/media/"
    assert "img-src 'self' https://pictures.example.org;" in client.get(link).headers["Content-Security-Policy"]


def test_looking_changes_nothing_and_only_looking_is_possible(client, link):
    before = list(Subscription.objects.values())
    assert client.head(link).status_code == 200
    assert {getattr(client, method)(link).status_code for method in ("post", "put", "delete")} == {405}
    assert list(Subscription.objects.values()) == before


def test_of_an_erased_person_nothing_is_shown_but_the_mail(client, link, reader):
    name, address = reader.name, reader.address
    subscriptions.erase(audit.system(), reader)
    page = client.get(link).content.decode()
    assert "News for reader" in page
    assert name not in page
    assert address not in page


def test_whatever_is_no_link_of_a_view_is_not_found_with_the_same_body(client, campaign, reader):
    wrong = [
        tokens.unsubscribe_token(reader.pk, campaign.pk), tokens.view_token(reader.pk, campaign.pk + 1000),
        tokens.view_token(2**40, campaign.pk), "A" * 36, "x", tokens.view_token(reader.pk, campaign.pk)[::-1],
    ]  # fmt: skip
    answers = [client.get(f"/v/{each}") for each in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_name_cannot_bring_markup(client, link, reader):
    Subscriber.objects.filter(pk=reader.pk).update(name="<script>alert(1)</script>")
    assert b"<script" not in client.get(link).content
