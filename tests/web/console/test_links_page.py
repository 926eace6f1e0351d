"""The page on which staff make, see and revoke the review links of an issue."""

import html
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from editorial import issue_versions
from editorial.models import IssueRecord, IssueVersion, ReviewLink
from editorial.review import review_links
from publication import audit
from publication.models import StaffMail
from tests.editorial.review.test_decisions import FILE, SOURCE, account, write
from tests.support import people
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db
PAGE = "/console/issues/news-1/links/"
COMMENT = {"kind": "comment", "name": "For the board", "days": "14", "language": "en"}
APPROVE = {"kind": "approve", "name": "Director Li", "address": "li@board.example", "days": "7", "language": "zh-hans"}


@pytest.fixture
def issue(db) -> IssueRecord:
    people.make_sender()
    return import_source({FILE: SOURCE}, actor=account("author", "editor"))


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=account(f"a-{role}", role).user_id))
    return client


def test_a_link_to_comment_is_shown_to_copy_and_works(issue):
    publisher = signed_in("publisher")
    assert publisher.post(PAGE, COMMENT).status_code == 302
    page = publisher.get(PAGE).content.decode()
    address = html.unescape(re.search(r'readonly value="([^"]+)"', page)[1])
    assert Client().get("/" + address.split("/", 3)[3]).status_code == 200
    assert "Version 1 · made by a-publisher" in page
    assert IssueVersion.objects.count() == 1, "the newest text became a version"


def test_an_approving_link_is_mailed_and_shown_to_nobody(issue):
    publisher = signed_in("publisher")
    answer = publisher.post(PAGE, APPROVE, follow=True)
    link = ReviewLink.objects.get()
    token = review_links.token_of(link)
    assert "on its way to li@board.example" in answer.content.decode()
    assert token not in answer.content.decode()
    assert token.partition(":")[2] not in publisher.get(PAGE).content.decode()
    mail = StaffMail.objects.get()
    assert (mail.purpose, mail.address, mail.parameters["language"]) == ("approving_link", "li@board.example", "zh-hans")


def test_a_refused_form_keeps_what_was_typed_and_stores_no_version(issue):
    publisher = signed_in("publisher")
    for wrong in ({"address": "nobody"}, {"days": "0"}, {"days": "91"}, {"days": "x"}, {"name": " "}):
        answer = publisher.post(PAGE, {**APPROVE, **wrong})
        assert answer.status_code == 422
        assert "Nothing was made or mailed." in answer.content.decode()
    assert 'value="li@board.example"' in answer.content.decode()
    assert not IssueVersion.objects.exists()
    assert not ReviewLink.objects.exists()


def test_a_text_with_errors_has_no_mail_to_show(issue):
    publisher = signed_in("publisher")
    write(account("wei", "editor"), issue, "[a link](javascript:alert(1))")
    answer = publisher.post(PAGE, COMMENT)
    assert answer.status_code == 422
    assert "error" in answer.content.decode()
    assert not ReviewLink.objects.exists()


def test_staff_choose_between_the_current_version_and_the_newest_text(issue):
    publisher = signed_in("publisher")
    issue_versions.store_head(audit.system(), issue)
    assert 'value="newest"' not in publisher.get(PAGE).content.decode()
    write(account("wei", "editor"), issue, "other words")
    assert 'value="newest"' in publisher.get(PAGE).content.decode()
    publisher.post(PAGE, {**COMMENT, "version": "current"})
    publisher.post(PAGE, {**COMMENT, "version": "newest"})
    assert list(ReviewLink.objects.order_by("id").values_list("version__number", flat=True)) == [1, 2]


def test_revoking_ends_a_link_of_this_issue_only(issue):
    publisher = signed_in("publisher")
    publisher.post(PAGE, COMMENT)
    link = ReviewLink.objects.get()
    IssueRecord.objects.create(slug="other", title="Other")
    publisher.post(f"/console/issues/other/links/{link.pk}/revoke/")
    assert review_links.find(review_links.token_of(link)) is not None
    answer = publisher.post(f"{PAGE}{link.pk}/revoke/", follow=True)
    assert "no longer works" in answer.content.decode()
    assert review_links.find(review_links.token_of(link)) is None
    assert "revoked before" in publisher.post(f"{PAGE}{link.pk}/revoke/", follow=True).content.decode()
    assert "readonly" not in publisher.get(PAGE).content.decode()


@pytest.mark.soak
def test_the_page_needs_few_queries_however_many_links_there_are(issue, django_assert_max_num_queries):
    publisher = signed_in("publisher")
    version = issue_versions.store_head(audit.system(), issue).version
    for number in range(30):
        review_links.create(audit.staff(User.objects.get(username="a-publisher")), version, f"link {number}")
    with django_assert_max_num_queries(18):
        publisher.get(PAGE)
