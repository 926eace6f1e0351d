"""`mailroom suppression`: addresses, domains, and the provider's lists. The worker does what the commands plan."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import ProviderListChange, SyncRun
from campaigns.provider_lists import lifting, list_changes
from campaigns.suppression_sync import pushing, sync_runs
from publication import audit, clock
from subscribers.consent import suppressed_domains, suppressions
from subscribers.models import Suppression
from tests.campaigns.suppression_sync.provider_side import sandbox_process as sandbox_process
from tests.campaigns.suppression_sync.provider_side import side as side
from tests.campaigns.suppression_sync.provider_side import work_until_idle
from worker import wake

ADDRESS = "wei@people.example"


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr(wake, "wake", lambda *_: False)


def test_suppression_with_an_end_is_shown_and_ends_by_itself(done, run):
    done("publication", "set", "--zone", "Asia/Shanghai")
    added = done("suppression", "add", ADDRESS, "--until", "2099-05-01")
    assert added["expires_at"] == "2099-04-30T16:00:00+00:00", "when the day begins in the publication's zone"
    shown = run("suppression", "show", ADDRESS).out
    assert "2099-05-01 00:00" in shown
    assert "origin" in shown
    assert "staff" in shown
    clock.move(lambda: datetime(2099, 5, 1, tzinfo=UTC))
    try:
        assert suppressions.end_expired(audit.system()) == 1
        assert suppressions.end_expired(audit.system()) == 0
    finally:
        clock.move(None)
    assert not Suppression.objects.exists()
    assert [line["verb"] for line in done("system", "audit", "tail")["audit"]].count("expire_suppressions") == 1


def test_suppressions_are_listed_by_origin(done, run):
    suppressions.suppress(audit.system(), "a@people.example", "complaint")
    done("suppression", "add", ADDRESS)
    assert [suppression["origin"] for suppression in done("suppression", "ls")["suppressions"]] == ["staff", "event"]
    assert done("suppression", "ls", "--origin", "event")["total"] == 1


def test_domains_are_suppressed_shown_and_lifted(done, run):
    assert done("suppression", "domain", "add", "@Bücher.Example.", "--detail", "their postmaster asked")["domain"] == (
        "xn--bcher-kva.example"
    )
    assert done("suppression", "domain", "add", "xn--bcher-kva.example")["changed"] is not True
    shown = run("suppression", "show", "li@bücher.example").out
    assert "must not be mailed" in shown
    assert "xn--bcher-kva.example" in shown
    assert not done("suppression", "show", "li@sub.bücher.example")["domain"], "exactly this domain"
    assert "their postmaster asked" in run("suppression", "domain", "ls").out
    assert done("suppression", "domain", "lift", "BÜCHER.example", "--yes")["lifted"]
    assert run("suppression", "domain", "ls").out.strip() == "no domain is suppressed"
    assert not ProviderListChange.objects.exists(), "the provider never learns of domains"


def test_suppressed_domain_ends_by_itself(done):
    done("suppression", "domain", "add", "people.example", "--until", "2099-05-01")
    clock.move(lambda: datetime(2099, 5, 2, tzinfo=UTC))
    try:
        assert not suppressions.is_domain_suppressed("people.example"), "also before the worker has removed it"
        assert suppressed_domains.end_expired(audit.system()) == 1
    finally:
        clock.move(None)


@pytest.mark.parametrize("wrong", ["wei@people.example", "no domain", "localhost", "", "a-.example", "a..example", "x" * 300])
def test_what_is_no_domain_is_refused_with_a_hint(run, wrong):
    refused = run("suppression", "domain", "add", wrong)
    assert (refused.code, "write" in refused.err) == (1, True)


def test_lift_without_a_key_says_how_to_finish(run, done, settings):
    settings.SENDGRID_API_KEY = None
    done("suppression", "add", ADDRESS)
    answer = run("suppression", "lift", ADDRESS, "--yes")
    assert answer.code == 0
    assert "is being lifted" in answer.out
    assert "MAILROOM_SENDGRID_API_KEY" in answer.out
    assert "--here-only" in answer.out
    assert "being lifted since" in run("suppression", "show", ADDRESS).out
    here = run("suppression", "lift", ADDRESS, "--here-only", "--yes")
    assert "drops every mail to it" in here.out
    assert not done("suppression", "show", ADDRESS)["suppressed"]
    assert not done("suppression", "show", ADDRESS)["lifting"]


@pytest.mark.django_db(transaction=True)
def test_lift_and_synchronisation_end_to_end(done, run, side):
    side.put("spam_reports", ADDRESS, at=datetime.now(UTC) - timedelta(days=1))
    assert "was never synchronised" not in run("suppression", "provider").err
    planned = done("suppression", "sync", "--full", "--dry-run")
    work_until_idle()
    assert sync_runs.describe(planned["run"])["lists"]["complaints"]["suppressed"] == 1
    assert not done("suppression", "show", ADDRESS)["suppressed"]
    text = run("suppression", "provider").out
    assert "The latest dry run:" in text
    assert "never synchronised" in text

    done("suppression", "sync")
    work_until_idle()
    shown = done("suppression", "show", ADDRESS)
    assert (shown["reason"], shown["origin"], shown["listed"][0]["list"]) == ("complaint", "provider", "complaints")
    assert "on the provider's list of complaints since" in run("suppression", "show", ADDRESS).out

    assert done("suppression", "lift", ADDRESS, "--yes") == {"address": ADDRESS, "lifted": False, "lifting": True}
    assert "is being lifted" in run("suppression", "show", ADDRESS).out
    work_until_idle()
    shown = done("suppression", "show", ADDRESS)
    assert (shown["suppressed"], shown["lifting"], shown["listed"]) == (False, None, [])
    assert not side.is_dropped(ADDRESS)


def test_waiting_ends_with_an_error_if_the_run_fails_or_the_time_is_up(run, db):
    late = run("suppression", "sync", "--wait", "--timeout", "0")
    assert (late.code, "the time is up" in late.err) == (1, True)
    SyncRun.objects.update(state="failed", detail="403 access forbidden", ended_at=clock.now())
    shown = run("suppression", "provider")
    assert "403 access forbidden" in shown.out


def test_failed_changes_are_reported_by_the_doctor_and_retried(run, done, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    done("suppression", "add", ADDRESS, "--reason", "hard_bounce")
    done("suppression", "lift", ADDRESS, "--yes")
    ProviderListChange.objects.update(state="failed", tries=10, detail="400 odd")
    assert "could not be removed from" in run("suppression", "show", ADDRESS).out
    answer = run("system", "doctor")
    assert "2 changes could not be made at the provider's lists: 400 odd" in answer.out
    assert done("suppression", "provider", "--retry")["retried"] == 2
    assert set(ProviderListChange.objects.values_list("state", flat=True)) == {"planned"}


def test_address_that_is_suppressed_again_is_not_lifted_any_more(done, run, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    done("suppression", "add", ADDRESS)
    done("suppression", "lift", ADDRESS, "--yes")
    assert "not lifted any more" in run("suppression", "add", ADDRESS).out
    assert done("suppression", "show", ADDRESS)["lifting"] is None
    assert lifting.finish() == 0
    assert done("suppression", "show", ADDRESS)["suppressed"]


def test_list_of_suppressions_names_the_providers_lists_and_counts_the_domains(done, run):
    done("suppression", "add", ADDRESS)
    done("suppression", "domain", "add", "spam.example")
    pushing.plan_pushes(audit.system())
    list_changes.end(list_changes.due("add", 10))
    assert done("suppression", "ls")["suppressions"][0]["listed"] == ["unsubscribes"]
    text = run("suppression", "ls").out
    assert "unsubscribes" in text
    assert "Also suppressed: 1 domain" in text
