"""Faulty rows of an import: exact reasons in the reader's language, suggestions, and corrections on the page or in the file."""

import csv
import io
import re

import pytest

from publication import audit
from publication.models import Audit
from subscribers import attribute_declarations, mailing_lists
from subscribers.attributes import Type
from subscribers.importing.runs import row_results
from subscribers.models import ImportRun, Subscriber, Subscription
from tests.web.console.test_people_imports import begin, step, targets
from worker import upkeep

pytestmark = pytest.mark.django_db
FAULTY = """姓名\t邮箱\t语言\t国家\t会员类型
王一\twang1＠example.org\t中文\t中国\t会员
王二\twang2@gmial.com\tEnglish\tChina\t会员
王三\twang3@sina.com，w3@sina.com\t\t\t会员
王四\twang4.example.org\t\t\t会员
王五\twang5@example.org\t\t\t荣誉会员
王六\t王六@example.org\t\t\t会员
王七\twang7@example.org\t火星语\t\t会员
"""


@pytest.fixture
def people(db):
    actor = audit.system()
    attribute_declarations.declare(actor, "membership", Type.TEXT)
    attribute_declarations.configure(actor, "membership", label="会员类型", values={"会员": {}, "专家": {}})
    return mailing_lists.create_list(actor, "staff", "Staff")


def in_chinese(console):
    console.post("/console/language/", {"language": "zh-hans"})


def checked(console, mailing_list, pasted, chosen=None, **more):
    run = begin(console, pasted=pasted)
    page = step(console, "columns", run, status=200)
    step(console, "columns", run, {"column": chosen or targets(page), **more})
    step(console, "consent", run, {"list": mailing_list.pk, "where": "登记表"})
    upkeep.import_people()
    run.refresh_from_db()
    return run


def imported(console, run):
    step(console, "start", run, {})
    upkeep.import_people()
    run.refresh_from_db()
    return run


def page_of(console, run, name=""):
    return console.get(f"/console/people-imports/{run.pk}/{name}").content.decode()


def downloaded(console, run):
    return b"".join(console.get(f"/console/people-imports/{run.pk}/refused.csv").streaming_content).decode("utf-8-sig")


def refused_file(console, run):
    return list(csv.DictReader(io.StringIO(downloaded(console, run))))


def balance(page):
    """The table of a page: label -> number."""
    rows = re.findall(r"<tr[^>]*><th scope=\"row\">(.*?)</th><td>([\d,]+)</td></tr>", page)
    return {re.sub("<[^>]*>", "", label): int(number.replace(",", "")) for label, number in rows}


def test_faulty_rows_are_explained_in_chinese_and_corrected_on_the_page_or_in_the_file(console, people):
    in_chinese(console)
    run = checked(console, people, FAULTY)
    page = page_of(console, run)
    for text in (
        "将有 2 人加入邮件列表",
        "一格中有 2 个邮箱",
        "没有 @",
        "会员类型：“荣誉会员”不在可选值之中",
        "邮件尚不支持的文字：王六",
        "火星语",
    ):
        assert text in page, text
    assert not re.search(r"write|allowed|keep one", re.sub("<[^>]*>", "", page.partition("<main")[2]))
    assert "wang1＠example.org" in page_of(console, run, "rows/corrected/")
    assert "wang2@gmail.com" in page_of(console, run, "rows/misspelt/")
    file = downloaded(console, run)
    rows, line = refused_file(console, run), f"未导入的行（导入 {run.pk}）"
    assert [*rows[0]] == [line, "未导入的原因", "姓名", "邮箱", "语言", "国家", "会员类型"]
    assert [row[line] for row in rows] == ["4", "5", "6", "7", "8"]
    assert "wang3@sina.com" in rows[0]["未导入的原因"]
    assert targets(step(console, "columns", begin(console, pasted=file), status=200))[:2] == ["-", "-"], "known when uploaded"
    step(console, "suggestions", run, {})
    upkeep.import_people()
    imported(console, run)
    facts = Subscriber.objects.order_by("address").values_list("address", "language", "country")
    assert list(facts) == [("wang1@example.org", "zh-Hans", "CN"), ("wang2@gmail.com", "en", "CN")]

    again = checked(console, people, FAULTY)
    assert (row_results.counts(again.stored_file)["unchanged"], again.created_count) == (2, 0), "the suggestion is used again"
    step(console, "delete", again, {})

    page = page_of(console, run, "rows/refused/")
    assert re.search(r'name="cell-4" value="wang3@sina.com，w3@sina.com"', page), "what the file says, the suggestion beside it"
    assert 'name="use-4"' in page
    same = dict(re.findall(r'name="(cell-\d)" value="([^"]*)"', page))
    assert "没有更正" in step(console, "correct", run, same, 422)
    for _ in range(2):  # a doubled click
        step(console, "correct", run, same | {"use-4": "1", "cell-6": "专家", "cell-5": "wang at example"})
    new = ImportRun.objects.latest("pk")
    upkeep.import_people()
    page = page_of(console, new)
    assert "导入 2 行" in page, "checked like a file"
    assert "<b>第 5 行</b>" in page, "rows of the first file"
    assert (Subscriber.objects.count(), ImportRun.objects.count()) == (2, 3)
    assert "cell-4" in page_of(console, run, "rows/refused/"), "not corrected before it is imported"
    imported(console, new)
    assert (new.choices["follows"], new.created_count, new.consent) == (run.pk, 2, "登记表")
    assert Subscription.objects.filter(list=people, consent="登记表").count() == 4
    assert f"/console/people-imports/{run.pk}/" in page_of(console, new)
    page, report = page_of(console, run, "rows/refused/"), page_of(console, run)
    assert re.findall(r'name="cell-(\d)"', page) == ["5", "7", "8"], "what was refused again is not corrected"
    assert (balance(report)["被拒绝的行"], balance(report)["被拒绝、已在另一次导入中更正的行"]) == (3, 2)
    assert len(refused_file(console, run)) == 3
    assert (balance(page_of(console, new))["被拒绝的行"], "cell-5" in page_of(console, new, "rows/refused/")) == (0, False)
    step(console, "correct", run, {"cell-5": "wang4@example.org"})  # once more
    second = ImportRun.objects.latest("pk")
    upkeep.import_people()
    imported(console, second)
    assert [row["邮箱"] for row in refused_file(console, run)] == ["王六@example.org", "wang7@example.org"]
    step(console, "undo", second, {})
    upkeep.import_people()
    assert len(refused_file(console, run)) == 3, "undone, so refused"

    corrected = file.replace("wang4.example", "wang4@example").replace("王六@", "wang6@").replace("火星语", "法文")
    again = checked(console, people, corrected.replace("，w3@sina.com", "").replace("荣誉会员", "专家"))
    assert again.choices["columns"][:3] == ["-", "-", "name"]
    assert imported(console, again).created_count == 3
    assert refused_file(console, run) == []
    assert "@" not in str(list(Audit.objects.values_list("detail", flat=True)))


def test_a_refused_row_is_open_in_one_import_until_it_is_corrected_or_set_aside(console, people):
    in_chinese(console)

    def waiting():
        """What the home page says of refused rows: import -> rows."""
        home = console.get("/console/").content.decode()
        rows = re.findall(r'people-imports/(\d+)/rows/refused/">(?:(?!/rows/refused/).)*?有 (\d+) 行被拒绝', home, re.DOTALL)
        return {int(number): int(count) for number, count in rows}

    def uploaded(text):
        run = begin(console, pasted=text)
        step(console, "columns", run, {"column": targets(step(console, "columns", run, status=200))})
        step(console, "consent", run, {"list": people.pk, "consent": run.consent})
        upkeep.import_people()
        run.refresh_from_db()
        return imported(console, run)

    first = imported(console, checked(console, people, FAULTY))
    file = downloaded(console, first)
    step(console, "correct", first, {"cell-4": "wang3@sina.com"})
    upkeep.import_people()
    on_page = imported(console, ImportRun.objects.latest("pk"))
    assert waiting() == {first.pk: 4}
    # The file still has the row that was corrected on the page; a row with two addresses became two, one of them faulty.
    rows = file.splitlines()
    rows += [next(row for row in rows if "王四" in row).replace("wang4.example.org", "wang44.example.org")]
    second = uploaded("\n".join(rows).replace("wang4.example", "wang4@example"))
    assert (second.created_count, second.refused_count) == (1, 5)
    assert waiting() == {second.pk: 4}
    assert balance(page_of(console, second))["被拒绝、已在另一次导入中更正的行"] == 1
    report = page_of(console, first)
    assert (balance(report)["被拒绝的行"], balance(report)["被拒绝、已在另一次导入中更正的行"]) == (0, 2)
    assert balance(report)["被拒绝、列在另一次导入中的行"] == 3
    assert f"/console/people-imports/{second.pk}/rows/refused/" in report
    page = page_of(console, first, "rows/refused/")
    assert 'name="cell-' not in page
    assert f"/console/people-imports/{second.pk}/rows/refused/" in page
    assert "王三" not in page_of(console, second, "rows/refused/"), "corrected on the page of the first"
    assert refused_file(console, first) == []
    # The first file once more, with another correction: its rows are those of the second file, too.
    # A number that is too long to be one means no row.
    third = uploaded(file.replace("王六@", "wang6@") + f"{'9' * 5000},,王八,wang8@example.org,,,\n")
    assert (third.state, third.created_count) == ("done", 2)
    assert waiting() == {third.pk: 2, second.pk: 1}
    assert re.findall(r'name="cell-(\d)"', page_of(console, second, "rows/refused/")) == ["7"]
    step(console, "set-aside", second, {"aside": "1"})
    assert waiting() == {third.pk: 2}
    step(console, "undo", third, {})
    upkeep.import_people()
    assert waiting() == {second.pk: 4}, "more rows than the one that was set aside"
    step(console, "undo", on_page, {})
    upkeep.import_people()
    assert waiting() == {second.pk: 5}

    for _ in range(2):  # a doubled click
        step(console, "set-aside", second, {"aside": "1"})
    assert waiting() == {}
    for name in ("", "rows/refused/"):
        page = page_of(console, second, name)
        assert "不再处理" in page
        assert 'name="cell-' not in page
    step(console, "set-aside", second, {})
    assert waiting() == {second.pk: 5}
    lines = Audit.objects.filter(verb__endswith="_aside") | Audit.objects.filter(verb__startswith="resume_refused")
    assert [line.detail for line in lines.order_by("pk")] == [{"rows": 1}, {"rows": 5}, {"rows": 5}]

    # A correction on a page that was refused stays on that page. Once the import of this page is undone, it has its own.
    step(console, "undo", second, {})
    upkeep.import_people()
    step(console, "correct", first, {"cell-5": "wang at example"})
    upkeep.import_people()
    on_page = imported(console, ImportRun.objects.latest("pk"))
    assert waiting() == {first.pk: 5}
    step(console, "undo", first, {})
    upkeep.import_people()
    assert waiting() == {on_page.pk: 1}
    page = page_of(console, on_page, "rows/refused/")
    assert (re.findall(r'name="cell-(\d)"', page), f"people-imports/{first.pk}/rows" in page) == (["5"], False)
    assert "@" not in str(list(Audit.objects.values_list("detail", flat=True)))


def test_what_a_file_changes_of_known_people_who_join_is_in_the_preview_the_report_the_history_and_the_undo(console, people):
    other = mailing_lists.create_list(audit.system(), "other", "Other")
    rows = "email,name,hired\n" + "".join(f"p{number}@example.org,P {number},2022-09-0{number}\n" for number in range(1, 6))
    first = checked(console, other, rows + "p6@example.org,P 6,unknown\n", ["email", "name", "new:date"])
    imported(console, first)
    rows = rows.replace("2022-09-0", "2022/9/").replace("P 2", "Pia").replace("2022/9/3", "2023年9月3日")
    run = checked(console, people, rows, ["email", "name", "attribute:hired"])
    page = page_of(console, run)
    assert "5 people would join the list “Staff”. The details of 2 of them change." in page
    expected = balance(page)
    assert expected["known people who join the list and get other details"] == 2
    assert "2022-09-03 → 2023-09-03" in page_of(console, run, "rows/joining_changed/")
    imported(console, run)
    assert balance(page_of(console, run)) == expected
    person = Subscriber.objects.get(address="p2@example.org")
    assert person.attributes == {"hired": "2022-09-02"}
    assert (
        f"Details changed by an import: Name (import {run.pk}"
        in console.get(f"/console/subscribers/{person.pk}/").content.decode()
    )
    for _ in range(2):  # before it is undone, and what its report says then
        assert "See who they are" in page_of(console, run, "undo/")
        changed = page_of(console, run, "rows/changed/")
        assert "p2@example.org" in changed, "listed: the undo does not change it back"
        assert "p1@example.org" not in changed
        break
    step(console, "undo", run, {})
    upkeep.import_people()
    run.refresh_from_db()
    assert (run.undone["ended"], run.undone["deleted"], run.undone["updated"]) == (5, 0, 2)
    assert "undo" not in page_of(console, imported(console, checked(console, other, "email,name\np1@example.org,Pat\n")))


def test_columns_that_nobody_knows_become_attributes_at_once_and_are_known_to_the_next_file(console, people):
    pasted = "邮箱\t单位编号\t入职日期\t姓名\t中文名\nwang1@example.org\t17\t2022-09-07\t王一\t王一\n"
    pasted += "wang2@example.org\t18\t2022年9月8日\t王二\t王二\n"
    run = begin(console, pasted=pasted)
    assert targets(step(console, "columns", run, status=200)) == ["email", "-", "-", "name", "-"]
    # A second column of names is no new attribute, whether somebody asks for one or for all others.
    chosen = ["email", "-", "-", "name", "new:text"]
    assert "has people&#x27;s names, which are a field already" in step(console, "columns", run, {"column": chosen}, 422)
    step(console, "columns", run, {"column": ["email", "-", "-", "name", "-"], "others": "1"})
    assert ImportRun.objects.get(pk=run.pk).choices["columns"] == ["email", "new:text", "new:date", "name", "-"]
    step(console, "consent", run, {"list": people.pk, "where": "letter"})
    upkeep.import_people()
    imported(console, run)
    assert Subscriber.objects.get(address="wang2@example.org").attributes == {"field_1": "18", "hired_on": "2022-09-08"}
    again = begin(console, pasted=pasted)
    assert targets(step(console, "columns", again, status=200)) == [
        "email",
        "attribute:field_1",
        "attribute:hired_on",
        "name",
        "-",
    ]


REPEATED = """name,email,unit
Ann,ann@example.org,Physics
Bob,ann@example.org,Law
Cleo,cleo.example.org,Arts
"""


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_row_with_the_address_of_somebody_else_does_not_turn_one_person_into_another(console, people, language):
    attribute_declarations.declare(audit.system(), "unit", Type.TEXT)
    console.post("/console/language/", {"language": language})
    chosen = ["name", "email", "attribute:unit"]
    first = imported(console, checked(console, people, REPEATED, chosen))
    page = page_of(console, first, "rows/refused/")
    assert {"en": "Row 2 (Ann) already uses this address.", "zh-hans": "第 2 行（Ann）已使用此邮箱。"}[language] in page
    assert {"en": "Row 3, email", "zh-hans": "第 3 行，email"}[language] in page
    # The file of refused rows comes back as a whole: the repeated address is refused again, whatever else is corrected.
    file = downloaded(console, first)
    for corrected in (file, file.replace("cleo.example", "cleo@example")):
        run = begin(console, pasted=corrected)
        assert (run.list, run.consent) == (people, "登记表")
        step(console, "columns", run, {"column": targets(step(console, "columns", run, status=200))})
        assert ImportRun.objects.get(pk=run.pk).choices["follows"] == first.pk
        step(console, "consent", run, {"list": people.pk, "consent": run.consent})
        upkeep.import_people()
        run.refresh_from_db()
        assert (run.updated_count, run.refusals[0]["reason"]) == (0, "duplicate")
    assert run.created_count == 1
    imported(console, run)
    assert [len(refused_file(console, which)) for which in (first, run)] == [0, 1]
    listed = re.sub("<[^>]*>", " ", console.get("/console/people-imports/").content.decode())
    texts = {"en": "import {} · corrects import {}", "zh-hans": "第 {} 次导入 · 更正第 {} 次导入"}
    assert texts[language].format(run.pk, first.pk) in listed
    # Any other row with her address is shown by name, and need not overwrite anything.
    run = checked(
        console, people, "name,email,unit,phone\nBob,ann@example.org,Law,17\nANN ,cleo@example.org,,\n", [*chosen, "new:text"]
    )
    page = page_of(console, run)
    counted = {"en": "2 rows have the address of somebody with another name", "zh-hans": "有 2 行的邮箱属于另一个姓名的人"}
    assert counted[language] in page
    assert "phone" in page
    assert "Ann → Bob" in page_of(console, run, "rows/renamed/")
    step(console, "details", run, {"details": "fill"})
    upkeep.import_people()
    assert 'value="fill" checked' in page_of(console, run)
    assert re.search(r"Ann ?[(（].*Bob[)）]", page_of(console, run, "rows/renamed/")), "listed, though nothing is overwritten"
    imported(console, run)
    facts = Subscriber.objects.order_by("address").values_list("name", "attributes")
    assert list(facts) == [("Ann", {"unit": "Physics", "phone": "17"}), ("Cleo", {"unit": "Arts"})]
