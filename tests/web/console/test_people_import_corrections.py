"""Faulty rows of an import: exact reasons in the reader's language, suggestions, and corrections on the page or in the file."""

import csv
import io
import re

import pytest

from publication import audit
from publication.models import Audit
from subscribers import attribute_declarations, mailing_lists
from subscribers.attributes import Type
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
    file = b"".join(console.get(f"/console/people-imports/{run.pk}/refused.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(file)))
    assert [*rows[0]] == ["未导入的行", "未导入的原因", "姓名", "邮箱", "语言", "国家", "会员类型"]
    assert [row["未导入的行"] for row in rows] == ["4", "5", "6", "7", "8"]
    assert "wang3@sina.com" in rows[0]["未导入的原因"]
    assert targets(step(console, "columns", begin(console, pasted=file), status=200))[:2] == ["-", "-"], "known when uploaded"
    step(console, "suggestions", run, {})
    upkeep.import_people()
    imported(console, run)
    facts = Subscriber.objects.order_by("address").values_list("address", "language", "country")
    assert list(facts) == [("wang1@example.org", "zh-Hans", "CN"), ("wang2@gmail.com", "en", "CN")]

    page = page_of(console, run, "rows/refused/")
    assert re.search(r'name="cell-4" value="wang3@sina.com"', page)  # the suggestion
    same = {name: value for name, value in re.findall(r'name="(cell-\d)" value="([^"]*)"', page) if name != "cell-4"}
    assert "没有更正" in step(console, "correct", run, same, 422)
    for _ in range(2):  # a doubled click
        console.post(f"/console/people-imports/{run.pk}/correct/", same | {"cell-4": "wang3@sina.com", "cell-6": "专家"})
    upkeep.import_people()
    new = ImportRun.objects.latest("pk")
    assert (new.choices["follows"], new.created_count, new.consent) == (run.pk, 2, "登记表")
    assert Subscription.objects.filter(list=people, consent="登记表").count() == 4
    assert f"/console/people-imports/{run.pk}/" in page_of(console, new)
    page = page_of(console, run, "rows/refused/")
    assert "cell-4" not in page
    still_wrong = same | dict.fromkeys(list(same)[:1], "wang at example")
    console.post(f"/console/people-imports/{run.pk}/correct/", still_wrong)
    upkeep.import_people()
    second = ImportRun.objects.latest("pk")
    assert (second.pk > new.pk, second.refused_count) == (True, 1)
    assert re.search(r'name="cell-2" value="wang at example"', page_of(console, second, "rows/refused/")), "and once more"

    corrected = file.replace("wang4.example", "wang4@example").replace("王六@", "wang6@").replace("火星语", "法文")
    again = checked(console, people, corrected.replace("，w3@sina.com", "").replace("荣誉会员", "专家"))
    assert again.choices["columns"][:3] == ["-", "-", "name"]
    assert imported(console, again).created_count == 3
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
    assert Subscriber.objects.get(address="wang2@example.org").attributes == {"field_1": "18", "field_2": "2022-09-08"}
    again = begin(console, pasted=pasted)
    assert targets(step(console, "columns", again, status=200)) == [
        "email",
        "attribute:field_1",
        "attribute:field_2",
        "name",
        "-",
    ]
