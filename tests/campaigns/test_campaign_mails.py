"""Mails to publishers when sending begins, ends or is on hold: planned with the move, once, and never in its way."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction

from campaigns import campaign_mails, hold_details, states
from campaigns.models import Campaign, DeliveryLog
from campaigns.sending import filling
from publication import audit, clock
from publication.models import StaffMail
from publication.staff import accounts, mail_choices, roles, staff_languages
from tests.support import people
from tests.support.variations import first
from tests.web.conftest import ACCEPTED, UNKNOWN, send
from worker import notice_mail

pytestmark = pytest.mark.django_db


def publisher(name: str, email: str | None = None, *, role: str = "publisher", **more) -> User:
    user = User.objects.create_user(name, f"{name}@cast.example" if email is None else email, is_staff=True, **more)
    user.groups.set(roles.groups([role]))
    return user


def planned() -> list[tuple[str, str]]:
    return list(StaffMail.objects.order_by("id").values_list("purpose", "address"))


@pytest.fixture
def campaign() -> Campaign:
    return people.make_campaign()


@pytest.fixture
def sending(campaign) -> Campaign:
    people.start(campaign)
    campaign.refresh_from_db()
    return campaign


def mail_to(user: User) -> StaffMail:
    return StaffMail.objects.get(address=user.email)


def test_each_event_is_mailed_once_to_each_publisher(campaign):
    publisher("wei")
    publisher("ana", role="admin")  # an admin sends nothing
    publisher("li", role="editor")
    people.start(campaign)
    assert planned() == [("campaign_began", "wei@cast.example")]
    system = audit.system()
    states.move_campaign(system, campaign.pk, "paused")
    states.move_campaign(system, campaign.pk, "sending")
    assert len(planned()) == 1, "resuming is not beginning"
    states.hold_campaign(system, campaign.pk, "quota")
    states.move_campaign(system, campaign.pk, "sending")
    states.hold_campaign(system, campaign.pk, "quota")
    assert planned()[1:] == [("campaign_held", "wei@cast.example")], "one mail an hour for the same reason"
    states.move_campaign(system, campaign.pk, "sending")
    states.hold_campaign(system, campaign.pk, "message")
    states.move_campaign(system, campaign.pk, "sending")
    states.move_campaign(system, campaign.pk, "sent")
    states.move_campaign(system, campaign.pk, "sending", finished_at=None)  # somebody decided to send again
    states.move_campaign(system, campaign.pk, "sent")
    assert [purpose for purpose, _ in planned()[2:]] == ["campaign_held", "campaign_ended"]


def test_a_hold_is_mailed_again_an_hour_later(sending):
    publisher("wei")
    states.hold_campaign(audit.system(), sending.pk, "quota")
    states.move_campaign(audit.system(), sending.pk, "sending")
    clock.move(lambda: clock._system_time() + timedelta(hours=1))
    try:
        states.hold_campaign(audit.system(), sending.pk, "quota")
    finally:
        clock.move(None)
    assert len(planned()) == 2


def test_a_brake_is_mailed_each_time_to_publishers_and_admins_with_domain_and_numbers_in_their_language(sending):
    wei, ana = publisher("wei"), publisher("ana", role="admin")
    publisher("li", role="editor")
    staff_languages.choose(ana, "zh-hans")
    for domain in ("bad.example", "worse.example"):
        detail = hold_details.text("complaints-domain", domain=domain, bad=3, total=1000, share="0.30%")
        states.hold_campaign(audit.system(), sending.pk, "complaints", detail)
        if domain == "bad.example":
            states.move_campaign(audit.system(), sending.pk, "sending")
    assert sorted(planned()) == sorted([("campaign_held", wei.email), ("campaign_held", ana.email)] * 2)
    texts = [notice_mail.envelope_of_staff_mail(mail_to_the(user), people.make_sender()).text for user in (wei, ana)]
    assert "worse.example: 3 complaints about 1000 delivered mails (0.30%). Too many people reported" in texts[0]
    assert "because you may send campaigns" in texts[0]
    assert "worse.example：1000 封已送达邮件中有 3 次投诉（0.30%）" in texts[1]
    assert "因为您是管理员" in texts[1]


def mail_to_the(user: User) -> StaffMail:
    """The newest."""
    return StaffMail.objects.filter(address=user.email).latest("id")


def test_a_cancelled_campaign_is_mailed_only_if_sending_had_begun(campaign):
    publisher("wei")
    Campaign.objects.filter(pk=campaign.pk).update(state="scheduled")
    states.move_campaign(audit.system(), campaign.pk, "cancelled")
    assert planned() == []
    Campaign.objects.filter(pk=campaign.pk).update(state="sending", started_at=clock.now())
    states.move_campaign(audit.system(), campaign.pk, "cancelled")
    assert planned() == [("campaign_cancelled", "wei@cast.example")]


def test_who_gets_no_mail(sending):
    publisher("blocked", is_active=False)
    publisher("nowhere", "")
    unwilling = publisher("unwilling")
    mail_choices.choose_campaign_mails(unwilling, False)
    boss = User.objects.create_user("boss", "boss@cast.example", is_staff=True, is_superuser=True)
    User.objects.create_user("reader", "reader@cast.example", is_superuser=True)  # no account of staff
    states.hold_campaign(audit.system(), sending.pk, "quota")
    assert planned() == [("campaign_held", boss.email)]
    mail_choices.choose_campaign_mails(unwilling, True)
    states.move_campaign(audit.system(), sending.pk, "cancelled")
    assert sorted(planned()[1:]) == [("campaign_cancelled", boss.email), ("campaign_cancelled", unwilling.email)]


def test_without_an_address_nothing_is_planned_and_the_campaign_moves(campaign):
    publisher("wei", "")
    people.start(campaign)
    assert not StaffMail.objects.exists()
    assert Campaign.objects.get().state == "sending"


@pytest.mark.parametrize("fault", [DatabaseError("disk full"), ValueError("x")], ids=str)
def test_a_failure_to_plan_mails_loses_neither_the_move_nor_its_log(sending, monkeypatch, fault):
    publisher("wei")

    def fail(*_: object, **__: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        raise fault

    monkeypatch.setattr(campaign_mails.staff_mails, "plan_for_accounts", fail)
    assert states.hold_campaign(audit.system(), sending.pk, "quota")
    assert Campaign.objects.get().state == "held"
    assert DeliveryLog.objects.filter(kind="campaign_moved", detail__to="held").count() == 1
    assert planned() == []


def test_a_statement_that_fails_in_the_database_loses_nothing_either(sending, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT no_such_column FROM staff_mail")

    monkeypatch.setattr(campaign_mails.staff_mails, "plan_for_accounts", broken)
    assert states.hold_campaign(audit.system(), sending.pk, "quota")
    assert Campaign.objects.get().state == "held"


def test_a_move_that_is_rolled_back_plans_nothing(sending):
    publisher("wei")
    with transaction.atomic():
        states.hold_campaign(audit.system(), sending.pk, "quota")
        transaction.set_rollback(True)
    assert planned() == []


def test_planning_locks_no_account(sending):
    """A foreign key would lock the account until the move commits, and fail the move if the account is deleted meanwhile."""
    user = publisher("wei")
    with transaction.atomic():
        states.hold_campaign(audit.system(), sending.pk, "quota")
        User.objects.filter(pk=user.pk).delete()
    assert Campaign.objects.get().state == "held"
    assert campaign_mails.campaign_of(StaffMail.objects.get()) is None


@pytest.mark.parametrize("change", first(["state", "reason", "choice", "roles", "address", "blocked", "deleted"], 3))
def test_a_mail_that_is_no_longer_true_or_wanted_is_not_sent(sending, change):
    user = publisher("wei")
    system = audit.system()
    states.hold_campaign(system, sending.pk, "quota")
    assert campaign_mails.campaign_of(StaffMail.objects.get()) == sending
    match change:
        case "state":
            states.move_campaign(system, sending.pk, "sending")
        case "reason":
            states.move_campaign(system, sending.pk, "sending")
            states.hold_campaign(system, sending.pk, "message")
        case "choice":
            mail_choices.choose_campaign_mails(user, False)
        case "roles":
            accounts.change_roles(system, "wei", ["editor"])
        case "address":
            accounts.change_address(system, "wei", "new@cast.example")
        case "blocked":
            accounts.disable_staff(system, "wei")
        case "deleted":
            accounts.delete_staff(system, "wei")
    assert campaign_mails.campaign_of(StaffMail.objects.earliest("id")) is None


def test_a_campaign_without_recipients_ends_with_one_mail(campaign):
    publisher("wei")
    campaign.lists.get().subscription_set.all().delete()
    Campaign.objects.filter(pk=campaign.pk).update(state="filling")
    filling.fill(campaign.pk)
    assert planned() == [("campaign_ended", "wei@cast.example")]


def test_filling_plans_the_mail_in_two_statements(campaign, django_assert_num_queries):
    for number in range(20):
        publisher(f"wei{number}")
    Campaign.objects.filter(pk=campaign.pk).update(state="sending")
    campaign.refresh_from_db()
    with django_assert_num_queries(4):  # savepoint, accounts, mails, release
        campaign_mails.plan(campaign, "filling")
    assert StaffMail.objects.count() == 20
    send_nothing = StaffMail.objects.exclude(account=None)
    assert not send_nothing.exists()


def test_numbers_are_read_when_the_mail_is_written(sending):
    publisher("wei")
    send(sending, ACCEPTED, UNKNOWN)
    states.hold_campaign(audit.system(), sending.pk, "quota")
    assert set(StaffMail.objects.get().parameters) == {"campaign", "reason", "account"}
