"""The preview of a folder follows its files, keeps the last good mail, and survives what cannot be composed."""

import shutil

import pytest

from editorial.previewing import unfinished
from editorial.previewing.folder_preview import FolderPreview
from editorial.previewing.issue_preview import Trouble
from tests.support.issues import CAST, FOR_SOME


@pytest.fixture
def preview(folder):
    return FolderPreview(folder)


def write(folder, text: str) -> None:
    (folder / "issue.md").write_text(text, encoding="utf-8")


def test_nothing_is_composed_again_until_a_file_changes(preview, folder):
    first = preview.look()
    assert (first.state.number, first.faults, len(first.composition.variants)) == (1, (), 4)
    assert preview.look() is first
    write(folder, FOR_SOME.replace("of April", "of spring"))
    second = preview.look()
    assert second.state.number == 2
    assert second.key != first.key
    assert "of spring" in second.composition.variants[0].mail.subject


def test_pictures_languages_and_themes_are_followed(preview, folder, tmp_path, settings):
    themes = settings.EMAIL_THEMES = shutil.copytree(settings.EMAIL_THEMES, tmp_path / "themes")
    preview.look()
    chinese = FOR_SOME.replace("language: en", "language: zh-Hans").replace("Dear", "亲爱的")
    (folder / "issue.zh-Hans.md").write_text(chinese, encoding="utf-8")
    assert [issue.language for issue in preview.look().composition.issues] == ["en", "zh-Hans"]
    before = preview.newest.composition.digest
    shutil.copy(CAST / "images" / "spliceosome.jpg", folder / "images" / "pacifichem.jpg")
    assert preview.look().composition.digest != before
    before = preview.newest.composition.digest
    css = themes / "cast" / "theme.css"
    css.write_text(css.read_text(encoding="utf-8") + "h1.size-0 { letter-spacing: 9px; }\n", encoding="utf-8")
    assert preview.look().composition.digest != before


def test_what_is_wrong_has_a_placeholder_and_is_named(preview, folder):
    write(folder, FOR_SOME.replace("preheader: Too short", "preheader:"))
    newest = preview.look()
    errors = [fault for fault in newest.faults if fault.level == "error"]
    assert [(fault.code, fault.file, fault.line) for fault in errors] == [("key-empty", "issue.md", 7)]
    assert newest.composition.variants[0].mail.preheader == "…"


def test_what_has_no_placeholder_keeps_the_last_good_mail(preview, folder):
    good = preview.look()
    write(folder, FOR_SOME.replace("subject:", "subjct:"))
    newest = preview.look()
    assert newest.composition is None
    assert "key-unknown" in [fault.code for fault in newest.faults]
    assert preview.good is good
    write(folder, FOR_SOME)
    assert preview.look().faults == ()
    assert preview.good is preview.newest


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"x" * 200_000], ids=["missing", "not UTF-8", "too long"])
def test_a_file_that_cannot_be_read_is_a_finding(preview, folder, content):
    path = folder / "issue.md"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    newest = preview.look()
    assert (newest.composition, [fault.file for fault in newest.faults]) == (None, ["issue.md"])


def test_a_folder_that_vanishes_is_a_finding(preview, folder):
    preview.look()
    shutil.rmtree(folder)
    assert [fault.code for fault in preview.look().faults] == ["no-issue-file"]


def test_a_bug_is_logged_once_and_the_next_change_is_composed(preview, folder, monkeypatch, caplog):
    with monkeypatch.context() as patch:
        patch.setattr(unfinished, "compose", lambda *given: 1 / 0)
        assert preview.look().trouble is Trouble.FAILED
        preview.look()
    assert caplog.text.count("ZeroDivisionError") == 1
    write(folder, FOR_SOME + "\nMore.\n")
    assert preview.look().trouble is None
