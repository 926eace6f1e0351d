"""The review pages of an issue without scripts: asking, comments, decisions, differences, and what a campaign shows of approvals."""

import html
import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import translation

from campaigns import launch
from campaigns.models import Campaign
from editorial import issue_versions
from editorial.models import Comment, Decision, IssueRecord, IssueVersion, Review
from editorial.review import comments, decisions, requests
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Audit, Publication, StaffMail
from tests.support import people
from tests.support.issues import full_copy, two_languages
from tests.support.reviewing import account, need
from web.texts.issues import condition_texts
from web.texts.people import place_names

pytestmark = pytest.mark.django_db
FILE = "issue.md"
HOSTILE = "<script>alert(1)</script>\"'&{{ x }}"


@pytest.fixture
def author(db):
    people.make_sender()
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "zone": "Asia/Shanghai"})
    return account("author", "editor")


@pytest.fixture
def issue(author, tmp_path) -> IssueRecord:
    return issue_versions.store(author, two_languages(tmp_path / "issue")).version.issue


@pytest.fixture
def publisher(db):
    return account("publisher", "publisher")


def as_(actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def at(name: str, issue: IssueRecord, *more: int) -> str:
    return reverse(name, args=[issue.slug, *more])


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def headline_of(answer) -> str:
    """The first sentence about the state of the review."""
    match = re.search(r'<h2 id="state-title"[^>]*>([^<]*)</h2>', answer.content.decode())
    assert match
    return html.unescape(match[1])


def edit(actor, issue: IssueRecord, sentence: str) -> None:
    base = issue_state.head(issue.pk).edits["text", FILE, "light"]
    edits.save_part(actor, issue, FILE, "light", f"## The light source opens {{#light}}\n\n{sentence}\n", base)


def test_from_asking_to_the_approval(author, publisher, issue):
    wei = account("wei")
    need(1)
    author_, wei_ = as_(author), as_(wei)
    assert "Version 1 waits for 1 approval." in text_of(author_.get(at("issue-review", issue)))
    asked = author_.post(at("issue-review-ask", issue), {
        "person": [wei.user.pk], "due": "2000-01-01T09:00", "note": HOSTILE,
    })  # fmt: skip
    assert asked.status_code == 422
    assert "is in the past" in text_of(asked)
    assert "&lt;script&gt;" in asked.content.decode()
    due = f"{people.AHEAD}T17:00"
    author_.post(at("issue-review-ask", issue), {"person": [wei.user.pk], "due": due, "note": HOSTILE})
    page = wei_.get(at("issue-review", issue))
    assert "author asked wei for a review by" in text_of(page)
    assert f"{people.AHEAD} 17:00." in text_of(page)
    assert "Waiting for wei's answer." in headline_of(page)
    assert "Version 1 waits for 1 approval." in text_of(page)
    assert "<script>alert" not in page.content.decode()
    version = Review.objects.get().version
    form = {"version": version.pk, "decision": "changes"}
    refused = wei_.post(at("issue-review-decide", issue), {**form, "text": "\u202e bidi"})
    assert (refused.status_code, "Your text is still on this page" in text_of(refused)) == (422, True)
    wei_.post(at("issue-review-decide", issue), {**form, "text": HOSTILE})
    assert "wei requested changes to version 1." in text_of(author_.get(at("issue-review", issue)))
    edit(author, issue, "The gates open to visitors today.")
    assert "The issue has changed since then." in text_of(wei_.get(at("issue-review", issue)))
    author_.post(at("issue-review-ask", issue), {"person": [wei.user.pk]})
    stale = wei_.post(at("issue-review-decide", issue), {"version": version.pk, "decision": "approve"})
    assert (stale.status_code, "Version 2 is. Look at that one." in text_of(stale)) == (409, True)
    page = wei_.get(at("issue-review", issue))
    assert "Changes since the last review (version 1)" in text_of(page)
    newest = IssueRecord.objects.get(pk=issue.pk).current
    done = wei_.post(at("issue-review-decide", issue), {"version": newest.pk, "decision": "approve"}, REMOTE_ADDR="192.0.2.9")
    assert done.status_code == 302
    assert Decision.objects.get(kind="approve").network == "192.0.2.9"
    page = author_.get(at("issue-review", issue))
    assert "Version 2 is approved by wei." in text_of(page)
    # The network address is for administrators, in the audit.
    assert "signed in with their account" in text_of(page)
    assert "192.0.2.9" not in page.content.decode()
    assert Audit.objects.get(verb="review_approve").detail["network"] == "192.0.2.9"
    edit(publisher, issue, "Something else.")
    assert "The issue has changed since it was approved." in text_of(author_.get(at("issue-review", issue)))


def test_an_open_review_says_who_is_waited_for_and_not_that_no_approval_is_needed(author, issue):
    wei, lin, commenter = account("wei"), account("lin"), account("commenter", "editor")
    client = as_(author)
    assert headline_of(client.get(at("issue-review", issue))) == "Version 1 needs no approval to be sent."
    requests.ask(author, issue, [wei.user, lin.user, commenter.user])
    page = client.get(at("issue-review", issue))
    assert headline_of(page) == "Waiting for the answers of commenter, lin, wei."
    assert "needs no approval" not in text_of(page)
    comments.add(commenter, issue, "Good.", version=issue.current)
    assert headline_of(client.get(at("issue-review", issue))) == "Waiting for the answers of lin, wei."
    decisions.approve(wei, issue.current)
    page = client.get(at("issue-review", issue))
    assert headline_of(page) == "Version 1 is approved by wei."
    assert "Not answered yet: lin." in text_of(page)
    edit(author, issue, "Something else.")
    issue_versions.store_head(author, issue)
    page = client.get(at("issue-review", issue))
    assert headline_of(page) == "The open review is about version 1, which is not the newest one."
    assert "needs no approval" not in text_of(page)


def test_the_mail_has_its_pictures_from_the_host_of_the_console_whatever_its_stored_addresses_are(author, settings, tmp_path):
    settings.PUBLIC_URL, settings.MEDIA_URL = "https://news.cast.example", "https://news.cast.example/media/"
    version = issue_versions.store(author, full_copy(tmp_path / "issue")).version
    names = [name for _path, name in version.pictures]
    client, stored = as_(author), version.variants.get(number=0).html
    assert all(f'src="https://news.cast.example/media/{name}"' in stored for name in names)
    for public in (settings.PUBLIC_URL, "https://moved.cast.example"):
        settings.PUBLIC_URL, settings.MEDIA_URL = public, f"{public}/media/"
        mail = client.get(reverse("version-mail", args=[version.pk]))
        shown = mail.content.decode()
        assert names
        assert all(f'src="/media/{name}"' in shown for name in names)
        assert "news.cast.example/media" not in shown
        assert "img-src 'self';" in mail.headers["Content-Security-Policy"]
    picture = client.get(f"/media/{names[0]}", headers={"Host": "localhost"})
    assert b"".join(picture.streaming_content).startswith(b"\xff\xd8")
    assert version.variants.get(number=0).html == stored


def test_only_the_mail_on_the_page_of_a_review_keeps_the_origin_and_it_runs_nothing(author, issue):
    client = as_(author)
    page = client.get(at("issue-review", issue)).content.decode()
    addresses = re.findall(r'<iframe src="([^"]+)"[^>]* sandbox="allow-same-origin"', page)
    assert len(addresses) == page.count("<iframe") == 6  # each of three variants, on a phone and in a mail program
    for address in addresses:
        policy = client.get(address).headers["Content-Security-Policy"]
        assert policy.startswith("sandbox allow-same-origin; default-src 'none'; img-src 'self'")
        assert "script" not in policy
        alone = client.get(address.removesuffix("?select")).headers["Content-Security-Policy"]
        assert alone.startswith("sandbox; default-src 'none'")


def test_people_who_were_asked_last_are_chosen_again(author, issue):
    wei, lin = account("wei"), account("lin")
    client = as_(author)
    assert " checked" not in client.get(at("issue-review-ask", issue)).content.decode()
    requests.ask(author, issue, [wei.user])
    page = client.get(at("issue-review-ask", issue)).content.decode()
    assert f'value="{wei.user.pk}" checked' in page
    assert f'value="{lin.user.pk}" checked' not in page
    refused = client.post(at("issue-review-ask", issue), {"person": [lin.user.pk], "due": "2000-01-01T09:00"}).content.decode()
    assert f'value="{wei.user.pk}" checked' not in refused


def test_nobody_approves_their_own_last_edit_and_the_page_offers_it_to_nobody_who_may_not(author, publisher, issue):
    edit(publisher, issue, "Mine.")
    version = issue_versions.store_head(author, issue).version
    client = as_(publisher)
    page = client.get(at("issue-review", issue))
    assert "You made the last edit" in text_of(page)
    assert "Approve version" not in text_of(page)
    refused = client.post(at("issue-review-decide", issue), {"version": version.pk, "decision": "approve"})
    assert (refused.status_code, Decision.objects.count()) == (422, 0)
    assert as_(author).post(at("issue-review-decide", issue), {"version": version.pk, "decision": "approve"}).status_code == 403
    assert "Approve version" not in text_of(as_(author).get(at("issue-review", issue)))


def test_comments_are_added_answered_resolved_and_opened_again(author, issue):
    wei = account("wei")
    client, version = as_(wei), issue.current
    form = {"version": version.pk, "page": "review", "place": f"{FILE}|light", "quotation": "doors open", "text": HOSTILE}
    added = client.post(at("issue-comment-add", issue), form)
    made = Comment.objects.get()
    assert added["Location"] == f"{at('issue-review', issue)}#comment-{made.pk}"
    assert (made.version, made.part, made.quotation, made.text) == (version, "light", "doors open", HOSTILE)
    client.post(at("issue-comment-answer", issue, made.pk), {"text": HOSTILE, "page": "review"})
    page = as_(author).get(at("issue-review", issue)).content.decode()
    assert page.count("&lt;script&gt;alert(1)") >= 2
    assert "<script>alert" not in page
    edit(author, issue, "Nothing of that.")
    assert "no longer in the newest text" in text_of(client.get(at("issue-comments", issue)))
    client.post(at("issue-comment-resolve", issue, made.pk), {"page": "comments"})
    assert "Resolved by wei" in text_of(client.get(at("issue-comments", issue)))
    assert "doors open" not in re.sub(r"(?s)<h2 id=.texts-title.*", "", client.get(at("issue-review", issue)).content.decode())
    client.post(at("issue-comment-reopen", issue, made.pk))
    made.refresh_from_db()
    assert made.resolved_at is None
    other = IssueRecord.objects.create(slug="other", title="Other")
    assert client.post(at("issue-comment-resolve", other, made.pk)).status_code == 404


def test_the_author_sees_the_open_comments_of_a_text_in_its_editor_and_finds_it_from_the_comment(author, issue):
    wei = account("wei")
    given = {"version": issue.current, "file": FILE, "part": "light"}
    shown = comments.add(wei, issue, HOSTILE, quotation="doors open", **given)
    done = comments.add(wei, issue, "Done already", **given)
    comments.resolve(wei, done.pk)
    comments.add(wei, issue, "About the whole issue", version=issue.current)
    page = f"{at('issue-part', issue)}?file={FILE}&part=light"
    answer = as_(author).get(page)
    assert "1 open comment on this text" in text_of(answer)
    assert f'href="{at("issue-review", issue)}#comment-{shown.pk}"' in answer.content.decode()
    assert html.escape(HOSTILE, quote=False).split('"')[0] in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert "Done already" not in text_of(answer)
    assert "About the whole" not in text_of(answer)
    assert "open comment" not in text_of(as_(author).get(f"{at('issue-part', issue)}?file=issue.zh-Hans.md&part=light"))
    link = html.escape(page)
    assert f'href="{link}"' in as_(author).get(at("issue-review", issue)).content.decode()
    assert "Edit this article" in text_of(as_(author).get(at("issue-comments", issue)))
    assert "Edit this article" not in text_of(as_(wei).get(at("issue-review", issue)))


TABS = ("issue", "issue-preview", "issue-review", "issue-pictures", "issue-languages", "issue-revisions")


def stage_of(client: Client, issue: IssueRecord) -> str:
    """The state beside the title, which is the same on all tabs."""
    matches = [
        re.search(r'<span class="chip issue-\w+"[^>]*>([^<]*)</span></p></div>', client.get(at(tab, issue)).content.decode())
        for tab in TABS
    ]
    [stage] = {match[1] for match in matches if match}
    assert all(matches)
    return stage


def test_every_tab_shows_the_state_of_the_issue_and_after_the_approval_the_next_step(author, publisher, issue):
    wei, client = account("wei"), as_(author)
    assert stage_of(client, issue) == "being written"
    requests.ask(author, issue, [wei.user])
    assert stage_of(client, issue) == "in review · version 1"
    assert "Next step" not in text_of(client.get(at("issue-review", issue)))
    decisions.approve(wei, issue.current)
    assert stage_of(client, issue) == "approved · version 1"
    assert "These people can do that: publisher." in text_of(client.get(at("issue-review", issue)))
    page = as_(publisher).get(at("issue-review", issue))
    assert "Go on to sending" in text_of(page)
    assert f'href="{at("issue-send", issue)}"' in page.content.decode()
    User.objects.filter(pk=publisher.user.pk).update(is_active=False)
    assert "no account may do that" in text_of(client.get(at("issue-review", issue)))
    edit(author, issue, "Something else.")
    assert stage_of(client, issue) == "changed since the approval"
    assert "Next step" not in text_of(client.get(at("issue-review", issue)))


def test_what_is_taken_back_is_approved_again_and_its_approvers_are_not_asked_again(author, issue):
    wei, client = account("wei"), as_(author)
    people.make_sender()
    requests.ask(author, issue, [wei.user])
    decisions.approve(wei, issue.current)
    before = issue_state.newest_text(issue.pk, FILE, "light")
    edit(author, issue, "Something else.")
    assert "What does it show?" in text_of(client.get(at("issue-links", issue)))
    assert "has approved this text" not in text_of(client.get(at("issue-review-ask", issue)))
    edits.save_part(author, issue, FILE, "light", before, issue_state.head(issue.pk).edits["text", FILE, "light"])
    assert stage_of(client, issue) == "approved · version 1"
    assert "What does it show?" not in text_of(client.get(at("issue-links", issue)))
    page = client.get(at("issue-review-ask", issue))
    assert "may approve · has approved this text" in text_of(page)
    assert not re.search(rf'value="{wei.user.pk}" checked', page.content.decode())
    refused = client.post(at("issue-review-ask", issue), {"person": [wei.user.pk]})
    assert (refused.status_code, Review.objects.count()) == (422, 1)
    assert "wei approved exactly this version (version 1). Nobody was asked again." in text_of(refused)
    lin = account("lin")
    asked = client.post(at("issue-review-ask", issue), {"person": [wei.user.pk, lin.user.pk]}, follow=True)
    assert "Not asked again, because they approved exactly this text already: wei." in text_of(asked)
    assert "Approve version 1" in text_of(as_(lin).get(at("issue-review", issue)))


def test_open_comments_and_translations_behind_are_shown_before_the_approval_which_stays_possible(author, publisher, issue):
    wei = account("wei")
    client, page = as_(wei), at("issue-review", issue)
    assert "Before you approve" not in text_of(client.get(page))
    state = issue_state.head(issue.pk)
    chinese = next(part.text for part in state.files["issue.zh-Hans.md"] if part.id == "light")
    base = state.edits["text", "issue.zh-Hans.md", "light"]
    edits.save_part(author, issue, "issue.zh-Hans.md", "light", chinese + "\n再见。\n", base)
    edit(author, issue, "The gates open to visitors today.")
    version = issue_versions.store_head(author, issue).version
    comments.add(wei, issue, "One", version=version)
    comments.resolve(wei, comments.add(wei, issue, "Two", version=version).pk)
    shown = client.get(page)
    assert "1 comment is still open." in text_of(shown)
    assert "1 text changed in English, and its version in Simplified Chinese was not edited since." in text_of(shown)
    assert f'href="{at("issue-languages", issue)}?language=zh-Hans"' in shown.content.decode()
    assert "Before you approve" not in text_of(as_(author).get(page))
    client.post(at("issue-review-decide", issue), {"version": version.pk, "decision": "approve"})
    assert decisions.standing(version).is_complete


def test_errors_that_prevent_sending_stand_above_the_approval(author, issue):
    page = at("issue-review", issue)
    wei = as_(account("wei"))
    assert "data-errors" not in wei.get(page).content.decode()
    findings = [{"code": "image-missing", "level": "error", "params": {}, "file": FILE, "line": line} for line in (20, 30)]
    IssueVersion.objects.filter(issue=issue).update(findings=findings)
    shown = wei.get(page).content.decode()
    assert shown.index("This version has errors that prevent sending") < shown.index("the picture is still missing")
    assert shown.index("the picture is still missing") < shown.index("Approve version 1")
    for client in (wei, as_(author)):
        assert 'href="#errors">The pre-send checks found 2 errors in this version.' in client.get(page).content.decode()
    edit(author, issue, "Dear {{ nam }}, the gates open.")
    asking = text_of(as_(author).get(at("issue-review-ask", issue)))
    assert "The pre-send checks found 1 error in the newest text." in asking
    Publication.objects.update(check_levels={"image-missing": "warning"})
    assert "data-errors" not in wei.get(page).content.decode(), "the publication says what an error is"


def test_conditions_are_shown_in_words(author, issue):
    publication = {"member": {"type": "yesno", "label": "Member of CAST"}, "topics": {"type": "words"}}
    Publication.objects.filter(pk=1).update(attribute_schema=publication)
    written = 'country in ("CN", "TW") and member = True and topics != "AI" and language != None'
    edit(author, issue, f"One\n\n::: only {written}\nTwo\n:::")
    condition = (
        "Country is one of China, Taiwan, and Member of CAST is Yes, and Topics does not include AI, and Language is known"
    )
    client = as_(account("wei"))
    assert condition in text_of(client.get(at("issue-comments", issue)))
    assert condition in text_of(client.get(at("issue-differences", issue), {"from": 1}))
    assert "English (default language), if Country is China" in text_of(client.get(at("issue-review", issue)))
    with translation.override("zh-hans"):
        assert condition_texts.country_name("TW") == "中国台湾"
        codes, names = zip(*place_names.countries(), strict=True)
        assert names[:4] == ("中国", "中国香港", "中国澳门", "中国台湾")
        assert codes.index("DE") < codes.index("FR") < codes.index("US"), "by Pinyin: Deguo, Faguo, Meiguo"
    assert condition_texts.ConditionWords().of("country is <b>") == "country is <b>"


def test_people_who_ask_or_approve_read_in_which_languages_articles_are_missing(author, issue):
    wei, missing = account("wei"), "Simplified Chinese mail: 1 of 3 articles."
    asking, client = as_(author), as_(wei)
    assert "articles." not in text_of(client.get(at("issue-review", issue)))
    for title in ("Sound", "Waves"):
        edits.add_part(author, issue, FILE, f"## {title}\n\nWords about it.\n", "light")
    assert missing in text_of(asking.get(at("issue-review-ask", issue)))
    assert "articles." not in text_of(client.get(at("issue-review", issue)))  # the version has the same in both languages
    asking.post(at("issue-review-ask", issue), {"person": [wei.user.pk]})
    page = client.get(at("issue-review", issue))
    assert missing in text_of(page).partition("Before you approve:")[2]
    assert missing in text_of(asking.get(at("issue-review", issue)))
    assert f'href="{at("issue-languages", issue)}?language=zh-Hans">{missing}' in page.content.decode()
    version = Review.objects.get().version
    done = client.post(at("issue-review-decide", issue), {"version": version.pk, "decision": "approve"}, follow=True)
    assert f"You approved version 2. {missing}" in text_of(done)
    assert "2 parts are missing in Simplified Chinese." in text_of(asking.get(at("issue-languages", issue)))


def test_a_comment_that_is_refused_is_shown_again_with_what_was_typed(author, issue):
    client = as_(account("wei"))
    for version, text in (("", ""), (issue.current_id, "x" * 10_000), ("", "a\u202eb"), (issue.current_id, "a\x07b")):
        form = {"version": version, "place": f"{FILE}|light", "quotation": "doors open", "text": text}
        refused = client.post(at("issue-comment-add", issue), form)
        assert refused.status_code == 422
        assert "Your text is still on this page." in text_of(refused)
        assert ">doors open</textarea>" in refused.content.decode()
    assert not Comment.objects.exists()


def test_a_form_without_a_version_of_this_issue_decides_nothing(author, issue):
    client = as_(account("wei"))
    for version in ("", "9" * 30, "-1", "x", "²", "0"):
        answer = client.post(at("issue-review-decide", issue), {"version": version, "decision": "approve"})
        assert (answer.status_code, Decision.objects.count()) == (422, 0)


def test_differences_are_shown_with_words_marked_and_unknown_versions_are_not_found(author, issue):
    edit(author, issue, 'The gates <script>alert(1)</script> open to visitors today.\n\n::: only country = "CN"\nFree.\n:::')
    client = as_(account("wei"))
    page = client.get(at("issue-differences", issue), {"from": 1})
    assert "<del>doors</del>" in page.content.decode()
    assert "<ins>gates &lt;script&gt;" in page.content.decode()
    assert "<script>alert" not in page.content.decode()
    assert "Nothing: both have the same content." in text_of(client.get(at("issue-differences", issue), {"from": 1, "to": 1}))
    for query in ({}, {"from": "9"}, {"from": "x"}, {"from": "1", "to": "99"}, {"from": "9" * 40}):
        assert client.get(at("issue-differences", issue), query).status_code == 404


def test_texts_and_differences_are_shown_as_readers_see_them_in_words_of_the_page(author, issue):
    text = "A **bold** word.\n\n![A blue light](images/light.png)\nCaption: The hall\n\n[The lab](https://lab.example/one)"
    wei = account("wei")
    edit(author, issue, text)
    page = as_(wei).get(at("issue-comments", issue))
    assert '<span class="label" lang="en">Caption</span> The hall</p>' in page.content.decode()
    assert "Simplified Chinese" in text_of(page)
    for written in ("Caption:", "**", "{#light}", "issue.zh-Hans.md<", "](", "issue.md<"):
        assert written not in page.content.decode()
    shown = as_(wei).get(at("issue-differences", issue), {"from": 1})
    assert "Picture: A blue light" in text_of(shown)
    assert "The lab (https://lab.example/one)" in text_of(shown)
    for written in ("**", "{#light}", "images/light.png<", "](", "##", "issue.md<"):
        assert written not in shown.content.decode()


def test_a_change_that_readers_do_not_read_is_named_and_one_of_a_link_is_shown(author, issue):
    edit(author, issue, "The doors open to [visitors](https://a.example) today.")
    first = issue_versions.store_head(author, issue).version
    client, page = as_(account("wei")), at("issue-differences", issue)
    edit(author, issue, "The **doors** open to [visitors](https://a.example) today.")
    assert "The words are the same. Only formatting or a note for editors changed." in text_of(
        client.get(page, {"from": first.number})
    )
    edit(author, issue, "The **doors** open to [visitors](https://b.example) today.")
    shown = client.get(page, {"from": first.number}).content.decode()
    assert "The words are the same" not in shown
    assert "<del>a</del><ins>b</ins>.example" in shown


def test_an_issue_that_cannot_be_composed_shows_all_its_findings_and_asks_nobody(author, issue):
    edit(author, issue, "![](images/none.jpg)\n\n::: nonsense\n:::")
    wei = account("wei")
    answer = as_(author).post(at("issue-review-ask", issue), {"person": [wei.user.pk], "note": "Please"})
    assert answer.status_code == 422
    assert "nonsense" in text_of(answer)
    assert "part=light&amp;line=" in answer.content.decode()
    assert FILE not in text_of(answer), "parts are named, not files and lines"
    assert ">Please</textarea>" in answer.content.decode()
    assert not Review.objects.exists()


def test_a_review_is_taken_back_once(author, issue):
    requests.ask(author, issue, [account("wei").user])
    client = as_(author)
    client.post(at("issue-review-take-back", issue))
    assert Review.objects.get().ended_at is not None
    assert "This review is over." in text_of(client.post(at("issue-review-take-back", issue), follow=True))
    assert StaffMail.objects.exclude(address="").count() == 0


@pytest.mark.soak
def test_the_page_has_a_bounded_number_of_queries(author, issue, django_assert_max_num_queries):
    wei = account("wei")
    client = as_(wei)
    for number in range(30):
        made = comments.add(author, issue, f"comment {number}", version=issue.current)
        comments.reply(wei, made, "yes")
    requests.ask(author, issue, [account(f"r{number}").user for number in range(30)])
    for name, most in (("issue-review", 40), ("issue-comments", 25)):
        with django_assert_max_num_queries(most):
            assert client.get(at(name, issue)).status_code == 200


# -------------------------------------------------------------------------------------------------- campaigns in the console
@pytest.fixture
def campaign(settings, issue, author) -> Campaign:
    settings.SENDGRID_API_KEY = "SG.test"
    news = people.make_list()
    people.make_people(3, news)
    return launch.create(audit.system(), version=issue.current, lists=[news], sender=people.make_sender())


def test_the_page_of_a_campaign_shows_who_approved_when_and_from_where_and_who_wants_changes(campaign, publisher, issue):
    need(1)
    wei = account("wei")
    decisions.approve(wei, issue.current, network="192.0.2.9")
    client, page = as_(publisher), reverse("campaign", args=[campaign.pk])
    client.post(
        reverse("campaign-schedule", args=[campaign.pk]), {"at": f"{people.AHEAD}T09:00", "zone": "UTC", "form": "schedule"}
    )
    assert Campaign.objects.get().state == "scheduled"
    shown = text_of(client.get(page))
    assert "signed in with their account" in shown
    assert "192.0.2.9" not in shown  # that is for administrators, in the audit
    assert "approved by wei; approvals needed: 1" in shown
    decisions.request_changes(wei, issue.current, HOSTILE)
    shown = client.get(page)
    assert "wei requested changes to this content." in text_of(shown)
    assert "<script>alert" not in shown.content.decode()
