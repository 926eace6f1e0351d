"""Mails to staff and guests through the worker: the same gate, states and crash rules as notices; suppressions of subscribers do not count."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import override_settings

from campaigns import states
from campaigns.marks import high_water_mark
from campaigns.models import Campaign
from campaigns.sending import single_mails, single_mails_sql
from campaigns.sending.single_mails_sql import SingleClaim
from editorial.review import review_links
from publication import audit, clock, profile
from publication.models import Sender, StaffMail
from publication.senders import provider_checks, sender_confirmations
from publication.staff import accounts, invitations, roles, second_factors, staff_languages
from publication.staff.passwords import password_resets
from subscribers.consent import suppressions
from tests.support import people
from tests.support.sandbox_process import SandboxProcess
from tests.support.variations import first
from tests.web.conftest import ACCEPTED, UNKNOWN, send
from worker import provider_clients, single_sender

pytestmark = pytest.mark.django_db(transaction=True)


def disconnect() -> None:
    """Close this thread's connection to the provider."""
    client = vars(provider_clients._thread).pop("client", None)
    if client is not None:
        client.close()


@pytest.fixture
def provider(settings):
    with SandboxProcess() as sandbox:
        settings.SENDGRID_API_KEY, settings.SENDGRID_HOST = "SG.test", sandbox.url
        people.make_sender()
        disconnect()  # from the sandbox of another test
        yield sandbox
        disconnect()


def invite(address: str = "li@cast.example") -> StaffMail:
    made = invitations.invite(audit.command_line(), address, ["author"])
    return StaffMail.objects.get(invitation=made)


def test_an_invitation_goes_out_once_whatever_subscribers_have_suppressed(provider):
    mail = invite()
    suppressions.suppress(audit.system(), "li@cast.example", "manual")
    assert single_sender.send_until_empty() == 1
    assert single_sender.send_until_empty() == 0
    mail.refresh_from_db()
    assert (mail.state, mail.http_status) == ("accepted", 202)
    (sent,) = provider.messages(to="li@cast.example")
    assert "/console/join/" in sent["text"]
    assert "List-Unsubscribe" not in sent["headers"]


def test_what_is_no_longer_wanted_is_not_sent(provider):
    accounts.add_staff(audit.system(), "wei", "wei@cast.example", "correct horse battery")
    mail = invite()
    invitations.revoke(audit.command_line(), mail.invitation_id)
    password_resets.ask("wei@cast.example", "192.0.2.0/24")
    accounts.change_address(audit.system(), "wei", "wei.new@cast.example")
    assert single_sender.send_until_empty() == 2, "that the address changed, to both"
    other = StaffMail.objects.exclude(purpose="account_changed")
    assert set(other.values_list("state", "reason")) == {("skipped", "no longer needed")}
    assert len(provider.messages()) == 2


def test_a_worker_that_dies_before_the_gate_loses_nothing_and_after_it_repeats_nothing(provider):
    before, after = invite(), invite("wei@cast.example")
    first, second = single_mails.claim(), single_mails.claim()
    assert [claim.table for claim in (first, second)] == ["staff_mail"] * 2
    assert single_mails.gate(second) is not None
    assert high_water_mark.Passed("staff_mail", after.pk, 1) in high_water_mark.known().singles
    StaffMail.objects.update(lease_until=clock.now() - timedelta(hours=1))  # both workers are dead
    assert single_mails_sql.reap() == 2
    assert dict(StaffMail.objects.values_list("pk", "state")) == {before.pk: "planned", after.pk: "unknown"}
    assert single_sender.send_until_empty() == 1, "the one that certainly did not go out"
    assert len(provider.messages(to="li@cast.example")) == 1
    assert provider.messages(to="wei@cast.example") == []
    single_mails.note_events([(f"staff_mail:{after.pk}", "delivered")])
    after.refresh_from_db()
    assert (after.state, after.reason) == ("accepted", "proved by event")


def test_an_answer_that_comes_after_another_worker_took_over_changes_nothing(provider):
    mail = invite()
    single_mails.claim()
    StaffMail.objects.update(lease_until=clock.now() - timedelta(hours=1))
    single_mails_sql.reap()
    again = single_mails.claim()
    assert again.attempt == 2
    assert single_mails.gate(SingleClaim("staff_mail", mail.pk, 1)) is None
    assert single_mails.gate(again) is not None


def test_a_quarantine_and_a_refusal_hold_back_mails_to_staff_too(provider):
    invite()
    profile.quarantine(audit.system(), "the database went back")
    assert single_sender.send_until_empty() == 0
    assert StaffMail.objects.get().state == "claimed"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE publication SET quarantined_at = NULL")
    StaffMail.objects.update(lease_until=clock.now() - timedelta(hours=1))
    single_mails_sql.reap()
    provider.faults("1: 401")
    assert single_sender.send_until_empty() == 1
    mail = StaffMail.objects.get()
    assert mail.state == "planned"
    assert mail.not_before > clock.now(), "until the account at the provider is corrected"


# --------------------------------------------------------------------------------------------------- guests of a review
@pytest.fixture
def approving():
    publisher = User.objects.create_user("wei", "wei@cast.example", is_staff=True)
    publisher.groups.set(roles.groups(["publisher"]))
    version = people.make_version()
    version.issue.current = version
    version.issue.save()
    return review_links.create_approving(audit.staff(publisher), version, "Director Li", "li@board.example", language="zh-hans")


def test_a_guest_gets_the_link_and_the_newest_code_and_the_database_keeps_neither(provider, approving):
    assert single_sender.send_until_empty() == 1
    (sent,) = provider.messages(to="li@board.example")
    token = review_links.token_of(approving)
    assert f"/review/{token}/" in sent["text"]
    assert "wei" in sent["text"]
    review_links.ask_code(approving)
    review_links.ask_code(approving)
    assert single_sender.send_until_empty() == 1, "the code that a newer one replaced is not mailed"
    code = review_links.code_of_mail(StaffMail.objects.latest("id"))
    mailed, _ = provider.messages(to="li@board.example")
    assert code in mailed["text"]
    assert code in mailed["html"]
    assert code not in mailed["subject"], "notifications on a locked screen show the subject"
    stored = str(list(StaffMail.objects.values()))
    assert token not in stored
    assert f"'{code}'" not in stored
    assert review_links.decide(approving, code, "approve", "", "192.0.2.7").name == "Director Li"


def test_a_revoked_link_is_not_mailed(provider, approving):
    review_links.ask_code(approving)
    assert review_links.revoke(approving.actor, approving.version.issue, approving.pk)
    assert single_sender.send_until_empty() == 0
    assert set(StaffMail.objects.values_list("state", "reason")) == {("skipped", "no longer needed")}


# ------------------------------------------------------------------------------------------------- mails about campaigns
@pytest.mark.parametrize(
    ("language", "texts"),
    first([("en", ("Sending is on hold", "quota", "4 of 10 recipients", "Uncertain: 4.")), ("zh-hans", ("/console/campaigns/",))]),
)  # fmt: skip
def test_publishers_read_in_their_language_why_a_campaign_is_on_hold(provider, settings, language, texts):
    campaign = people.make_campaign()
    people.start(campaign)
    send(campaign, ACCEPTED, UNKNOWN)
    publisher = User.objects.create_user("wei", "wei@cast.example", is_staff=True)
    publisher.groups.set(roles.groups(["publisher"]))
    staff_languages.choose(publisher, language)
    Campaign.objects.filter(pk=campaign.pk).update(name="News & <b>more</b>")
    states.hold_campaign(audit.system(), campaign.pk, "quota")
    assert single_sender.send_until_empty() == 1
    (sent,) = provider.messages(to="wei@cast.example")
    assert "News & <b>more</b>" in sent["subject"]
    assert "<b>more</b>" not in sent["html"]
    assert f"/console/campaigns/{campaign.pk}/" in sent["text"]
    for text in texts:
        assert text in sent["text"] + sent["html"]


@pytest.mark.parametrize(("state", "text"), [("sent", "was sent."), ("cancelled", "was cancelled")])
def test_publishers_get_the_numbers_of_a_campaign_that_ended(provider, settings, state, text):
    campaign = people.make_campaign()
    User.objects.create_user("boss", "boss@cast.example", is_staff=True, is_superuser=True)
    people.start(campaign)
    send(campaign, ACCEPTED)
    states.move_campaign(audit.system(), campaign.pk, state)
    assert single_sender.send_until_empty() == 1, "that it began is no news any more"
    (sent,) = provider.messages(to="boss@cast.example")
    assert text in sent["text"]
    assert "4 of 10 recipients" in sent["text"]


def test_the_owner_is_told_of_every_change_also_at_an_old_address(provider):
    accounts.add_staff(audit.system(), "wei", "wei@cast.example", "correct horse battery")
    accounts.change_password(audit.system(), "wei", "another long password")
    accounts.change_address(audit.system(), "wei", "wei.new@cast.example")
    second_factors.reset(audit.command_line(), "wei")
    assert single_sender.send_until_empty() == 4
    old, new = (provider.messages(to=f"{name}@cast.example") for name in ("wei", "wei.new"))
    assert [("password" in mail["text"], "address" in mail["text"]) for mail in old] == [(True, True), (True, False)]
    assert any("removed all second factors" in mail["text"] for mail in new)
    assert all("/console/account/" in mail["text"] for mail in (*old, *new))


def test_the_worker_mails_the_link_of_a_sender_and_asks_the_provider_for_its_domains(provider):
    """The first sender asks for its own confirmation. The key has the scopes that the sandbox gives it, or not."""
    Sender.objects.all().delete()
    by_mail = sender_confirmations.add_unconfirmed(audit.command_line(), "news@cast.example")
    assert single_sender.send_until_empty() == 1
    (sent,) = provider.messages(to="news@cast.example")
    assert "news@cast.example" in sent["from"]
    assert f"/sender/{sender_confirmations.link_token(by_mail)}/" in sent["text"]
    noreply = sender_confirmations.add_unconfirmed(audit.command_line(), "noreply@cast.example", proof="domain")
    provider.account(keys={"SG.test": ["mail.send"]})
    assert provider_clients.check_account() == 1
    noreply.refresh_from_db()
    assert noreply.domain_refused_at is not None
    assert provider_checks.latest().missing["read_domains"] == ["whitelabel.read"]
    provider.account(
        keys={"SG.a-key-of-usual-length": ["all"]}, domains=["unverified.example", *["x.example"] * 60, "CAST.example"]
    )
    sender_confirmations.ask_provider(audit.command_line(), noreply)
    assert provider_clients.check_account() == 1
    assert provider_checks.latest().fault == "rejected"
    with override_settings(SENDGRID_API_KEY="SG.a-key-of-usual-length"):
        provider_checks.ask(audit.command_line())
        assert provider_clients.check_account() == 1
    noreply.refresh_from_db()
    row = provider_checks.latest()
    assert (noreply.confirmed_by, row.domains, row.key_end, row.fault) == ("domain", ["cast.example", "x.example"], "ngth", "")
    assert provider_clients.check_account() == 0
    assert single_sender.send_until_empty() == 0
