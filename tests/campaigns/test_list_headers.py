"""The headers of bulk mail: those of its list, and the address of a public archive."""

from urllib.parse import urlsplit

import pytest

from campaigns import list_headers
from composer import preflight
from publication import audit
from publication.models import Sender
from subscribers import mailing_lists
from tests.support import people
from transport.header_rules import check_headers

pytestmark = pytest.mark.django_db


def test_the_domain_of_list_id_is_that_of_the_first_campaigns_sender_for_ever(settings):
    settings.SENDGRID_API_KEY, settings.PUBLIC_URL = "SG.test", "https://mailroom.example.net"
    campaign = people.make_campaign(1)
    news = campaign.lists.get()
    other = Sender.objects.create(email="news@elsewhere.example")
    domain = campaign.sender.email.rpartition("@")[2]
    assert list_headers.shared_headers(news, campaign.sender)["List-Id"] == f"{news.name} <news.{domain}>"
    people.start(campaign)
    news.refresh_from_db()
    assert news.list_id_domain == domain
    assert list_headers.shared_headers(news, other)["List-Id"] == f"{news.name} <news.{domain}>"


def test_list_archive_header_names_a_reachable_public_archive(client, settings):
    settings.PUBLIC_URL = "https://Letters.example.org:8443"
    mailing_list = mailing_lists.set_archive(audit.system(), people.make_list().slug, "public")
    sent = list_headers.shared_headers(mailing_list, people.make_sender())
    assert sent == {
        "Precedence": "bulk",
        "List-Id": f"{mailing_list.name} <{mailing_list.slug}.{people.make_sender().email.partition('@')[2]}>",
        "List-Archive": f"<https://Letters.example.org:8443/archive/{mailing_list.slug}/>",
    }
    check_headers(sent)
    assert preflight.inspect_headers(sent | list_headers.own_headers("token")) == ()
    assert client.get(urlsplit(sent["List-Archive"].strip("<>")).path).status_code == 200


@pytest.mark.parametrize("archive", ["off", "unlisted"])
def test_archive_that_is_not_public_is_not_in_the_headers(archive):
    mailing_list = people.make_list()
    mailing_list.archive = archive
    sender = people.make_sender()
    assert set(list_headers.shared_headers(mailing_list, sender)) == {"Precedence", "List-Id"}
    assert list_headers.shared_headers(None, sender) == {"Precedence": "bulk"}
