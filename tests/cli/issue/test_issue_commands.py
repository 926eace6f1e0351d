"""`mailroom issue`: new, check, build, import, store."""

import re
import shutil

import pytest

from cli.issue.issue_commands import _tell_import
from cli.variant_table import MOST_OUTCOMES, for_whom
from composer.issue.parsing.issue_file import load_issue
from config.env import ROOT
from editorial.models import IssueRecord
from publication.models import Audit
from tests.support.issues import two_languages
from tests.support.variations import first

SAMPLE = ROOT / "examples" / "cast-2023-03"
SAMPLES = ROOT / "tests" / "samples" / "documents"


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(SAMPLE, tmp_path / "an issue")


def only_to_do(answer):
    """Whether nothing but the marks of an import and what it could not find forbids sending."""
    errors = {finding["code"] for finding in answer.document["findings"] if finding["level"] == "error"}
    return answer.code == 1 and "editor-mark" in errors and errors <= {"editor-mark", "image-missing", "postal-address"}


def with_number_and_date(folder):
    """Writes the keys that the document does not say, which nothing can be built without."""
    assert {line.partition(":")[0] for line in (folder / "issue.md").read_text().splitlines() if line.endswith(": ''")} <= {
        "number",
        "date",
    }
    text = (folder / "issue.md").read_text(encoding="utf-8")
    (folder / "issue.md").write_text(
        text.replace("number: ''", "number: '3'").replace("date: ''", "date: 2023-03-31"), encoding="utf-8"
    )
    return folder


def test_a_new_issue_can_be_built_but_not_sent(run, tmp_path):
    folder = tmp_path / "first"
    assert run("issue", "new", folder).code == 0
    checked = run("issue", "check", folder)
    assert checked.code == 0, checked.err
    built = run("issue", "build", folder, "--to", tmp_path / "out", "--json")
    assert {finding["code"] for finding in built.document["findings"] if finding["level"] == "error"} == {"placeholder"}
    assert built.code == 1
    assert "the mail is built, but it may not be sent" in built.err
    assert {"issue.html", "issue.txt"} <= {path.name for path in (tmp_path / "out").iterdir()}
    assert len(built.document["digest"]) == 64


def test_new_overwrites_nothing(run, folder):
    answer = run("issue", "new", folder)
    assert answer.code == 1
    assert "the folder already exists and is not empty" in answer.err


def test_the_path_of_the_issue_file_is_answered_with_its_folder(run, folder):
    answer = run("issue", "check", folder / "issue.md")
    assert answer.code == 2
    assert f"give the folder of the issue: {folder}" in answer.err


def test_errors_in_an_issue_are_shown_with_line_and_hint(run, folder):
    path = folder / "issue.md"
    lines = path.read_text(encoding="utf-8").splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("subject:"))
    lines[at] = lines[at].replace("subject:", "subjct:")
    path.write_text("\n".join(lines), encoding="utf-8")
    answer = run("issue", "check", folder)
    assert answer.code == 1
    assert f"issue.md:{at + 1}:1: key-unknown" in answer.err
    assert "did you mean “subject”?" in answer.err


def test_an_error_behind_hundreds_of_warnings_is_reported_by_every_command(run, folder, tmp_path):
    with (folder / "issue.md").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n\n".join(f"<b>x{number}</b>" for number in range(400)) + "\n\n[x](ftp://x)\n")
    for command in (("check", folder), ("check", folder, "--mail"), ("build", folder, "--to", tmp_path / "out")):
        answer = run("issue", *command)
        assert (answer.code, "link-scheme" in answer.err, "no errors" in answer.out) == (1, True, False), command


def test_the_exit_code_is_the_same_with_json(run, folder):
    with (folder / "issue.md").open("a", encoding="utf-8") as file:
        file.write("\n![a picture](images/none.png)\n")
    answer = run("issue", "check", folder, "--json")
    assert answer.code == 1
    fault = next(finding for finding in answer.document["findings"] if finding["level"] == "error")
    assert (fault["code"], answer.document["ok"]) == ("image-file", False)
    assert fault["line"]


def test_unfinished_editing_is_an_error_for_every_command(run, folder, tmp_path):
    path = folder / "issue.md"
    path.write_text(re.sub("^  address: .*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE), encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write("\n![A lamp](missing)\n\n<!-- check: is this so? -->\n")
    commands = [("check", folder), ("check", folder, "--mail"), ("build", folder, "--to", tmp_path / "out")]
    answers = [run("issue", *command, "--json") for command in commands]
    assert [answer.code for answer in answers] == [1, 1, 1]
    errors = [
        [(finding["code"], finding["line"]) for finding in answer.document["findings"] if finding["level"] == "error"]
        for answer in answers
    ]
    assert sorted(code for code, _ in errors[0]) == ["editor-mark", "image-missing", "postal-address"]
    assert sorted(errors[0]) == sorted(errors[1]) == sorted(errors[2])
    plain = run("issue", "check", folder)
    assert "3 errors in" in plain.err
    assert "no errors" not in plain.out


def test_check_shows_the_errors_of_every_language(run, tmp_path):
    folder = two_languages(tmp_path / "both")
    assert run("issue", "check", folder).code == 0
    english, chinese = folder / "issue.md", folder / "issue.zh-Hans.md"
    whole = english.read_text(encoding="utf-8"), chinese.read_text(encoding="utf-8")
    chinese.write_text(whole[1].replace("光源开放，", "<!-- check: 对吗？ -->\n\n光源开放，"), encoding="utf-8")
    marked = run("issue", "check", folder, "--json").document["findings"]
    assert [(finding["code"], finding["file"], finding["line"]) for finding in marked] == [("editor-mark", str(chinese), 20)]
    # Errors of both files at once, and what only their comparison tells.
    english.write_text(whole[0].replace("subject:", "subjct:"), encoding="utf-8")
    chinese.write_text(whole[1].replace("date: 2026-12-01", "date: 2026-12-32"), encoding="utf-8")
    faults = run("issue", "check", folder, "--json")
    assert faults.code == 1
    assert {(finding["code"], finding["file"]) for finding in faults.document["findings"]} >= {
        ("key-unknown", str(english)), ("date-wrong", str(chinese)),
    }  # fmt: skip
    english.write_text(whole[0], encoding="utf-8")
    chinese.write_text(whole[1].replace("number: 2026-12", "number: 2026-11"), encoding="utf-8")
    answer = run("issue", "check", folder)
    assert answer.code == 1
    assert f"{chinese}:4: language-differs" in answer.err


def test_check_shows_where_a_condition_leaves_an_empty_issue(run, tmp_path):
    folder = two_languages(tmp_path / "both")
    path = folder / "issue.md"
    hidden = path.read_text(encoding="utf-8").replace("{#light}", '{#light}\n\nOnly: country = "CN"')
    path.write_text(hidden, encoding="utf-8")
    answer = run("issue", "check", folder)
    assert answer.code == 1
    assert "variant-empty" in answer.err
    assert 'country != "CN"' in answer.err


def test_check_of_the_mail_runs_all_presend_checks(run, folder):
    answer = run("issue", "check", folder, "--mail", "--json")
    assert answer.code == 0, answer.out
    assert answer.document["mail"] is True


def test_an_imported_text_is_an_issue_that_can_be_checked(run, tmp_path):
    source = tmp_path / "newsletter 2023-03.txt"
    source.write_text(
        "CAST Newsletter\n\nHighlights\n\nA bridge opens\n\nHeadlines\n\nA bridge opens\n\nA bridge was opened on Monday in "
        "the north of the country after three years of work.\nSource: People's Daily\n",
        encoding="utf-8",
    )
    answer = run("issue", "import", source, "--to", tmp_path / "made", "--json")
    assert answer.code == 0, answer.err
    assert (answer.document["words_lost"], answer.document["links_lost"]) == ([], [])
    assert (tmp_path / "made" / "import-report.txt").is_file()
    empty = run("issue", "check", tmp_path / "made", "--json").document["findings"]
    assert [(finding["code"], finding["message"]) for finding in empty] == [
        ("key-empty", "the key “number” has no value"), ("key-empty", "the key “date” has no value")
    ]  # fmt: skip
    assert only_to_do(run("issue", "check", with_number_and_date(tmp_path / "made"), "--json"))


@pytest.mark.parametrize("ending", first(["pdf", "html"]))
def test_importing_a_document_brings_its_pictures(run, tmp_path, ending):
    answer = run("issue", "import", SAMPLES / f"sample.{ending}", "--to", tmp_path / "made", "--json")
    assert answer.code == 0, answer.err
    assert (answer.document["words_lost"], answer.document["pictures"]) == ([], 10)
    assert only_to_do(run("issue", "check", with_number_and_date(tmp_path / "made"), "--json"))
    assert (
        run("issue", "build", tmp_path / "made", "--to", tmp_path / "mail").code,
        (tmp_path / "mail/issue.html").is_file(),
    ) == (1, True)


def test_importing_markdown_of_another_program(run, tmp_path):
    answer = run("issue", "import", SAMPLES / "sample.md", "--to", tmp_path / "made")
    assert answer.code == 0, answer.err
    assert "with 1 picture." in answer.out
    assert "To answer in it: 8 questions." in answer.out
    assert "1 piece left out, 2 changes." in answer.out
    issue = load_issue(tmp_path / "made")
    assert [(section.title, [article.title for article in section.articles]) for section in issue.sections] == [
        ("Headlines", ["Madrid hosts the engineers", "A prize for the life sciences"]), ("Profile", ["Zhang Weiqing"]),
    ]  # fmt: skip
    assert (tmp_path / "made" / "images" / "world-engineering-day.jpg").is_file()


def test_importing_a_table_as_an_issue_suggests_the_import_of_people(run, tmp_path):
    people = tmp_path / "the people.csv"
    people.write_text("email,name\nwei@people.example,Wei Chen\namy@people.example,Amy\n", encoding="utf-8")
    answer = run("issue", "import", people, "--to", tmp_path / "made", "--json")
    assert f"mailroom subscriber import '{people}'" in answer.err
    answer = run("issue", "import", SAMPLES / "sample.md", "--to", tmp_path / "other", "--json")
    assert "subscriber import" not in answer.err


def test_importing_tracked_changes_needs_a_decision(run, tmp_path):
    answer = run("issue", "import", SAMPLES / "sample.docx", "--to", tmp_path / "made")
    assert answer.code == 1
    assert answer.err.startswith("mailroom: sample.docx has 2 tracked changes (1 insertion, 1 deletion)")
    assert "--tracked accept" in answer.err
    assert not (tmp_path / "made").exists()
    answer = run("issue", "import", SAMPLES / "sample.docx", "--to", tmp_path / "made", "--tracked", "reject")
    assert answer.code == 0, answer.err
    assert "with 10 pictures" in answer.out
    assert "Tianjin" in (tmp_path / "made" / "issue.md").read_text(encoding="utf-8")
    assert only_to_do(run("issue", "check", tmp_path / "made", "--json"))


def test_storing_the_same_content_again_makes_its_version_current(done, run, folder):
    first = done("issue", "store", folder)
    assert first["version"] == 1
    assert done("issue", "store", folder)["version"] == 1, "the same content is the same version"
    path = folder / "issue.md"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("subject: ", "subject: New! ", 1), encoding="utf-8")
    second = done("issue", "store", folder)
    assert (second["version"], second["issue"]) == (2, first["issue"])
    assert second["digest"] != first["digest"]
    path.write_text(before, encoding="utf-8")
    assert "is already stored as version 1, which is now the current one" in run("issue", "store", folder).out
    record = IssueRecord.objects.get()
    assert (record.current.number, record.versions.count()) == (1, 2)
    assert Audit.objects.filter(verb="issue_current").count() == 1


def test_storing_lists_the_variants_with_their_readers(run, done, tmp_path):
    folder = two_languages(tmp_path / "both")
    document = done("issue", "store", folder)
    assert [(variant["variant"], variant["language"], variant["holds"], variant["subject"]) for variant in document["variants"]] == [
        (0, "en", ['country != "CN"'], "Light in Dalian"), (1, "en", ['country = "CN"'], "Light in Dalian"),
        (2, "zh-Hans", [], "大连之光：自由电子激光器"),
    ]  # fmt: skip
    text = run("issue", "store", folder).out
    assert text.splitlines()[0].endswith(f"{document['digest']}, 3 variants")
    assert re.search(r'2 +English \(en\) +everybody else, if country = "CN"', text)
    assert re.search(r"3 +Simplified Chinese \(zh-Hans\) +readers of this language", text)


@pytest.mark.parametrize(("more", "ending"), [(1, "or 1 outcome more"), (2, "or 2 outcomes more")])
def test_further_outcomes_of_a_variant_are_counted(more, ending):
    variants = [
        {"language": "en", "holds": [f"a = {number}" for number in range(MOST_OUTCOMES + more)]},
        {"language": "en", "holds": ["a = 9"]},
    ]
    assert for_whom(variants[0], variants).endswith(ending)


def test_the_summary_of_an_import_uses_singular_and_plural(capsys):
    _tell_import({"file": "issue.md", "report": "r.txt", "marks": 1, "left_out": 2, "changes": 1, "pictures": 0})
    text = capsys.readouterr().out
    assert "To answer in it: 1 question." in text
    assert "Listed in r.txt: 2 pieces left out, 1 change." in text


def test_storing_refuses_a_condition_on_an_unknown_field_and_names_its_line(run, tmp_path):
    folder = two_languages(tmp_path / "both")
    path = folder / "issue.md"
    path.write_text(path.read_text(encoding="utf-8").replace("only country", "only cuontry"), encoding="utf-8")
    line = path.read_text(encoding="utf-8").splitlines().index('::: only cuontry = "CN"') + 1
    answer = run("issue", "store", folder)
    assert answer.code == 1
    assert f"issue.md:{line}: condition-field" in answer.err
    assert "did you mean country?" in answer.err


def test_every_variant_is_built_into_separate_files(run, done, tmp_path):
    folder, out = two_languages(tmp_path / "both"), tmp_path / "out"
    document = done("issue", "build", folder, "--to", out)
    files = ["issue.html", "issue.1.html", "issue.2.html"]
    assert [variant["html"] for variant in document["variants"]] == files
    assert ["free for members" in (out / name).read_text(encoding="utf-8") for name in files] == [False, True, False]
    assert "尊敬的" in (out / "issue.2.txt").read_text(encoding="utf-8")
    assert run("issue", "build", folder, "--to", out).code == 0, "an earlier build is replaced"
    (folder / "issue.zh-Hans.md").unlink()
    done("issue", "build", folder, "--to", out)
    assert not (out / "issue.2.html").exists()
