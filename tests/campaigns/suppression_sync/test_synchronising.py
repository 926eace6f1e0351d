"""Suppressions and the provider's lists against the sandbox, over HTTP: both sides as docs/suppressions.md says."""

import itertools
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import LiftRequest, ProviderListChange, ProviderListEntry, SyncPart, SyncRun
from campaigns.provider_lists import lifting, list_changes
from campaigns.suppression_sync import pulling, sync_runs
from publication import audit, clock, profile
from publication.models import Audit
from subscribers.consent import erasing, suppressions
from subscribers.models import Subscriber, Suppression, SuppressionLift
from tests.campaigns.suppression_sync.provider_side import (
    PLENTY,
    ProviderSide,
    key_of,
    synchronise,
    work_until_idle,
)
from tests.campaigns.suppression_sync.provider_side import sandbox_process as sandbox_process
from tests.campaigns.suppression_sync.provider_side import side as side
from tests.support import people
from tests.support.processes import ROOT, Processes
from tests.support.variations import few
from transport.provider_lists import ListedAddress, ProviderList
from worker import provider_list_work

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = {"reason": "550 5.1.1 no such user", "status": "5.1.1"}
DMARC = {"reason": "550 5.7.26 unauthenticated mail is not accepted due to the domain's DMARC policy", "status": "5.7.26"}
FULL = {"reason": "552 5.2.2 mailbox full", "status": "5.2.2"}


def ago(**time: float) -> datetime:
    return (datetime.now(UTC) - timedelta(**time)).replace(microsecond=0)


def reason_of(address: str) -> tuple[str, str] | None:
    return Suppression.objects.filter(address_key=key_of(address)).values_list("reason", "origin").first()


def lift_before(address: str, reason: str, at: datetime) -> None:
    SuppressionLift.objects.create(address_key=key_of(address), reason=reason, at=at)


class Scene:
    """Both sides before a synchronisation, and what the rules make of them; `n` addresses of each kind."""

    def __init__(self, side: ProviderSide, n: int) -> None:
        self.n, self.suppressed, self.there = n, {}, {}
        people.make_people(n, people.make_list(), "members.example", prefix="full")
        for kind, details, reason, stays in (
            ("gone", NOBODY, "hard_bounce", True), ("dmarc", DMARC, None, False), ("full", FULL, None, True),
            ("lifted", NOBODY, None, False), ("relisted", NOBODY, "hard_bounce", True),
        ):  # fmt: skip
            self._list(side, "bounces", kind, reason, stays, **details)
        self._list(side, "blocks", "blocked", None, True, **FULL)
        self._list(side, "invalid_emails", "invalid", "invalid", True, reason="unknown domain")
        self._list(side, "spam_reports", "angry", "complaint", True, ip="192.0.2.1")
        self._list(side, "unsubscribes", "left", "provider_unsubscribe", True)
        self._list(side, "unsubscribes", "both", "complaint", True, origin="event")
        SuppressionLift.objects.bulk_create(
            SuppressionLift(address_key=key_of(address), reason="hard_bounce", at=at)
            for kind, at in (("lifted", ago(hours=1)), ("relisted", ago(days=30)))
            for address in self.of(kind)
        )
        grounds = [suppressions.Ground(key_of(address), "complaint", at=ago(days=9)) for address in self.of("both")]
        suppressions.suppress_many(audit.system(), grounds)
        for kind, reason, pushed in (("manual", "manual", True), ("spam", "complaint", True), ("dead", "hard_bounce", False)):
            own = [suppressions.Ground(key_of(address), reason, "", address) for address in self.of(kind)]
            suppressions.suppress_many(audit.command_line(), own)
            for address in self.of(kind):
                self.suppressed[address] = (reason, "staff")
                self.there[address] = {"unsubscribes"} if pushed else set()

    def of(self, kind: str) -> list[str]:
        domain = "members.example" if kind == "full" else "strangers.example"
        return [f"{kind}{number}@{domain}" for number in range(self.n)]

    def _list(self, side, which, kind, becomes, stays, *, origin="provider", **details) -> None:
        side.put(which, *self.of(kind), at=ago(days=10), **details)
        for address in self.of(kind):
            self.there[address] = {which} if stays else set()
            if becomes:
                self.suppressed[address] = (becomes, origin)

    def check(self, side: ProviderSide) -> None:
        rows = Suppression.objects.values_list("address_key", "reason", "origin")
        assert {bytes(key): (reason, origin) for key, reason, origin in rows} == {
            key_of(address): fact for address, fact in self.suppressed.items()
        }
        lists_by_address: dict[str, set[str]] = {address: set() for address in self.there}
        for which, listed in side.everything().items():
            for address in listed:
                lists_by_address[address].add(which)
        assert lists_by_address == self.there


class Killed(BaseException):
    """The worker died here."""


def run_with_interruptions(monkeypatch, seed: int, share: float) -> int:
    """Let the worker do everything, and kill it at random before and after its calls are recorded; how often it died."""
    chance, died = random.Random(seed), 0

    def failpoint(name: str) -> None:
        if chance.random() < share:
            raise Killed(name)

    with monkeypatch.context() as patched:
        patched.setattr(provider_list_work, "failpoint", failpoint)
        while list_changes.is_due() or sync_runs.is_due() or lifting.is_due():
            try:
                provider_list_work.work()
            except Killed:
                died += 1
    return died


@pytest.mark.soak
@pytest.mark.parametrize("order", few("oldest", soak=["newest"]))
def test_both_sides_are_as_the_rules_say_although_the_worker_dies_again_and_again(side, monkeypatch, order):
    side.sandbox.call("POST", "/_sandbox/account", {**PLENTY, "list_order": order})
    scene = Scene(side, 130)
    sync_runs.plan(audit.system(), full=True)
    assert run_with_interruptions(monkeypatch, 7, 0.05) > 5
    scene.check(side)
    for _ in range(2):
        again = synchronise(full=True)
        assert again["pushed"] == 0
        assert all(not counts.get("suppressed") and not counts.get("removals") for counts in again["lists"].values())
        scene.check(side)
    assert not ProviderListChange.objects.exclude(address="").exists(), "addresses are kept only until the change is made"
    assert not SyncPart.objects.exclude(position="").exists()


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_twenty_thousand_entries_with_killed_processes(side):
    scene = Scene(side, 1540)  # 13 kinds
    sync_runs.plan(audit.system(), full=True)
    chance, died = random.Random(20_000), 0
    while list_changes.is_due() or sync_runs.is_due():
        point = chance.choice(["lists_called", "lists_recorded"])
        died += run_child(side, f"{point}:{chance.randint(1, 400)}") == -9
    assert died > 10
    scene.check(side)
    lifted = [scene.of(kind)[0] for kind in ("gone", "invalid", "angry", "left", "manual", "spam", "dead")]
    for address in lifted:
        assert side.is_dropped(address) is (address != scene.of("dead")[0])
        lifting.plan_lift(audit.command_line(), address)
    work_until_idle()
    synchronise(full=True)
    for address in lifted:
        assert reason_of(address) is None
        assert not side.is_dropped(address)
        del scene.suppressed[address]
        scene.there[address] = set()
    scene.check(side)


CHILD = (
    "import django; django.setup(); from worker import draining, provider_list_work as work; "
    "draining.wait = lambda seconds: False; work.work()"
)


def run_child(side: ProviderSide, failpoints: str) -> int:
    """One round of the worker in a process of its own, which kills itself at a failpoint; its return code."""
    environment = {**Processes(side.sandbox.url).environment, "MAILROOM_FAILPOINTS": failpoints}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    return subprocess.run([sys.executable, "-c", CHILD], env=environment, cwd=ROOT, timeout=120, check=False).returncode


@pytest.mark.soak
def test_rows_that_are_deleted_while_a_list_is_read_hide_no_others(side, monkeypatch):
    """Somebody else removes entries between two pages: few, and more than the pages overlap."""
    rows = [f"p{number:04}@x.example" for number in range(2600)]
    for number in range(0, len(rows), 650):
        side.put("bounces", *rows[number : number + 650], at=ago(days=9, seconds=-number), **NOBODY)
    gone: set[str] = set()
    chance = random.Random(3)

    def failpoint(name: str) -> None:
        if name == "lists_recorded" and len(gone) < 1500:
            ended = chance.sample(sorted(set(rows) - gone), chance.choice([20, 49, 51, 300]))
            gone.update(ended)
            side.take_off("bounces", *ended)

    monkeypatch.setattr(provider_list_work, "failpoint", failpoint)
    synchronise(pushes=False, full=True)
    assert len(gone) >= 700
    suppressed_keys = {bytes(key) for key in Suppression.objects.values_list("address_key", flat=True)}
    assert {key_of(address) for address in set(rows) - gone} <= suppressed_keys


def test_dry_run_writes_nothing_and_says_what_would_change(side):
    scene = Scene(side, 3)
    before = list(map(str, Suppression.objects.order_by("pk").values_list())), side.everything()
    audited = Audit.objects.exclude(verb="plan_sync").count()
    shown = synchronise(full=True, dry_run=True)
    assert (list(map(str, Suppression.objects.order_by("pk").values_list())), side.everything()) == before
    assert Audit.objects.exclude(verb="plan_sync").count() == audited
    assert not ProviderListChange.objects.exists()
    assert not ProviderListEntry.objects.exists()
    assert shown["state"] == "done"
    bounces = shown["lists"]["bounces"]
    assert (bounces["read"], bounces["suppressed"], bounces["removals"], bounces["lifted"]) == (15, 6, 6, 3)
    assert (bounces["senders_fault"], bounces["mailbox"], shown["lists"]["blocks"]["block"]) == (3, 3, 3)
    assert (shown["lists"]["unsubscribes"]["suppressed"], shown["lists"]["unsubscribes"]["known"]) == (3, 3)
    real = synchronise(full=True)
    assert {name: dict(counts) for name, counts in real["lists"].items()} == {
        name: dict(counts) for name, counts in shown["lists"].items()
    }
    scene.check(side)


def test_limit_of_the_provider_stops_the_worker_until_the_window_ends(side):
    side.put("bounces", *(f"b{number}@x.example" for number in range(1300)), at=ago(days=2), **NOBODY)
    side.sandbox.call("POST", "/_sandbox/account", {"rate_limit": 2, "rate_window": 60.0})
    run = sync_runs.plan(audit.system(), pushes=False)
    assert provider_list_work.work() == 2
    assert provider_list_work.work() == 0, "not called again before the reset"
    run.refresh_from_db()
    assert run.state == "running"
    assert run.tries == 0
    assert timedelta(seconds=30) < run.not_before - clock.now() < timedelta(seconds=62)
    side.sandbox.call("POST", "/_sandbox/account", PLENTY)
    SyncRun.objects.update(not_before=None)
    work_until_idle()
    assert Suppression.objects.count() == 1300


def test_429_without_a_reset_and_server_errors_are_tried_again_later(side):
    suppressions.suppress(audit.command_line(), "wei@people.example", "manual")
    for fault, tries in (("429", 0), ("503-before", 1)):
        side.sandbox.faults(f"path /v3 next 1: {fault}")
        run = sync_runs.plan(audit.system())
        provider_list_work.work()
        run.refresh_from_db()
        assert (run.state, run.tries) == ("running", tries)
        assert run.not_before > clock.now() + timedelta(seconds=20)
        SyncRun.objects.update(not_before=None)
        work_until_idle()
    assert side.on("unsubscribes") == {"wei@people.example"}


def test_run_fails_at_once_without_the_permission_and_the_next_one_works(side):
    side.sandbox.call("POST", "/_sandbox/account", {"keys": {"SG.test": ["mail.send"]}})
    try:
        assert synchronise()["state"] == "failed"
    finally:
        side.sandbox.call("POST", "/_sandbox/account", {"keys": {}})
    assert synchronise()["state"] == "done"


def test_each_suppression_is_pushed_once_and_only_those_that_should_be(side):
    person = people.make_people(1, people.make_list(), "gone.example")[0]
    for address, reason in (("a@x.example", "manual"), ("b@x.example", "complaint"), ("c@x.example", "hard_bounce")):
        suppressions.suppress(audit.command_line(), address, reason)
    suppressions.suppress(audit.command_line(), "d@x.example", "manual", until=clock.now() + timedelta(days=3))
    suppressions.suppress(audit.command_line(), person.address, "manual")
    suppressions.suppress(audit.command_line(), "no.domain@", "manual")
    suppressions.suppress(audit.command_line(), "sans-dot@localhost", "manual")  # the provider rejects it
    erasing.erase(audit.system(), person)
    assert synchronise(pulls=False)["pushed"] == 3
    assert side.on("unsubscribes") == {"a@x.example", "b@x.example"}
    assert list_changes.counts("add").done == 2
    assert synchronise(pulls=False)["pushed"] == 0
    shown = synchronise(full=True)
    assert shown["lists"]["unsubscribes"]["ours"] == 2
    assert reason_of("a@x.example") == ("manual", "staff")


def test_spelling_that_was_listed_before_a_lift_hides_no_later_one():
    rows = [ListedAddress(spelling, ago(days=days), *NOBODY.values())
            for spelling, days in (("Wei@people.example", 3), ("wei@people.example", 1), ("WEI@people.example", 0.5))]  # fmt: skip
    lift_before("wei@people.example", "hard_bounce", ago(days=2))
    for order in itertools.permutations(rows):
        counted = pulling.apply_page(audit.system(), ProviderList.BOUNCES, order)
        assert {name: counted[name] for name in ("read", "suppressed", "known", "lifted")} == {
            "read": 3, "suppressed": 1, "known": 0, "lifted": 0,
        }  # fmt: skip
        assert Suppression.objects.get().evidence_at == rows[1].listed_at
        Suppression.objects.all().delete()


def test_lift_by_staff_ends_here_only_after_the_provider_has_removed_the_address(side):
    side.put("bounces", "wei@people.example", at=ago(days=2), **NOBODY)
    synchronise()
    assert reason_of("wei@people.example") == ("hard_bounce", "provider")
    assert side.is_dropped("wei@people.example")
    side.sandbox.faults("path /v3/suppression next 1: 503-before")
    lifting.plan_lift(audit.command_line(), "Wei@people.example")
    provider_list_work.work()
    assert reason_of("wei@people.example") is not None, "the provider still has it"
    under_way = lifting.of_key(key_of("wei@people.example"))
    assert under_way is not None
    assert (under_way.waiting, under_way.failed) == (["bounces"], [])
    ProviderListChange.objects.update(not_before=None)
    work_until_idle()
    assert reason_of("wei@people.example") is None
    assert lifting.of_key(key_of("wei@people.example")) is None
    assert side.on("bounces") == set()
    assert not side.is_dropped("wei@people.example")
    side.put("bounces", "wei@people.example", at=ago(days=2), **NOBODY)  # an older entry turns up again
    shown = synchronise(full=True)
    assert shown["lists"]["bounces"]["lifted"] == 1
    assert reason_of("wei@people.example") is None
    assert side.on("bounces") == set()
    side.put("bounces", "wei@people.example", at=ago(seconds=-2), **NOBODY)  # it bounced again
    clock_was = clock.now()
    clock.move(lambda: clock_was + timedelta(minutes=5))
    try:
        synchronise(full=True)
    finally:
        clock.move(None)
    assert reason_of("wei@people.example") == ("hard_bounce", "provider")


def test_complaint_that_comes_while_a_bounce_is_being_lifted_stays(side):
    suppressions.suppress(audit.system(), "wei@people.example", "hard_bounce")
    lifting.plan_lift(audit.command_line(), "wei@people.example")
    suppressions.suppress(audit.system(), "wei@people.example", "complaint")
    work_until_idle()
    assert reason_of("wei@people.example") == ("complaint", "event")
    assert not LiftRequest.objects.exists()


def test_lift_leaves_entries_of_a_stronger_reason_that_staff_have_not_seen(side):
    suppressions.suppress(audit.system(), "wei@people.example", "hard_bounce")
    side.put("bounces", "wei@people.example", at=ago(days=2), **NOBODY)
    side.put("spam_reports", "wei@people.example", at=ago(days=1))
    lifting.plan_lift(audit.command_line(), "wei@people.example")
    work_until_idle()
    assert reason_of("wei@people.example") is None
    synchronise(full=True)
    assert reason_of("wei@people.example") == ("complaint", "provider")
    lifting.plan_lift(audit.command_line(), "wei@people.example")
    work_until_idle()
    assert not side.is_dropped("wei@people.example")


def test_lift_here_only_and_the_end_of_a_suppression_remove_what_we_had_pushed(side):
    for name in ("one", "two"):
        suppressions.suppress(audit.command_line(), f"{name}@x.example", "manual")
    synchronise()
    assert side.on("unsubscribes") == {"one@x.example", "two@x.example"}
    lifting.lift_here(audit.command_line(), "one@x.example")
    synchronise(full=True)
    assert reason_of("one@x.example") is None
    assert side.on("unsubscribes") == {"two@x.example"}


def test_person_who_comes_back_is_lifted_at_once_and_then_at_the_provider(side):
    person = people.make_people(1, people.make_list(), "people.example")[0]
    suppressions.suppress(audit.system(), person.address, "soft_bounces")
    side.put("bounces", person.address, at=ago(days=2), **FULL)
    assert suppressions.lift(audit.subscriber(), person.address, only=suppressions.LIFTED_BY_CONSENT, by_consent=True)
    assert reason_of(person.address) is None
    work_until_idle()
    assert side.on("bounces") == set()


def test_erasing_a_person_removes_the_address_from_every_list_and_then_from_the_queue(side):
    person = people.make_people(1, people.make_list(), "people.example")[0]
    address = person.address
    for which in ("bounces", "blocks", "invalid_emails", "spam_reports", "unsubscribes"):
        side.put(which, address, at=ago(days=2), **NOBODY)
    synchronise()
    erasing.erase(audit.system(), Subscriber.objects.get(pk=person.pk))
    assert set(ProviderListChange.objects.values_list("address", "state")) == {(address, "planned")}
    work_until_idle()
    assert all(address not in listed for listed in side.everything().values())
    assert set(ProviderListChange.objects.values_list("address", "state")) == {("", "done")}
    assert not ProviderListEntry.objects.exists()
    assert suppressions.erased([key_of(address)])
    side.put("bounces", address, at=ago(days=1), **NOBODY)  # a late bounce
    synchronise(full=True)
    assert side.on("bounces") == set()
    assert not Suppression.objects.exclude(address=None).exists()


def test_address_is_kept_for_the_call_only_if_no_subscriber_has_it_in_this_spelling(side):
    person = people.make_people(1, people.make_list(), "people.example")[0]
    side.put("bounces", person.address, at=ago(days=2), **DMARC)
    side.put("bounces", "stranger@people.example", at=ago(days=2), **DMARC)
    side.put("invalid_emails", person.address.upper(), at=ago(days=2))
    lift_before(person.address, "invalid", ago(days=1))
    run = sync_runs.plan(audit.system(), full=True)
    side.sandbox.faults("path /v3/suppression/bounces/ : 503-before", "path /v3/suppression/invalid_emails/ : 503-before")
    provider_list_work.work()
    kept = ProviderListChange.objects.order_by("list", "address").values_list("list", "address")
    assert list(kept) == [("bounces", ""), ("bounces", "stranger@people.example"), ("invalid", person.address.upper())]
    side.sandbox.faults()
    ProviderListChange.objects.update(not_before=None)
    work_until_idle()
    assert sync_runs.describe(run.pk)["state"] == "done"
    assert side.everything() == {which: set() for which in side.everything()}
    assert not ProviderListChange.objects.exclude(address="").exists()


def test_schedule_plans_a_full_run_each_day_and_a_window_each_hour(side):
    start = clock.now()

    def at(**later: float) -> list[tuple[bool, str]]:
        clock.move(lambda: start + timedelta(**later))
        provider_list_work.plan_due()
        work_until_idle()
        return list(SyncRun.objects.order_by("id").values_list("full", "state"))

    try:
        assert at() == [(True, "planned")], "a new installation has nothing on the lists yet"
        assert at(minutes=61) == [(True, "done")]
        assert at(minutes=100) == [(True, "done")]
        assert at(minutes=122) == [(True, "done"), (False, "done")]
        window = SyncPart.objects.get(run__full=False, list="bounces")
        assert window.since == start + timedelta(minutes=61) - sync_runs.OVERLAP
        assert at(hours=26)[-1] == (True, "done")
        profile.change_profile(audit.system(), policies={"sync": "off"})
        assert len(at(hours=90)) == 3
    finally:
        clock.move(None)


def test_without_a_key_nothing_is_planned_and_removals_wait(side, settings):
    settings.SENDGRID_API_KEY = None
    suppressions.suppress(audit.system(), "wei@people.example", "hard_bounce")
    lifting.plan_lift(audit.command_line(), "wei@people.example")
    provider_list_work.plan_due()
    assert not SyncRun.objects.exists()
    assert not provider_list_work.is_due()
    assert provider_list_work.work() == 0
    assert lifting.of_key(key_of("wei@people.example")) is not None
