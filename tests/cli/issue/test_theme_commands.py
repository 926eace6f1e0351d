"""`mailroom theme`: list, check, preview; they need neither Django nor a database."""

import re
import shutil
import subprocess
import sys

import pytest

from cli.issue import theme_commands
from config.env import ROOT
from tests.cli.conftest import invoke
from tests.support.variations import first

CAST = ROOT / "templates" / "email" / "cast"


def test_every_theme_is_listed():
    rows = invoke("theme", "list", "--json").document["themes"]
    assert [row["theme"] for row in rows] == ["bulletin", "cast", "journal", "plain"]
    assert all(row["description"] and row["maker"] and len(row["languages"]) == 10 and row["ok"] for row in rows)
    assert "journal" in invoke("theme", "list").out


@pytest.mark.parametrize("name", first(["bulletin", "cast", "journal", "plain"]))
def test_a_theme_without_errors_passes_the_check(name):
    answer = invoke("theme", "check", name)
    assert answer.code == 0, answer.err
    assert answer.out.endswith(f"{name}: no errors\n")
    document = invoke("theme", "check", name, "--json").document
    assert document["ok"]
    assert {measurement["language"] for measurement in document["measured"]} == {"en", "zh-Hans"}
    assert all(20_000 < measurement["html_bytes"] < 104_448 for measurement in document["measured"])


def test_errors_in_a_theme_are_shown_with_their_lines(tmp_path, monkeypatch):
    folder = shutil.copytree(CAST, tmp_path / "ours")
    text = (folder / "theme.yaml").read_text(encoding="utf-8").replace("maker:", "makr:")
    (folder / "theme.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(theme_commands, "EMAIL_THEMES", tmp_path)
    answer = invoke("theme", "check", "ours")
    assert answer.code == 1
    assert f"{folder}/theme.yaml:3: theme-key: a theme has no key “makr” — did you mean “maker”?" in answer.err
    assert "2 errors in ours" in answer.err
    document = invoke("theme", "check", "ours", "--json").document
    assert not document["ok"]
    assert document["findings"][0]["line"] == 3
    assert document["findings"][0].keys() == {"level", "code", "file", "line", "column", "message", "hint"}
    listed = invoke("theme", "list")
    assert listed.code == 1
    assert "theme-key" in listed.err


def test_an_unknown_theme_gets_a_suggestion():
    answer = invoke("theme", "check", "jornal")
    assert answer.code == 1
    assert "did you mean “journal”?" in answer.err


def test_a_theme_may_be_given_by_the_path_of_its_folder(tmp_path, monkeypatch):
    shutil.copytree(CAST, tmp_path / "ours")
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / "ours", "./ours", "ours/"):
        answer = invoke("theme", "check", path)
        assert answer.code == 0, answer.err
        assert answer.out.endswith("ours: no errors\n")
    assert invoke("theme", "preview", "./ours", "--to", tmp_path / "out").code == 0
    answer = invoke("theme", "check", "./our")
    assert answer.code == 1
    assert "there is no theme “our”" in answer.err
    assert "did you mean “ours”?" in answer.err


def test_a_preview_replaces_an_earlier_preview_and_no_other_files(tmp_path):
    out = tmp_path / "out"
    for name in ("plain", "journal"):
        document = invoke("theme", "preview", name, "--to", out, "--json").document
    assert {path.name for path in out.iterdir()} == {"en", "zh-Hans", "images"}
    html = (out / "zh-Hans" / "issue.html").read_text(encoding="utf-8")
    assert "样本" in html
    assert "-mr_" not in html
    sources = re.findall(r'<img[^>]*src="([^"]*)"', html)
    assert len(sources) == 5
    assert all((out / "zh-Hans" / source).is_file() for source in sources)
    assert set(document["files"]) == {str(path) for path in out.rglob("*") if path.is_file()}
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    answer = invoke("theme", "preview", "plain", "--to", out)
    assert answer.code == 1
    assert "contains other files" in answer.err
    assert (out / "mine.txt").is_file()


@pytest.mark.soak
def test_no_django_is_loaded():
    code = (
        "import sys; from cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print('LOADED', [name for name in ('django', 'celery', 'psycopg', 'redis') if name in sys.modules])"
    )
    for arguments in (["theme", "list"], ["theme", "check", "plain"]):
        run = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, cwd=ROOT)
        assert run.stdout.strip().endswith("LOADED []")
