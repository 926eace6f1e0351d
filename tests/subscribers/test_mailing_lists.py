"""A list's archive: off by default, audited when switched, with permanent ids in its feed."""

import pytest

from publication import audit
from publication.models import Audit
from subscribers import mailing_lists
from subscribers.errors import InputError
from subscribers.models import MailingList

pytestmark = pytest.mark.django_db


@pytest.fixture
def news() -> MailingList:
    return mailing_lists.create_list(audit.system(), "news", "News")


def test_an_archive_is_off_until_somebody_decides(news):
    assert news.archive == "off"
    assert MailingList.objects.get().archive == "off"


def test_switching_the_archive_is_audited(news):
    for visibility in ("public", "public", "unlisted"):
        assert mailing_lists.set_archive(audit.system(), "news", visibility).archive == visibility
    details = [record.detail for record in Audit.objects.filter(verb="set_archive").order_by("pk")]
    assert details == [
        {"slug": "news", "before": {"archive": before}, "after": {"archive": after}}
        for before, after in (("off", "public"), ("public", "unlisted"))
    ]


def test_the_ids_of_the_feed_outlive_the_servers_name(news, settings):
    settings.PUBLIC_HOST = "news.example.org"
    tag = mailing_lists.set_archive(audit.system(), "news", "unlisted").archive_tag
    assert tag.startswith("tag:news.example.org,20")
    settings.PUBLIC_HOST = "elsewhere.example"
    mailing_lists.set_archive(audit.system(), "news", "off")
    assert mailing_lists.set_archive(audit.system(), "news", "public").archive_tag == tag


def test_a_host_without_a_name_is_localhost(news, settings):
    settings.PUBLIC_HOST = "::1"
    assert mailing_lists.set_archive(audit.system(), "news", "public").archive_tag.startswith("tag:localhost,20")


def test_an_unknown_list_or_visibility_is_rejected(news):
    with pytest.raises(InputError):
        mailing_lists.set_archive(audit.system(), "news", "secret")
    with pytest.raises(mailing_lists.UnknownListError):
        mailing_lists.set_archive(audit.system(), "newz", "public")


@pytest.mark.parametrize("given", [{"language": "chinese"}, {"description": "weekly \x1b[2J"}, {"description": "a\u202eb"}])
def test_a_list_rejects_an_invalid_language_or_description(news, given):
    with pytest.raises(InputError):
        mailing_lists.create_list(audit.system(), "other", "Other", **given)
    with pytest.raises(InputError):
        mailing_lists.change_list(audit.system(), "news", **given)
    changed = mailing_lists.change_list(
        audit.system(), "news", language="zh_cn", description="weekly\nor so", advertises_in_china=True
    )
    assert (changed.language, changed.description, changed.advertises_in_china) == ("zh-CN", "weekly\nor so", True)
