"""The page of a review link: comments, and decisions with a mailed code. Every link that does not work gets the same answer."""

import html
import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client

from config import log_masking
from editorial import issue_versions
from editorial.models import Comment, Decision, IssueRecord, IssueVersion, ReviewLink
from editorial.review import review_links
from publication import audit, clock
from publication.models import StaffMail
from tests.editorial.review.test_decisions import FILE, SOURCE, account, write
from tests.support import people
from tests.support.issues import two_languages
from tests.support.sources import import_source
from tests.support.variations import first
from tests.web.public.forms import token_of
from web.content_policies import PUBLIC_POLICY

pytestmark = pytest.mark.django_db


@pytest.fixture
def issue(db) -> IssueRecord:
    people.make_sender()
    record = import_source({FILE: SOURCE}, actor=account("author", "editor"))
    issue_versions.store_head(audit.system(), record)
    record.refresh_from_db()
    return record


@pytest.fixture
def publisher(issue):
    return account("publisher", "publisher")


@pytest.fixture
def link(publisher, issue) -> ReviewLink:
    return review_links.create(publisher, issue.current, "For the board")


@pytest.fixture
def approving(publisher, issue) -> ReviewLink:
    return review_links.create_approving(publisher, issue.current, "Director Li", "li@board.example")


def page_of(link: ReviewLink) -> str:
    return f"/review/{review_links.token_of(link)}/"


def post(client: Client, link: ReviewLink, step: str, **given: str):
    form = token_of(client.get(page_of(link)))
    return client.post(page_of(link), {"form": form, "step": step, **given})


def ask_code(client: Client, link: ReviewLink) -> str:
    assert post(client, link, "code").status_code == 302
    return review_links.code_of_mail(StaffMail.objects.filter(purpose=review_links.CODE).latest("id"))


def test_a_guest_sees_the_mail_in_a_frame_and_comments_without_a_cookie(browser_client, link):
    page = browser_client.get(page_of(link))
    frame = re.search(r'<iframe src="([^"]+)"[^>]* sandbox>', page.content.decode())[1]
    mail = browser_client.get(frame)
    assert mail.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b"Dear reader" in mail.content
    assert b"-mr_" not in mail.content
    answer = post(browser_client, link, "comment", name="Li Na", part="light", text="Is it true?")
    assert answer.status_code == 302
    assert not answer.cookies
    made = Comment.objects.get()
    assert (made.name, made.part, made.file, made.link) == ("Li Na", "light", FILE, link)
    shown = browser_client.get(answer.headers["Location"].partition("#")[0]).content.decode()
    assert "Your comment is stored" in shown
    assert re.search(r"Li Na.*Light.*Is it true\?", shown, re.DOTALL)


def test_a_guest_reads_the_errors_that_prevent_sending_above_the_approval(client, link, approving):
    findings = [{"code": "image-missing", "level": "error", "params": {}, "file": FILE, "line": line} for line in (20, 30)]
    IssueVersion.objects.filter(pk=approving.version_id).update(findings=findings)
    ask_code(client, approving)
    shown = client.get(page_of(approving)).content.decode()
    assert shown.count("the picture is still missing") == 1
    assert shown.index("The checks found errors in this version") < shown.index("Approve this version")
    assert "data-errors" not in client.get(page_of(link)).content.decode(), "this link cannot approve"


def test_headers_of_the_page_keep_the_link_to_itself(client, link, approving):
    for guest_link in (link, approving):
        headers = client.get(page_of(guest_link)).headers
        assert headers["Content-Security-Policy"] == f"{PUBLIC_POLICY}; frame-src 'self'"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"
        assert not client.get(page_of(guest_link)).cookies
        answer = post(client, guest_link, "comment", name="Li", text="x")
        assert (answer.headers["Referrer-Policy"], answer.headers["Cache-Control"]) == ("no-referrer", "no-store")
        line = log_masking.mask(f'"GET {page_of(guest_link)} HTTP/1.1" 200 17')
        assert review_links.token_of(guest_link) not in line
        assert line.endswith('HTTP/1.1" 200 17')


def test_opening_pressing_and_scanning_decide_nothing(client, approving):
    for _ in range(3):
        page = client.get(page_of(approving))
        client.head(page_of(approving))
        for address in re.findall(r'(?:href|src|action)="(/review/[^"]+|\?[^"]+)"', page.content.decode()):
            client.get(address if address.startswith("/") else page_of(approving) + address)
    form = token_of(page)
    for step in ("approve", "changes", "code"):
        client.post(page_of(approving), {"form": form, "step": step, "text": "x"})
        client.get(page_of(approving), {"form": form, "step": step, "text": "x"})
    assert not Decision.objects.exists()


def test_the_director_approves_with_the_mailed_code(client, approving):
    code = ask_code(client, approving)
    assert code not in client.get(page_of(approving)).content.decode()
    answer = post(client, approving, "approve", code=code)
    assert answer.status_code == 302
    assert "You approved this version" in client.get(answer.headers["Location"].partition("#")[0]).content.decode()
    made = Decision.objects.get()
    assert (made.kind, made.name, made.network) == ("approve", "Director Li", "127.0.0.1")


def test_after_the_approval_a_code_is_offered_only_to_request_changes(client, approving):
    assert "<details" not in client.get(page_of(approving)).content.decode()
    post(client, approving, "approve", code=ask_code(client, approving))
    page = client.get(page_of(approving)).content.decode()
    before, folded, inside = page.partition("<details>")
    assert (bool(folded), "Mail me a code" in before, "Mail me a code" in inside) == (True, False, True)
    assert "To approve this version" not in page
    code = ask_code(client, approving)
    page = client.get(page_of(approving)).content.decode()
    assert ("<details open>" in page, 'value="approve"' in page, 'value="changes"' in page) == (True, False, True)
    post(client, approving, "changes", code=code, text="The date is wrong.")
    page = client.get(page_of(approving)).content.decode()
    assert ("<details" in page, "To approve this version" in page) == (False, True)


def test_variants_have_the_names_that_the_console_gives_them(client, publisher, tmp_path):
    version = issue_versions.store(publisher, two_languages(tmp_path / "issue")).version
    guest = review_links.create(publisher, version, "For the board")
    navigation = client.get(page_of(guest)).content.decode().partition('class="variants"')[2].partition("</nav>")[0]
    names = [html.unescape(label) for label in re.findall(r"<a [^>]*>([^<]+)</a>", navigation)]
    assert names == [
        "English (default language), if Country is not China", "English (default language), if Country is China",
        "Simplified Chinese, all readers of this language",
    ]  # fmt: skip


def test_a_guest_reads_in_which_languages_articles_are_missing(client, publisher, tmp_path):
    folder = two_languages(tmp_path / "issue")
    with (folder / "issue.md").open("a", encoding="utf-8") as file:
        file.write("\n## Sound {#sound}\n\nWords about it.\n")
    guest = review_links.create(publisher, issue_versions.store(publisher, folder).version, "For the board")
    assert "Simplified Chinese mail: 1 of 2 articles." in client.get(page_of(guest)).content.decode()


def test_a_refused_decision_shows_the_text_again(client, approving):
    ask_code(client, approving)
    answer = post(client, approving, "changes", code="wrong", text="The <date> is wrong.")
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert "The &lt;date&gt; is wrong.</textarea>" in shown
    assert "tries left: 4" in shown
    assert "Your text is safe" in shown


@pytest.mark.parametrize("text", first(["a\x08b", "a\u202eb", "a\x1b[2Jb"]), ids=["backspace", "reordering", "terminal"])
def test_guests_cannot_store_control_characters_or_marks_that_reorder_text(client, link, approving, text):
    answer = post(client, link, "comment", name="Li", text=text)
    assert (answer.status_code, "control character" in answer.content.decode()) == (422, True)
    code = ask_code(client, approving)
    answer = post(client, approving, "changes", code=code, text=text)
    assert (answer.status_code, "control character" in answer.content.decode()) == (422, True)
    assert post(client, approving, "changes", code=code, text="The date").status_code == 302, "the code was not used up"
    assert not Comment.objects.exists()


def test_a_form_that_is_not_ours_changes_nothing_and_loses_no_text(client, link, approving):
    other = token_of(client.get(page_of(approving)))
    for form in ("", "x", other):
        answer = client.post(page_of(link), {"form": form, "step": "comment", "name": "Li", "text": "long text"})
        assert answer.status_code == 422
        assert "long text</textarea>" in answer.content.decode()
    assert not Comment.objects.exists()


def test_links_forged_expired_revoked_and_of_another_purpose_get_the_same_bytes(client, publisher, issue, link, approving):
    expired = review_links.create(publisher, issue.current, "x")
    ReviewLink.objects.filter(pk=expired.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    review_links.revoke(publisher, issue, link.pk)
    token, good = review_links.token_of(approving), review_links.token_of(approving).partition(":")[2]
    tokens = [
        review_links.token_of(link), review_links.token_of(expired), token[:-1], f"{link.pk}:{good}", "x", "999999:" + good,
        signing.Signer(salt="mailroom.invitation").sign(str(approving.pk)), signing.Signer(salt="mailroom.review-link").sign("999"),
        signing.Signer(salt="mailroom.review-link").sign("x"),
    ]  # fmt: skip
    for method in ("get", "head", "post"):
        answers = {
            (answer.status_code, answer.content, str(sorted(answer.headers.items())))
            for wrong_token in tokens
            for answer in (getattr(client, method)(f"/review/{wrong_token}/"),)
        }
        assert len(answers) == 1
        assert {status for status, _, _ in answers} == {404}
    mails = {
        (answer.status_code, answer.content, str(sorted(answer.headers.items())))
        for answer in (client.get(f"/review/{wrong_token}/mail/0") for wrong_token in tokens)
    }
    assert mails == {(404, client.get("/review/x/").content, str(sorted(client.get("/review/x/").headers.items())))}
    assert client.get(f"/review/{token}/mail/7").content == client.get("/review/x/").content, "a variant that there is not"


def test_a_link_of_an_older_version_says_so_and_has_no_button_to_approve(client, issue, approving):
    code = ask_code(client, approving)
    form = token_of(client.get(page_of(approving)))
    write(account("wei", "editor"), issue, "other words")
    issue_versions.store_head(audit.system(), issue)
    page = client.get(page_of(approving)).content.decode()
    assert "changed after this version" in page
    assert 'value="approve"' not in page
    answer = client.post(page_of(approving), {"form": form, "step": "approve", "code": code})
    assert answer.status_code == 422
    assert not Decision.objects.exists()


def test_the_page_speaks_the_language_of_the_link_and_the_answer_to_a_broken_one_that_of_the_browser(client, publisher, issue):
    chinese = review_links.create(publisher, issue.current, "理事会", language="zh-hans")
    assert b'<html lang="zh-hans">' in client.get(page_of(chinese)).content
    assert b'<html lang="en">' in client.get("/review/x/").content


def test_a_network_that_posts_too_much_must_wait(client, link, monkeypatch):
    monkeypatch.setattr(review_links, "NETWORK_AN_HOUR", 2)
    for _ in range(2):
        assert post(client, link, "comment", name="Li", text="x").status_code == 302
    answer = post(client, link, "comment", name="Li", text="x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")


@pytest.mark.soak
def test_the_page_needs_few_queries_however_many_comments_there_are(client, link, django_assert_max_num_queries):
    for number in range(30):
        review_links.comment(link, "Li", f"comment {number}")
    with django_assert_max_num_queries(12):
        client.get(page_of(link))
