"""`mailroom issue pull` and `push`: what they print for a merge and for a conflict, and who the author is."""

import pytest

from publication import audit
from publication.models import Audit
from publication.staff import accounts
from tests.support.issues import two_languages

SLUG = "cast-newsletter-2026-12"


@pytest.fixture
def stored(done, tmp_path):
    done("issue", "store", two_languages(tmp_path / "stored"))
    for name, role in (("wei", "author"), ("li", "auditor")):
        accounts.add_staff(audit.system(), name, f"{name}@cast.example", "a good long phrase", roles=[role])


def change(folder, old, new, name="issue.md"):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_change_is_pushed_in_the_name_of_an_account(run, done, stored, tmp_path):
    folder = tmp_path / "an issue"
    document = done("issue", "pull", SLUG, folder)
    assert (document["issue"], document["files"], document["pictures"]) == (SLUG, ["issue.md", "issue.zh-Hans.md"], [])
    assert "nothing to push" in run("issue", "push", folder, "--as", "wei").out
    change(folder, "The doors open", "The gates open")
    pushed = done("issue", "push", folder, "--as", "wei")
    assert (pushed["changes"], pushed["others"], pushed["author"], pushed["revision"]) == (["issue.md light"], [], "wei", 2)
    assert Audit.objects.filter(verb="push_issue").order_by("-id")[0].actor.name == "wei"
    again = done("issue", "push", folder, "--as", "wei")
    assert (again["changes"], again["revision"]) == ([], None)


def test_the_changes_of_others_are_named(run, stored, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        run("issue", "pull", SLUG, folder)
    change(first, "The doors open", "The gates open")
    change(second, "subject: Light in Dalian", "subject: Gates")
    assert "1 change stored as revision 2: issue.md light\n" in run("issue", "push", first, "--as", "wei").out
    text = run("issue", "push", second, "--as", "wei").out
    assert f"{SLUG}: 1 change stored as revision 3: issue.md @head\n" in text
    assert f"Others changed issue.md light. To get it: mailroom issue pull {SLUG}" in text
    assert "2 files and 0 pictures are in" in run("issue", "pull", SLUG, second).out
    assert "The gates open" in (second / "issue.md").read_text(encoding="utf-8")


def test_a_conflict_shows_both_texts_their_place_and_what_to_do(run, stored, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        run("issue", "pull", SLUG, folder)
    change(first, "The doors open", "The gates open")
    change(second, "The doors open", "The windows open")
    run("issue", "push", first, "--as", "wei")
    answer = run("issue", "push", second, "--as", "wei")
    assert (answer.code, answer.out) == (1, "")
    line = (second / "issue.md").read_text(encoding="utf-8").split("\n").index("## The light source opens {#light}") + 1
    for text in (
        f"{SLUG} was changed by somebody else in parts that your change concerns: issue.md light. Nothing was stored.",
        f"=== issue.md:{line}, part “light”", "--- in the database, changed by wei on ", "- The doors open to visitors today.\n",
        "+ The gates open to visitors today.\n", "--- in your folder:", "+ The windows open to visitors today.\n",
        f"get the newest source with mailroom issue pull {SLUG} NEWDIR",
    ):  # fmt: skip
        assert text in answer.err
    document = run("issue", "push", second, "--as", "wei", "--json").document
    [conflict] = document["conflicts"]
    assert (conflict["file"], conflict["part"], conflict["author"]) == ("issue.md", "light", "wei")
    assert "The windows open" in conflict["mine"]
    refused = run("issue", "store", second)
    assert refused.code == 1
    assert "was changed by somebody else" in refused.err


def test_a_deleted_article_is_shown_as_deleted(run, stored, tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        run("issue", "pull", SLUG, folder)
    source = (first / "issue.zh-Hans.md").read_text(encoding="utf-8")
    (first / "issue.zh-Hans.md").write_text(source.split("## 光源")[0], encoding="utf-8")
    change(second, "欢迎参观", "欢迎", "issue.zh-Hans.md")
    assert run("issue", "push", first, "--as", "wei").code == 0
    assert "(deleted)" in run("issue", "push", second, "--as", "wei").err


@pytest.mark.parametrize(("name", "message"), [("li", "may not edit issues"), ("nobody", "nobody")])
def test_push_needs_an_account_that_may_edit(run, stored, tmp_path, name, message):
    run("issue", "pull", SLUG, tmp_path / "a")
    answer = run("issue", "push", tmp_path / "a", "--as", name)
    assert answer.code == 1
    assert message in answer.err
