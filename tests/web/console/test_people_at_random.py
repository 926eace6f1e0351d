"""Random work of five roles on people, each in three tabs with pages that are out of date, with doubled clicks and forged posts.

A small model says what a form may change, and which lines the audit gets for it. After each step no consent has changed without a
line of the ledger; every 25 steps ledger, numbers and tables are compared, and the audit is searched for everything personal that
was ever typed.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from campaigns.provider_lists import list_changes
from publication import audit, clock
from publication.models import Audit
from publication.staff import roles
from subscribers import addresses, attribute_declarations, mailing_lists
from subscribers.consent import subscriptions
from subscribers.consent.subscriptions import SubscriberStateError
from subscribers.models import ImportRun, MailingList, PeopleAction, Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.segments import saved_segments
from tests.support.people_typing import Typists
from tests.support.people_watch import (
    Snapshot,
    Watch,
    changed_fields,
    count_faults,
    is_request_again,
    ledger_faults,
    texts_of_tables,
    unrecorded_consents,
)
from tests.support.staff_tabs import Form, Tab
from tests.web.conftest import make_staff
from tests.web.page_examples import PAGES
from worker import upkeep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

ROLES = ("list-manager", "editor", "publisher", "admin", "auditor")
# What an erasure changes, also in records and files about others that quote the person.
OF_ERASURE = "Subscriber Subscription Notice AddressChange Suppression ImportRun PeopleAction LiftRequest ProviderListChange"
EVERY = 25  # steps between two comparisons of everything
# Where the form posts -> what may change, and the audit's lines for it.
RULES: dict[str, tuple[str, str]] = {
    "people": ("", ""),
    "people-suppressions": ("", ""),
    "people-action-choose": ("", ""),
    "people-action-new": ("PeopleAction", "change_people"),
    "people-person-add": ("Subscriber Subscription Notice", "subscribe add_confirmed edit_subscriber"),
    "people-person-edit": ("Subscriber", "edit_subscriber"),
    "people-person-unsubscribe": ("Subscriber Subscription Notice", "unsubscribe"),
    "people-person-pause": ("Subscriber", "pause_subscriber resume_subscriber"),
    "people-person-measuring": ("Subscriber", "measuring_withdraw"),
    "people-person-address": ("AddressChange Notice", "ask_address_change withdraw_address_change"),
    "people-person-data": ("", "export_person"),
    "people-person-merge": (OF_ERASURE, "merge"),
    "people-person-erase": (f"{OF_ERASURE} SuppressedDomain", "erase unsubscribe suppress"),
    "people-suppression-add": ("Suppression LiftRequest ProviderListChange", "suppress withdraw_lift plan_list_add"),
    "people-suppression-lift": ("Suppression LiftRequest ProviderListChange", "lift plan_lift plan_list_remove"),
    "people-suppression-domains": ("SuppressedDomain", "suppress_domain"),
    "people-suppression-domain-lift": ("SuppressedDomain", "lift_domain"),
    "people-suppression-provider": ("SyncRun ProviderListChange", "plan_sync retry_list_changes"),
    "people-list-new": ("MailingList", "create_list"),
    "people-list-edit": ("MailingList", "change_list"),
    "people-list-archive": ("MailingList", "set_archive"),
    "people-list-welcome": ("MailingList", "change_welcome change_list"),
    "people-list-delete": ("MailingList Notice ImportRun", "delete_list change_list"),
    "people-list-requests": (
        f"{OF_ERASURE} SuppressedDomain MailingList",  # a refusal may erase
        "send_confirmation_again refuse_requests release_requests discard_requests erase unsubscribe",
    ),
    "people-list-request": ("Subscription Subscriber Notice", "add_confirmed"),
    "people-attribute-new": ("Publication", "declare_attribute describe_attribute"),
    "people-attribute": ("Publication", "describe_attribute"),
    "people-attribute-delete": ("Publication", "delete_attribute"),
    "people-segment-count": ("", ""),
    "people-segment-follow": ("", ""),
    "people-segment-preview": ("", ""),
    "people-segment-new": ("Segment SegmentVersion", "create_segment"),
    "people-segment-edit": ("Segment SegmentVersion", "change_segment"),
    "people-segment-restore": ("Segment SegmentVersion", "change_segment"),
    "people-segment-delete": ("Segment SegmentVersion", "delete_segment"),
    "people-import-upload": ("ImportRun", "begin_people_import"),
    "people-import-columns": ("ImportRun", "choose_import_file choose_import_columns"),
    "people-import-consent": ("ImportRun MailingList", "check_people_import create_list"),
    "people-import-suggestions": ("ImportRun", "check_people_import"),
    "people-import-details": ("ImportRun", "check_people_import"),
    "people-import-correct": ("ImportRun", "correct_people_import"),
    "people-import-set-aside": ("ImportRun", "set_refused_rows_aside resume_refused_rows"),
    "people-import-stop": ("ImportRun", "stop_people_import"),
    "people-import-start": ("ImportRun", "start_people_import"),
    "people-import-abandon": ("ImportRun", "abandon_people_import"),
    "people-import-undo": ("ImportRun", "undo_import"),
}  # fmt: skip
WITHOUT_CHANGE = {"export_person", "download_people", "subscribe"}  # lines about what changes nothing that is watched
TEXTS = {"consent", "unsubscribed_comment"}
ERASING = {"people-person-erase", "people-person-merge", "people-list-requests"}
MANY_LINES = {"send_confirmation_again", "edit_subscriber", "suppress", "export_person"}  # one for each that was meant


class Office(Typists):
    """The people who work here, and the checks of what they do."""

    def __init__(self, seed: int, watch: Any) -> None:
        super().__init__(random.Random(seed))
        self.watch = watch
        self.seen: dict[int, set[str]] = {}  # person -> what their record has had
        self.posted: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.log: list[str] = []
        self.tabs: list[Tab] = []
        for role in ROLES:
            client = Client(enforce_csrf_checks=True, raise_request_exception=False)
            client.force_login(make_staff(f"the-{role}", *roles.ROLES[role]))
            self.tabs += [Tab(role, client) for _ in range(3)]
        self._begin()
        self.before = Snapshot.now()

    def _begin(self) -> None:
        actor = audit.command_line()
        attribute_declarations.declare(actor, "unit", "text")
        attribute_declarations.declare(actor, "topics", "words")
        attribute_declarations.declare(actor, "since", "date")
        for slug in ("news", "club", "board"):
            mailing_lists.create_list(actor, slug, f"The {slug}", sign_up="open")
        saved_segments.create(actor, "readers", 'language = "en"')
        lists = list(MailingList.objects.order_by("id"))
        for number in range(12):
            address = self.new_address()
            subscriptions.add_confirmed(
                actor, lists[number % 2], address, consent="sheet of the fair", name=self.typed("Nomen"), language="en"
            )
        for _ in range(6):
            subscriptions.subscribe(audit.subscriber(), self.chance.choice(lists), self.new_address(), name=self.typed("Nomen"))

    # -- steps ---------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        self.watch.passes(minutes=self.chance.randrange(1, 60))
        kind = self.chance.choices(("post", "stale", "forge", "open", "work", "reader"), (38, 18, 12, 14, 12, 6))[0]
        tab = self.chance.choice(self.tabs[:3] if kind in ("post", "stale") and self.chance.random() < 0.85 else self.tabs)
        getattr(self, f"_{kind}")(tab)
        self.remember()

    def _open(self, tab: Tab) -> list[Form]:
        address = self.address()
        known = len(tab.forms)
        answer = tab.open(address)
        self.check_answer(f"{tab.person} GET {address}", answer)
        return tab.forms[known:] or tab.forms[-2:]

    def address(self) -> str:
        """A page of the section, about something that is there now, or was."""
        chance = self.chance

        def number(model: Any) -> Any:
            rows = list(model.objects.order_by("-id").values_list("id", flat=True)[:40])
            return chance.choice(rows) if rows else 1

        person, lists = f"/console/subscribers/{number(Subscriber)}/", f"/console/lists/{number(MailingList)}/"
        waiting = Subscription.objects.filter(state="pending").order_by("?").first()
        request = f"/console/lists/{waiting.list_id}/requests/" if waiting else f"{lists}requests/"
        run = f"/console/people-imports/{number(ImportRun)}/"
        return chance.choice([
            "/console/subscribers/", "/console/subscribers/", person, person, *(f"{person}{tail}/" for tail in
            ("edit", "edit", "unsubscribe", "unsubscribe", "address", "address", "data", "erase")),
            f"{person}merge/?other={number(Subscriber)}", f"{person}merge/?other={number(Subscriber)}", "/console/subscribers/add/",
            f"/console/subscribers/add/?person={number(Subscriber)}", "/console/subscribers/actions/",
            f"/console/subscribers/actions/{number(PeopleAction)}/", "/console/lists/", "/console/lists/new/", lists,
            f"{lists}edit/", f"{lists}delete/", f"{lists}archive/", request, request, f"{request}?decide=release",
            f"{request}?decide=discard", f"{request}{waiting.pk if waiting else 1}/", "/console/attributes/new/",
            f"/console/attributes/{chance.choice(('unit', 'topics', 'extra1'))}/", "/console/segments/",
            "/console/suppressions/", "/console/suppressions/add/", f"/console/suppressions/{number(Suppression)}/lift/",
            "/console/suppressions/domains/", f"/console/suppressions/domains/{number(SuppressedDomain)}/lift/",
            "/console/suppressions/provider/", "/console/people-imports/", "/console/people-imports/new/", run, f"{run}columns/",
            f"{run}consent/", run, f"{run}columns/", f"{run}consent/", f"{run}undo/",
        ])  # fmt: skip

    def _post(self, tab: Tab) -> None:
        """Fill in a form of a page that was just opened, or that a post led to."""
        fresh = tab.forms[-3:] if tab.forms and self.chance.random() < 0.5 else self._open(tab)
        self._send_one_of(tab, fresh)

    def _send_one_of(self, tab: Tab, forms: list[Form]) -> None:
        """Post one of these forms; those that were seldom posted so far are preferred."""
        if forms:
            weights = [1 / (1 + self.posted.get(form.name, 0)) ** 2 for form in forms]
            self.send(tab, self.chance.choices(forms, weights)[0])

    def _stale(self, tab: Tab) -> None:
        self._send_one_of(tab, tab.forms)

    def _forge(self, tab: Tab) -> None:
        """Post the form of somebody with other rights, with the token of one's own page."""
        tab, manager = self.chance.choice(self.tabs[3:]), self.chance.choice(self.tabs[:3])
        tab.open("/console/subscribers/")
        if manager.forms:
            self.send(tab, self.chance.choice(manager.forms), token=tab.token())

    def send(self, tab: Tab, form: Form, token: str = "") -> None:
        if form.name not in RULES:
            return
        values = self.fill(form)
        self.posted[form.name] = self.posted.get(form.name, 0) + 1
        if token:
            values["csrfmiddlewaretoken"] = [token]
        before = Snapshot.now()
        is_doubled, at_once = self.chance.random() < 0.3, self.chance.random() < 0.4
        answers = tab.post_at_once(form, values) if is_doubled and at_once else [tab.post(form, values)]
        after = Snapshot.now()
        what = f"{tab.person} POST {form.address} {values}"
        self.log.append(f"{what} -> {[answer.status_code for answer in answers]}")
        for answer in answers:
            self.check_answer(what, answer)
        needs = PAGES[form.name].callback.posting
        if needs not in roles.ROLES[tab.person]:
            assert [answer.status_code for answer in answers] == [403] * len(answers), what
            assert not before.changes(after), what
            assert (before.audit, before.ledger) == (after.audit, after.ledger), what
            return
        self.check_change(what, form, values, before, after)
        if is_doubled and not at_once:
            answers.append(tab.post(form, values))
            self.log.append(f"  again -> {answers[-1].status_code}")
            self.check_second(what, form, answers[-1], after)
        followed = answers[-1]
        if followed.status_code == 302:
            followed = tab.open(followed.headers["Location"])
            self.check_answer(what, followed)
        else:
            tab.keep(followed)
        is_changed = bool(before.changes(after))
        self.counts[f"{form.name} {'changed' if is_changed else answers[0].status_code}"] = (
            self.counts.get(f"{form.name} {'changed' if is_changed else answers[0].status_code}", 0) + 1
        )
        if not is_changed and answers[0].status_code not in (302, 404):
            page = followed.content.decode()
            assert 'role="alert"' in page or 'role="status"' in page or 'class="fault"' in page or followed.status_code == 200, (
                what
            )

    def _work(self, _: Tab) -> None:
        before = Snapshot.now()
        self.log.append("work")
        upkeep.change_people()
        upkeep.import_people()
        upkeep.count_people()
        for change in ("add", "remove"):  # the provider has done what was planned
            list_changes.end(list_changes.due(change, 1000))
        after = Snapshot.now()
        assert unrecorded_consents(before, after) == []
        assert {line.verb for line in before.lines()} <= {
            "import",
            "import_details",
            "import_undone",
            "export_people",
            "declare_attribute",
            "describe_attribute",
        }
        for action in PeopleAction.objects.filter(state="done", kind__in=("unsubscribe", "erase")):
            if ("PeopleAction", action.pk) in before.rows and before.rows["PeopleAction", action.pk]["state"] != "done":
                self.check_action(action)

    def check_action(self, action: PeopleAction) -> None:
        members = list(action.peopleactionmember_set.values_list("subscriber_id", flat=True))
        if action.kind == "erase":
            assert not Subscriber.objects.filter(pk__in=members, address__isnull=False).exists()
        else:
            left = Subscription.objects.filter(subscriber__in=members, subscriber__merged_into=None)
            if (list_id := action.parameters.get("list_id")) is not None:
                left = left.filter(list_id=list_id)
            assert not left.exclude(state="unsubscribed").exists()

    def _reader(self, _: Tab) -> None:
        """A reader confirms a request, or leaves."""
        before = Snapshot.now()
        row = Subscription.objects.exclude(state="unsubscribed").filter(subscriber__address__isnull=False).order_by("?").first()
        if row is None:
            return
        self.log.append(f"reader of subscription {row.pk}, {row.state}")
        try:
            if row.state == "pending":
                subscriptions.confirm(audit.subscriber(), row, asked_at=clock.now())
            else:
                subscriptions.unsubscribe(audit.subscriber(), row.subscriber_id, list_ids=[row.list_id], how="page")
        except SubscriberStateError:
            pass
        if self.chance.random() < 0.3:
            MailingList.objects.filter(pk=row.list_id).update(requests_held_at=clock.now())
            subscriptions.subscribe(audit.subscriber(), MailingList.objects.get(pk=row.list_id), self.new_address())
        assert unrecorded_consents(before, Snapshot.now()) == []

    # -- what must be true ---------------------------------------------------------------------------------------------

    def check_answer(self, what: str, answer: HttpResponseBase) -> None:
        assert answer.status_code in (200, 302, 403, 404, 409, 422), (answer.status_code, what)
        for text in self.personal:
            assert text not in answer.headers.get("Location", ""), what

    def check_change(self, what: str, form: Form, values: dict[str, list[str]], before: Snapshot, after: Snapshot) -> None:
        """Only what the form is for has changed, the audit has its lines, and the ledger each consent."""
        tables, verbs = (set(names.split()) for names in RULES[form.name])
        changes, lines = before.changes(after), before.lines()
        assert {table for table, _ in changes} <= tables, (what, changes)
        assert unrecorded_consents(before, after) == [], what
        written = [line.verb for line in lines if not line.detail.get("again")]  # left again: a line about lists left before
        assert set(written) <= verbs, (what, written)
        assert {line.actor.user.username for line in lines} <= {f"the-{self.role_of(what)}"}, what
        if changes:
            assert written, (what, changes)
        else:
            assert set(written) <= WITHOUT_CHANGE, (what, written)
        for verb in set(written) - MANY_LINES - ({"erase", "unsubscribe"} if form.name == "people-list-requests" else set()):
            assert written.count(verb) == 1, (what, written)
        self.check_scope(what, form, values, changes)

    @staticmethod
    def role_of(what: str) -> str:
        return what.partition(" ")[0]

    def check_scope(self, what: str, form: Form, values: dict[str, list[str]], changes: dict[Any, Any]) -> None:
        """What changed belongs to what the page was about, and has the values that were typed."""
        if (person := form.arguments.get("person_id")) is not None:
            meant = {person, int((values.get("other") or ["0"])[0] or 0)}
            merged = set(Subscriber.objects.filter(merged_into=person).values_list("id", flat=True))
            for (table, number), (old, new) in changes.items():
                row = new or old
                whose = (
                    number
                    if table == "Subscriber"
                    else row.get("subscriber_id")
                    if table in ("Subscription", "AddressChange")
                    else None
                )
                # The texts of others may have quoted somebody whose record goes.
                quoted = form.name in ERASING and changed_fields(changes, (table, number)) <= TEXTS
                assert whose is None or whose in meant | merged or quoted, (what, table, row)
        if (list_id := form.arguments.get("list_id")) is not None:
            for (table, number), (old, new) in changes.items():
                row = new or old
                whose = number if table == "MailingList" else row["list_id"] if table == "Subscription" else list_id
                quoted = form.name in ERASING and changed_fields(changes, (table, number)) <= TEXTS
                assert whose == list_id or quoted, (what, table, row)
        if (run := form.arguments.get("run_id")) is not None:
            assert {number for table, number in changes if table == "ImportRun"} <= {run}, what
        if form.name == "people-person-edit" and changes:
            stored = Subscriber.objects.get(pk=person)
            for name in ("name", "language", "country"):
                if name in values and values[name][0].strip() != form.value(f"stored.{name}").strip():
                    assert getattr(stored, name) == values[name][0].strip(), what
                else:
                    assert name not in changed_fields(changes, ("Subscriber", person)), (what, name)
        if form.name == "people-person-unsubscribe" and changes:
            ended = {new["list_id"] for (table, _), (_, new) in changes.items() if table == "Subscription"}
            assert values["list"] == ["all"] or ended == {int(values["list"][0])}, what
            assert not Subscription.objects.filter(subscriber=person, list__in=ended).exclude(state="unsubscribed").exists()
        if form.name == "people-person-erase" and changes:
            assert Subscriber.objects.get(pk=person).address is None
        if form.name == "people-list-edit" and changes:
            changed = changed_fields(changes, ("MailingList", list_id))
            line = Audit.objects.filter(verb="change_list").latest("id")
            assert set(line.detail["after"]) == changed, (what, line.detail, changed)

    def check_second(self, what: str, form: Form, answer: HttpResponseBase, before: Snapshot) -> None:
        """The same form once more changes nothing."""
        self.check_answer(what, answer)
        after = Snapshot.now()
        assert {key: rows for key, rows in before.changes(after).items() if not is_request_again(*rows)} == {}, what
        assert {line.verb for line in before.lines()} <= {"export_person"}, (what, [line.verb for line in before.lines()])
        assert {act.act for act in before.acts()} <= {"exported"}, what

    def remember(self) -> None:
        for pk, address, name, values in Subscriber.objects.exclude(address=None).values_list(
            "id", "address", "name", "attributes"
        ):
            texts = {str(address), name, *re.findall(r"\w+", json.dumps(values, ensure_ascii=False))}
            self.seen.setdefault(pk, set()).update(text for text in texts if text in self.personal or "@" in text)

    def check_everything(self) -> None:
        self._work(self.tabs[0])
        self.remember()  # an import may have brought somebody back whose refused request had erased them
        assert ledger_faults() == []
        assert count_faults() == []
        lines = json.dumps(list(Audit.objects.values_list("detail", flat=True)), ensure_ascii=False)
        assert [text for text in sorted(self.personal) if text in lines] == [], "the audit outlives an erasure"
        present = set(Subscriber.objects.exclude(address=None).values_list("id", flat=True))
        merged = dict(Subscriber.objects.filter(merged_into__isnull=False).values_list("id", "merged_into_id"))
        kept = {text for pk in present for text in self.seen.get(pk, ())}
        kept |= {text for pk, into in merged.items() if into in present for text in self.seen.get(pk, ())}
        gone = {text for pk, texts in self.seen.items() if merged.get(pk, pk) not in present for text in texts}

        def local_parts(texts: set[str]) -> set[str]:
            """So that a masked or quoted address counts, too; in any spelling."""
            return {text.partition("@")[0].lower() for text in texts}

        gone = local_parts(gone) - local_parts(kept)
        for table, stored in texts_of_tables().items():
            assert [text for text in sorted(gone) if text in stored.lower()] == [], (table, "somebody who was erased")

    def run(self, steps: int) -> None:
        try:
            for number in range(1, steps + 1):
                self.step()
                if number % EVERY == 0 or number == steps:
                    self.check_everything()
        except AssertionError:
            print("\n".join(self.log[-40:]))
            raise


@pytest.fixture
def watch():
    moved = Watch()
    clock.move(moved)
    yield moved
    clock.move(None)


LONGER = [pytest.param(seed, 500, marks=pytest.mark.soak) for seed in range(2, 6)]


@pytest.mark.parametrize(("seed", "steps"), [(1, 60), *LONGER])
def test_random_work_in_stale_tabs_changes_only_what_it_may_and_all_of_it_is_on_record(db, watch, seed, steps, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    office = Office(seed, watch)
    assert addresses.key_of_spelling("a@b.example")
    office.run(steps)
    print(sorted(office.counts.items()))
