"""The open questions of an import on other pages: in the editor, next to the preview, and on the page Sending."""

import re

import pytest

from editorial import issue_versions
from editorial.importing import questions
from editorial.sources import issue_state
from publication import audit
from tests.composer.making import HEAD
from tests.web.console.test_issue_pages import made, page_text

pytestmark = pytest.mark.django_db
SMALL = 'check: a sentence begins with a lowercase letter: "sea. all"'
TEXT = (
    (
        f"{HEAD}\n# News {{{{#news}}}}\n\n## A {{{{#a}}}}\n\n<!-- {SMALL} -->\n\n<!-- check: a full stop may be missing: x -->\n\n"
        "From the sea. all of it.\n\n## B {{#b}}\n\n<!-- check: is this the title? -->\n\nB.\n\n<!-- ask Wei -->\n\nC.\n"
    )
    .replace("{{", "{")
    .replace("}}", "}")
)


@pytest.fixture
def issue():
    return made("news-9", TEXT)


def test_the_editor_leads_back_to_the_questions(console, issue):
    page = console.get(f"/console/issues/{issue.slug}/part/?file=issue.md&part=b")
    assert "2 questions of the import are left. Back to the questions" in page_text(page)
    assert f'href="/console/issues/{issue.slug}/doubts/?at=1"' in page.content.decode()
    for question in questions.find(issue_state.head(issue.pk)):
        questions.keep(audit.system(), issue, [questions.QuestionKey(question.file, question.part, question.seen)])
    assert "of the import" not in page_text(console.get(f"/console/issues/{issue.slug}/part/?file=issue.md&part=b"))


def test_questions_are_no_errors_next_to_the_preview(console, issue):
    page = console.get(f"/console/issues/{issue.slug}/preview/")
    text = page_text(page)
    assert "2 questions of the import" in text
    assert 'question of the import A A sentence begins with a lowercase letter: "sea. all" Answer it' in text
    assert "an editor's mark is left: check" not in text
    assert text.count("an editor's mark is left: ask Wei") == 1
    assert page.content.decode().count('<li class="question">') == 3
    links = re.findall(r'href="/console/issues/news-9/doubts/([^"]*)">Answer it', page.content.decode())
    assert links == ["", "", "?at=1"]


def test_questions_still_stop_sending(console, issue):
    issue_versions.store_head(audit.system(), issue)
    text = page_text(console.get(f"/console/issues/{issue.slug}/send/"))
    assert "2 questions of the import are not answered." in text
    assert "The checks found no errors." not in text
    for question in questions.find(issue_state.head(issue.pk)):
        questions.keep(audit.system(), issue, [questions.QuestionKey(question.file, question.part, question.seen)])
    text = page_text(console.get(f"/console/issues/{issue.slug}/send/"))
    assert "not answered" not in text
    assert "The questions of the import are answered, but version 1 was prepared before." in text
    assert "The checks found no errors." not in text
