"""Importing people in the console: from the file to the report and its undo, without a script."""

import io
import re
from urllib.parse import unquote

import pytest
from openpyxl import Workbook

from publication import audit, clock
from publication.database.statement_sql import query
from publication.models import Audit, Publication
from subscribers import attribute_declarations, mailing_lists
from subscribers.attributes import Type
from subscribers.consent import erasing
from subscribers.importing import undo
from subscribers.importing.runs import kept_files
from subscribers.models import ConsentRecord, ImportRun, MailingList, Subscriber, Subscription
from tests.support.staff_tabs import unchanged
from tests.web.conftest import make_staff
from web.console.people import typed_consent
from worker import upkeep

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff_list(db):
    actor = audit.system()
    attribute_declarations.declare(actor, "unit", Type.TEXT)
    return mailing_lists.create_list(actor, "staff", "Staff")


def spreadsheet(people=30, faulty=3):
    """A Chinese workbook with a title, a hidden sheet and faulty rows."""
    book = Workbook()
    sheet = book.active
    sheet.title = "员工"
    sheet.append(["2026 年员工名单"])
    sheet.append(["姓名", "单位", "电子邮件", "手机", "备注"])
    for number in range(people):
        at = "" if number < faulty else "@"
        sheet.append([f"王{number}", "化学系", f"wang{number}{at}example.org", 13800000000 + number, None])
    sheet.row_dimensions[5].hidden = True
    book.create_sheet("x").sheet_state = "hidden"
    data = io.BytesIO()
    book.save(data)
    data.name = "员工.xlsx"
    data.seek(0)
    return data


def step(console, name, run, values=None, status=302):
    address = f"/console/people-imports/{run.pk}/{name}/"
    answer = console.get(address) if values is None else console.post(address, values)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def begin(console, **given):
    answer = console.post("/console/uploads/people/new/", given)
    assert answer.status_code == 302, answer.content.decode()
    return ImportRun.objects.latest("pk")


def targets(html):
    return [
        (re.findall(r'<option value="([^"]*)" selected', column) or [""])[0]
        for column in re.findall(r'<select id="column-.*?</select>', html)
    ]


def test_a_chinese_workbook_is_imported_from_upload_to_undo(console, staff_list):
    run = begin(console, file=spreadsheet())
    page = step(console, "columns", run, status=200)
    assert targets(page) == ["name", "attribute:unit", "email", "-", "-"]
    assert "王0" in page
    assert "Hidden rows, which are read, too: 1" in page
    assert "Rows above the header, which are not read: 1" in page
    chosen = ["name", "attribute:unit", "email", "attribute", "-"]
    step(console, "columns", run, {"column": chosen})
    faulty = step(console, "consent", run, {"list": staff_list.pk, "where": " ", "day": "", "document": ""}, 422)
    assert "Say where and when these people agreed." in faulty
    step(console, "consent", run, {"list": staff_list.pk, "where": "staff office", "day": "2026-09-01", "document": "form 7"})
    assert "data-progress" in console.get(f"/console/people-imports/{run.pk}/").content.decode()
    upkeep.import_people()
    assert Subscriber.objects.count() == 0
    page = console.get(f"/console/people-imports/{run.pk}/").content.decode()
    assert "27 people would join the list “Staff”." in page
    rows = step(console, "rows/refused", run, status=200)
    assert "wang0example.org" in rows
    assert 'scope="row">3<' in rows  # the row of the sheet
    assert "wang10@example.org" in step(console, "rows/new", run, status=200)
    for _ in range(2):  # a doubled click
        step(console, "start", run, {})
    upkeep.import_people()
    run.refresh_from_db()
    assert (run.state, run.rows_read, run.created_count, run.refused_count) == ("done", 30, 27, 3)
    assert Subscription.objects.filter(list=staff_list, consent="staff office, 2026-09-01, form 7").count() == 27
    person = Subscriber.objects.get(address="wang5@example.org")
    assert (person.name, person.attributes["unit"], "13800000005" in person.attributes.values()) == ("王5", "化学系", True)
    report = console.get(f"/console/people-imports/{run.pk}/").content.decode()
    assert "Undo this import" in report
    assert f'<a href="/console/lists/{staff_list.pk}/">“Staff”</a>: 27' in report
    file = console.get(f"/console/people-imports/{run.pk}/refused.csv")
    assert unquote(file["Content-Disposition"]).endswith("员工-not-imported.csv")
    refused = b"".join(file.streaming_content).decode("utf-8-sig")
    assert refused.count("\r\n") == 4
    assert refused.startswith(f"Row not imported (import {run.pk}),Why it was not imported,姓名,")
    corrected = begin(console, pasted=refused.replace("example.org", "@example.org"))
    assert targets(step(console, "columns", corrected, status=200))[:5] == ["-", "-", *chosen[:3]], "its own columns are known"
    step(console, "delete", corrected, {})
    kept = {path.name for path in kept_files.folder().iterdir() if path.name.startswith(run.stored_file)}
    assert kept == {f"{run.stored_file}.{part}" for part in kept_files.OF_REFUSED}  # not the file
    # The same columns are chosen again, and the corrected file brings the rest.
    again = begin(console, file=spreadsheet(faulty=0))
    page = step(console, "columns", again, status=200)
    assert "Chosen as in the last import" in page
    assert targets(page)[:3] == chosen[:3]
    assert "Nobody was imported" in step(console, "delete", again, status=200)
    assert ImportRun.objects.filter(pk=again.pk).exists()
    step(console, "delete", again, {})
    assert not ImportRun.objects.filter(pk=again.pk).exists()
    # Beforehand, afterwards: each of the people whom the import brought is in one row, and an erased one stays in the sum.
    for number in (7, 8):
        erasing.erase(audit.system(), Subscriber.objects.get(address=f"wang{number}@example.org"))
    rows = "that end|25 of them new people, who are deleted|25 of them people who were known before, who stay|0 "
    rows += "kept: erased since|2 people whom the import made or put on the list|27"
    assert rows in balance(step(console, "undo", run, status=200))
    page = step(console, "undo", run, status=200)
    assert "<h1>25 people are deleted</h1>" in page
    assert "Delete 25 people and undo the import</button>" in page
    for _ in range(2):
        step(console, "undo", run, {})
    upkeep.import_people()
    assert (Subscriber.objects.filter(erased_at=None).count(), Subscription.objects.count()) == (0, 2)
    page = console.get(f"/console/people-imports/{run.pk}/").content.decode()
    assert "This import is undone" in page
    assert re.search(r"Undone by .*<time", page)
    assert f"/{run.pk}/undo/" not in page
    assert rows.replace("that end|", "that ended|") in balance(page)
    assert ConsentRecord.objects.filter(act="import_undone").count() == 25
    assert "@" not in str(list(Audit.objects.values_list("detail", flat=True)))


def balance(page):
    """The tables of numbers of a page, as text."""
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', page)
    return " ".join(f"{re.sub('<.*?>', '', label).rsplit('” ', 1)[-1]}|{number}" for label, number in rows)


def test_people_whose_details_an_undo_leaves_are_listed_with_what_changed(console, staff_list):
    for name in ("Ann", "Anne"):
        run = begin(console, pasted=f"email,name,unit\nann@example.org,{name},Physics\n{name}@example.com,Bea,\n")
        step(console, "columns", run, {"column": ["email", "name", "attribute:unit"]})
        step(console, "consent", run, {"list": staff_list.pk, "where": "letter"})
        upkeep.import_people()
        step(console, "start", run, {})
        upkeep.import_people()
    page = step(console, "undo", run, status=200)
    assert "changed the details of 1 person who was known before. They stay changed." in page
    assert "See who they are" in page
    assert "rows/changed/" in console.get(f"/console/people-imports/{run.pk}/").content.decode()
    person = Subscriber.objects.get(address="ann@example.org")
    for _ in range(2):
        page = step(console, "rows/changed", run, status=200)
        assert (
            f'<a href="/console/subscribers/{person.pk}/">ann@example.org</a></th><td data-label="Changed details">Name</td>'
            in page
        )
        step(console, "undo", run, {})
        upkeep.import_people()
    assert "See who they are" in console.get(f"/console/people-imports/{run.pk}/").content.decode()
    assert person.name == "Anne"
    # Somebody who was deleted since ends no page.
    query("INSERT INTO imported_person (run_id, subscriber_id, effect) VALUES (%s, 1, 1)", [run.pk])
    assert undo.changed_people(run, 0, 1) == ([], 1)
    assert [changed.subscriber for changed in undo.changed_people(run, 1, 1)[0]] == [person]


def test_who_sees_no_addresses_reads_no_cell_file_name_or_consent_of_an_import(client, staff_list):
    refusal = {"line": 2, "reason": "date", "message": "“17608664596” is not a date", "hint": "write it as 2024-05-31"}
    run = ImportRun.objects.create(
        actor=audit.command_line(), file_name="Wang Wei.csv", state="done", list=staff_list, consent="as Wang Wei said",
        refused_count=1, refusals=[refusal], finished_at=clock.now(),
    )  # fmt: skip
    client.force_login(make_staff("author", "subscribers.view_importrun"))
    for page in ("/console/people-imports/", f"/console/people-imports/{run.pk}/"):
        shown = client.get(page).content.decode()
        assert f"Import {run.pk}" in shown
        assert not any(secret in shown for secret in ("Wang Wei", "17608664596")), page


def test_an_import_makes_its_list_and_one_that_changes_nobody_is_not_offered(console, client, db):
    """From an empty installation: the list is created in the step that asks for it, and only if the consent is right."""
    run = begin(console, pasted="email,name\nwei@example.org,Wei\n")
    step(console, "columns", run, {"column": ["email", "name"]})
    page = step(console, "consent", run, status=200)
    assert 'name="list" value="new"' in page
    given = {"list": "new", "new_list": "员工简报", "where": "staff office", "day": "2026年2月 - 2026-03"}
    for wrong, text in (
        ({"new_list": " "}, "Write the name of the new list."), ({"day": "2999-01-01"}, "This day is in the future."),
        ({"day": "last spring"}, "Write a day, a month, a year or a period"), ({"day": "2026-02 to 2999-01"}, "in the future"),
        ({"day": "2026-02 to 2025-12"}, "Write a day, a month, a year or a period"), ({"day": "2024 to 2008"}, "Write a day"),
        ({"where": ""}, 'where-fault" role="alert">Say where and when these people agreed.'),
        ({"new_slug": "员工"}, "Write the short name with"),
        ({"new_list": "员\u202e工"}, "Write the name in one line"), ({"new_list": "x" * 201}, "Write at most 200 characters."),
    ):  # fmt: skip
        assert text in step(console, "consent", run, given | wrong, 422)
    assert not MailingList.objects.exists()
    faults: dict[str, str] = {}
    for typed in ("2008 至 2024", "2008-2024", "2008年到2024年", "2008 - 2024"):
        assert typed_consent.read_when(typed, faults) == "2008 to 2024"
    assert (typed_consent.read_when("2019 年", faults), faults) == ("2019", {})
    step(console, "consent", run, given)
    made = MailingList.objects.get()
    assert (made.name, made.slug, made.sign_up) == ("员工简报", "staff-newsletter", "closed")
    assert Audit.objects.filter(verb="create_list", object_id=str(made.pk)).exists()
    upkeep.import_people()
    step(console, "start", run, {})
    upkeep.import_people()
    assert Subscription.objects.get().list == made
    again = begin(console, pasted="email,name\nwei@example.org,Wei\nnobody,Bob\n")
    step(console, "columns", again, {"column": ["email", "name"]})
    assert "already a list with this name" in step(console, "consent", again, given, 422)
    other = mailing_lists.create_list(audit.system(), "other", "Other")
    assert "another list" in step(console, "consent", again, {"list": str(other.pk), "same": str(run.pk)}, 422)
    assert f"that of import {run.pk}, 员工简报: staff office, 2026-02 to 2026-03" in step(console, "consent", again, status=200)
    step(console, "consent", again, {"list": str(made.pk), "same": str(run.pk)})
    assert ImportRun.objects.get(pk=again.pk).consent == "staff office, 2026-02 to 2026-03"
    upkeep.import_people()
    page = console.get(f"/console/people-imports/{again.pk}/").content.decode()
    assert "No row of the file would change anything" in page
    assert f"/console/people-imports/{again.pk}/start/" not in page


def test_an_import_asks_for_the_document_that_names_measuring_only_while_people_are_asked(console, staff_list):
    run = begin(console, pasted="email\nwei@example.org\nnobody\n")
    step(console, "columns", run, {"column": ["email"]})
    given = {"list": staff_list.pk, "where": "letter", "measuring_document": "form 7"}
    assert "measuring" not in step(console, "consent", run, status=200)
    assert "Clicks are not kept with names now" in step(console, "consent", run, given, 422)
    Publication.objects.update(policies={"measuring": "individual"})
    assert "Did they also agree that their clicks are kept with their names?" in step(console, "consent", run, status=200)
    step(console, "consent", run, given)
    upkeep.import_people()
    address = f"/console/people-imports/{run.pk}/"
    assert "People whose clicks would be kept with their names: 1" in console.get(address).content.decode()
    assert 'value="form 7"' in step(console, "consent", run, status=200)
    step(console, "start", run, {})
    upkeep.import_people()
    report = console.get(address).content.decode()
    assert "People whose clicks are kept with their names by this import: 1<br>Document: form 7" in report
    assert "for everybody" in step(console, "undo", run, status=200)
    person = Subscriber.objects.get()
    assert person.measured_since is not None
    page = console.get(f"/console/subscribers/{person.pk}/").content.decode()
    assert f"Agreed that clicks are kept with their name (import {run.pk}, “" in page
    assert "“form 7”" in page
    corrected = begin(console, pasted=f"Row not imported (import {run.pk}),Why it was not imported,email\n3,x,li@example.org\n")
    assert (corrected.measuring_document, corrected.consent) == ("form 7", "letter")


def test_pasted_rows_are_a_file_and_what_is_wrong_with_one_is_said(console, staff_list):
    assert "Choose a file, or paste rows." in console.post("/console/uploads/people/new/", {"pasted": " "}).content.decode()
    for name, content, text in (
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "This is no file that can be read here."),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "has a password"),
        ("a.xlsx", b"PK\x03\x04 broken", "This workbook is damaged."),
        ("a.csv", b"", "The file has no rows."),
    ):
        file = io.BytesIO(content)
        file.name = name
        answer = console.post("/console/uploads/people/new/", {"file": file})
        assert answer.status_code == 422
        assert text in answer.content.decode(), name
    run = begin(console, pasted="Contact\tMember\nwei@example.org\tyes\nli@example.org\tno\n")
    assert targets(step(console, "columns", run, status=200)) == ["-", "-"]
    page = step(console, "columns", run, {"column": ["name", "-"]}, 422)
    assert "No column has the addresses." in page
    assert targets(page) == ["name", "-"]  # what was chosen stays
    step(console, "columns", run, {"column": ["email", "-"]})
    step(console, "consent", run, {"list": staff_list.pk, "where": "letter"})
    upkeep.import_people()
    step(console, "start", run, {})
    upkeep.import_people()
    assert Subscriber.objects.count() == 2


def test_a_doubled_click_makes_one_import_and_an_old_page_starts_none_that_was_checked_again(console, staff_list):
    first, second = (begin(console, pasted="email,name\nwei@example.org,Wei\n") for _ in range(2))
    assert first == second
    run = first
    for _ in range(2):
        step(console, "columns", run, {"column": ["email", "name"]})
    step(console, "consent", run, {"list": staff_list.pk, "where": "letter"})
    upkeep.import_people()
    step(console, "columns", run, {"column": ["email", "name"]})
    old = unchanged(console.get(f"/console/people-imports/{run.pk}/"), f"/console/people-imports/{run.pk}/start/")
    step(console, "consent", run, {"list": mailing_lists.create_list(audit.system(), "board", "Board").pk, "where": "letter"})
    upkeep.import_people()
    page = console.post(f"/console/people-imports/{run.pk}/start/", old, follow=True).content.decode()
    assert "Look at what would change first." in page
    assert "would join the list “Board”" in page
    verbs = list(
        Audit.objects.filter(object_kind="importrun").exclude(verb="import").order_by("id").values_list("verb", flat=True)
    )
    assert verbs == ["begin_people_import", "choose_import_columns", "check_people_import", "check_people_import"]


def test_a_step_that_came_too_late_changes_nothing(console, staff_list):
    run = begin(console, pasted="email,name\nwei@example.org,Wei\n")
    step(console, "start", run, {})  # before anybody saw what would change
    upkeep.import_people()
    assert Subscriber.objects.count() == 0
    step(console, "columns", run, {"column": ["email", "name"]})
    step(console, "consent", run, {"list": staff_list.pk, "where": "letter"})
    for name, values in (("columns", {"column": ["name", "email"]}), ("consent", {"list": staff_list.pk, "where": "other"})):
        step(console, name, run, values)  # leads to the page of the import
    run.refresh_from_db()
    assert (run.state, run.consent, run.choices["columns"]) == ("waiting", "letter", ["email", "name"])
    upkeep.import_people()
    assert "Nobody was imported" not in console.post(f"/console/people-imports/{run.pk}/undo/", follow=True).content.decode()
    assert Subscriber.objects.count() == 0


def test_an_import_that_waits_or_runs_is_stopped_on_its_page(console, staff_list):
    run = begin(console, pasted="email,name\nwei@example.org,Wei\n")
    step(console, "columns", run, {"column": ["email", "name"]})
    step(console, "consent", run, {"list": staff_list.pk, "where": "letter"})
    page = console.get(f"/console/people-imports/{run.pk}/").content.decode()
    assert "Stop checking" in page
    step(console, "stop", run, {})
    assert step(console, "consent", run, status=200)  # the choices are there
    step(console, "consent", run, {"list": staff_list.pk, "where": "letter"})
    upkeep.import_people()
    step(console, "start", run, {})
    assert "Stop the import" in console.get(f"/console/people-imports/{run.pk}/").content.decode()
    for _ in range(2):  # a doubled click
        step(console, "stop", run, {})
    page = console.get(f"/console/people-imports/{run.pk}/").content.decode()
    assert "The import was stopped. Rows that were imported until then: 0" in page
    upkeep.import_people()
    assert Subscriber.objects.count() == 0


def test_the_file_of_another_system_keeps_its_meaning(console, staff_list):
    run = begin(console, pasted="Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\n"
                "wei@example.org,Wei,Chen,2,2024-05-31 09:00:00,2024-05-31 09:00:00,7,8\n")  # fmt: skip
    page = step(console, "columns", run, status=200)
    assert "The file is recognised as" in page
    assert targets(page)[:3] == ["email", "recognised", "recognised"]
    step(console, "columns", run, {"column": targets(page)})
    step(console, "consent", run, {"list": staff_list.pk, "where": "letter"})
    upkeep.import_people()
    step(console, "start", run, {})
    upkeep.import_people()
    assert Subscriber.objects.get().name == "Wei Chen"
