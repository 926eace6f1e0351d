"""Review links: who may make them, how long they work, and what their guests can do with a mailed code and without."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from editorial import issue_versions
from editorial.models import Comment, Decision, IssueRecord, IssueVersion, ReviewLink
from editorial.review import decisions, review_links
from editorial.review.review_links import ReviewLinkError
from publication import audit, clock
from publication.models import Actor, Audit, StaffMail
from tests.editorial.review.test_decisions import FILE, SOURCE, account, write
from tests.support import people
from tests.support.sources import import_source

pytestmark = pytest.mark.django_db
NETWORK = "192.0.2.7"


@pytest.fixture
def issue(db) -> IssueRecord:
    people.make_sender()
    return import_source({FILE: SOURCE}, actor=account("author", "editor"))


@pytest.fixture
def version(issue) -> IssueVersion:
    return issue_versions.store_head(audit.system(), issue).version


@pytest.fixture
def publisher(db) -> Actor:
    return account("publisher", "publisher")


@pytest.fixture
def approving(publisher, version) -> ReviewLink:
    return review_links.create_approving(publisher, version, "Director Li", "Li@Board.example")


@pytest.fixture
def moved():
    """Moves the clock forward; back again at the end."""
    yield lambda by: clock.move(lambda: clock._system_time() + by)
    clock.move(None)


def code_of(link: ReviewLink) -> str:
    return review_links.code_of_mail(StaffMail.objects.filter(purpose=review_links.CODE).latest("id"))


def fault_of(call, *given, **more) -> str:
    with pytest.raises(ReviewLinkError) as raised:
        call(*given, **more)
    return raised.value.code


# -------------------------------------------------------------------------------------------------------------- making
def test_a_link_is_found_by_its_token_until_it_is_revoked_or_expires(publisher, issue, version, moved):
    link = review_links.create(publisher, version, "For the board")
    token = review_links.token_of(link)
    assert review_links.find(token) == link
    assert token not in str(ReviewLink.objects.values())
    for forged in ("", "1", f"{link.pk}", token[:-1], token.replace(":", "."), "999" + token[1:], token + "A", " " + token):
        assert review_links.find(forged) is None, forged
    moved(timedelta(days=14, minutes=-1))
    assert review_links.find(token) == link
    moved(timedelta(days=14, minutes=1))
    assert review_links.find(token) is None
    clock.move(None)
    assert review_links.revoke(publisher, issue, link.pk)
    assert not review_links.revoke(publisher, issue, link.pk)
    assert review_links.find(token) is None


def test_a_link_that_was_lost_by_a_restore_does_not_open_the_one_that_got_its_id(publisher, version):
    with transaction.atomic():
        lost = review_links.create(publisher, version, "Guest")
        transaction.set_rollback(True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('review_link', 'id'), %s, false)", [lost.pk])
    again = review_links.create_approving(publisher, version, "Minister", "minister@gov.example")
    assert again.pk == lost.pk
    assert [review_links.find(review_links.token_of(link)) for link in (lost, again)] == [None, again]


def test_a_link_of_another_issue_cannot_be_revoked(publisher, version):
    link = review_links.create(publisher, version, "For the board")
    assert not review_links.revoke(publisher, IssueRecord.objects.create(slug="other", title="Other"), link.pk)


@pytest.mark.parametrize("days", [0, 91, -1])
def test_a_link_lasts_ninety_days_at_most(publisher, version, days):
    assert fault_of(review_links.create, publisher, version, "x", days=days) == "days"


def test_who_may_make_which_link(version):
    author, proofreader = account("wei", "editor"), account("ana", "proofreader")
    review_links.create(author, version, "x")
    assert fault_of(review_links.create_approving, author, version, "x", "li@board.example") == "permission"
    assert fault_of(review_links.create, proofreader, version, "x") == "permission"
    for actor in (audit.command_line(), audit.system(), audit.guest("li@board.example")):
        assert fault_of(review_links.create_approving, actor, version, "x", "li@board.example") == "permission"
    assert ReviewLink.objects.count() == 1


@pytest.mark.parametrize("address", ["ANA@cast.example", "ana@CAST.example", " ana@cast.example "])
def test_staff_cannot_be_sent_an_approving_link(publisher, version, address):
    User.objects.create_user("ana", "Ana@cast.example", is_staff=True, is_active=False)
    assert fault_of(review_links.create_approving, publisher, version, "Ana", address) == "account"
    assert not StaffMail.objects.exists()


@pytest.mark.parametrize("address", ["", "nobody", "a@b", "a@localhost", "Ana <ana@people.example>"])
def test_an_approving_link_needs_a_valid_address(publisher, version, address):
    assert fault_of(review_links.create_approving, publisher, version, "Ana", address) == "address"


@pytest.mark.parametrize("name", ["", "  ", "a\u202eb", "x" * 81])
def test_a_link_needs_a_printable_name(publisher, version, name):
    assert fault_of(review_links.create, publisher, version, name) in ("name", "long")


def test_neither_token_nor_code_nor_address_is_stored_where_staff_can_read_it(approving):
    review_links.ask_code(approving)
    approving.refresh_from_db()
    stored = str([*StaffMail.objects.values(), *ReviewLink.objects.values(), *Audit.objects.values()])
    assert review_links.token_of(approving) not in stored
    assert code_of(approving) not in stored
    assert "board.example" not in str(list(Audit.objects.values()))


# ------------------------------------------------------------------------------------------------------------ comments
def test_a_comment_carries_the_typed_name_and_the_link(publisher, version):
    link = review_links.create(publisher, version, "For the board")
    part = review_links.places(version, "en")[1]
    assert (part.part, part.title) == ("light", "Light")
    made = review_links.comment(link, " Li  Na ", "Is it <b>true</b>?", file=part.file, part=part.part)
    assert (made.name, made.link, made.version, made.actor.kind) == ("Li Na", link, version, "guest")
    Comment.objects.create(issue=version.issue, text="elsewhere", actor=publisher, name="publisher")
    answer = Comment.objects.create(issue=version.issue, text="yes", actor=publisher, name="publisher", parent=made)
    assert list(review_links.conversation(link)) == [made, answer], "guests see no comments of others"
    assert list(review_links.of_issue(version.issue).values_list("used_at", flat=True)) == [made.created_at]


def test_comments_have_limits(publisher, version, monkeypatch):
    link = review_links.create(publisher, version, "For the board")
    assert fault_of(review_links.comment, link, "Li", " ") == "text"
    assert fault_of(review_links.comment, link, "Li", "x" * 5001) == "long"
    assert fault_of(review_links.comment, link, "", "x") == "name"
    monkeypatch.setattr(review_links, "COMMENTS_A_DAY", 2)
    review_links.comment(link, "Li", "1")
    review_links.comment(link, "Li", "2")
    assert fault_of(review_links.comment, link, "Li", "3") == "many"
    ReviewLink.objects.update(revoked_at=clock.now())
    monkeypatch.undo()
    assert fault_of(review_links.comment, link, "Li", "4") == "ended"
    assert Comment.objects.count() == 2


# ----------------------------------------------------------------------------------------------------------- decisions
def test_a_guest_approves_with_the_code_and_the_decision_says_who_sent_the_link(publisher, version, approving):
    review_links.ask_code(approving)
    made = review_links.decide(approving, f" {code_of(approving)} ", "approve", "", NETWORK)
    assert (made.name, made.network, made.link, made.link.actor) == ("Director Li", NETWORK, approving, publisher)
    assert (made.actor.kind, made.actor.name) == ("guest", "li@board.example")
    assert len(decisions.standing(version).approvals) == 1
    assert fault_of(review_links.decide, approving, code_of(approving), "approve", "", NETWORK) == "no_code", "it works once"


def test_a_guest_requests_changes_with_a_text(approving, version):
    review_links.ask_code(approving)
    code = code_of(approving)
    assert fault_of(review_links.decide, approving, code, "changes", " ", NETWORK) == "text"
    made = review_links.decide(approving, code, "changes", "The date.", NETWORK)
    assert (made.kind, made.text) == ("changes", "The date.")
    assert not decisions.standing(version).approvals


def test_two_links_to_one_address_are_one_approval(publisher, version):
    for address in ("li@board.example", "LI@board.example"):
        link = review_links.create_approving(publisher, version, "Li", address)
        review_links.ask_code(link)
        review_links.decide(link, code_of(link), "approve", "", NETWORK)
    assert len(decisions.standing(version).approvals) == 1


def test_five_wrong_codes_end_the_code_and_a_new_code_ends_the_one_before(approving):
    review_links.ask_code(approving)
    first = code_of(approving)
    review_links.ask_code(approving)
    code = code_of(approving)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    typed = [first if first != code else wrong, wrong, "", "x" * 500]
    assert [fault_of(review_links.decide, approving, code, "approve", "", NETWORK) for code in typed] == ["code"] * 4
    assert fault_of(review_links.decide, approving, wrong, "approve", "", NETWORK) == "tries"
    assert fault_of(review_links.decide, approving, code, "approve", "", NETWORK) == "no_code"
    assert not Decision.objects.exists()


def test_codes_and_wrong_tries_have_budgets(approving, moved):
    for _ in range(3):
        review_links.ask_code(approving)
        tries = [fault_of(review_links.decide, approving, "no", "approve", "", NETWORK) for _ in range(5)]
        assert tries == ["code"] * 4 + ["tries"]
    review_links.ask_code(approving)
    assert fault_of(review_links.decide, approving, "no", "approve", "", NETWORK) == "tries", "15 codes a day"
    review_links.ask_code(approving)
    # Somebody who used them up cannot guess the next codes either, once each.
    assert fault_of(review_links.decide, approving, code_of(approving), "approve", "", NETWORK) == "tries"
    assert not Decision.objects.exists()
    assert fault_of(review_links.ask_code, approving) == "codes"
    moved(timedelta(hours=1, minutes=1))
    review_links.ask_code(approving)


def test_a_code_is_valid_for_fifteen_minutes(approving, moved):
    review_links.ask_code(approving)
    approving.refresh_from_db()
    moved(timedelta(minutes=15, seconds=1))
    assert not review_links.awaits_code(approving)
    assert fault_of(review_links.decide, approving, code_of(approving), "approve", "", NETWORK) == "no_code"
    assert review_links.of_mail(StaffMail.objects.latest("id")) is None, "nor is its mail sent any more"


def test_an_older_version_cannot_be_approved(approving, issue, version):
    review_links.ask_code(approving)
    code = code_of(approving)
    write(account("wei", "editor"), issue, "other words")
    issue_versions.store_head(audit.system(), issue)
    assert review_links.is_old(review_links.find(review_links.token_of(approving)))
    assert fault_of(review_links.decide, approving, code, "approve", "", NETWORK) == "old"
    assert fault_of(review_links.ask_code, approving) == "old"
    assert not Decision.objects.exists()


def test_a_link_for_comments_approves_nothing(publisher, version):
    link = review_links.create(publisher, version, "For the board")
    assert fault_of(review_links.ask_code, link) == "ended"
    assert fault_of(review_links.decide, link, "123456", "approve", "", NETWORK) == "ended"


def test_a_guest_who_got_an_account_decides_in_the_console(approving):
    review_links.ask_code(approving)
    account("li", "editor")
    User.objects.filter(username="li").update(email="li@board.example")
    assert fault_of(review_links.decide, approving, code_of(approving), "approve", "", NETWORK) == "account"


def test_a_revoked_link_decides_nothing_and_its_mails_are_not_sent(publisher, issue, approving):
    review_links.ask_code(approving)
    code = code_of(approving)
    mails = list(StaffMail.objects.order_by("id"))
    assert [review_links.of_mail(mail) for mail in mails] == [approving, approving]
    assert review_links.revoke(publisher, issue, approving.pk)
    assert [review_links.of_mail(mail) for mail in mails] == [None, None]
    assert fault_of(review_links.decide, approving, code, "approve", "", NETWORK) == "ended"
