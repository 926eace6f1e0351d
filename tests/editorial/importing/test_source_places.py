"""Where the questions of an import are in the original document: the right place, or none."""

import pytest

from editorial import article_splits
from editorial.importing import document_imports, questions, source_places
from editorial.importing.questions import Question, QuestionKey
from editorial.importing.source_places import SourcePlace
from editorial.models import DocumentImport, IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from tests.editorial.importing.test_document_imports import finish
from tests.support.documents import WORD, begun, read, upload, written

pytestmark = pytest.mark.django_db
PICTURES = """Tidelines

Harbour news

The lighthouse opens

The lighthouse opened its doors on Monday, and the keeper told all visitors about the storm of 1953.

Photo credit: Harbour Museum

Source: Harbour Gazette

The ferry returns

The ferry returned after two years of repairs. It carries two hundred passengers to the other side.

Photo credit: Harbour Museum

Source: Harbour Gazette

The market moves

The market moved to the old harbour hall this week. It is open on every Saturday from eight o'clock.

Source: Harbour Gazette
"""


def known(issue: IssueRecord) -> list[tuple[Question, SourcePlace | None]]:
    asked = questions.find(issue_state.head(issue.pk))
    places = source_places.of_questions(asked, DocumentImport.objects.filter(issue=issue))
    return [(question, places.get(question.seen)) for question in asked]


def of_text(text: str) -> IssueRecord:
    return finish(read(begun(audit.system(), written(text))), number="2026-12", title="Tidelines", address="1 Quay")


def test_the_same_question_has_its_own_place_at_each_picture():
    issue = of_text(PICTURES)
    lines = PICTURES.split("\n")
    pictures = [passage for question, passage in known(issue) if question.is_picture]
    assert len(pictures) == 2
    assert [passage.number for passage in pictures if passage] == [9, 17]
    assert all(lines[passage.number - 1] == "Photo credit: Harbour Museum" for passage in pictures if passage)


def test_after_an_answer_the_places_of_the_others_stay_right():
    issue = of_text(PICTURES)
    before = {(question.part, question.texts): passage for question, passage in known(issue)}
    first = next(question for question, _ in known(issue) if question.is_picture)
    questions.describe(audit.system(), issue, QuestionKey(first.file, first.part, first.seen), "A lamp")
    after = {(question.part, question.texts): passage for question, passage in known(issue)}
    assert after == {key: passage for key, passage in before.items() if key != (first.part, first.texts)}


def test_a_passage_that_was_edited_keeps_its_place_and_a_new_question_has_none():
    issue = of_text(PICTURES.replace("Monday, and", "Monday. and"))
    state = issue_state.head(issue.pk)
    question, passage = next(pair for pair in known(issue) if pair[0].corrections)
    part = next(part for part in state.files[question.file] if part.id == question.part)
    text = part.text.replace("its doors", "its old doors") + "\n<!-- check: ask the museum -->\n"
    edits.save_part(
        audit.command_line(), issue, question.file, question.part, text, state.edits["text", question.file, question.part]
    )
    places = {other.texts: where for other, where in known(issue)}
    assert places[question.texts] == passage
    assert passage is not None
    assert passage.number == 7
    assert places["check: ask the museum",] is None


def test_alike_places_of_which_one_was_answered_have_no_place():
    text = PICTURES.replace("Photo credit: Harbour Museum\n\n", "Photo credit: Harbour Museum\n\nIt was bright.\n\n" * 2, 1)
    issue = of_text(text)
    pictures = [(question, passage) for question, passage in known(issue) if question.is_picture]
    (first, where), (second, further) = pictures[:2]
    assert (first.part, first.texts, first.passage) == (second.part, second.texts, second.passage)
    assert where
    assert further
    assert (where.number, further.number) == (9, 13)
    questions.describe(audit.system(), issue, QuestionKey(first.file, first.part, first.seen), "A lamp")
    assert next(passage for question, passage in known(issue) if question.is_picture) is None


def test_places_of_a_word_document_are_those_of_its_report():
    run = read(begun(audit.system(), upload(WORD)))
    document_imports.decide_tracked(audit.system(), run, "accept")
    issue = finish(read(run), number="2026-12", title="Tidelines", address="1 Quay")
    places = [passage.number for question, passage in known(issue) if passage and question.subject != "whole"]
    assert places == [11, 60, 60, 88, 98, 107]


def test_answers_and_edits_are_counted():
    issue = of_text(PICTURES)
    total = len(known(issue))
    assert questions.answered(issue, [question for question, _ in known(issue)]) == 0
    question = known(issue)[0][0]
    questions.keep(audit.system(), issue, [QuestionKey(question.file, question.part, question.seen)])
    state = issue_state.head(issue.pk)
    last = known(issue)[-1][0]
    edits.delete_part(audit.system(), issue, last.file, last.part, state.edits["text", last.file, last.part])
    left = [question for question, _ in known(issue)]
    assert questions.answered(issue, left) == total - len(left) > 1


def test_the_questions_of_an_article_that_was_joined_to_another_keep_their_places():
    issue = of_text(PICTURES)
    before = [passage for _, passage in known(issue)]
    state = issue_state.head(issue.pk)
    names = [part.id for part in state.files["issue.md"] if part.text.startswith("## ")]
    article_splits.join_articles(audit.system(), issue, "issue.md", names[1], state.edits["text", "issue.md", names[1]])
    assert [passage for _, passage in known(issue)] == before != []
    assert questions.answered(issue, [question for question, _ in known(issue)]) == 0
