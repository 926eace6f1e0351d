"""Comments: their place, what happens to it when the text changes, answers, and who may write."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editorial import issue_versions
from editorial.models import Comment, IssueRecord, ReviewLink
from editorial.review import comments
from editorial.review.comments import CommentError
from editorial.sources import edits, issue_state
from publication import audit, clock
from publication.models import Actor
from tests.composer.making import HEAD
from tests.support.reviewing import account
from tests.support.sources import import_source
from tests.support.variations import examples

FILE = "issue.md"
SOURCE = (
    HEAD
    + "\nDear reader,\n\n# News\n\n## Light {#light}\n\nThe **first** laser of [Shanghai](https://cast.example/a_b) is\nhere.\n\n"
    "## Sound {#sound}\n\n中**国**的“声音”。\n"
)


@pytest.fixture
def author(db):
    return account("author", "editor")


@pytest.fixture
def issue(author) -> IssueRecord:
    return import_source({FILE: SOURCE}, actor=author)


def write(actor, issue, text: str) -> None:
    number = issue_state.head(issue.pk).edits["text", FILE, "light"]
    edits.save_part(actor, issue, FILE, "light", f"## Light {{#light}}\n\n{text}", number)


def places(issue) -> list[str]:
    return [thread.location for thread in comments.threads(issue)]


def test_a_quotation_from_the_mail_is_found_in_the_source_although_that_has_marks(issue, author):
    made = comments.add(author, issue, "Which one?", file=FILE, part="light", quotation="first   laser of Shanghai is here")
    assert (made.quotation, made.name, made.version) == ("first laser of Shanghai is here", "author", None)
    comments.add(author, issue, "Ton?", file=FILE, part="sound", quotation="中国的\u201c声音\u201d")
    assert places(issue) == ["found", "found"]


def test_a_quotation_without_a_part_is_looked_up_and_a_comment_may_have_no_place(issue, author):
    assert comments.add(author, issue, "Hm", quotation="first laser").part == "light"
    assert comments.add(author, issue, "All of it is good").part == ""
    assert places(issue) == ["found", "issue"]


def test_what_is_selected_in_the_mail_is_found_where_it_can_be_and_else_kept_without_a_part(issue, author):
    def add(quotation: str, part: str) -> str:
        return comments.add(author, issue, "Hm", file=FILE, part=part, quotation=quotation, is_selected=True).part

    assert add("first laser", "light") == "light"
    assert add("first laser", "sound") == "light"
    assert add("first laser", "no such part") == "light"
    assert add("Unsubscribe", "light") == ""
    assert places(issue) == ["found", "found", "found", "issue"]
    assert comments.threads(issue)[-1].comment.quotation == "Unsubscribe"


def test_a_comment_stays_when_its_text_changes_and_shows_that_its_quotation_is_gone(issue, author):
    version = issue_versions.store_head(author, issue).version
    comments.add(author, issue, "Which?", version=version, file=FILE, part="light", quotation="first laser")
    comments.add(author, issue, "Longer, please", version=version, file=FILE, part="light")
    write(author, issue, "A very first,\n*laser*.\n")
    assert places(issue) == ["found", "part"]
    write(author, issue, "Nothing of it.\n")
    assert places(issue) == ["gone", "part"]
    edits.delete_part(author, issue, FILE, "light", issue_state.head(issue.pk).edits["text", FILE, "light"])
    assert places(issue) == ["gone", "gone"]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("text", {"text": " \n"}), ("long", {"text": "x" * 10_000}), ("character", {"text": "a\0b"}),
        ("character", {"text": "a\u202eb"}), ("character", {"text": "x", "quotation": "la\x07ser"}),
        ("part", {"text": "x", "file": FILE, "part": "none"}), ("part", {"text": "x", "file": "other.md", "part": "light"}),
        ("quotation", {"text": "x", "file": FILE, "part": "sound", "quotation": "first laser"}),
        ("quotation", {"text": "x", "quotation": "nowhere in it"}), ("long", {"text": "x", "quotation": "y" * 10_000}),
    ],
)  # fmt: skip
def test_what_cannot_be_a_comment_is_refused_and_nothing_is_stored(issue, author, code, given):
    with pytest.raises(CommentError) as refused:
        comments.add(author, issue, **given)
    assert refused.value.code == code
    assert not Comment.objects.exists()


def test_answers_stay_with_the_first_comment_and_markup_is_kept_as_it_was_typed(issue, author):
    first = comments.add(author, issue, "<script>alert(1)</script>\r\nsecond line")
    answer = comments.reply(account("wei"), first, "Yes")
    comments.reply(author, answer, "Thanks")
    (thread,) = comments.threads(issue)
    assert thread.comment.text == "<script>alert(1)</script>\nsecond line"
    assert [answer.text for answer in thread.replies] == ["Yes", "Thanks"]
    assert {answer.parent_id for answer in thread.replies} == {first.pk}


def test_a_comment_is_resolved_and_opened_again_and_doing_it_twice_is_recorded_once(issue, author):
    made = comments.add(author, issue, "x")
    wei = account("wei")
    for _ in range(2):
        assert comments.resolve(wei, made.pk).resolved_by == wei
    for _ in range(2):
        assert comments.reopen(author, made.pk).resolved_at is None
    assert list(audit.Audit.objects.filter(verb__contains="_comment").order_by("pk").values_list("verb", flat=True)) == [
        "resolve_comment", "reopen_comment",
    ]  # fmt: skip
    reply = comments.reply(author, made, "y")
    for missing in (reply.pk, 999_999):
        with pytest.raises(CommentError, match="unknown"):
            comments.resolve(wei, missing)


def test_guests_comment_by_a_link_to_this_issue_and_nobody_else_does(issue, author):
    version = issue_versions.store_head(author, issue).version
    link = ReviewLink.objects.create(
        version=version, kind="comment", name="Director", actor=author, expires_at=clock.now() + timedelta(days=1)
    )
    guest = Actor.objects.create(kind=Actor.Kind.GUEST, name="link 1")
    made = comments.add(guest, issue, "Fine", version=version, quotation="first laser", link=link, name="Director Wang")
    assert (made.name, made.link, comments.reply(guest, made, "Really", link=link).name) == ("Director Wang", link, "Director")
    other = IssueRecord.objects.create(slug="other", title="Other")
    for actor, where, more in (
        (guest, other, {"link": link}), (guest, issue, {}), (author, issue, {"link": link}), (account("viewer", "auditor"), issue, {}),
        (audit.command_line(), issue, {}),
    ):  # fmt: skip
        with pytest.raises(CommentError, match="permission"):
            comments.add(actor, where, "x", **more)


@examples(100)
@given(st.text(alphabet="ab中 *_[]()`\\{}#:-\n", max_size=80))
def test_the_readable_text_of_any_source_is_found_in_it(source):
    for line in comments.readable(source).split("\n"):
        if any(letter.isalnum() for letter in line):
            assert comments.is_in(line, source), line


def test_readable_text_has_no_marks():
    source = "## A *title* {#a}\n\n![Photo](images/a.jpg)\n\nSee [this \\[one\\]](https://x.example/a_(b)) and `code`, snake_case.\n<!-- no -->\n"
    assert comments.readable(source) == "A title\n\nPhoto\n\nSee this [one] and code, snake_case."
