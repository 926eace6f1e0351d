"""Importing people in Chromium, under the pages' own policy: by keyboard and pointer, on a desktop and on a phone."""

import pytest
from playwright.sync_api import expect

from publication import audit
from publication.models import Publication
from subscribers import attribute_declarations, mailing_lists
from subscribers.attributes import Type
from subscribers.importing.runs import import_runs
from subscribers.models import ImportRun, Subscriber
from tests.support.chromium import MARKS
from tests.support.reviewing import account
from tests.support.variations import few
from tests.web.console.test_people_imports import spreadsheet
from tests.web.console.test_writing_in_browser import FIRST, Person
from worker import upkeep

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
LOOKS = few(FIRST, soak=[(("zh-CN", "dark", 390),)])


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: "-".join(map(str, look)))
def test_a_workbook_becomes_people_and_is_undone(browser, live_server, tmp_path, look):
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "zone": "Asia/Shanghai"})
    attribute_declarations.declare(audit.system(), "unit", Type.TEXT)
    mailing_lists.create_list(audit.system(), "staff", "Staff")
    account("lin", "list-manager")
    file = tmp_path / "员工.xlsx"
    file.write_bytes(spreadsheet(people=120, faulty=12).getvalue())
    person = Person(browser, live_server.url, "lin", look)
    page = person.page
    person.open("/console/people-imports/")
    page.click("main .page-head a.main")
    person.look_at()
    page.set_input_files("#id_file", file)
    page.click("form[data-upload] button.main")
    expect(page.locator("select[name=column]").first).to_be_visible()
    person.look_at()
    page.locator("select[name=column]").nth(3).select_option("new:text")
    page.click("main form.panel button.main")
    page.select_option("#id_list", label="Staff")
    page.fill("#id_where", "staff office")
    person.look_at()
    page.press("#id_where", "Enter")
    expect(page.locator("[data-progress]")).to_be_visible()
    person.look_at()
    upkeep.import_people()
    page.click("a[href$='/rows/refused/']")
    person.look_at()
    page.go_back()
    person.look_at()
    page.click("form[action$='/start/'] button")
    expect(page.locator("[data-progress]")).to_be_visible()
    upkeep.import_people()
    expect(page.locator("a[href$='/undo/']")).to_be_visible()
    person.look_at()
    assert Subscriber.objects.count() == 108
    with page.expect_download() as download:
        page.click("a[download]")
    assert download.value.path().read_text(encoding="utf-8-sig").count("\n") == 13
    page.click("a[href$='/undo/']")
    person.look_at()
    page.click("button.danger.filled")
    expect(page.locator("[data-progress]")).to_be_visible()
    upkeep.import_people()
    expect(page.locator("h2#undone")).to_be_visible()
    person.look_at()
    person.open("/console/people-imports/")
    assert (Subscriber.objects.count(), ImportRun.objects.get().state) == (0, ImportRun.State.UNDONE)
    assert import_runs.is_due() is False
    assert person.faults == {}
