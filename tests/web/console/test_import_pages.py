"""Importing a document in the console: upload, progress, questions before and after the import, and the original files."""

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from config.env import LANGUAGE_CODES
from editorial.importing import document_imports, questions
from editorial.importing.document_imports import State
from editorial.models import DocumentImport, IssueRecord
from editorial.sources import issue_state
from publication import audit
from publication.models import Actor
from tests.composer.making import HEAD as SOURCE_HEAD
from tests.editorial.importing.test_document_imports import finish
from tests.support import documents
from tests.support.documents import TEXT, WORD, begun, read, upload, written
from tests.support.reviewing import account
from tests.support.variations import first
from tests.web.conftest import make_staff
from tests.web.console.test_issue_pages import FILE, HOSTILE, made, page_text
from tests.web.console.test_issue_pictures import picture

pytestmark = pytest.mark.django_db
HEAD = {
    "action": "finish", "title": "Tidelines", "number": "2026-12", "date": "2026-12-01", "organisation": "Harbour Museum",
    "subject": "The lighthouse opens", "preheader": "And the ferry returns.", "address": "1 Quay", "about": "We tell of the harbour.",
    "website": "", "email": "",
}  # fmt: skip


def send(client: Client, *files: tuple[str, bytes], **fields: str):
    uploads = [SimpleUploadedFile(name, data) for name, data in files]
    return client.post("/console/uploads/documents/new/", {"file": uploads, **fields})


def as_(actor: Actor) -> Client:
    client = Client()
    client.force_login(actor.user)
    return client


def page_of(run: DocumentImport) -> str:
    return f"/console/imports/{run.pk}/"


def imported(text: str = TEXT) -> IssueRecord:
    return finish(read(begun(audit.system(), written(text))), number="2026-12", title="Tidelines", address="1 Quay")


def questions_page(issue: IssueRecord, query: str = "") -> str:
    return f"/console/issues/{issue.slug}/doubts/{query}"


def hidden(answer) -> dict[str, str]:
    form = re.search(r'<form method="post" class="question-form".*?</form>', answer.content.decode(), re.DOTALL)[0]
    fields = re.findall(r'name="(question|at)" value="([^"]*)"', form)
    return {name: html.unescape(value) for name, value in fields}


def source(issue: IssueRecord) -> str:
    return issue_state.head(issue.pk).sources[FILE]


# --------------------------------------------------------------------------------------------------- from file to issue
def test_a_document_becomes_an_issue(console):
    assert '/console/imports/"' in console.get("/console/issues/").content.decode()
    assert "tidelines.txt" not in page_text(console.get("/console/imports/"))
    answer = send(console, ("tidelines.txt", TEXT.encode()))
    run = DocumentImport.objects.get()
    assert answer.headers["Location"] == page_of(run)
    waiting = page_text(console.get(page_of(run)))
    assert "Your document is being read" in waiting
    assert "tidelines.txt waits to be read" in page_text(console.get("/console/imports/"))
    assert json.loads(console.get(f"{page_of(run)}progress/").content)["state"] == "waiting"
    read(run)
    assert json.loads(console.get(f"{page_of(run)}progress/").content) == {"state": "ready", "step": ""}
    ready = console.get(page_of(run))
    assert 'name="organisation" value="Tidelines"' in ready.content.decode()
    created = console.post(page_of(run), HEAD)
    issue = IssueRecord.objects.get()
    assert created.headers["Location"] == questions_page(issue)
    assert "subject: The lighthouse opens\n" in source(issue)
    assert "questions about this issue" in page_text(console.get(f"/console/issues/{issue.slug}/"))
    assert "Open the issue" in page_text(console.get(page_of(run)))


def test_a_head_that_cannot_be_stored_shows_what_was_typed(console):
    run = read(begun(audit.system(), written(TEXT)))
    answer = console.post(page_of(run), {**HEAD, "number": " ", "subject": HOSTILE})
    assert answer.status_code == 422
    assert "Enter the number of the issue." in page_text(answer)
    assert HOSTILE in html.unescape(answer.content.decode())
    assert "<script>alert" not in answer.content.decode()
    console.post(page_of(run), HEAD)
    other = read(begun(audit.system(), written(TEXT)))
    taken = console.post(page_of(other), HEAD)
    assert taken.status_code == 422
    assert "/console/issues/tidelines-2026-12/" in taken.content.decode()
    assert console.post(page_of(run), HEAD).status_code == 409


def test_the_model_fills_the_form(console):
    imported()
    send(console, ("next.txt", TEXT.encode()), **{"from": "tidelines-2026-12"})
    run = read(DocumentImport.objects.order_by("-id").first())
    page = console.get(page_of(run)).content.decode()
    assert 'name="address" value="1 Quay"' in page


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ([], "Choose a file first."),
        ([("a.png", b"x")], "You chose only pictures."),
        ([("a.txt", b"x"), ("b.md", b"x")], "You chose several documents: a.txt, b.md."),
        ([("a.txt", b"x"), ("b.png", b"no picture")], "b.png"),
    ],
)
def test_uploads_that_cannot_be_imported_are_refused_in_words(console, files, problem: str):
    answer = send(console, *files)
    assert answer.status_code == 422
    assert problem in page_text(answer)
    assert not DocumentImport.objects.exists()


def test_a_failed_import_says_why_in_both_languages_and_can_start_again(console):
    send(console, ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
    run = read(DocumentImport.objects.get())
    assert "old.doc is in the old Word format (.doc). Open it in Word, save it as .docx" in page_text(console.get(page_of(run)))
    assert console.post(page_of(run), {"action": "restart"}).status_code == 302
    run.refresh_from_db()
    assert run.state == State.WAITING


def test_an_import_is_cancelled(console):
    send(console, ("a.txt", TEXT.encode()))
    run = DocumentImport.objects.get()
    console.post(page_of(run), {"action": "cancel"})
    assert "This import is cancelled." in page_text(console.get(page_of(run)))
    assert console.post(page_of(run), {"action": "cancel"}).status_code == 409


@pytest.mark.parametrize("action", first(["finish", "cancel", "restart", "accept"]))
def test_an_author_cannot_go_on_with_the_import_of_another(action: str):
    owner = account("owner", "editor")
    run = begun(owner, upload(WORD)) if action == "accept" else begun(owner, written(TEXT))
    if action in ("finish", "accept"):
        read(run)
    if action == "restart":
        document_imports.cancel(owner, run)
    before = DocumentImport.objects.values_list("state", flat=True).get()
    stranger = as_(account("stranger", "editor"))
    page = stranger.get(page_of(run))
    assert "owner began this import" in page_text(page)
    for hidden_part in ('name="action"', "/files/", "/report/", "Tianjin", "all visitors"):
        assert hidden_part not in page.content.decode()
    refused = stranger.post(page_of(run), HEAD if action == "finish" else {"action": action})
    assert refused.status_code == 403
    assert "This import belongs to owner. Nothing was changed." in page_text(refused)
    assert DocumentImport.objects.values_list("state", flat=True).get() == before
    assert not IssueRecord.objects.exists()
    assert stranger.get(f"{page_of(run)}files/{run.files.get(role='document').pk}/").status_code == 404
    assert stranger.get(f"{page_of(run)}report/").status_code == 404
    for allowed in (owner, account("chief", "publisher")):
        assert 'name="action"' in as_(allowed).get(page_of(run)).content.decode()
    answer = as_(allowed).post(page_of(run), HEAD if action == "finish" else {"action": action})
    assert answer.status_code == 302
    assert DocumentImport.objects.values_list("state", flat=True).get() != before


def test_everybody_who_writes_sees_what_was_left_out_once_the_import_is_an_issue():
    owner = account("owner", "editor")
    run = read(begun(owner, upload(documents.SAMPLES / "sample.pdf")))
    stranger = as_(account("stranger", "editor"))
    assert "above the highlights" not in page_text(stranger.get(page_of(run)))
    assert as_(owner).post(page_of(run), HEAD).status_code == 302
    assert "above the highlights" in page_text(stranger.get(page_of(run)))
    answer = stranger.get(f"{page_of(run)}files/{run.files.get(role='document').pk}/")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")


def test_tracked_changes_are_asked_about_with_samples(console):
    send(console, ("sample.docx", WORD.read_bytes()))
    run = read(DocumentImport.objects.get())
    page = page_text(console.get(page_of(run)))
    assert "2 changes by Li Na are not accepted yet." in page
    assert "deleted Tianjin Li Na" in page
    assert "added Hebei Li Na" in page
    assert console.post(page_of(run), {"action": "both"}).status_code == 422
    console.post(page_of(run), {"action": "reject"})
    assert read(run).state == State.READY
    assert "Accept all changes" not in page_text(console.get(page_of(run)))


def test_the_original_is_a_download_for_people_who_write(console):
    run = read(begun(audit.system(), written(TEXT, "Tide & <b>.txt")))
    page = console.get(page_of(run)).content.decode()
    address = re.search(r'href="(/console/imports/\d+/files/\d+/)"', page)[1]
    answer = console.get(address)
    assert b"".join(answer.streaming_content) == TEXT.encode()
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Tide%20%26%20%3Cb%3E.txt"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "<b>.txt" not in page
    reader = Client()
    reader.force_login(make_staff("reader", "editorial.view_issuerecord", "editorial.add_issuerecord"))
    assert reader.get(address).status_code == 403
    assert "/files/" not in reader.get(page_of(run)).content.decode()
    assert console.get(f"{page_of(run)}files/999999/").status_code == 404


def test_the_page_lists_its_questions_and_no_file_names_or_lines(console):
    run = read(begun(audit.system(), written(TEXT)))
    page = console.get(page_of(run))
    text = page_text(page)
    (count,) = re.findall(r"Questions that you are asked next: (\d+)", text)
    assert f"Questions: {count}." in text
    assert len(
        re.findall(
            r"<td[^>]*>[^<]*</td><td[^>]*>[^<]*</td></tr>",
            page.content.decode().partition('id="questions"')[2].partition("</table>")[0],
        )
    ) == int(count)
    assert "line 7 A sentence begins with a lowercase letter" in text
    for technical in ("issue.md", "masthead", "import-report.txt"):
        assert technical not in page.content.decode()
    report = console.get(f"{page_of(run)}report/")
    assert "issue.md:" in report.content.decode()
    assert report.headers["Content-Disposition"] == "attachment; filename=import-report.txt"
    assert console.get(f"{page_of(begun(audit.system(), written(TEXT)))}report/").status_code == 404


# -------------------------------------------------------------------------------------------------------------- questions
def test_questions_are_worked_off_with_one_activation_each(console):
    issue = imported()
    total = questions.count(issue_state.head(issue.pk))
    for left in range(total, 0, -1):
        answer = console.get(questions_page(issue))
        assert f"Question {total - left + 1} of {total}" in page_text(answer)
        assert f"{total - left} of {total} answered" in page_text(answer)
        assert f'<progress max="{total}" value="{total - left}"' in answer.content.decode()
        assert answer.content.decode().count("autofocus") == 1
        where = questions_page(issue) if "id_alt" not in answer.content.decode() else f"/console/uploads/{issue.slug}/doubts/"
        action = {"action": "describe", "alt": "A lamp"} if "id_alt" in answer.content.decode() else {"action": "keep"}
        assert console.post(where, {**hidden(answer), **action}).status_code == 302
    assert "No questions are left." in page_text(console.get(questions_page(issue)))
    assert "check:" not in source(issue)
    assert "![A lamp]" in source(issue)


def test_a_section_without_a_name_has_a_field_for_it(console):
    issue = imported(TEXT.replace("Harbour news\n\n", ""))
    at = next(at for at, question in enumerate(questions.find(issue_state.head(issue.pk))) if question.asks_name)
    answer = console.get(questions_page(issue, f"?at={at}"))
    page = answer.content.decode()
    assert "Give it a name." in page_text(answer)
    assert re.search(r'<input id="id_name" name="name" value="" [^>]*required', page)
    assert "It is right: keep it" not in page
    assert console.post(questions_page(issue), {**hidden(answer), "action": "name", "name": " "}).status_code == 422
    assert console.post(questions_page(issue), {**hidden(answer), "action": "name", "name": "Harbour & town"}).status_code == 302
    assert re.search(r"^# Harbour & town\b", source(issue), re.MULTILINE)
    assert "names no section" not in source(issue)


def test_source_and_result_are_side_by_side_with_the_correction(console):
    issue = imported()
    answer = next(
        candidate
        for at in range(9)
        if "lowercase letter" in page_text(candidate := console.get(questions_page(issue, f"?at={at}")))
    )
    page = page_text(answer)
    assert "In the document line 7 The lighthouse opened its doors on Monday. all visitors" in page
    mail = html.unescape(re.search(r'<iframe class="question-mail" src="([^"]*)"', answer.content.decode())[1])
    assert parse_qs(urlsplit(mail).query)["part"] == [hidden(answer)["question"].split(" ")[2]]
    shown = console.get(mail.partition("#")[0])
    assert shown.status_code == 200
    assert 'id="mailroom-here"' in shown.content.decode()
    console.post(questions_page(issue), {**hidden(answer), "action": "correct-usual"})
    assert "on Monday, all visitors were welcome" in source(issue)


def test_a_picture_is_shown_large_and_gets_its_description_and_its_caption(console):
    run = read(begun(audit.system(), upload(WORD)))
    document_imports.decide_tracked(audit.system(), run, "accept")
    issue = finish(read(run), number="2026-12", title="Tidelines", address="1 Quay")
    asked = questions.find(issue_state.head(issue.pk))
    at = next(at for at, question in enumerate(asked) if question.is_picture)
    answer = console.get(questions_page(issue, f"?at={at}"))
    src = html.unescape(re.search(r'<figure class="question-picture"><img src="([^"]*)"', answer.content.decode())[1])
    assert console.get(src).headers["Content-Type"].startswith("image/")
    assert "In the document: paragraph 88." in page_text(answer)
    assert "whole" not in page_text(answer)
    assert "question-mail" not in answer.content.decode()
    form = {**hidden(answer), "action": "describe", "alt": "Seven badges", "caption": "Signed *online*"}
    console.post(f"/console/uploads/{issue.slug}/doubts/", form)
    assert "![Seven badges](images/picture-5.jpg)\nCaption: Signed \\*online\\*\n" in source(issue)


def test_a_table_is_shown_and_its_first_row_is_its_heading_or_not(console):
    table = "<!-- check: is the first row of this table its heading? -->\n\n| Field | |\n|---|--:|\n| Physics | 4 |\n"
    issue = made(
        "news-9",
        f"{SOURCE_HEAD}\n# News\n\n## One {{{{#one}}}}\n\n{table}\n## Two {{{{#two}}}}\n\n{table}".replace("{{", "{").replace(
            "}}", "}"
        ),
    )
    page = console.get(questions_page(issue))
    assert "Field" in re.search(r'<table class="question-table".*?</table>', page.content.decode(), re.DOTALL)[0]
    assert "keep it" not in page_text(page)
    console.post(questions_page(issue), {**hidden(page), "action": "heading", "heading": ["", "Members | all"]})
    assert "{#one}\n\n| Field | Members \\| all |\n|---|--:|\n| Physics | 4 |" in source(issue)
    console.post(questions_page(issue), {**hidden(console.get(questions_page(issue))), "action": "no-heading"})
    assert "{#two}\n\n|  |  |\n|---|--:|\n| Field |  |\n| Physics | 4 |" in source(issue)
    assert "No questions are left." in page_text(console.get(questions_page(issue)))


def test_the_keys_that_are_named_are_those_of_the_page(console):
    issue = imported()
    for at in range(questions.count(issue_state.head(issue.pk))):
        page = console.get(questions_page(issue, f"?at={at}"))
        for key, text in (("c", "C corrects"), ("e", "E edits"), ("y", "Y or N"), ("j", "J skips"), ("k", "K goes back")):
            named = text in page_text(page)
            assert not named or f'data-key="{key}"' in page.content.decode()
    assert "C corrects" not in page_text(console.get(questions_page(issue, f"?at={at}")))


def test_skipping_goes_on_and_decides_nothing(console):
    issue = imported()
    before = source(issue)
    first = console.get(questions_page(issue)).content.decode()
    assert 'href="?at=1" data-key="j"' in first
    assert "Question 2 of" in page_text(console.get(questions_page(issue, "?at=1")))
    assert source(issue) == before
    last = console.get(questions_page(issue, "?at=999999")).content.decode()
    assert 'href="?at=0" data-key="j"' in last


def test_a_place_that_changed_meanwhile_is_not_decided_about(console):
    issue = imported()
    form = hidden(console.get(questions_page(issue)))
    console.post(questions_page(issue), {**form, "action": "keep"})
    answer = console.post(questions_page(issue), {**form, "action": "keep"})
    assert answer.status_code == 409
    assert "Nothing was changed." in page_text(answer)
    assert console.post(questions_page(issue), {"question": "x y", "action": "keep"}).status_code == 409


def test_a_picture_is_uploaded_where_it_is_missing(console):
    issue = imported()
    at = next(at for at in range(9) if "id_alt" in console.get(questions_page(issue, f"?at={at}")).content.decode())
    form = hidden(console.get(questions_page(issue, f"?at={at}")))
    target = f"/console/uploads/{issue.slug}/doubts/"
    broken = console.post(target, {**form, "action": "describe", "alt": "x", "file": SimpleUploadedFile("a.png", b"none")})
    assert broken.status_code == 422
    assert "![](missing)" in source(issue)
    console.post(target, {**form, "action": "describe", "alt": "The lighthouse", "file": SimpleUploadedFile("a.png", picture())})
    assert "![The lighthouse](images/a.png)" in source(issue)


def test_alike_questions_are_kept_together_only_after_they_were_shown(console):
    mark = '<!-- check: a sentence begins with a lowercase letter: "sea. all" -->'
    articles = "".join(f"## Story {number}\n\n{mark}\n\nFrom the sea. all of day {number}.\n\n" for number in range(1, 5))
    other = '## Last\n\n<!-- check: a word may be repeated here: "by by" -->\n\nSold by by the sea.\n\n'
    issue = made("news-9", f"{SOURCE_HEAD}\n# News\n\n{articles}{other}")
    answer = console.get(questions_page(issue))
    assert 'href="?kind=small"' in answer.content.decode()
    assert "Look at all 4 questions of this kind" in page_text(answer)
    assert "Keep the places" not in page_text(answer)
    page = console.get(questions_page(issue, "?kind=small"))
    names = [html.unescape(name) for name in re.findall(r'name="question" value="([^"]*)"', page.content.decode())]
    assert len(names) == page_text(page).count("A sentence begins with a lowercase letter") == 4
    assert all(f"From the sea. all of day {number}." in page_text(page) for number in range(1, 5))
    console.post(questions_page(issue), {"action": "keep", "question": names[:-1]})
    left = questions.find(issue_state.head(issue.pk))
    assert [question.passage for question in left] == ["From the sea. all of day 4.", "Sold by by the sea."]


def test_who_may_only_read_sees_questions_and_decides_nothing(console):
    issue = imported()
    form = hidden(console.get(questions_page(issue)))
    reader = Client()
    reader.force_login(make_staff("reader", "editorial.view_issuerecord"))
    assert "keep it" in page_text(console.get(questions_page(issue)))
    assert "keep it" not in page_text(reader.get(questions_page(issue)))
    assert reader.post(questions_page(issue), {**form, "action": "keep"}).status_code == 403
    assert "check:" in source(issue)


@pytest.mark.parametrize("language", first(LANGUAGE_CODES))
def test_pages_take_a_bounded_number_of_queries(console, language: str):
    issue = imported()
    with override(language):
        for address, most in (
            (questions_page(issue), 16),
            (page_of(DocumentImport.objects.get()), 14),
            ("/console/imports/", 15),
        ):
            console.get(address)
            with CaptureQueriesContext(connection) as seen:
                console.get(address)
            assert len(seen) <= most, [query["sql"][:100] for query in seen]


# ------------------------------------------------------------------------------------------------- sent before Mailroom
def test_an_issue_that_was_sent_before_is_put_into_the_archive_and_taken_out(console, client, tmp_path):
    from editorial import issue_versions
    from tests.support import archives

    archives.open_list()
    folder = archives.write(
        tmp_path / "old", "# News\n\n## Light {#light}\n\nIt was bright.\n\nSource: The Gazette\n", number="1999-03"
    )
    issue = issue_versions.store(audit.system(), folder).version.issue
    address = f"/console/issues/{issue.slug}/past/"
    assert 'value="2026-05-04"' in console.get(address).content.decode()  # the date of the issue
    refused = console.post(address, {"list": "news", "day": "2999-01-01"})
    assert refused.status_code == 422
    assert "is in the future" in page_text(refused)
    assert 'value="2999-01-01"' in refused.content.decode()
    assert console.post(address, {"list": "news", "day": "1999-03-01"}).status_code == 302
    assert "sent on 1999-03-01. Entered by editor." in page_text(console.get(address))
    assert client.get(f"/archive/news/{issue.slug}/").status_code == 200
    assert "News 1999-03 in the archive" in page_text(console.get("/console/issues/", {"state": "past"}))
    console.post(address, {"action": "remove"})
    assert client.get(f"/archive/news/{issue.slug}/").status_code == 404
