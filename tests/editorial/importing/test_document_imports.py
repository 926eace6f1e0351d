"""Imports of documents: upload, reading by the worker, tracked changes, the head, and what never happens by halves."""

import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from PIL import Image

from composer.errors import ComposeError
from editorial.importing import document_imports, import_results
from editorial.importing.document_imports import DocumentImportError, State, Upload
from editorial.models import DocumentImport, ImportedFile, IssueRecord, Original
from editorial.sources import edits, issue_state, originals, pictures
from editorial.sources.new_issues import NewIssueError
from publication import audit, clock
from publication.models import Audit, Publication
from publication.retention import RETENTIONS
from tests.support import documents
from tests.support.documents import TEXT, WORD, begun, read, upload, written
from tests.support.variations import first

pytestmark = pytest.mark.django_db
FILE = "issue.md"


@pytest.fixture(autouse=True)
def _own_originals(settings, tmp_path):
    """Tests of other workers use the same store, and here files of it are taken away."""
    settings.DATA_DIR = tmp_path / "data"


def finish(run: DocumentImport, **values: str) -> IssueRecord:
    """The issue of an import, with number and date of its own where the document says none."""
    suggested = import_results.suggested(run)
    suggested = replace(suggested, number=suggested.number or "2026-12", date=suggested.date or "2026-12-01")
    return import_results.finish(audit.system(), run, replace(suggested, **values))


def picture(colour: str = "navy") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (600, 40), colour).save(out, "PNG")
    return out.getvalue()


def test_a_text_becomes_an_issue_with_its_first_revision():
    run = read(begun(audit.system(), written(TEXT)))
    assert (run.state, run.tries, run.error) == (State.READY, 1, "")
    record = finish(run, number="2026-12", date="2026-12-01", title="Tidelines", address="1 Quay", organisation="Harbour Museum")
    run.refresh_from_db()
    assert (run.state, run.issue, record.slug) == (State.DONE, record, "tidelines-2026-12")
    source = issue_state.head(record.pk).sources[FILE]
    assert "number: 2026-12\n" in source
    assert "## The lighthouse opens" in source
    assert record.revisions.get().reason == "import"
    assert {"begin_import", "finish_import", "import_issue"} <= set(Audit.objects.values_list("verb", flat=True))


def test_the_form_answers_the_questions_about_the_head():
    run = read(begun(audit.system(), written(TEXT)))
    before = str(run.result["issue"])
    assert "check: organisation" in before
    assert "check: footer: the postal address" in before
    record = finish(run, number="1", organisation="", address="1 Quay")
    source = issue_state.head(record.pk).sources[FILE]
    assert "check: footer: the postal address" not in source
    assert "check: organisation" in source  # the field was left empty, so the question stays
    assert "check: a sentence begins with a lowercase letter" in source


UNTITLED = "<html><body><h2>Robots weld</h2><p>They weld since 1937, day after day.</p><h2>The ferry</h2><p>It returned in May 2020.</p></body></html>"


def test_what_the_document_does_not_say_is_empty_and_the_publication_names_itself():
    run = read(begun(audit.system(), written(UNTITLED, "robots.html")))
    values = import_results.suggested(run)
    assert (values.title, values.organisation, values.number, values.date) == ("", "", "", "")  # nobody named the publication
    assert values.preheader == "In this issue: The ferry, and more to read"
    Publication.objects.update(name="The Harbour Post")
    assert import_results.suggested(run).title == "The Harbour Post"
    source = issue_state.head(finish(run, number="7").pk).sources[FILE]
    assert "title: The Harbour Post\n" in source
    assert "Newsletter" not in source + str(run.result["report"])


def test_another_title_is_also_named_by_the_preheader_that_nobody_changed():
    run = read(begun(audit.system(), written(UNTITLED.replace("<body>", "<body><h1>Old Post</h1>"), "robots.html")))
    assert "In this issue of Old Post: The ferry" in import_results.suggested(run).preheader
    source = issue_state.head(finish(run, number="7", title="New Post").pk).sources[FILE]
    assert "In this issue of New Post: The ferry" in source
    assert "Old Post" not in source.partition("footer:")[0].replace("organisation: Old Post", "")


def test_without_a_title_number_or_date_nothing_is_created():
    run = read(begun(audit.system(), written(TEXT)))
    for name, code in (("title", "title"), ("number", "number"), ("date", "date")):
        with pytest.raises(NewIssueError) as refused:
            finish(run, **{name: " "})
        assert refused.value.code == code
    with pytest.raises(NewIssueError) as refused:
        finish(run, subject="a\u202eb")
    assert refused.value.code == "character"
    assert not IssueRecord.objects.exists()
    run.refresh_from_db()
    assert run.state == State.READY


def test_head_footer_credits_and_theme_come_from_the_model():
    model = finish(
        read(begun(audit.system(), written(TEXT + "\nEditor: Ann Lee\n"))),
        number="2026-11", date="2026-11-01", organisation="Harbour Museum", address="1 Quay", about="We tell of the harbour.",
    )  # fmt: skip
    run = read(begun(audit.system(), written(TEXT.replace("Source: Harbour", "Source: The Harbour")), template=model))
    values = import_results.suggested(run)
    assert (values.organisation, values.address, values.about) == ("Harbour Museum", "1 Quay", "We tell of the harbour.")
    assert (values.number, values.date) == ("", "")  # the document does not say them, and those of the model are another issue's
    record = finish(run)
    assert "Ann Lee" in issue_state.head(record.pk).sources[FILE]


def test_accounts_and_the_qr_code_come_from_the_model():
    model = finish(read(begun(audit.system(), written(TEXT))), number="2026-11", date="2026-11-01")
    code = pictures.add(audit.system(), model, [picture()], "code.png")
    state = issue_state.head(model.pk)
    text = next(part.text for part in state.files[FILE] if part.id == "@footer")
    more = f"  social:\n  - 微博: https://weibo.com/example\n  wechat: {code}\n"
    edits.save_part(
        audit.system(), model, FILE, "@footer", text.replace("---\n", f"{more}---\n"), state.edits["text", FILE, "@footer"]
    )
    run = read(begun(audit.system(), written(TEXT.replace("Source: Harbour", "Source: The Harbour")), template=model))
    state = issue_state.head(finish(run, number="2026-12", date="2026-12-01").pk)
    assert more in state.sources[FILE]
    assert state.pictures == {code: issue_state.head(model.pk).pictures[code]}


def test_pictures_of_the_document_and_those_uploaded_with_it_belong_to_the_issue():
    page = '<html><body><h1>News</h1><h2>Tides</h2><p>The sea rose.</p><img src="files/a.png" alt="Sea"></body></html>'
    data = picture()
    other = picture("red")
    run = read(
        begun(
            audit.system(), written(page, "news.html"), Upload("C:\\pictures\\a.png", [data], len(data)),
            Upload("B.png", [other], len(other)),
        )
    )  # fmt: skip
    assert run.state == State.READY, run.detail
    state = issue_state.head(finish(run, number="1").pk)
    assert list(state.pictures) == ["images/a.png", "images/b.png"]
    assert "![Sea](images/a.png)" in state.sources[FILE]
    assert set(state.pictures.values()) <= set(Original.objects.values_list("digest", flat=True))


def test_the_document_stays_private_and_is_not_forgotten_while_its_import_exists():
    run = read(begun(audit.system(), upload(documents.SAMPLES / "sample.pdf")))
    record = finish(run, number="9")
    Original.objects.update(created_at=clock.now() - RETENTIONS["ORIGINALS"].period - timedelta(days=1))
    assert RETENTIONS["ORIGINALS"].end() == 0
    file = record.imports.get().files.get(role=ImportedFile.Role.DOCUMENT)
    with originals.open_original(file.original_id) as stored:
        assert stored.read() == (documents.SAMPLES / "sample.pdf").read_bytes()
    assert oct(originals.path_of(file.original_id).stat().st_mode & 0o777) == "0o600"


def test_files_of_cancelled_imports_are_removed_after_their_retention():
    run = begun(audit.system(), written(TEXT))
    document_imports.cancel(audit.system(), run)
    assert RETENTIONS["DOCUMENT_IMPORTS"].end() == 0
    old = clock.now() - RETENTIONS["DOCUMENT_IMPORTS"].period - timedelta(days=1)
    DocumentImport.objects.update(changed_at=old)
    Original.objects.update(created_at=old)
    assert RETENTIONS["DOCUMENT_IMPORTS"].end()
    assert RETENTIONS["ORIGINALS"].end() == 1


@pytest.mark.parametrize(
    ("names", "code"),
    [([], "nothing"), (["a.png"], "no-document"), (["a.txt", "b.docx"], "several"), ([f"{n}.png" for n in range(50)], "many")],
)
def test_an_upload_has_exactly_one_document(names: list[str], code: str):
    with pytest.raises(DocumentImportError) as refused:
        document_imports.begin(audit.system(), [Upload(name, [b"x"], 1) for name in names], None)
    assert refused.value.code == code
    assert not Original.objects.exists()


def test_an_empty_file_and_a_picture_that_is_none_are_refused():
    with pytest.raises(DocumentImportError):
        document_imports.begin(audit.system(), [Upload("a.txt", [], 0)], None)
    with pytest.raises(ComposeError):
        document_imports.begin(audit.system(), [written(TEXT), Upload("a.png", [b"no picture"], 10)], None)
    assert not DocumentImport.objects.exists()


@pytest.mark.parametrize(
    ("data", "name", "code"),
    first([
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a.docx", "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "doc"),
        (b"{\\rtf1 x}", "a.rtf", "format"),
        (b"PK\x03\x04broken", "a.docx", "damaged"),
        (b"12345 67890 \n", "a.txt", "empty"),
        (b"%PDF-1.4 broken", "a.pdf", "damaged"),
        (b"word " * 100_000, "a.txt", "long"),
    ], 3),
)  # fmt: skip
def test_a_document_that_cannot_be_read_is_refused_with_a_code(data: bytes, name: str, code: str):
    run = read(begun(audit.system(), Upload(name, [data], len(data))))
    assert (run.state, run.error) == (State.FAILED, code), run.detail
    assert name in run.detail
    document_imports.restart(audit.system(), run)
    assert read(run).error == code


# ---------------------------------------------------------------------------------------------------- tracked changes


@pytest.mark.parametrize(("decision", "kept", "gone"), first([("accept", "Hebei", "Tianjin"), ("reject", "Tianjin", "Hebei")]))
def test_the_decision_about_tracked_changes_decides_the_text(decision: str, kept: str, gone: str):
    run = read(begun(audit.system(), upload(WORD)))
    document_imports.decide_tracked(audit.system(), run, decision)
    assert read(run).state == State.READY
    source = issue_state.head(finish(run, number=decision).pk).sources[FILE]
    assert kept in source
    assert f"{gone} Province" not in source
    with pytest.raises(DocumentImportError):
        document_imports.decide_tracked(audit.system(), run, decision)


# ----------------------------------------------------------------------------------------------- cancelled and killed
def test_what_is_read_after_a_cancellation_is_dropped(monkeypatch):
    run = begun(audit.system(), written(TEXT))
    real = document_imports.import_document

    def cancelled_meanwhile(folder: Path, *args):
        document_imports.cancel(audit.system(), DocumentImport.objects.get(pk=run.pk))
        return real(folder, *args)

    monkeypatch.setattr(document_imports, "import_document", cancelled_meanwhile)
    read(run)
    assert (run.state, run.result) == (State.CANCELLED, None)
    monkeypatch.setattr(document_imports, "import_document", real)
    document_imports.restart(audit.system(), run)
    assert read(run).state == State.READY


@pytest.mark.soak
def test_a_document_whose_worker_was_killed_is_read_again():
    run = begun(audit.system(), written(TEXT))
    DocumentImport.objects.filter(pk=run.pk).update(state=State.READING, tries=1)  # as a killed worker leaves it
    assert document_imports.is_due()
    assert read(run).state == State.READY
    assert run.tries == 2


def test_a_document_that_ends_the_worker_again_and_again_stops():
    run, other = begun(audit.system(), written(TEXT)), begun(audit.system(), written(TEXT))
    DocumentImport.objects.filter(pk=run.pk).update(state=State.READING, tries=document_imports.MOST_TRIES)
    read(run)
    assert (run.state, run.error) == (State.FAILED, document_imports.STOPPED)
    other.refresh_from_db()
    assert other.state == State.READY
    document_imports.restart(audit.system(), run)
    assert read(run).state == State.READY


def test_a_document_missing_from_the_store_fails_in_words():
    run = begun(audit.system(), written(TEXT))
    originals.path_of(run.files.get().original_id).unlink()
    assert (read(run).state, run.error) == (State.FAILED, "missing")


def test_only_one_worker_reads_at_a_time():
    from tests.support.servers import SERVERS

    run = begun(audit.system(), written(TEXT))
    with SERVERS.connect(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [document_imports.LOCK])
        assert read(run).state == State.WAITING
        other.execute("SELECT pg_advisory_unlock(%s)", [document_imports.LOCK])
    assert read(run).state == State.READY


def test_names_of_uploads_cannot_leave_the_folder_or_mislead():
    assert document_imports.safe_name("../../etc/passwd") == "passwd"
    assert document_imports.safe_name("C:\\x\\news.docx") == "news.docx"
    assert document_imports.safe_name("a\u202etxt.docx") == "atxt.docx"
    assert document_imports.safe_name("..") == "document"
    assert len(document_imports.safe_name("x" * 5000 + ".docx")) == 120


@pytest.mark.parametrize(
    "name", first(["中" * 100 + ".md", "é" * 116 + ".md", "x" * 116 + ".md"]), ids=["Han", "accents", "ASCII"]
)
def test_a_document_with_a_long_name_is_read_and_keeps_its_name(name: str):
    pictures = [Upload(f"{'图' * 90}{letter}.png", [picture(colour)], 1) for letter, colour in (("a", "red"), ("b", "blue"))]
    run = read(begun(audit.system(), written(TEXT, name), *pictures))
    assert (run.state, run.tries, run.file_name) == (State.READY, 1, name)
