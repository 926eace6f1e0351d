import re
from datetime import date
from pathlib import Path

import pytest

from composer import building
from composer.building import build, new_issue
from composer.errors import ComposeError
from composer.issue.parsing.issue_file import load_issue
from composer.issue.printing.issue_printer import print_issue
from tests.composer.making import codes


def test_the_starter_issue_is_complete_and_builds(tmp_path: Path) -> None:
    file = new_issue(tmp_path / "mine", today=date(2024, 2, 29))
    issue = load_issue(tmp_path / "mine")
    assert (issue.date, issue.number) == (date(2024, 2, 29), "2024-02")
    assert print_issue(issue) == file.read_text(encoding="utf-8")
    made = build(file.parent, tmp_path / "out")
    assert set(codes(made.findings)) == {"placeholder"}
    html = (tmp_path / "out" / "issue.html").read_text()
    sources = re.findall(r'src="([^"]+)"', html)
    assert sources
    assert all((tmp_path / "out" / source).is_file() for source in sources)
    assert "Dear reader," in html
    assert "Dear reader," in (tmp_path / "out" / "issue.txt").read_text()
    assert "-mr_" not in html
    text = (tmp_path / "out" / "issue.txt").read_text()
    assert "https://newsletter.example.org/unsubscribe" in text
    assert "https://newsletter.example.org/view" in text
    assert not re.search(r": #$", text, re.MULTILINE)
    assert set(made.files) == {path for path in (tmp_path / "out").rglob("*") if path.is_file()}


def test_a_raw_build_keeps_the_merge_tags(tmp_path: Path) -> None:
    new_issue(tmp_path / "mine")
    build(tmp_path / "mine", tmp_path / "out", raw=True)
    assert "-mr_unsubscribe_url-" in (tmp_path / "out" / "issue.html").read_text()


def test_a_build_replaces_a_build_and_nothing_else(tmp_path: Path) -> None:
    new_issue(tmp_path / "mine")
    first = build(tmp_path / "mine", tmp_path / "out")
    (tmp_path / "out" / "images" / "old.jpg").write_bytes(b"")
    assert build(tmp_path / "mine", tmp_path / "out").composed.digest == first.composed.digest
    assert not (tmp_path / "out" / "images" / "old.jpg").exists()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(ComposeError, match="out-exists"):
        build(tmp_path / "mine", tmp_path / "out")
    with pytest.raises(ComposeError, match="out-exists"):
        build(tmp_path / "mine", tmp_path / "mine")


def test_a_starter_issue_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "issue.md").write_text("precious")
    with pytest.raises(ComposeError, match="issue-exists"):
        new_issue(tmp_path / "mine")
    assert (tmp_path / "mine" / "issue.md").read_text() == "precious"


def test_a_failed_build_keeps_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    new_issue(tmp_path / "mine")
    build(tmp_path / "mine", tmp_path / "out")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    monkeypatch.setattr(building, "with_example_values", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        build(tmp_path / "mine", tmp_path / "out")
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
