"""Campaigns that a restored database does not know: the mark names them, and their issue is not sent again unasked."""

import os
import threading
import time

import pytest
from django.db import connection

from campaigns import launch
from campaigns.launch_guards import CampaignActionError
from campaigns.marks import campaign_marks
from campaigns.models import Attempt, Campaign, LostCampaign
from campaigns.recovery import lost_campaigns, restore_check
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, gate, quarantine
from publication import audit, clock
from publication.installation import publication
from publication.models import Audit
from tests.campaigns.attempt_steps import ACCEPTED, BUSY, NEVER, UNKNOWN, due_at_once, gate_next, refused, send_next
from tests.support import people

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 12


def send_all(campaign: Campaign) -> None:
    while send_next(campaign, ACCEPTED):
        pass


def lose(campaign: Campaign, *, as_draft: bool = False) -> None:
    """What a restore of a dump does that is older than the campaign, or than its sending."""
    with connection.cursor() as cursor:
        for table in ("attempt", "slice", "delivery", "occurrence", *([] if as_draft else ["campaign_lists"])):
            cursor.execute(f"DELETE FROM {table} WHERE campaign_id = %s", [campaign.pk])
        if as_draft:
            cursor.execute(
                "UPDATE campaign SET state = 'draft', recipients = NULL, scheduled_at = NULL, started_at = NULL WHERE id = %s",
                [campaign.pk],
            )
        else:
            cursor.execute("DELETE FROM campaign WHERE id = %s", [campaign.pk])


def sent_and_lost(*, as_draft: bool = False) -> Campaign:
    campaign = people.start(people.make_campaign(PEOPLE))
    send_all(campaign)
    assert quarantine.check()
    lose(campaign, as_draft=as_draft)
    return campaign


def again(campaign: Campaign, *slugs: str) -> Campaign:
    lists = [people.make_list(slug) for slug in slugs or ("news",)]
    return launch.create(audit.system(), version=campaign.version, lists=lists, sender=campaign.sender)


def marks() -> dict[int, int]:
    return {mark.campaign: mark.people for mark in campaign_marks.known().marks}


# ------------------------------------------------------------------------------------------------------------- the mark
def test_mark_counts_the_people_whose_mail_may_be_with_the_provider():
    campaign = people.start(people.make_campaign(PEOPLE))
    for outcome in (NEVER, BUSY, refused(), UNKNOWN, ACCEPTED):
        send_next(campaign, outcome)
        due_at_once()
    [mark] = campaign_marks.known().marks
    assert mark.people == sum(Attempt.objects.filter(outcome__in=["unknown", "accepted"]).values_list("size", flat=True)) > 0
    assert (mark.campaign, mark.created_at, mark.digest) == (campaign.pk, campaign.created_at, campaign.version.digest)
    assert (mark.lists, mark.name, mark.subjects) == (("news",), campaign.name, ("News",))
    assert mark.first_at <= clock.now()
    send_all(campaign)
    quarantine.check()
    assert marks() == {campaign.pk: PEOPLE}, "also after the files were collected"


def test_rejected_campaign_is_in_no_mark():
    campaign = people.start(people.make_campaign(4))
    send_next(campaign, NEVER)
    assert marks() == {}
    assert quarantine.check()


def test_numbers_of_ended_processes_are_kept_once(monkeypatch):
    def facts() -> campaign_marks.CampaignMark:
        return campaign_marks.mark_of(7, clock.now().replace(year=2027), "d", "n", ["s"], ["l"])

    created = facts()
    for number in (100, 20, 3):
        campaign_marks.ledgers.passed(campaign_marks.ledgers.of(7, lambda: created), number, number)
        campaign_marks.collect()
        campaign_marks.ledgers.close()  # as another process would: with a file of its own
    files = sorted((campaign_marks.folder()).iterdir())
    assert len(files) == 3
    assert marks() == {7: 123}
    for path in files[:2]:
        os.utime(path, (time.time() - campaign_marks.KEEP_SECONDS - 1,) * 2)
    campaign_marks.collect()
    assert sorted(campaign_marks.folder().iterdir()) == files[2:]
    for _ in range(2):
        campaign_marks.collect()
        assert marks() == {7: 123}
    files[2].write_bytes(b"\x05")  # cut off by a power failure
    assert marks() == {7: 123}, "what was collected stays"


def test_attempt_that_ends_after_its_file_was_closed_is_still_recorded():
    campaign = people.start(people.make_campaign(8))
    under_way = gate_next(campaign)
    ledger = campaign_marks.ledgers.of(campaign.pk, lambda: None)
    campaign_marks.ledgers.close()
    campaign_marks.ledgers.passed(ledger, 4711, 5)
    assert marks() == {campaign.pk: len(under_way.people) + 5}
    campaign_marks.ledgers.ended(4711, rejected=True)
    assert marks() == {campaign.pk: len(under_way.people)}


def test_threads_and_checks_at_the_same_time_count_everybody():
    mark = campaign_marks.mark_of(7, clock.now(), "d", "n", ["s"], ["l"])
    ended = threading.Event()

    def pass_many(number: int) -> None:
        for step in range(200):
            campaign_marks.ledgers.passed(campaign_marks.ledgers.of(7, lambda: mark), 1000 * number + step, 1)
            campaign_marks.ledgers.ended(1000 * number + step, rejected=step % 10 == 0)

    def check() -> None:
        while not ended.is_set():
            campaign_marks.collect()

    checking = threading.Thread(target=check)
    workers = [threading.Thread(target=pass_many, args=[number]) for number in range(4)]
    for thread in (checking, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    ended.set()
    checking.join()
    campaign_marks.collect()
    assert marks() == {7: 4 * 180}


def test_mail_is_sent_even_if_the_number_cannot_be_written(settings, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    settings.MARK_DIR = tmp_path / "file" / "mark"
    campaign = people.start(people.make_campaign(8))
    assert send_next(campaign, ACCEPTED)
    assert marks() == {campaign.pk: 4}, "the process remembers it"


# ------------------------------------------------------------------------------------------------- after the restore
def test_campaign_that_the_restored_database_lacks_is_named_in_people():
    campaign = sent_and_lost()
    assert not quarantine.check()
    assert f"{PEOPLE} people" in publication().quarantine_reason
    checked = restore_check.restore_check(audit.system())
    assert not checked.intact
    assert checked.campaigns == []
    [lost] = checked.as_dict()["lost_campaigns"]
    assert (lost["campaign"], lost["name"], lost["people"]) == (campaign.pk, campaign.name, PEOPLE)
    assert (lost["digest"], lost["lists"], lost["subjects"]) == (campaign.version.digest, ["news"], ["News"])
    assert not lost["confirmed"]
    assert again(campaign).pk > campaign.pk + 1000, "its id is not given again"


def test_draft_that_was_sent_after_the_dump_is_named_and_kept_back():
    draft = sent_and_lost(as_draft=True)
    checked = restore_check.restore_check(audit.system())
    assert [(lost["campaign"], lost["people"]) for lost in checked.lost_campaigns] == [(draft.pk, PEOPLE)]
    assert checked.unlaunched == [], "it is known that it was sent"
    restore_check.lift(audit.system(), "looked at the provider", already_sent=PEOPLE)
    with pytest.raises(CampaignActionError, match="sent-before"):
        launch.schedule(audit.system(), draft.pk)
    # A scheduled campaign that the check put on hold is refused in the same way.
    Campaign.objects.filter(pk=draft.pk).update(state="held", held_reason="quarantine", scheduled_at=clock.now())
    with pytest.raises(CampaignActionError, match="sent-before"):
        launch.resume(audit.system(), draft.pk)


def test_campaign_whose_recipients_were_listed_as_uncertain_is_not_named_twice():
    campaign = people.make_campaign(PEOPLE)
    launch.schedule(audit.system(), campaign.pk)  # as in the dump: it was due
    mark = campaign_marks.mark_of(campaign.pk, campaign.created_at, campaign.version.digest, "n", ["s"], ["news"])
    campaign_marks.ledgers.passed(campaign_marks.ledgers.of(campaign.pk, lambda: mark), 4711, PEOPLE)
    assert not quarantine.check()
    checked = restore_check.restore_check(audit.system())
    assert [(uncertain["id"], uncertain["people"]) for uncertain in checked.campaigns] == [(campaign.pk, PEOPLE)]
    assert checked.lost_campaigns == []
    assert restore_check.lift(audit.system(), "settled one by one")


def test_another_campaign_with_the_id_of_a_lost_one_does_not_hide_it():
    campaign = sent_and_lost()
    Campaign.objects.create(
        pk=campaign.pk, name="another", version=campaign.version, sender=campaign.sender, actor=audit.system(), recipients=3
    )
    assert [lost["people"] for lost in restore_check.restore_check(audit.system()).lost_campaigns] == [PEOPLE]


def test_lifting_asks_for_the_number_of_people():
    sent_and_lost()
    restore_check.restore_check(audit.system())
    for given in (None, PEOPLE - 1):
        with pytest.raises(restore_check.RestoreRefusedError, match="sent"):
            restore_check.lift(audit.system(), "looked through", already_sent=given)
    assert publication().quarantined_at is not None
    assert restore_check.lift(audit.system(), "looked through", already_sent=PEOPLE)
    assert Audit.objects.get(verb="lift_quarantine").detail["adopted"]["already_sent"] == PEOPLE
    assert quarantine.check(), "a confirmed campaign is no new sign"
    assert [lost["confirmed"] for lost in restore_check.restore_check(audit.system()).lost_campaigns] == [True]


def test_second_machine_that_sent_the_same_campaign_adds_its_people(settings, tmp_path):
    campaign = people.start(people.make_campaign(PEOPLE))
    send_next(campaign, ACCEPTED)
    quarantine.check()
    first, settings.MARK_DIR = settings.MARK_DIR, tmp_path / "second machine"
    send_all(campaign)
    quarantine.check()
    lose(campaign)
    restore_check.restore_check(audit.system())
    assert restore_check.lift(audit.system(), "the first machine was forgotten", already_sent=PEOPLE - 4)
    assert quarantine.check()
    settings.MARK_DIR = first
    assert not quarantine.check(), "its people were not confirmed"
    restore_check.restore_check(audit.system())
    assert LostCampaign.objects.get().count == PEOPLE
    assert restore_check.lift(audit.system(), "both looked at", already_sent=PEOPLE)
    assert quarantine.check()


def test_issue_of_a_lost_campaign_is_not_sent_to_its_lists_again_unless_somebody_names_the_number():
    campaign = sent_and_lost()
    restore_check.restore_check(audit.system())
    restore_check.lift(audit.system(), "looked through", already_sent=PEOPLE)
    repeated = again(campaign)
    with pytest.raises(CampaignActionError) as refusal:
        launch.schedule(audit.system(), repeated.pk)
    assert (refusal.value.code, refusal.value.params["people"]) == ("sent-before", PEOPLE)
    with pytest.raises(CampaignActionError) as refusal:
        lost_campaigns.allow_repeat(audit.system(), repeated.pk, PEOPLE + 1)
    assert (refusal.value.code, refusal.value.params["given"]) == ("other-number", PEOPLE + 1)
    lost_campaigns.allow_repeat(audit.system(), repeated.pk, PEOPLE)
    assert launch.schedule(audit.system(), repeated.pk).state == "scheduled"
    assert Audit.objects.get(verb="campaign_repeat").detail["people"] == PEOPLE
    with pytest.raises(CampaignActionError, match="sent-before"):
        launch.schedule(audit.system(), again(campaign).pk)
    # Other lists and other issues are free.
    people.make_people(3, people.make_list("members"), domain="members.example")
    assert launch.schedule(audit.system(), again(campaign, "members").pk)
    other = people.make_version(html=people.HTML.replace("News", "Another"))
    free = launch.create(audit.system(), version=other, lists=[people.make_list()], sender=campaign.sender)
    assert launch.schedule(audit.system(), free.pk)
    with pytest.raises(CampaignActionError, match="not-sent-before"):
        lost_campaigns.allow_repeat(audit.system(), free.pk, PEOPLE)


@pytest.mark.parametrize("as_draft", [False, True])
def test_repeated_campaign_shows_to_how_many_people_it_went_before(as_draft):
    campaign = sent_and_lost(as_draft=as_draft)
    restore_check.restore_check(audit.system())
    restore_check.lift(audit.system(), "looked through", already_sent=PEOPLE)
    repeated = campaign if as_draft else again(campaign)
    assert reports.report(repeated.pk).sent_before_restore == 0
    lost_campaigns.allow_repeat(audit.system(), repeated.pk, PEOPLE)
    Campaign.objects.filter(pk=repeated.pk).update(state="sent", recipients=PEOPLE)  # the partition of the first sending is there
    assert reports.report(repeated.pk).sent_before_restore == PEOPLE
    [lost] = restore_check.restore_check(audit.system()).lost_campaigns
    assert (lost["campaign"], lost["people"], lost["repeats"]) == (campaign.pk, PEOPLE, [repeated.pk])
    with pytest.raises(CampaignActionError, match="sent-before"):
        launch.schedule(audit.system(), again(campaign).pk)


def test_gate_asks_the_database_about_a_campaign_once(django_assert_num_queries):
    campaign = people.start(people.make_campaign(PEOPLE))
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    claims = [claiming_sql.claim("tester") for _ in range(2)]
    with django_assert_num_queries(3):  # BEGIN, COMMIT and the question
        gate.gate(claims[0], lists, "tester")
    with django_assert_num_queries(2):
        gate.gate(claims[1], lists, "tester")
