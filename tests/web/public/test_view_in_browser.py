"""View in browser: the mail of this recipient only, in a sandbox."""

import re

import pytest

from campaigns import launch
from campaigns.models import Campaign
from editorial import issue_versions
from editorial.models import IssueVariant
from publication import audit, clock
from subscribers import tokens
from subscribers.consent import address_changes, erasing
from subscribers.consent.ledger import Proof
from subscribers.models import Subscriber, Subscription
from subscribers.records import merging
from tests.support import people
from tests.support.issues import two_languages

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(campaign, reader) -> str:
    return f"/v/{tokens.view_token(reader.pk, campaign.pk)}"


def test_it_shows_the_mail_as_this_recipient_received_it(client, link, reader, campaign):
    page = client.get(link).content.decode()
    assert "News for Reader 0" in page
    assert f"/u/{tokens.unsubscribe_token(reader.pk, campaign.pk)}" in page
    assert "-mr_" not in page
    for other in Subscriber.objects.exclude(pk=reader.pk):
        assert other.name not in page
        assert tokens.unsubscribe_token(other.pk, campaign.pk) not in page


def test_mail_content_has_a_sandbox_policy_that_allows_inline_styles(client, link):
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


def test_the_policy_names_another_media_host(client, link, settings):
    settings.MEDIA_URL = "https://pictures.example.org/media/"
    assert "img-src 'self' https://pictures.example.org;" in client.get(link).headers["Content-Security-Policy"]


def test_opening_the_mail_changes_nothing_and_other_methods_are_rejected(client, link):
    before = list(Subscription.objects.values())
    assert client.head(link).status_code == 200
    assert {getattr(client, method)(link).status_code for method in ("post", "put", "delete")} == {405}
    assert list(Subscription.objects.values()) == before


def test_the_mail_of_an_erased_person_has_no_personal_data(client, link, reader):
    name, address = reader.name, reader.address
    erasing.erase(audit.system(), reader)
    page = client.get(link).content.decode()
    assert "News for reader" in page
    assert name not in page
    assert address not in page


def test_invalid_links_all_get_the_same_404(client, campaign, reader):
    wrong = [
        tokens.unsubscribe_token(reader.pk, campaign.pk), tokens.view_token(reader.pk, campaign.pk + 1000),
        tokens.view_token(2**40, campaign.pk), "A" * 36, "x", tokens.view_token(reader.pk, campaign.pk)[::-1],
    ]  # fmt: skip
    answers = [client.get(f"/v/{token}") for token in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_markup_in_a_name_is_escaped(client, link, reader):
    Subscriber.objects.filter(pk=reader.pk).update(name="<script>alert(1)</script>")
    assert b"<script" not in client.get(link).content


@pytest.fixture
def in_variants(campaign, tmp_path, settings):
    """The campaign of a version with three variants: two readers of Chinese, one in China, the others elsewhere."""
    settings.SENDGRID_API_KEY = "SG.test"
    version, *_ = issue_versions.store(audit.system(), two_languages(tmp_path / "issue"))
    Campaign.objects.filter(pk=campaign.pk).update(version=version)
    campaign.refresh_from_db()
    chinese, abroad, inland, *_ = Subscriber.objects.order_by("id")
    Subscriber.objects.filter(pk__in=[chinese.pk, abroad.pk]).update(language="zh-CN")
    Subscriber.objects.filter(pk=inland.pk).update(country="CN")
    return people.start(campaign), chinese, inland


def test_recipients_see_the_variant_that_was_sent_even_if_their_details_changed(client, in_variants):
    campaign, chinese, inland = in_variants

    def seen(person) -> str:
        return client.get(f"/v/{tokens.view_token(person.pk, campaign.pk)}").content.decode()

    Subscriber.objects.filter(pk=chinese.pk).update(language="en", country="CN")
    Subscriber.objects.filter(pk=inland.pk).update(country="DE")
    other = Subscriber.objects.order_by("-id").first()
    assert "尊敬的Reader 0" in seen(chinese)
    assert "free for members" in seen(inland)
    assert "free for members" not in seen(other)
    assert "Dear Reader 9" in seen(other)


def test_a_later_subscriber_sees_the_variant_of_their_language(client, in_variants):
    campaign, *_ = in_variants
    [late] = people.make_people(1, people.make_list(), prefix="late")
    Subscriber.objects.filter(pk=late.pk).update(language="zh-Hans", country="CN")
    assert "尊敬的Reader 0" in client.get(f"/v/{tokens.view_token(late.pk, campaign.pk)}").content.decode()


def test_staff_see_every_variant_with_its_condition_and_number_of_recipients(console, in_variants):
    campaign, *_ = in_variants
    page = console.get(f"/console/campaigns/{campaign.pk}/").content.decode()
    for number in range(3):
        address = f"/console/versions/{campaign.version_id}/{number}/mail"
        assert f'href="{address}"' in page
        mail = console.get(address).content.decode()
        assert ("free for members" in mail) == (number == 1)
    assert "English (default language), if Country is China" in page
    assert re.findall(r'<th scope="row"><b>(\d)</b> ([^,]+), .*?</th><td[^>]*>(\d+)</td>', page) == [
        ("1", "English (default language)", "7"), ("2", "English (default language)", "1"), ("3", "Simplified Chinese", "2")
    ]  # fmt: skip
    assert console.get(f"/console/versions/{campaign.version_id}/3/mail").status_code == 404


def test_a_draft_shows_how_many_recipients_each_variant_would_have(console, in_variants):
    campaign, *_ = in_variants
    draft = launch.create(audit.system(), version=campaign.version, lists=[people.make_list()], sender=people.make_sender())
    page = console.get(f"/console/campaigns/{draft.pk}/schedule/").content.decode()
    assert "3 variants; each person gets one" in page
    assert re.findall(r'<th scope="row"><b>(\d)</b>.*?<td[^>]*>(\d+)</td></tr>', page) == [("1", "7"), ("2", "1"), ("3", "2")]
    assert "7 recipients" in console.get(f"/console/campaigns/{draft.pk}/").content.decode()


def test_a_forwarded_mail_shows_nothing_of_the_record_it_was_merged_into_or_of_a_later_address(client, campaign, reader):
    html = people.HTML.replace("</h1>", "</h1><p>For -mr_email_html-</p>")
    fields = [*people.FIELDS, {"tag": "-mr_email_html-", "name": "email", "default": "you", "escape": "html"}]
    IssueVariant.objects.update(html=html, fields=fields)
    keep = Subscriber.objects.exclude(pk=reader.pk).order_by("id")[0]
    Subscriber.objects.filter(pk=keep.pk).update(name="Later Name")
    of_keep, of_gone = (f"/v/{tokens.view_token(person.pk, campaign.pk)}" for person in (keep, reader))
    assert f"For {keep.address}" in client.get(of_keep).content.decode()
    merging.merge(audit.command_line(), keep=keep, gone=reader)
    Campaign.objects.update(started_at=clock.now())
    address_changes.move(audit.command_line(), keep, "later@new.example", source="cli", proof=Proof.STATEMENT, statement="x")
    page = client.get(of_gone).content.decode()
    assert "Later Name" not in page
    for shown in (page, client.get(of_keep).content.decode()):
        assert "later@new.example" not in shown
        assert "For you" in shown
