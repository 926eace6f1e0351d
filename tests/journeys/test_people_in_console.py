"""The people of an office in Chromium, from an empty console: a list and its form, an import, callers, merging, erasing, undo.

A list manager does it by pointer, by keyboard alone, and without JavaScript. Each errand begins at the home page.
"""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from publication.models import Audit, Publication
from subscribers.models import ConsentRecord, ImportRun, MailingList, PeopleAction, Subscriber, Subscription
from tests.support.chromium import MARKS
from tests.support.reviewing import account
from tests.support.signed_in_colleagues import SignedInColleague
from tests.support.variations import few
from worker import upkeep

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
MOST = 6  # activations of an errand: clicks, ticks and presses of Enter
HEADER = ("姓名", "单位", "电子邮箱")
FANG, LEI, MEI, WEI, WEI_OLD, MIN, CHEN = (
    f"{name}.example" for name in (
        "wangfang@lab", "lilei@lab", "hanmei@lab", "zhangwei@lab", "zhang.wei@old", "zhaomin@lab", "chenchen@lab",
    )
)  # fmt: skip
NAMES = {FANG: "王芳", LEI: "李雷", MEI: "韩梅", WEI: "张伟", WEI_OLD: "张伟", MIN: "赵敏", CHEN: "陈晨"}
ROWS = [HEADER, *((name, "化学系", address) for address, name in NAMES.items()), ("孙丽", "物理系", "sunli at lab")]
PERSONAL = (*NAMES, *NAMES.values(), "韩梅梅", "化学系", "sunli")


@dataclass(frozen=True)
class Texts:
    """What the list manager writes."""

    list: str
    consent: str
    reason: str


IN = {
    "en": Texts("Science news", "form of the staff office, 2026", "Rang on Monday and asked to be taken off"),
    "zh-CN": Texts("科学通讯", "人事处登记表，2026 年", "周一来电，要求不再收到邮件"),
}


class ListManager(SignedInColleague):
    """A list manager who finds people from the home page."""

    def look_up(self, text: str) -> None:
        """Search from the home page, and open the person found."""
        self.write("#id_text", text)
        self.press(".find-people button")
        expect(self.page.locator("#results tbody tr")).to_have_count(1)
        self.press("#results tbody a")


class Records:
    """What was written since it was asked last."""

    def __init__(self) -> None:
        self.audited = self.agreed = 0

    def new(self) -> tuple[list[str], list[tuple[int, str, str]]]:
        """The verbs of new audit lines, and (person, act, proof) of new lines of the consent ledger."""
        audited = list(Audit.objects.filter(pk__gt=self.audited).order_by("pk").values_list("pk", "verb"))
        agreed = list(
            ConsentRecord.objects.filter(pk__gt=self.agreed).order_by("pk").values_list("pk", "subscriber_id", "act", "proof")
        )
        self.audited = audited[-1][0] if audited else self.audited
        self.agreed = agreed[-1][0] if agreed else self.agreed
        return [verb for _, verb in audited], [(person, act, proof) for _, person, act, proof in agreed]


def states() -> dict[str | None, str]:
    """Address -> state of the subscription."""
    return dict(Subscription.objects.values_list("subscriber__address", "state"))


def number_of(address: str) -> int:
    return Subscriber.objects.get(address=address).pk


# -------------------------------------------------------------------------------------------------------------------- errands
def make_list(lin: ListManager, chromium: Any, texts: Texts) -> None:
    lin.press("#first-steps ~ ol a[href$='/lists/new/']")
    lin.write("#id_name", texts.list)
    lin.tick("input[type=radio][name=sign_up][value=open]")
    lin.press("form button.main")
    lin.press("a[href$='/form/']")
    made = MailingList.objects.get()
    assert (made.name, made.sign_up) == (texts.list, "open")
    # Another site shows the form: it leads to the page of this list.
    site = chromium.new_context().new_page()
    site.set_content(lin.page.input_value("#id_code"))
    site.fill("input[type=email]", "reader@people.example")
    site.click("button")
    expect(site.locator("h1")).to_be_visible()
    assert site.url.startswith(f"{lin.root}/subscribe/{made.slug}/")
    assert "reader@people.example" in site.content()


def bring_people(lin: ListManager, texts: Texts) -> ImportRun:
    """On a phone the rows are pasted; on a desktop they are a file in the encoding of an old Chinese spreadsheet."""
    lin.press("a[href$='/people-imports/new/']")
    if lin.look[1] < 1000:
        lin.open_up("form[data-upload] summary")
        lin.write("#id_pasted", "\n".join("\t".join(row) for row in ROWS))
    else:
        text = io.StringIO()
        csv.writer(text).writerows(ROWS)
        lin.activations += 1  # choosing the file
        lin.page.set_input_files(
            "#id_file", {"name": "员工.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode("gb18030")}
        )
    lin.press("form[data-upload] button.main")
    lin.press("form.panel button.main")
    lin.write("#id_where", texts.consent)
    lin.press("form.panel button.main")
    upkeep.import_people()
    expect(lin.page.locator("#changes")).to_be_visible()
    lin.inspect()
    assert not Subscriber.objects.exists(), "nobody is imported before that was seen"
    lin.press("form[action$='/start/'] button")
    upkeep.import_people()
    expect(lin.page.locator("#report")).to_be_visible()
    lin.inspect()
    return ImportRun.objects.get()


def see_refused(lin: ListManager) -> None:
    """Nobody who imports has to do it: the refused rows are one activation behind the report."""
    rows = lin.download("a[download]").decode("utf-8-sig")
    assert rows.count("\n") == 2
    assert "sunli at lab" in rows


def find(lin: ListManager) -> None:
    lin.press("nav a[href='/console/subscribers/']", "header")
    lin.write("#id_text", "芳")
    if lin.manner == "plain":
        lin.press(".search-line button")
    expect(lin.page.locator("#results tbody tr")).to_have_count(1)
    lin.inspect()
    assert FANG in lin.page.inner_text("#results")
    lin.press("#results tbody a")
    assert NAMES[FANG] in lin.page.inner_text("h1")
    assert not any(text in lin.page.url for text in PERSONAL)


def correct_name(lin: ListManager) -> None:
    lin.look_up("hanm")
    lin.press("a[href$='/edit/#details']")
    lin.write("#id_name", "韩梅梅")
    lin.press("form.details button.main")
    assert "韩梅梅" in lin.page.inner_text("h1")


def take_off(lin: ListManager, texts: Texts) -> None:
    lin.look_up("李雷")
    lin.press("a[href$='/unsubscribe/']")
    lin.write("#id_comment", texts.reason)
    lin.press("form button.danger")
    assert texts.reason in lin.page.inner_text("main")


def merge(lin: ListManager) -> None:
    lin.look_up("zhangwei")
    lin.press("a[href$='/merge/']")
    lin.write("#id_text", NAMES[WEI_OLD])
    lin.press(".search-line button")
    assert WEI_OLD in lin.page.inner_text(".columns")
    lin.tick("input[type=checkbox][name=sure]")
    lin.press("form button.danger")


def export(lin: ListManager) -> list[tuple[Any, ...]]:
    lin.press("nav a[href='/console/subscribers/']", "header")
    lin.press("button[name=all]")
    lin.press("nav.tabs a[href*='kind=export']")
    lin.press("form button.main")
    upkeep.change_people()
    expect(lin.page.locator("a[download]")).to_be_visible(timeout=60_000)
    lin.inspect()
    sheet = load_workbook(io.BytesIO(lin.download("a[download]"))).active
    return [row[:2] for row in sheet.iter_rows(values_only=True)]


def erase(lin: ListManager) -> None:
    lin.look_up(MIN)
    lin.press("a[href$='/erase/']")
    lin.write("#id_address", MIN)
    lin.press("form button.danger")
    assert MIN not in lin.page.content()
    assert NAMES[MIN] not in lin.page.content()


def undo(lin: ListManager, run: ImportRun) -> None:
    lin.press("nav a[href='/console/subscribers/']", "header")
    lin.press("nav.sections a[href='/console/people-imports/']")
    lin.press(f"a[href='/console/people-imports/{run.pk}/']")
    lin.press("a[href$='/undo/']")
    lin.press("form button.danger")
    upkeep.import_people()
    expect(lin.page.locator("#undone")).to_be_visible()
    lin.inspect()


LOOKS = few(
    ("zh-CN", 390, "dark", "pointer"),
    soak=[("en", 1280, "light", "pointer"), ("zh-CN", 1280, "light", "keys"), ("en", 390, "dark", "plain")],
)


@pytest.mark.parametrize(("language", "width", "scheme", "manner"), LOOKS)
def test_a_list_manager_needs_no_terminal(live_server, browser, settings, language, width, scheme, manner):
    settings.PUBLIC_URL = live_server.url
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST Newsletter", "zone": "Asia/Shanghai"})
    texts, records = IN[language], Records()
    lin = ListManager(browser, live_server.url, account("lin", "list-manager"), (language, width, scheme), manner)
    records.new()

    with lin.errand("make a list and its form"):
        make_list(lin, browser, texts)
    assert records.new() == (["create_list"], [])

    with lin.errand("import a file"):
        run = bring_people(lin, texts)
    verbs, ledger = records.new()
    assert (verbs[0], ledger) == ("begin_people_import", []), "an import has one statement, with its run"
    assert run.consent == texts.consent
    assert states() == dict.fromkeys(NAMES, "confirmed")
    assert dict(Subscriber.objects.values_list("address", "name")) == NAMES
    see_refused(lin)

    with lin.errand("find somebody as one types"):
        find(lin)
    with lin.errand("correct a name"):
        correct_name(lin)
    assert records.new() == (["edit_subscriber"], [])
    assert Subscriber.objects.get(address=MEI).name == "韩梅梅"

    with lin.errand("take a caller off"):
        take_off(lin, texts)
    assert records.new() == (["unsubscribe"], [(number_of(LEI), "left", "statement")])
    left = Subscription.objects.get(subscriber__address=LEI)
    assert (left.state, left.unsubscribed_how, left.unsubscribed_comment) == ("unsubscribed", "staff", texts.reason)

    gone = number_of(WEI_OLD)
    with lin.errand("merge two records"):
        merge(lin)
    assert records.new() == (["merge"], [(person, "merged", "statement") for person in (number_of(WEI), gone)])
    assert Subscriber.objects.get(pk=gone).merged_into_id == number_of(WEI)

    with lin.errand("export everybody"):
        rows = export(lin)
    assert sorted(address for address, _ in rows[1:]) == sorted({*NAMES} - {WEI_OLD})
    assert dict(rows[1:])[MEI] == "韩梅梅"
    assert PeopleAction.objects.get().kind == "export"
    assert records.new() == (["change_people", "download_people"], [])

    erased = number_of(MIN)
    with lin.errand("erase somebody"):
        erase(lin)
    ledger = [(erased, act, "statement") for act in ("left", "erased")]
    assert records.new() == (["unsubscribe", "suppress", "erase"], ledger)
    assert (Subscriber.objects.get(pk=erased).address, Subscriber.objects.get(pk=erased).name) == (None, "")

    untouched = {number_of(FANG), number_of(CHEN)}
    with lin.errand("undo the import"):
        undo(lin, run)
    verbs, ledger = records.new()
    assert (verbs, {*ledger}) == (
        ["undo_import", "import_undone"], {(person, "import_undone", "statement") for person in untouched}
    )  # fmt: skip
    assert not Subscriber.objects.filter(pk__in=untouched).exists(), "whom the import made and nobody touched since"
    assert {address: state for address, state in states().items() if address} == {
        LEI: "unsubscribed", MEI: "confirmed", WEI: "confirmed",
    }  # fmt: skip

    on_record = json.dumps(list(Audit.objects.values_list("detail", flat=True)), ensure_ascii=False)
    assert [text for text in PERSONAL if text in on_record] == []
    assert lin.wrong == []
    assert max(lin.errands.values()) <= MOST, lin.errands
