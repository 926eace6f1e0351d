"""Dividing an article in two and joining two: everything follows, in every language, and one step takes it back."""

import pytest
from django.contrib.auth.models import User

from composer.issue.editing.article_halves import Halves, halves_at
from editorial import article_splits
from editorial.article_splits import Notes, SplitResult
from editorial.importing import questions
from editorial.models import Comment, IssueRecord
from editorial.review import comments
from editorial.sources import edits, issue_state
from editorial.sources.edits import EditConflictError, SourceEditError
from publication import audit
from publication.models import Actor, Audit
from publication.staff import roles
from tests.composer.making import HEAD

pytestmark = pytest.mark.django_db
FIRST, SECOND = "issue.md", "issue.zh-Hans.md"
HIGHLIGHTS = "highlights:\n- light\n- sound\n"
BODY = """A lamp was lit.

![A lamp](images/lamp.png)
Caption: The lamp

<!-- check: a word may be repeated here: "the the" -->

It shone on the the street.

### Sound waves

![A bell](images/bell.png)

A bell rang.

Sources: One; Two"""
CHINESE = """灯亮了。

![灯](images/lamp.png)

它照在街上。

### 声波

![钟](images/bell.png)

钟响了。

Sources: 一; 二"""
LANGUAGES = ((FIRST, "en"), (SECOND, "zh-Hans"))
NOTES = Notes("divide this", "fill this", "translate the title")


def source(body: str, language: str = "en") -> str:
    head = HEAD.replace("language: en", f"language: {language}").replace("footer:", f"{HIGHLIGHTS}footer:")
    return f"{head}\n# News {{#news}}\n\n## Light {{#light}}\n\n{body}\n\n## Air {{#air}}\n\nSee [this](#sound-waves).\n"


def issue_of(*bodies: str) -> IssueRecord:
    record = IssueRecord.objects.create(slug="news-1", title="News")
    sources = {file: source(body, language) for body, (file, language) in zip(bodies, LANGUAGES, strict=False)}
    edits.replace_source(audit.system(), record, None, issue_state.of_sources(sources, {}), reason="import")
    return record


@pytest.fixture
def actor(db) -> Actor:
    account = User.objects.create_user("wei", "wei@cast.example", "a long enough one", is_staff=True)
    account.groups.set(roles.groups(["editor", "publisher"]))
    return audit.staff(account)


def body(issue: IssueRecord, part: str, file: str = FIRST) -> str:
    text = {part_now.id: part_now.text for part_now in issue_state.head(issue.pk).files[file]}[part]
    return text.partition("\n")[2].strip("\n")


def parts(issue: IssueRecord, file: str = FIRST) -> list[str]:
    return [part.id for part in issue_state.head(issue.pk).files[file] if not part.id.startswith("@")]


def divide(actor: Actor, issue: IssueRecord, at: int, title: str = "Sound waves", part: str = "light") -> SplitResult:
    halves = halves_at(body(issue, part), at)
    return article_splits.split_article(actor, issue, FIRST, part, base(issue, part), title, halves, NOTES)


def base(issue: IssueRecord, part: str) -> int:
    return issue_state.head(issue.pk).edits["text", FIRST, part]


def comment(actor: Actor, issue: IssueRecord, quotation: str, part: str = "light") -> Comment:
    return comments.add(actor, issue, "Really?", file=FIRST, part=part, quotation=quotation)


def part_of(stored_comment: Comment) -> str:
    return Comment.objects.get(pk=stored_comment.pk).part


def test_everything_follows_into_the_new_article_and_one_step_takes_it_back(actor):
    issue = issue_of(BODY, CHINESE)
    before = issue_state.head(issue.pk)
    lamp, bell, whole = (comment(actor, issue, quotation) for quotation in ("A lamp was lit", "A bell rang", ""))
    changed = divide(actor, issue, 3)
    assert (changed.part, changed.to_divide) == ("sound-waves", ())
    first, second = BODY.split("\n\n### Sound waves\n\n")
    assert (body(issue, "light"), body(issue, "sound-waves")) == (first, second)
    chinese = CHINESE.split("\n\n### 声波\n\n")
    assert [body(issue, part, SECOND) for part in ("light", "sound-waves")] == chinese
    assert "## 声波 {#sound-waves}\n" in issue_state.head(issue.pk).sources[SECOND]
    assert parts(issue) == parts(issue, SECOND) == ["news", "light", "sound-waves", "air"]
    assert [part_of(written) for written in (lamp, bell, whole)] == ["light", "sound-waves", "light"]
    assert Audit.objects.filter(verb="split_article").count() == 1
    article_splits.take_back(actor, issue, changed.step)
    assert issue_state.head(issue.pk) == before
    assert [part_of(written) for written in (lamp, bell, whole)] == ["light"] * 3


def test_joining_is_the_reverse_and_one_step_takes_it_back(actor):
    issue = issue_of(BODY, CHINESE)
    whole = issue_state.head(issue.pk).sources
    divide(actor, issue, 3)
    edits.save_part(
        actor, issue, FIRST, "@highlights", HIGHLIGHTS.replace("sound", "sound-waves"), base(issue, "@highlights")
    )  # fmt: skip
    before = issue_state.head(issue.pk)
    quoted, plain, stays = (
        comment(actor, issue, *where) for where in (("A bell rang", "sound-waves"), ("", "sound-waves"), ("", "light"))
    )
    changed = article_splits.join_articles(actor, issue, FIRST, "sound-waves", base(issue, "sound-waves"))
    assert changed.part == "light"
    joined = issue_state.head(issue.pk).sources
    assert body(issue, "light") == BODY
    assert joined[SECOND] == whole[SECOND].replace("](#sound-waves)", "](#light)")
    assert "See [this](#light)." in joined[FIRST]
    assert body(issue, "@highlights") == "- light"
    assert {part_of(written) for written in (quoted, plain, stays)} == {"light"}
    article_splits.take_back(actor, issue, changed.step)
    assert issue_state.head(issue.pk) == before
    assert [part_of(written) for written in (quoted, plain, stays)] == ["sound-waves", "sound-waves", "light"]


def test_a_text_with_another_structure_stays_whole_and_is_marked_but_its_pictures_follow(actor):
    issue = issue_of(BODY, CHINESE.replace("它照在街上。\n\n", ""))
    changed = divide(actor, issue, 3)
    assert changed.to_divide == ("zh-Hans",)
    assert body(issue, "light", SECOND).startswith("<!-- divide this -->\n\n灯亮了。")
    assert "钟响了" in body(issue, "light", SECOND)
    assert body(issue, "sound-waves", SECOND) == "<!-- fill this -->\n\n![钟](images/bell.png)"
    assert "bell.png" not in body(issue, "light", SECOND)


def test_a_paragraph_can_be_divided_and_its_questions_go_to_the_half_that_they_quote(actor):
    issue = issue_of(BODY.replace("<!-- check: a", "<!-- check: who says so? -->\n\n<!-- check: a"), CHINESE)
    asked = questions.find(issue_state.head(issue.pk))
    before, _, after = body(issue, "light").partition("the the street")
    halves = Halves(before.strip(), f"the the street{after}")
    changed = article_splits.split_article(actor, issue, FIRST, "light", base(issue, "light"), "Street", halves, NOTES)
    assert body(issue, "light").endswith("<!-- check: who says so? -->\n\nIt shone on")
    assert body(issue, changed.part).startswith('<!-- check: a word may be repeated here: "the the" -->\n\nthe the street.')
    assert changed.to_divide == ("zh-Hans",)
    left = questions.find(issue_state.head(issue.pk))
    assert len(left) == len(asked)
    assert questions.answered(issue, left) == 0


def test_a_question_above_the_block_at_which_the_text_is_divided_goes_with_it(actor):
    issue = issue_of(BODY)
    divide(actor, issue, 2, "Street")
    assert body(issue, "street").startswith("<!-- check: a word")
    assert body(issue, "light").endswith("Caption: The lamp")


def test_a_title_that_is_not_in_the_text_leaves_the_text_whole_and_asks_for_its_translation(actor):
    issue = issue_of(BODY, CHINESE)
    part = divide(actor, issue, 3, "A {#new} title 1").part
    assert body(issue, part).startswith("### Sound waves")
    assert body(issue, part, SECOND).startswith("<!-- translate the title -->\n\n### 声波")


def test_joining_puts_the_sources_of_both_at_the_end_and_refuses_articles_for_different_readers(actor):
    text = f"{BODY}\n\n## Heat {{#heat}}\n\n<!-- check: the line says “Source” -->\n\nWarm.\n\nSources: Two; Three\n\n## Cold {{#cold}}\n\n"
    issue = issue_of(f'{text}Only: country = "CN"\n\nCool.')
    with pytest.raises(SourceEditError) as refused:
        article_splits.join_articles(actor, issue, FIRST, "cold", base(issue, "cold"))
    assert refused.value.code == "readers"
    article_splits.join_articles(actor, issue, FIRST, "heat", base(issue, "heat"))
    assert body(issue, "light") == BODY.replace(
        "\n\nSources: One; Two", "\n\n### Heat\n\n<!-- check: the line says “Source” -->\n\nWarm.\n\nSources: One; Two; Three"
    )
    with pytest.raises(SourceEditError) as refused:
        article_splits.join_articles(actor, issue, FIRST, "light", base(issue, "light"))
    assert refused.value.code == "first"


def test_where_the_first_article_is_not_translated_the_second_takes_its_place(actor):
    issue = issue_of(BODY, CHINESE)
    divide(actor, issue, 3)
    edits.delete_part(actor, issue, SECOND, "light", issue_state.head(issue.pk).edits["text", SECOND, "light"])
    changed = article_splits.join_articles(actor, issue, FIRST, "sound-waves", base(issue, "sound-waves"))
    assert parts(issue, SECOND) == ["news", "light", "air"]
    assert "## 声波 {#light}" in issue_state.head(issue.pk).sources[SECOND]
    article_splits.take_back(actor, issue, changed.step)
    assert parts(issue, SECOND) == ["news", "sound-waves", "air"]


def test_a_change_of_somebody_else_is_a_conflict_and_nothing_is_lost(actor):
    issue = issue_of(BODY)
    seen, halves = base(issue, "light"), halves_at(BODY, 3)
    theirs = f"## Light {{#light}}\n\n{BODY} Theirs.\n\n"
    edits.save_part(audit.system(), issue, FIRST, "light", theirs, seen)
    with pytest.raises(EditConflictError):
        article_splits.split_article(actor, issue, FIRST, "light", seen, "Sound waves", halves, NOTES)
    with pytest.raises(EditConflictError):
        article_splits.join_articles(actor, issue, FIRST, "air", base(issue, "air") + 1_000)
    assert body(issue, "light") == f"{BODY} Theirs."
    changed = divide(actor, issue, 3)
    edits.save_part(actor, issue, FIRST, "air", "## Air {#air}\n\nMore.\n", base(issue, "air"))
    edits.save_part(actor, issue, FIRST, changed.part, "## Sound {#sound-waves}\n\nNewer.\n", base(issue, changed.part))
    with pytest.raises(EditConflictError):  # their text of before the split
        edits.save_part(audit.system(), issue, FIRST, "light", theirs.replace("Theirs", "Later"), seen)
    with pytest.raises(EditConflictError):
        article_splits.take_back(actor, issue, changed.step)
    assert "Newer." in body(issue, changed.part)


@pytest.mark.parametrize(
    ("title", "halves"), [("", ("a", "b")), ("x", ("", "b")), ("x", ("a", " ")), ("x", ("a", "b\n\n<!-- open"))]
)
def test_halves_that_are_not_two_articles_are_refused(actor, title, halves):
    issue = issue_of(BODY)
    with pytest.raises(SourceEditError):
        article_splits.split_article(actor, issue, FIRST, "light", base(issue, "light"), title, Halves(*halves), NOTES)
    assert parts(issue) == ["news", "light", "air"]
