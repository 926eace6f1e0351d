"""Where the doubts of an import are in the original document: the right place, or none."""

from __future__ import annotations

import pytest

from editorial import article_splits
from editorial.importing import document_imports, doubt_progress, doubts, source_places
from editorial.importing.doubts import Doubt, Named
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


def known(issue: IssueRecord) -> list[tuple[Doubt, SourcePlace | None]]:
    found = doubts.find(issue_state.head(issue.pk))
    places = source_places.of_doubts(found, DocumentImport.objects.filter(issue=issue))
    return [(doubt, places.get(doubt.seen)) for doubt in found]


def of_text(text: str) -> IssueRecord:
    return finish(read(begun(audit.system(), written(text))), number="2026-12", title="Tidelines", address="1 Quay")


def test_the_same_mark_has_its_own_place_at_each_picture():
    issue = of_text(PICTURES)
    lines = PICTURES.split("\n")
    pictures = [place for doubt, place in known(issue) if doubt.is_picture]
    assert len(pictures) == 2
    assert [place.place for place in pictures if place] == [9, 17]
    assert all(lines[place.place - 1] == "Photo credit: Harbour Museum" for place in pictures if place)


def test_after_an_answer_the_places_of_the_others_stay_right():
    issue = of_text(PICTURES)
    before = {(doubt.part, doubt.marks): place for doubt, place in known(issue)}
    first = next(doubt for doubt, _ in known(issue) if doubt.is_picture)
    doubts.describe(audit.system(), issue, Named(first.file, first.part, first.seen), "A lamp")
    after = {(doubt.part, doubt.marks): place for doubt, place in known(issue)}
    assert after == {key: place for key, place in before.items() if key != (first.part, first.marks)}


def test_a_passage_that_was_edited_keeps_its_place_and_a_new_mark_has_none():
    issue = of_text(PICTURES.replace("Monday, and", "Monday. and"))
    state = issue_state.head(issue.pk)
    doubt, place = next(pair for pair in known(issue) if pair[0].corrections)
    part = next(each for each in state.files[doubt.file] if each.id == doubt.part)
    text = part.text.replace("its doors", "its old doors") + "\n<!-- check: ask the museum -->\n"
    edits.save_part(audit.command_line(), issue, doubt.file, doubt.part, text, state.edits["text", doubt.file, doubt.part])
    places = {each.marks: where for each, where in known(issue)}
    assert places[doubt.marks] == place
    assert place is not None
    assert place.place == 7
    assert places["check: ask the museum",] is None


def test_alike_places_of_which_one_was_answered_have_no_place():
    text = PICTURES.replace("Photo credit: Harbour Museum\n\n", "Photo credit: Harbour Museum\n\nIt was bright.\n\n" * 2, 1)
    issue = of_text(text)
    pictures = [(doubt, place) for doubt, place in known(issue) if doubt.is_picture]
    (first, where), (second, further) = pictures[:2]
    assert (first.part, first.marks, first.passage) == (second.part, second.marks, second.passage)
    assert where
    assert further
    assert (where.place, further.place) == (9, 13)
    doubts.describe(audit.system(), issue, Named(first.file, first.part, first.seen), "A lamp")
    assert next(place for doubt, place in known(issue) if doubt.is_picture) is None


def test_places_of_a_word_document_are_those_of_its_report():
    run = read(begun(audit.system(), upload(WORD)))
    document_imports.decide_tracked(audit.system(), run, "accept")
    issue = finish(read(run), number="2026-12", title="Tidelines", address="1 Quay")
    places = [place.place for doubt, place in known(issue) if place and doubt.subject != "whole"]
    assert places == [11, 60, 60, 88, 98, 107]


def test_answers_and_edits_are_counted():
    issue = of_text(PICTURES)
    total = len(known(issue))
    assert doubt_progress.answered(issue, [doubt for doubt, _ in known(issue)]) == 0
    doubt = known(issue)[0][0]
    doubts.keep(audit.system(), issue, [Named(doubt.file, doubt.part, doubt.seen)])
    state = issue_state.head(issue.pk)
    last = known(issue)[-1][0]
    edits.delete_part(audit.system(), issue, last.file, last.part, state.edits["text", last.file, last.part])
    left = [doubt for doubt, _ in known(issue)]
    assert doubt_progress.answered(issue, left) == total - len(left) > 1


def test_the_questions_of_an_article_that_was_joined_to_another_keep_their_places():
    issue = of_text(PICTURES)
    before = [place for _, place in known(issue)]
    state = issue_state.head(issue.pk)
    names = [part.id for part in state.files["issue.md"] if part.text.startswith("## ")]
    article_splits.join_articles(audit.system(), issue, "issue.md", names[1], state.edits["text", "issue.md", names[1]])
    assert [place for _, place in known(issue)] == before != []
    assert doubt_progress.answered(issue, [doubt for doubt, _ in known(issue)]) == 0
