"""The forms of the head in Chromium: autosave of fields and rows, drafts, moving rows, counters, under the own policy."""

import pytest

from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Publication
from tests.support.chromium import MARKS
from tests.support.waiting import wait_until
from tests.web.conftest import RIGHTS, make_staff
from tests.web.console.test_head_forms import SOURCE
from tests.web.console.test_writing_in_browser import FILE, PER_LOOK, Person, text_of

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def issue(transactional_db) -> IssueRecord:
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "postal_address": "3 Fuxing Road, Beijing"})
    record = IssueRecord.objects.create(slug="news-1", title="CAST Newsletter")
    state = issue_state.of_sources({FILE: SOURCE.replace("- gone\n", "")}, {})
    edits.replace_source(audit.system(), record, None, state, reason="import")
    make_staff("wei", *RIGHTS)
    return record


def rows(person: Person, name: str) -> list[str]:
    return person.page.locator(f"[data-rows] [name={name}]").evaluate_all("fields => fields.map(field => field.value)")


def test_a_form_saves_itself_and_its_rows_move_by_key_button_and_mouse(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))
    wei.write("@head")
    count = wei.page.locator("#count_subject [data-now]")
    assert count.inner_text() == "20"
    wei.page.fill("#id_subject", "光")
    assert (count.inner_text(), wei.page.locator("#count_subject [data-verdict]").inner_text()) == ("2", "Too short")
    wei.page.press("#id_subject", "End")
    wei.page.locator("#id_subject + * ~ [data-insert] button").click()
    assert wei.page.input_value("#id_subject") == '光{{ name or "reader" }}'
    assert count.inner_text() == "8"
    wei.page.press("#id_subject", "Control+z")
    wei.page.check("[name=field-theme][value=plain]")
    wei.until_saved()
    assert "subject: 光\n" in text_of(issue, "@head")
    assert "theme: plain\n" in text_of(issue, "@head")
    assert wei.drafts() == 0

    wei.write("@credits")
    wei.page.locator("[name=role]").nth(2).fill("Proofreader")
    wei.page.locator("[name=name]").nth(2).fill("Wei Yumeng")
    wei.page.keyboard.press("Alt+ArrowUp")
    assert wei.page.evaluate("document.activeElement.value") == "Wei Yumeng"
    wei.until_saved()
    assert text_of(issue, "@credits").split("\n")[1:4] == [
        "- Editor: Ying Wenqi",
        "- Proofreader: Wei Yumeng",
        "- Designer: Zhang Shan",
    ]
    wei.page.click("[data-add]")
    assert rows(wei, "role") == ["Editor", "Proofreader", "Designer", ""]
    wei.page.locator("[data-remove]").first.click()
    wait_until(lambda: "Editor" not in text_of(issue, "@credits"), 30, "the row is removed")

    wei.write("@footer")
    for at in range(8):
        wei.page.locator("[name=account]").nth(at).fill(f"Account {at}")
        assert wei.page.locator("[data-add]").is_enabled() == (at < 7)
        if at < 7:
            wei.page.click("[data-add]")
    wei.page.locator("[data-remove]").first.click()
    assert wei.page.locator("[data-add]").is_enabled()
    wei.until_saved()

    wei.write("@highlights")
    assert rows(wei, "order") == ["sound", "light"]
    wei.page.check("[name=chosen][value=light]")
    wei.page.locator("[data-move=up]").nth(1).click()
    wei.until_saved()
    assert text_of(issue, "@highlights") == "highlights:\n- light\n- sound\n"
    wei.page.locator("[data-drag]").nth(1).drag_to(wei.page.locator("[data-row]").first, target_position={"x": 5, "y": 2})
    wait_until(lambda: text_of(issue, "@highlights") == "highlights:\n- sound\n- light\n", 30, "the row is dragged")
    assert wei.faults == {}


@pytest.mark.soak
def test_values_that_were_not_saved_come_back_with_their_rows(live_server, browser, issue):
    wei = Person(browser, live_server.url, "wei", ("en", "light", 1280))
    wei.write("@credits")
    wei.page.context.set_offline(True)
    wei.page.locator("[name=role]").nth(2).fill("Translator")
    wei.page.click("[data-add]")
    wei.page.locator("[name=name]").nth(3).fill("Li Na")
    wei.page.locator("[name=name]").nth(3).press("Alt+ArrowUp")
    wei.until_bad()
    assert wei.drafts() == 1
    wei.page.context.set_offline(False)
    wei.page.reload()
    wei.until_saved()
    assert text_of(issue, "@credits").split("\n")[3:5] == ["- '': Li Na", "- Translator: ''"]
    assert wei.drafts() == 0


@pytest.mark.soak
@PER_LOOK
def test_every_form_in_every_look(live_server, browser, issue, look):
    wei = Person(browser, live_server.url, "wei", look)
    for part in ("@head", "@highlights", "@credits", "@footer"):
        wei.page.goto(f"{live_server.url}/console/issues/news-1/part/?file={FILE}&part={part}")
        wei.page.wait_for_selector(".issue-preview iframe")
        wei.look_at()
    assert wei.faults == {}
