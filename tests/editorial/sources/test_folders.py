"""Pulling an issue to a folder and pushing it back: nothing changes, changes are merged by part, conflicts have both texts."""

import random
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given

from composer.issue.parts.splitting import Part
from composer.issue.printing.issue_printer import print_issue
from editorial import issue_versions
from editorial.models import IssueEdit, IssueRecord, IssueRevision, Original
from editorial.sources import edits, folders, issue_state, originals
from editorial.sources.edits import EditConflictError, SourceEditError
from publication import audit
from publication.staff import accounts
from tests.composer.making import HEAD, issue_of
from tests.composer.strategies import BODIES, SECTIONS
from tests.support.issues import CAST, two_languages
from tests.support.variations import examples, first

pytestmark = pytest.mark.django_db
EXAMPLES = [*sorted(path.parent for path in CAST.parent.glob("*/issue.md")), CAST.parents[1] / "templates" / "specimen"]


def pulled(folder: Path, slug: str = "cast-newsletter-2026-12") -> Path:
    folders.pull(slug, folder)
    return folder


def push(folder: Path) -> folders.Pushed:
    return folders.push(audit.command_line(), folder)


def replace(folder: Path, old: str, new: str, name: str = "issue.md") -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new), encoding="utf-8")


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    folder = two_languages(tmp_path / "stored")
    replace(folder, "The doors open", "![A line](images/only-en.png)\n\nThe doors open")
    return issue_versions.store(audit.system(), folder).version.issue


@pytest.mark.parametrize("folder", first(EXAMPLES), ids=lambda path: path.name)
def test_pulling_and_pushing_an_example_changes_nothing(folder, tmp_path):
    pushed = push(shutil.copytree(folder, tmp_path / "new"))
    first = pulled(tmp_path / "first", pushed.issue.slug)
    count, before = IssueEdit.objects.count(), content(first)
    again = push(first)
    assert (again.applied.changes, again.others, again.named) == ((), (), ())
    assert (IssueEdit.objects.count(), IssueRevision.objects.count()) == (count, 1)
    assert content(first) == before
    for path in folder.rglob("*.png"):
        assert path.read_bytes() == (first / path.relative_to(folder)).read_bytes()
    composed = issue_versions.compose_folder(folder)[0] if folder.parent.name == "examples" else None
    assert composed is None or issue_versions.compose_folder(first)[0].digest == composed.digest


def unchanged_round_trip(source: str, folder: Path) -> None:
    (folder / "new").mkdir()
    (folder / "new" / "issue.md").write_text(source, encoding="utf-8", newline="")
    IssueEdit.objects.all().delete()
    slug = push(folder / "new").issue.slug
    pulled(folder / "pulled", slug)
    assert push(folder / "pulled").applied.changes == ()
    assert push(folder / "new").applied.changes == ()
    shutil.rmtree(folder / "new")
    shutil.rmtree(folder / "pulled")
    IssueRevision.objects.all().delete()
    IssueEdit.objects.all().delete()
    record = IssueRecord.objects.get(slug=slug)
    record.source.delete()
    record.delete()


@pytest.mark.soak
@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(SECTIONS)
def test_a_generated_issue_is_unchanged_by_pull_and_push(tmp_path, section):
    unchanged_round_trip(print_issue(issue_of(sections=(section,))), tmp_path)


@examples(24, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(BODIES)
def test_a_source_with_errors_is_unchanged_by_pull_and_push(tmp_path, body):
    unchanged_round_trip(HEAD + "# S\n## One {#one}\nx\n\n" + body, tmp_path)


def test_changes_of_different_parts_are_merged(issue, tmp_path):
    first, second = pulled(tmp_path / "a"), pulled(tmp_path / "b")
    replace(first, "The doors open", "The gates open")
    replace(second, "The visit is free", "Entry is free")
    replace(second, "subject: Light in Dalian", "subject: Entry is free")
    assert len(push(first).applied.changes) == 1
    replace(second, "Entry is free for", "The visit is free for")  # only the head differs now
    pushed = push(second)
    assert [thing for thing, _ in pushed.applied.changes] == [("text", "issue.md", "@head")]
    assert [thing for thing, _ in pushed.others] == [("text", "issue.md", "light")]
    source = issue_state.head(issue.pk).sources["issue.md"]
    assert "The gates open" in source
    assert "subject: Entry is free" in source
    assert "The doors open" in (second / "issue.md").read_text(encoding="utf-8")
    replace(second, "number: 2026-12", "number: 2026-13")  # the folder still lacks the other change: it must not be undone
    push(second)
    assert "The gates open" in issue_state.head(issue.pk).sources["issue.md"]
    pulled(second)
    assert "The gates open" in (second / "issue.md").read_text(encoding="utf-8")


def test_a_conflict_has_both_texts_and_their_author_and_stores_nothing(issue, tmp_path):
    first, second = pulled(tmp_path / "a"), pulled(tmp_path / "b")
    replace(first, "The doors open", "The gates open")
    replace(second, "The doors open", "The windows open")
    replace(second, "subject: Light in Dalian", "subject: Windows")
    push(first)
    before, files = issue_state.head(issue.pk), content(second)
    with pytest.raises(EditConflictError) as caught:
        push(second)
    [conflict] = caught.value.conflicts
    assert (conflict.file, conflict.part, conflict.author) == ("issue.md", "light", audit.command_line().name)
    assert "The doors open" in conflict.base
    assert "The gates open" in conflict.theirs
    assert "The windows open" in conflict.mine
    assert issue_state.head(issue.pk).number == before.number
    assert content(second) == files


def test_pictures_are_merged_by_path(issue, tmp_path):
    first, second = pulled(tmp_path / "a"), pulled(tmp_path / "b")
    assert sorted(content(first)) == [".mailroom-issue.json", "images/only-en.png", "issue.md", "issue.zh-Hans.md"]
    shutil.copy(CAST / "images" / "dalian-beamline.jpg", first / "images" / "only-en.png")
    assert [thing for thing, _ in push(first).applied.changes] == [("picture", "images/only-en.png", "")]
    (second / "images" / "only-en.png").write_bytes(b"something else")
    with pytest.raises(EditConflictError) as caught:
        push(second)
    assert (caught.value.conflicts[0].file, caught.value.conflicts[0].part) == ("", "images/only-en.png")
    pulled(tmp_path / "c")
    assert (tmp_path / "c" / "images" / "only-en.png").read_bytes() == (CAST / "images" / "dalian-beamline.jpg").read_bytes()


def test_a_language_is_added_and_removed(issue, tmp_path):
    folder = pulled(tmp_path / "a")
    (folder / "issue.zh-Hans.md").unlink()
    shutil.copy(folder / "issue.md", folder / "issue.de.md")
    push(folder)
    assert sorted(issue_state.head(issue.pk).files) == ["issue.de.md", "issue.md"]
    other = pulled(tmp_path / "b")
    assert not (other / "issue.zh-Hans.md").exists()
    (other / "issue.de.md").unlink()
    push(other)
    pulled(folder)
    assert not (folder / "issue.de.md").exists()


def test_ids_are_written_to_the_pushed_files(tmp_path):
    folder = two_languages(tmp_path / "new")
    pushed = push(folder)
    assert pushed.named == ("issue.md", "issue.zh-Hans.md")
    assert "# 要闻 {#headlines}\n" in (folder / "issue.zh-Hans.md").read_text(encoding="utf-8")
    replace(folder, "## The light source opens {#light}", "## Renamed {#light}")
    replace(folder, "# Headlines {", "# News {")
    assert sorted(thing for thing, _ in push(folder).applied.changes) == [
        ("text", "issue.md", "headlines"), ("text", "issue.md", "light"),
    ]  # fmt: skip


def test_a_folder_from_windows_is_the_same_source(issue, tmp_path):
    folder = pulled(tmp_path / "a")
    path = folder / "issue.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert push(folder).applied.changes == ()
    assert b"\r\n" in path.read_bytes()


def faults(code: str):
    return pytest.raises(SourceEditError, match=f"^{code}")


def test_pull_overwrites_nothing(issue, tmp_path):
    folder = pulled(tmp_path / "a")
    replace(folder, "The doors open", "The gates open")
    with faults("unpushed"):
        pulled(folder)
    other = two_languages(tmp_path / "other")
    with faults("not-empty"):
        pulled(other)
    assert "The gates open" in (folder / "issue.md").read_text(encoding="utf-8")
    push(folder)
    pulled(folder)


def test_a_folder_that_was_not_pulled_does_not_replace_an_issue(issue, tmp_path):
    with faults("not-pulled"):
        push(two_languages(tmp_path / "other"))


def test_a_changed_base_file_is_refused(issue, tmp_path):
    folder = pulled(tmp_path / "a")
    replace(folder, "The doors open", "The gates open", folders.BASE_FILE)
    with faults("base"):
        push(folder)
    (folder / folders.BASE_FILE).write_text("[]", encoding="utf-8")
    with faults("base"):
        push(folder)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "issue.md").unlink(), "no-issue"),
        (lambda folder: (folder / "issue.md").write_bytes(b"\xff"), "utf8"),
        (lambda folder: (folder / "issue.md").write_bytes(b"x" * 1_000_001), "large"),
        (lambda folder: (folder / "issue.md").write_bytes(b"a\x00b"), "character"),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused(issue, tmp_path, spoil, code):
    folder = pulled(tmp_path / "a")
    spoil(folder)
    with faults(code):
        push(folder)


def test_a_path_out_of_the_folder_is_never_written(issue, tmp_path):
    kept = originals.keep(audit.system(), [b"data"], "picture", "x.png")
    for number, path in enumerate(("../evil.png", "/tmp/evil.png", ".bashrc", "images/../../evil.png", "images\\..\\evil.png")):
        state = issue_state.head(issue.pk)
        bad = issue_state.IssueState(state.files, {**state.pictures, path: kept.digest})
        with faults("path"):
            edits.replace_source(audit.system(), issue, None, bad, reason="push")
        with faults("path"):
            folders.write_state(bad, tmp_path / str(number) / "folder")
    assert not list(tmp_path.rglob("evil.png"))


def test_pictures_are_not_written_through_a_linked_folder(issue, tmp_path):
    """A folder that somebody prepared: `images` leads elsewhere."""
    state = issue_state.head(issue.pk)
    bare = issue_state.IssueState(state.files, {})
    folder, elsewhere = tmp_path / "pulled", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "only-en.png").write_bytes(b"mine")
    folders.write_state(bare, folder)
    folders.write_base(folder, folders.Base(issue.slug, bare))  # pulled when the issue had no pictures
    for target in (elsewhere, tmp_path / "missing"):
        (folder / "images").unlink(missing_ok=True)
        (folder / "images").symlink_to(target)
        with faults("linked"):
            folders.pull(issue.slug, folder)
    assert [path.read_bytes() for path in elsewhere.iterdir()] == [b"mine"]
    # Nor is anything removed there.
    (folder / "images").unlink()
    folders.pull(issue.slug, folder)
    edits.apply_edit(audit.system(), issue, lambda theirs: (theirs, issue_state.IssueState(theirs.files, {})))
    shutil.rmtree(elsewhere)
    (folder / "images").rename(elsewhere)
    (folder / "images").symlink_to(elsewhere)
    before = content(elsewhere)
    with pytest.raises(SourceEditError):
        folders.pull(issue.slug, folder)
    assert content(elsewhere) == before


def test_an_author_is_an_active_account_that_may_edit(db):
    actor = audit.command_line()
    for name, role in (("wei", "editor"), ("li", "auditor"), ("zhao", "editor")):
        accounts.add_staff(actor, name, f"{name}@cast.example", "a good long phrase", roles=[role])
    accounts.disable_staff(actor, "zhao")
    assert folders.author("wei").name == "wei"
    for name in ("li", "zhao"):
        with faults("permission"):
            folders.author(name)


def test_storing_a_folder_is_refused_if_the_source_was_edited_since(issue, tmp_path):
    state = issue_state.head(issue.pk)
    edit = state.edits["text", "issue.md", "@head"]
    text = next(part.text for part in state.files["issue.md"] if part.id == "@head")
    edits.save_part(audit.command_line(), issue, "issue.md", "@head", text.replace("Light in Dalian", "Light"), edit)
    with pytest.raises(EditConflictError) as caught:
        issue_versions.store(audit.system(), tmp_path / "stored")
    assert "subject: Light\n" in caught.value.conflicts[0].theirs
    folder = pulled(tmp_path / "a")
    replace(folder, "The doors open", "The gates open")
    version = issue_versions.store(audit.system(), folder).version
    assert (version.number, version.subject) == (2, "Light")
    assert version.revision == issue.revisions.order_by("-number").first()
    assert issue_state.head(issue.pk).sources == version.sources


def test_storing_a_folder_does_not_undo_what_somebody_pushed(issue, tmp_path):
    folder = pulled(tmp_path / "a")
    replace(folder, "The doors open", "The gates open")
    push(folder)
    with pytest.raises(EditConflictError) as caught:
        issue_versions.store(audit.system(), tmp_path / "stored")
    assert "The gates open" in caught.value.conflicts[0].theirs
    replace(tmp_path / "stored", "The doors open", "The gates open")
    assert issue_versions.store(audit.system(), tmp_path / "stored").version.number == 2


@pytest.mark.django_db(transaction=True)
def test_a_pulled_folder_can_be_stored_and_then_changed_again(tmp_path):
    issue_versions.store(audit.system(), two_languages(tmp_path / "stored"))
    folder = pulled(tmp_path / "a")
    for title in ("The gates open", "The windows open"):
        replace(folder, "The doors open" if title == "The gates open" else "The gates open", title)
        issue_versions.store(audit.system(), folder)
    replace(folder, "The windows open", "The roof opens")
    assert [thing for thing, _ in push(folder).applied.changes] == [("text", "issue.md", "light")]


def test_storing_an_older_folder_again_makes_it_the_newest_source(issue, tmp_path):
    folder = tmp_path / "stored"
    first = issue_state.head(issue.pk)
    replace(folder, "The doors open", "The gates open")
    issue_versions.store(audit.system(), folder)
    replace(folder, "The gates open", "The doors open")
    stored = issue_versions.store(audit.system(), folder)
    assert (stored.is_new, stored.version.number) == (False, 1)
    assert issue_state.head(issue.pk) == first


def test_originals_are_stored_once_in_a_private_folder_and_have_limits(db, settings, monkeypatch, tmp_path):
    settings.DATA_DIR = tmp_path  # the shared folder holds drafts of tests that run at the same time
    actor = audit.system()
    chunks = (bytes([number]) * 1000 for number in range(5))
    kept = originals.keep(actor, chunks, "document", "a.docx")
    with originals.open_original(kept.digest) as file:
        assert originals.keep(actor, [file.read()], "picture", "b.docx") == kept
    path = originals.folder() / kept.digest[:2] / kept.digest
    assert (path.stat().st_mode & 0o777, originals.folder().stat().st_mode & 0o777) == (0o600, 0o700)
    assert originals.digest_of(path) == kept.digest
    assert not originals.folder().is_relative_to(settings.MEDIA_ROOT)
    assert {kind.value: limit // 10**6 for kind, limit in originals.LARGEST.items()} == {
        "picture": 20,
        "document": 50,
        "import": 100,
    }
    monkeypatch.setitem(originals.LARGEST, Original.Kind.PICTURE, 4999)
    with pytest.raises(originals.OriginalError, match="large"):
        originals.keep(actor, [b"x" * 1000] * 5, "picture", "c.png")
    assert [entry for entry in originals.folder().iterdir() if entry.name.startswith(".")] == []
    with pytest.raises(originals.OriginalError, match="missing"):
        originals.open_original("0" * 64)


def long_id(length: int) -> str:
    """Letters that PostgreSQL cannot compress below the limit of an index row."""
    return "".join(random.Random(7).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=length))


@pytest.mark.parametrize("length", [81, 250, 9_000])
def test_a_pushed_id_that_is_too_long_never_names_a_part(tmp_path, length):
    folder = tmp_path / "new"
    folder.mkdir()
    (folder / "issue.md").write_text(f"{HEAD}\n# News\n\n## New {{#{long_id(length)}}}\n\nx\n", encoding="utf-8")
    push(folder)
    assert set(IssueEdit.objects.values_list("part", flat=True)) == {"@whole", ""}


def test_names_that_no_page_could_open_are_not_stored(issue, tmp_path):
    state = issue_state.head(issue.pk)
    parts = state.files["issue.md"]
    added = state.with_file("issue.md", (*parts, Part(long_id(9_000), "## New\n\nx\n")))
    language = state.with_file(f"issue.{long_id(195)}.md", parts)
    for mine, most in ((added, 80), (language, 200)):
        with pytest.raises(SourceEditError) as refused:
            edits.apply_edit(audit.system(), issue, lambda theirs, mine=mine: (theirs, mine))
        assert (refused.value.code, refused.value.params["most"]) == ("long-name", most)
    folder = pulled(tmp_path / "pulled")
    name = "/".join(long_id(240) for _ in range(12))
    (folder / name).parent.mkdir(parents=True)
    shutil.copy(folder / "images/only-en.png", folder / f"{name}.png")
    replace(folder, "images/only-en.png", f"{name}.png")
    with pytest.raises(SourceEditError) as refused:
        push(folder)
    assert refused.value.code == "long-name"
