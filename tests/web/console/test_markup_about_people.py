"""Texts with markup, formulas and odd characters in every field about people that can be written: they stay texts.

They are written through the forms themselves. No page, mail, file or command that shows them has an element, an attribute or a link
of theirs; in Chromium nothing runs, nothing breaks the policy, and no page is wider than a phone.
"""

import csv
import io
import json
import random
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http.response import HttpResponseBase
from lxml import html
from openpyxl import Workbook, load_workbook

from cli import bootstrap, schema_migrations
from publication import audit
from subscribers import addresses, mailing_lists, tokens
from subscribers.consent import subscriptions
from subscribers.importing.csv_injection import guard
from subscribers.models import (
    AddressChange,
    ImportRun,
    MailingList,
    PeopleAction,
    Subscriber,
    Subscription,
    SuppressedDomain,
    Suppression,
)
from subscribers.segments import saved_segments
from tests.cli.conftest import invoke
from tests.support.chromium import MARKS
from tests.support.people import make_sender
from tests.support.variations import first
from tests.web.conftest import RIGHTS, make_staff
from tests.web.hostile_markup import HIT, MARK
from tests.web.test_browser import log_in
from worker import notice_mail, upkeep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]
MARKUP = (
    f'"><img src=x onerror={HIT}>', f"<script>{HIT}</script>", f"'><svg onload={HIT}>", f'</textarea></title><a href="javascript:{HIT}">x</a>',
    f"javascript:{HIT}", "a{{7*7}}b{% load x %}", f"</option></select><details open ontoggle={HIT}>",
)  # fmt: skip
FORMULAS = ("=1+1", "+1", "-1", "@SUM(1)", "＝1+1", "'=1", " =1")
ODD = ("\u202e", "\u2066", "\x07", "\x1b[31m", "\u200b\x9b", "y" * 10_000)
ADDRESS = "mei@people.example"
WIDE = "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > 391).map(e => e.outerHTML.slice(0, 90))"
HANDLER = re.compile(r"on\w+")


class Typist:
    """Types markup into every field. `typed`: what was accepted, and has to be on some page."""

    def __init__(self, client: Any, seed: int) -> None:
        self.client, self.chance, self.typed = client, random.Random(seed), {}

    def text(self, field: str, *, without: str = "") -> str:
        choices = [text for text in (*MARKUP, *FORMULAS) if not set(without) & set(text)]
        made = f"{self.chance.choice(choices)} {field}"
        self.typed[field] = made
        return made

    def post(self, address: str, values: dict[str, Any]) -> HttpResponseBase:
        answer = self.client.post(address, values)
        assert answer.status_code == 302, (
            address,
            answer.status_code,
            re.findall(r'role="alert"[^>]*>([^<]*)', answer.content.decode()),
        )
        return answer

    def refuse_odd_characters(self, address: str, values: dict[str, Any], *names: str) -> None:
        """Invisible, turning and overlong texts are refused, or what makes them odd is left out."""
        for name in names:
            for odd in ODD:
                answer = self.client.post(address, values | {name: f"odd{odd}text"})
                assert answer.status_code in (302, 422), (address, name, odd)


def plant(client: Any, seed: int) -> Typist:
    """Write every field of the section through its form."""
    staff, actor = Typist(client, seed), audit.command_line()
    text, post = staff.text, staff.post
    value = plant_attributes(staff)
    new = {
        "name": text("list"),
        "description": text("description of a list"),
        "language": "en",
        "sign_up": "open",
        "slug": "news",
    }
    post("/console/lists/new/", new)
    news = MailingList.objects.get()
    texts = {"name-zh-Hans": text("Chinese list"), "description-zh-Hans": text("Chinese description")}
    post(f"/console/lists/{news.pk}/edit/", {**new, **texts})
    staff.refuse_odd_characters(f"/console/lists/{news.pk}/edit/", {**new, **texts}, *new, *texts)
    post(f"/console/lists/{news.pk}/edit/", {**new, **texts})
    consent = {"list": str(news.pk), "where": text("where they agreed"), "day": "2026-02-03", "document": text("document")}
    details = {"name": text("person"), "attribute.topics": value, "attribute.unit": text("unit"), "language": "en"}
    post("/console/subscribers/add/", {"address": ADDRESS, **consent, **details})
    person = Subscriber.objects.get()
    page = f"/console/subscribers/{person.pk}"
    staff.refuse_odd_characters(f"{page}/edit/", {}, "name", "attribute.unit", "attribute.topics", "zone", "language", "country")
    stored = {f"stored.{name}": "" for name in details}
    post(f"{page}/edit/", {**details, **stored})
    staff.refuse_odd_characters(f"{page}/address/", {"address": "new@people.example"}, "reason", "address")
    AddressChange.objects.all().delete()
    post(f"{page}/address/", {"address": "new@people.example", "reason": text("reason of a change")})
    other = mailing_lists.create_list(actor, "club", text("second list"))
    subscriptions.add_confirmed(actor, other, ADDRESS, consent=text("statement"))
    staff.refuse_odd_characters(f"{page}/unsubscribe/", {"list": "x"}, "comment")
    post(f"{page}/unsubscribe/", {"list": str(other.pk), "comment": text("reason of leaving")})
    asked = subscriptions.subscribe(audit.subscriber(), news, "asks@people.example", name=text("who asks"))
    plant_suppressions(staff)
    plant_import(staff, news)
    saved_segments.create(actor, "readers", f"unit = {json.dumps(text('segment', without='%'), ensure_ascii=False)}",
                          description=text("description of a segment"))  # fmt: skip
    request = {"how": text("how"), "day": "2026-02-03", "document": text("second document")}
    post(f"/console/lists/{news.pk}/requests/{asked.pk}/", request)
    subscriptions.subscribe(audit.subscriber(), news, "waits@people.example", name=text("who waits"))
    plant_actions(staff, person)
    return staff


def plant_attributes(staff: Typist) -> str:
    """Declare two attributes; returns an allowed value of the first."""
    text, post = staff.text, staff.post
    for name, kind in (("topics", "words"), ("unit", "text")):
        post("/console/attributes/new/", {"name": name, "type": kind})
    value = text("allowed value", without=";")
    label = {"label": text("label")[:90], "label-zh-Hans": text("Chinese label")[:90], "open": "1", "values": f"{value}\nplain"}
    staff.typed |= {name: label[field] for name, field in (("label", "label"), ("Chinese label", "label-zh-Hans"))}
    post("/console/attributes/topics/", label | {"values-zh-Hans": f"{value} = {text('label of a value', without=';')}"})
    return value


def plant_suppressions(staff: Typist) -> None:
    add = {"address": "gone@people.example", "reason": "manual", "detail": staff.text("suppression", without="@")}
    staff.refuse_odd_characters(
        "/console/suppressions/add/", {**add, "address": "odd@people.example"}, "detail", "address", "until"
    )
    staff.post("/console/suppressions/add/", add)
    domain = {"domain": "gone.example", "detail": staff.text("domain", without="@"), "confirmed": "yes"}
    staff.refuse_odd_characters("/console/suppressions/domains/", {**domain, "domain": "odd.example"}, "detail", "domain")
    staff.post("/console/suppressions/domains/", domain)
    staff.post("/console/suppressions/add/", {**add, "address": "lifted@people.example", "detail": "asked"})
    lifted = Suppression.objects.get(address_key=addresses.key_of_spelling("lifted@people.example"))
    staff.post(f"/console/suppressions/{lifted.pk}/lift/", {"detail": staff.text("lift", without="@"), "where": "everywhere"})


def plant_import(staff: Typist, news: MailingList) -> None:
    """A workbook of two sheets, and a file whose columns and cells are markup."""
    book = Workbook()
    book.active.title = "‹img src=x onerror=x›"
    for sheet in (book.active, book.create_sheet("=1+1")):
        sheet.append(["email", staff.text("heading of a sheet")])
        sheet.append(["sheet@people.example", staff.text("cell of a sheet")])
    data = io.BytesIO()
    book.save(data)
    data.seek(0)
    data.name = f"{staff.text('file', without='/')}.xlsx"
    staff.post("/console/uploads/people/new/", {"file": data})
    heading = staff.text("heading", without='"')
    odd = "".join(ODD[:5])
    rows = [["email", "name", "unit", heading], ["import@people.example", staff.text("imported person"), staff.text("imported unit"), "x"],
            [staff.text("no address"), "x", "x", "x"], ["odd@people.example", f"odd{odd}", "x", "x"], ["long@people.example", ODD[-1], "x", "x"]]  # fmt: skip
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    staff.post("/console/uploads/people/new/", {"pasted": written.getvalue()})
    run = ImportRun.objects.latest("pk")
    page = f"/console/people-imports/{run.pk}"
    staff.post(f"{page}/columns/", {"column": ["email", "name", "attribute:unit", "attribute"]})
    staff.refuse_odd_characters(f"{page}/consent/", {"list": "x"}, "where", "document")
    staff.post(
        f"{page}/consent/", {"list": str(news.pk), "where": staff.text("import's consent"), "despite_left": staff.text("despite")}
    )
    upkeep.import_people()
    staff.post(f"{page}/start/", {})
    upkeep.import_people()
    assert ImportRun.objects.get(pk=run.pk).state == "done"


def plant_actions(staff: Typist, person: Subscriber) -> None:
    for number, values in enumerate((
        {"kind": "set_field", "field": "unit", "value": staff.text("value of an action")},
        {"kind": "export", "column": ["email", "name", "attribute:unit", "lists", "list:news"], "format": "csv"},
        {"kind": "export", "column": ["email", "name", "attribute:unit", "lists", "list:news"], "format": "xlsx"},
        {"kind": "unsubscribe", "list": "", "reason": staff.text("reason of an action")},
    ), 1):  # fmt: skip
        chosen = staff.post("/console/subscribers/actions/choose/", {"person": [person.pk]} if number != 2 else {"all": "1"})
        count = Subscriber.objects.filter(address__isnull=False).count() if number == 2 else 1
        given = {"people": chosen.url.partition("people=")[2], "confirmed": str(count)}
        staff.post("/console/subscribers/actions/new/", given | values)
        upkeep.change_people()
    assert set(PeopleAction.objects.values_list("state", flat=True)) == {"done"}


def pages() -> list[str]:
    """Every page that shows what was planted."""
    people, lists, runs = (
        list(model.objects.order_by("pk").values_list("pk", flat=True)) for model in (Subscriber, MailingList, ImportRun)
    )
    waiting = Subscription.objects.filter(state="pending").first()
    tails = ("", "edit/", "unsubscribe/", "address/", "data/", "erase/", f"merge/?other={people[1]}")
    done, draft = ImportRun.objects.get(state="done").pk, ImportRun.objects.filter(state="draft").latest("pk").pk
    private = tokens.expiring_token(tokens.Purpose.PERSON, people[0])
    return [
        *(f"/console/{name}/" for name in (
            "subscribers", "subscribers/add", "subscribers/actions", "lists", "attributes", "attributes/topics", "attributes/unit", "segments",
            "suppressions", "suppressions/domains", "suppressions/add", "suppressions/provider", "people-imports",
        )),
        "/console/", f"/console/subscribers/add/?person={people[0]}",
        *(f"/console/subscribers/{person}/{tail}" for person in people[:2] for tail in tails),
        *(f"/console/lists/{pk}/{tail}" for pk in lists for tail in ("", "edit/", "form/", "archive/", "delete/", "requests/")),
        f"/console/lists/{waiting.list_id}/requests/{waiting.pk}/",
        *(f"/console/people-imports/{pk}/" for pk in runs), f"/console/people-imports/{draft}/columns/",
        f"/console/people-imports/{done}/undo/",
        *(f"/console/subscribers/actions/{pk}/" for pk in PeopleAction.objects.values_list("pk", flat=True)),
        *(f"/console/suppressions/{pk}/lift/" for pk in Suppression.objects.values_list("pk", flat=True)),
        *(f"/console/suppressions/domains/{pk}/lift/" for pk in SuppressedDomain.objects.values_list("pk", flat=True)),
        *(f"{page}?language={language}" for page in ("/subscribe/", "/subscribe/news/", f"/d/{private}") for language in ("en", "zh-Hans")),
        f"/d/{private}/export", f"/a/{tokens.row_token(tokens.Purpose.OLD_ADDRESS, *AddressChange.objects.values_list('pk', 'asked_at')[0])}",
    ]  # fmt: skip


def faults_of(page: str) -> list[str]:
    """Elements, attributes and links that no page of ours has, and characters that would turn or hide text."""
    faults = [f"character {character!r}" for character in "\u202e\u2066\x07\x1b\x9b\u200b" if character in page]
    faults += ["a template ran"] if "a49b" in page else []
    for element in html.document_fromstring(page).iter():
        if not isinstance(element.tag, str):
            continue
        faults += [f"<{element.tag} {name}>" for name in element.attrib if HANDLER.fullmatch(name)]
        faults += [f"<{element.tag}> to {link}" for name in ("href", "src", "action", "formaction") if
                   (link := element.get(name, "").strip().lower()).startswith(("javascript:", "data:text")) or link == "x"]  # fmt: skip
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
            faults.append("<script>")
    return faults


@pytest.mark.parametrize("seed", first(range(4)))
def test_markup_about_people_is_text_on_every_page_in_every_mail_file_and_command(client, db, settings, seed, monkeypatch):
    settings.PUBLIC_URL, settings.SENDGRID_API_KEY = "https://news.example", "SG.test"
    client.force_login(make_staff("everything", *RIGHTS))
    staff = plant(client, seed)
    shown, faults = "", {}
    addresses_ = pages()
    for address in addresses_:
        answer = client.get(address)
        assert answer.status_code in (200, 302, 422), (address, answer.status_code)  # 422: the same record twice
        if answer.status_code != 302:
            page = answer.content.decode()
            shown += html.document_fromstring(page).text_content() + " ".join(html.document_fromstring(page).xpath("//@value"))
            if found := faults_of(page):
                faults[urlsplit(address).path] = found
    mails = notices()
    faults |= {purpose: found for purpose, mail in mails.items() if (found := faults_of(mail))}
    assert faults == {}
    shown += "".join(mails.values())
    flat = " ".join(shown.split())
    missing = {field for field, text in staff.typed.items() if " ".join(text.split()) not in flat}
    assert missing & SHOWN == set(), "the pages are those that show what was typed"
    check_files(client)
    check_commands(monkeypatch)


SHOWN = {"list", "suppression", "domain", "who waits"}


def notices() -> dict[str, str]:
    make_sender()
    news, made = MailingList.objects.get(slug="news"), {}
    for purpose in ("confirm", "welcome", "already_subscribed", "person"):
        made[purpose] = notice_mail.render_notice(purpose, news, "https://a.example/", "en", "https://b.example/")[1]
    return made


def check_files(client: Any) -> None:
    """No cell of an export is a formula, and the file of refused rows can be opened, too."""
    for action in PeopleAction.objects.filter(kind="export"):
        data = b"".join(client.get(f"/console/subscribers/actions/{action.pk}/file/").streaming_content)
        if action.parameters["format"] == "csv":
            cells = [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"))) for cell in row]
        else:
            book = load_workbook(io.BytesIO(data))
            assert {cell.data_type for row in book.active.iter_rows() for cell in row} <= {"s", "n", "inlineStr", "d"}
            continue
        assert [cell for cell in cells if guard(cell) != cell and not cell.startswith("'")] == []
        assert any(cell.startswith("'") for cell in cells)
    run = ImportRun.objects.get(state="done")
    rows = b"".join(client.get(f"/console/people-imports/{run.pk}/refused.csv").streaming_content).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(rows)) for cell in row]
    assert [cell for cell in cells if guard(cell) != cell and not cell.startswith("'")] == []


def check_commands(monkeypatch: Any) -> None:
    monkeypatch.setattr(bootstrap, "join_servers", lambda environment: None)
    monkeypatch.setattr(bootstrap, "_quieten", lambda: None)
    monkeypatch.setattr(schema_migrations, "pending", list)
    for command in (
        ("subscriber", "ls"), ("subscriber", "show", ADDRESS), ("list", "ls"), ("list", "show", "news"), ("suppression", "ls"),
        ("subscriber", "import", "ls"), ("segment", "ls"), ("subscriber", "why", ADDRESS),
    ):  # fmt: skip
        answer = invoke(*command)
        assert answer.code in (0, 2), (command, answer.err)
        assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", answer.out + answer.err) == [], command


@pytest.mark.parametrize("seed", first(range(2)))
@pytest.mark.parametrize("mark", [pytest.param("", marks=MARKS)])
def test_nothing_of_it_runs_in_chromium_and_no_page_is_wider_than_a_phone(
    client, browser, live_server, editor, seed, mark, settings
):
    client.force_login(editor)
    plant(client, seed)
    long = "y" * 380
    Subscriber.objects.filter(address=ADDRESS).update(name=long)
    MailingList.objects.filter(slug="club").update(name=long[:200], description=long)
    context = browser.new_context(viewport={"width": 390, "height": 800}, color_scheme="dark", locale="zh-CN")
    page, said = context.new_page(), []
    page.on(
        "console", lambda line: said.append(line.text) if MARK in line.text or "Content Security Policy" in line.text else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    log_in(page, live_server.url)
    wide = {}
    for address in pages()[:: 1 if seed else 2]:
        page.goto(live_server.url + address)
        if page.evaluate("document.documentElement.scrollWidth") > 390:
            wide[address] = page.evaluate(WIDE)
    assert (said, wide) == ([], {})
