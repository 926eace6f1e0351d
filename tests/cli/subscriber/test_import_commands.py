"""`mailroom subscriber import` of a workbook with chosen columns, the list of imports and an undo; `subscriber ls`, `issue ls`."""

from openpyxl import Workbook

from tests.support import people


def workbook(path):
    book = Workbook()
    book.active.append(["姓名", "联系", "Unit", "X"])
    for name in ("wei", "li"):
        book.active.append([name, f"{name}@example.org", "Hydrology", 1])
    book.active.append(["nobody", "no address", "Hydrology", 1])
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    return path


def test_a_workbook_is_imported_with_chosen_columns_listed_and_undone(run, done, news, tmp_path):
    file = workbook(tmp_path / "people.xlsx")
    arguments = ["subscriber", "import", file, "--list", "news", "--consent", "by letter", "--map", "联系=email"]
    assert "columns that are not known" in run(*arguments).err
    answer = run(*arguments, "--map", "Unit=attribute:unit", "--map", "X=-", "--dry-run")
    assert answer.code == 1
    assert "hidden rows that are read, too: 1" in answer.out + answer.err
    answer = run(*arguments, "--map", "Unit=attribute:unit", "--map", "X=-", "--json")
    assert (answer.document["created"], answer.document["refused"], answer.document["attributes"]) == (2, 1, ["unit"])
    for wrong, text in (
        ("Y=email", "no column is called “Y”"),
        ("X=email", "two columns are chosen as email"),
        ("X=poem", "“poem”"),
        ("X", "COLUMN=WHAT"),
    ):
        answer = run(*arguments, "--map", wrong)
        assert answer.code != 0
        assert text in answer.err, wrong
    people_ = done("subscriber", "ls", "wei", "--list", "news")["people"]
    assert [(person["address"], person["lists"]) for person in people_] == [("wei@example.org", ["news: confirmed"])]
    assert [person["name"] for person in done("subscriber", "ls", "--state", "confirmed", "--limit", "1")["people"]] == ["li"]
    imports = done("import", "ls")["imports"]
    assert [(run_["file"], run_["state"], run_["created"]) for run_ in imports] == [
        ("people.xlsx", "done", 2), ("people.xlsx", "trial", 2),
    ]  # fmt: skip
    number = imports[0]["import"]
    done("subscriber", "edit", "wei@example.org", "--name", "Wei Chen")
    assert done("import", "undo", number, "--yes") == {
        "import": number, "ended": 1, "deleted": 1, "kept": {"edited": 1}, "updated": 0,
    }  # fmt: skip
    assert [person["name"] for person in done("subscriber", "ls")["people"]] == ["Wei Chen"]
    assert "cannot be undone" in run("import", "undo", number, "--yes").err


def test_stored_issues_are_listed_by_text_and_state(run, done, db):
    assert "no issue is stored yet" in run("issue", "ls").out
    people.make_version()
    issues = done("issue", "ls", "CAST")["issues"]
    assert [issue["issue"] for issue in issues] == ["cast-2023-03"]
    assert done("issue", "ls", "--state", "sent")["issues"] == []
