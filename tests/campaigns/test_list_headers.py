"""The headers of bulk mail: those of its list, and the address of a public archive."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from campaigns import list_headers
from composer import preflight
from publication import audit
from subscribers import mailing_lists
from tests.support import people
from transport.header_rules import check_headers

pytestmark = pytest.mark.django_db


def test_list_archive_header_names_a_reachable_public_archive(client, settings):
    settings.PUBLIC_URL = "https://Letters.example.org:8443"
    mailing_list = mailing_lists.set_archive(audit.system(), people.make_list().slug, "public")
    sent = list_headers.shared_headers(mailing_list)
    assert sent == {
        "Precedence": "bulk",
        "List-Id": f"{mailing_list.name} <{mailing_list.slug}.letters.example.org>",
        "List-Archive": f"<https://Letters.example.org:8443/archive/{mailing_list.slug}/>",
    }
    check_headers(sent)
    assert preflight.inspect_headers(sent | list_headers.own_headers("token")) == ()
    assert client.get(urlsplit(sent["List-Archive"].strip("<>")).path).status_code == 200


@pytest.mark.parametrize("archive", ["off", "unlisted"])
def test_archive_that_is_not_public_is_not_in_the_headers(archive):
    mailing_list = people.make_list()
    mailing_list.archive = archive
    assert set(list_headers.shared_headers(mailing_list)) == {"Precedence", "List-Id"}
    assert list_headers.shared_headers(None) == {"Precedence": "bulk"}
