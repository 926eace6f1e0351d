"""`mailroom campaign`: from a draft to the report, the guards, and what it prints about uncertain recipients."""

import re
from datetime import timedelta

import pytest

from campaigns import launch
from campaigns.models import Campaign, Slice, TestSend
from campaigns.questions import answers
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, filling, schedule
from cli.campaign import outcome_lists
from publication import audit, clock
from publication.models import Audit
from publication.retention import RETENTIONS
from subscribers.consent import erasing, suppressions
from subscribers.models import Segment, Subscriber
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN, send_next
from tests.support import asked, people
from tests.support.issues import two_languages


@pytest.fixture
def uncertain(drafted):
    """Sent: 4 accepted, 1 skipped and 3 unknown, 2 accepted."""
    campaign = people.start(drafted)
    fifth = Subscriber.objects.order_by("id")[4]
    suppressions.suppress(audit.system(), fifth.address or "", "manual")
    for outcome in (ACCEPTED, UNKNOWN, ACCEPTED):
        send_next(campaign, outcome)
    schedule.finish_done()
    return campaign


def test_a_campaign_is_scheduled_in_a_named_zone(done, run, drafted):
    made = done("campaign", "schedule", drafted.pk, "--at", f"{people.AHEAD} 09:00", "--zone", "Asia/Shanghai", "--yes")
    assert (made["state"], made["scheduled_at"], made["zone"]) == ("scheduled", f"{people.AHEAD}T01:00:00+00:00", "Asia/Shanghai")
    assert done("campaign", "unschedule", drafted.pk)["state"] == "draft"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--at", "2020-01-01 09:00"], "2020-01-01 09:00 (UTC) is in the past"),
        (["--at", "soon"], "“soon” is not a time"),
        (["--at", "9999-12-31 23:59"], "the year 9999 is out of range"),
        (["--at", "0001-01-01 00:00+14:00"], "the year 1 is out of range"),
        (["--at", "2150-01-01 09:00"], "more than a year away"),
        (["--at", f"{people.AHEAD} 09:00", "--zone", "Mars/Olympus"], "is not a time zone"),
        (["--at", "2027-03-28 02:30", "--zone", "Europe/Madrid"], "does not exist"),
    ],
)
def test_impossible_times_are_refused_with_the_reason(run, drafted, options, message):
    answer = run("campaign", "schedule", drafted.pk, *options, "--yes")
    assert (answer.code, message in answer.err) == (1, True)


def test_nothing_is_sent_without_a_key(run, drafted, settings):
    settings.SENDGRID_API_KEY = None
    answer = run("campaign", "send", drafted.pk, "--yes")
    assert answer.code == 1
    assert "MAILROOM_SENDGRID_API_KEY" in answer.err


def test_a_campaign_is_paused_resumed_and_cancelled(done, run, drafted):
    campaign = people.start(drafted)
    assert done("campaign", "pause", campaign.pk)["state"] == "paused"
    again = run("campaign", "pause", campaign.pk)
    assert again.code == 1
    assert f"campaign {campaign.pk} is already paused — to continue: mailroom campaign resume {campaign.pk}" in again.err
    assert done("campaign", "resume", campaign.pk)["state"] == "sending"
    asked = run("campaign", "cancel", campaign.pk, given="\n")
    assert asked.code == 1
    assert "10 recipients in all" in asked.err
    assert done("campaign", "cancel", campaign.pk, "--yes")["state"] == "cancelled"


def test_resuming_a_campaign_on_hold_shows_the_reason_first(done, run, drafted):
    from campaigns.states import hold_campaign

    campaign = people.start(drafted)
    hold_campaign(audit.system(), campaign.pk, "credentials", "401")
    asked = run("campaign", "resume", campaign.pk, given="n\n")
    assert asked.code == 1
    assert "the provider rejects the API key" in asked.err
    watched = run("campaign", "watch", campaign.pk)
    assert watched.code == 1
    assert "the provider rejects the API key" in watched.err
    assert done("campaign", "resume", campaign.pk, "--yes")["state"] == "sending"


def test_going_on_without_a_domain_says_how_many_people_are_skipped_and_asks_first(done, run, drafted):
    from campaigns.models import DomainOutcome
    from campaigns.states import hold_campaign

    campaign = people.start(drafted)
    hold_campaign(audit.system(), campaign.pk, "complaints", "people.example: …")
    without = ("campaign", "resume", campaign.pk, "--without-domain", "people.example")
    assert "“people.example” was answered yet" in run(*without, "--yes").err
    DomainOutcome.objects.create(campaign_id=campaign.pk, domain="people.example", delivered=1000, complained=4, answered=1000)
    asked = run(*without, given="n\n")
    assert asked.code == 1
    assert f"{campaign.recipients} recipients at that domain will not get it" in asked.err
    report = run("campaign", "report", campaign.pk).out
    assert "complaints (0.3 %)" in report
    assert done(*without, "--yes")["state"] == "sending"
    numbers = done("campaign", "report", campaign.pk)
    assert (numbers["skipped"], numbers["brakes"], numbers["left_out_domains"]) == (campaign.recipients, [], ["people.example"])
    assert "Sending went on without people.example." in run("campaign", "report", campaign.pk).out


def test_a_test_mail_is_planned_and_a_wrong_address_is_refused(done, run, drafted):
    assert done("campaign", "test", drafted.pk, "editor@cast.example")["state"] == "planned"
    assert run("campaign", "test", drafted.pk, "nobody").code == 1


def test_the_report_as_json_is_the_same_as_in_the_library(done, uncertain):
    report = done("campaign", "report", uncertain.pk)
    assert report == reports.report(uncertain.pk).as_dict() | {"approvals": []}
    assert (report["accepted"], report["unknown"], report["skipped"], report["balances"]) == (6, 3, 1, True)


def test_the_report_as_text_shows_both_sums_and_uncertain_recipients(run, uncertain):
    text = run("campaign", "report", uncertain.pk).out
    assert re.search(r"= recipients +10\n", text)
    assert re.search(r"= accepted +6\n", text)
    assert "3 people may or may not have received this." in text
    assert "do not add up" not in text


def test_everyone_not_accepted_is_named_with_a_reason(done, run, uncertain):
    document = done("campaign", "show", uncertain.pk)
    assert sorted(recipient["state"] for recipient in document["not_accepted"]) == ["skipped", "unknown", "unknown", "unknown"]
    assert {recipient["address"] for recipient in document["not_accepted"]} == {
        f"reader{number}@people.example" for number in range(4, 8)
    }
    assert [move["detail"]["to"] for move in document["moves"] if move["kind"] == "campaign_moved"] == [
        "scheduled", "filling", "sending", "sent",
    ]  # fmt: skip
    text = run("campaign", "show", uncertain.pk).out
    assert "reader5@people.example" in text
    assert "sending → sent" in text


def test_the_people_of_an_outcome_are_listed_as_table_json_and_csv(done, run, uncertain, tmp_path):
    Subscriber.objects.filter(address="reader4@people.example").update(name="=1+1")
    numbers = run("campaign", "report", uncertain.pk).out
    assert f"To see who: mailroom campaign report {uncertain.pk} --people accepted|uncertain|skipped" in numbers
    report = ("campaign", "report", uncertain.pk, "--people", "skipped")
    assert re.search(r"reader4@people.example +=1\+1 +suppressed", run(*report).out)
    document = done(*report)
    assert [(person["address"], person["reason"]) for person in document["people"]] == [("reader4@people.example", "suppressed")]
    path = tmp_path / "skipped.csv"
    assert run(*report, "--csv", "--to", path).code == 0
    assert path.stat().st_mode & 0o077 == 0
    header, row = path.read_text(encoding="utf-8").splitlines()
    assert (header, row[:44]) == ("email,name,language,reason,at", "reader4@people.example,'=1+1,en,suppressed,2")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00", row[43:]), "with the offset of the publication's zone"
    assert run(*report, "--csv").out.replace("\r", "") == path.read_text(encoding="utf-8")
    assert Audit.objects.filter(verb="list_people", detail__outcome="skipped", detail__rows=1).count() == 4
    assert f"no recipient of campaign {uncertain.pk} bounced" in run(*report[:-1], "bounced").out
    assert done(*report[:-1], "bounced")["people"] == []
    assert set(reports.OUTCOMES) == set(outcome_lists.OUTCOMES)
    for wrong in (["--csv", "--json"], ["--to", path], ["--limit", "1"]):
        assert run("campaign", "report", uncertain.pk, *wrong).code == 2
        assert run(*report, *wrong).code == (0 if wrong[0] == "--limit" else 2)


def test_the_numbers_of_a_report_are_written_as_csv(done, run, uncertain, tmp_path):
    report = ("campaign", "report", uncertain.pk)
    numbers = done(*report)
    path = tmp_path / "numbers.csv"
    assert str(path) in run(*report, "--csv", "--to", path).out
    header, *rows = (line.split(",") for line in path.read_text(encoding="utf-8").splitlines())
    assert header == ["number", "value"]
    assert dict(rows).keys() >= {
        "recipients",
        "accepted",
        "delivered",
        "hard",
        "clicks",
        "possible_duplicate_people",
        "uncertain",
    }
    assert dict(rows) == {name: "" if numbers[name] is None else str(numbers[name]) for name, _ in rows}
    assert (dict(rows)["recipients"], dict(rows)["clicks"]) == (str(numbers["recipients"]), ""), "not measured is empty"
    assert not dict(rows).keys() & {"campaign", "balances", "variants"}
    assert run(*report, "--csv").out.replace("\r", "") == path.read_text(encoding="utf-8")


def test_the_report_has_the_answers_of_readers(done, run, tmp_path):
    campaign, [reader, _] = asked.begun(tmp_path / "issue", 2)
    answers.give(asked.question_of(campaign), reader.pk, 2, named=False)
    [question] = done("campaign", "report", campaign.pk)["questions"]
    assert [answer["people"] for answer in question["answers"]] == [0, 1, 0]
    assert "question question 2,1" in run("campaign", "report", campaign.pk, "--csv").out
    assert re.search(r"Was this useful\? +people\s.*\s+Yes +0\s+Partly +1\s+No +0", run("campaign", "report", campaign.pk).out)


def test_a_report_before_anything_is_accepted_has_no_empty_tables(run, drafted):
    shown = run("campaign", "report", drafted.pk).out
    assert "recipients: 0\n" in shown
    assert "accepted: 0\n" in shown
    assert "=" not in shown


def test_a_draft_shows_its_recipients_and_history_and_can_be_deleted(done, run, drafted):
    done("campaign", "test", drafted.pk, "editor@cast.example")
    shown = run("campaign", "show", drafted.pk).out
    assert "to 10 recipients as of now" in shown
    assert "= recipients" not in shown
    assert re.search(r"created +version 1\b", shown)
    assert re.search(r"test sent +.*variant 1, version 1\b", shown), "people count variants from 1"
    assert done("campaign", "show", drafted.pk)["mailable"] == 10
    for impossible in (
        ["campaign", "cancel", drafted.pk],
        ["sender", "delete", drafted.sender.email],
        ["list", "delete", drafted.lists.get().slug],
        ["uncertain", "settle", "99", "--resend", "--reason", "x"],
    ):
        refused = run(*impossible, given="n\n")
        assert (refused.code, "?" in refused.err) == (1, False), "no question about what is impossible"
    assert "Delete the draft" in run("campaign", "delete", drafted.pk, given="n\n").err
    assert done("campaign", "delete", drafted.pk, "--yes")["deleted"]
    assert run("campaign", "show", drafted.pk).code == 1


def test_a_scheduled_campaign_keeps_the_segment_as_it_was_when_it_was_scheduled(done, run, drafted):
    done("segment", "create", "somebody", 'domain != "nowhere.example"')
    Campaign.objects.filter(pk=drafted.pk).update(segment=Segment.objects.get(slug="somebody"))
    launch.schedule(audit.system(), drafted.pk, clock.now() + timedelta(days=7))
    Segment.objects.update(text='domain = "nowhere.example"')
    assert done("campaign", "show", drafted.pk)["mailable"] == 10


def test_lists_and_senders_are_deleted_when_no_campaign_uses_them(done, run, drafted):
    for command in (["list", "delete", "news"], ["sender", "delete", "newsletter@cast.example"]):
        refused = run(*command, "--yes")
        assert refused.code == 1
        assert f"delete the campaign first: mailroom campaign delete {drafted.pk}" in refused.err
    done("list", "create", "tryout", "--name", "Tryout")
    done("sender", "add", "other@cast.example")
    assert done("list", "delete", "tryout", "--yes")["deleted"]
    assert done("sender", "delete", "other@cast.example", "--yes")["deleted"]


def test_a_long_table_of_people_says_that_there_are_more(run, uncertain, monkeypatch):
    Campaign.objects.filter(pk=uncertain.pk).update(state="sending")
    skipped = ("campaign", "report", uncertain.pk, "--people", "skipped")
    suppressions.suppress(audit.system(), "reader9@people.example", "manual")
    assert "There are more" not in run(*skipped, "--limit", "1").out
    Slice.objects.update(state="skipped", reason="campaign cancelled")
    written_with = f"mailroom campaign report {uncertain.pk} --people skipped --csv"
    assert f"There are more. To write all of them: {written_with}" in run(*skipped, "--limit", "1").out


def test_a_person_is_shown_with_the_outcome_of_each_campaign(done, run, uncertain):
    sent = {
        address: done("subscriber", "show", f"{address}@people.example")["campaigns"]
        for address in ("reader0", "reader4", "reader6")
    }
    outcomes = {
        address: [(campaign["campaign"], campaign["outcome"], campaign["reason"]) for campaign in campaigns]
        for address, campaigns in sent.items()
    }
    assert outcomes == {
        "reader0": [(uncertain.pk, "awaiting", "")],
        "reader4": [(uncertain.pk, "skipped", "suppressed")],
        "reader6": [(uncertain.pk, "unknown", "no answer within 30 s")],
    }
    assert sent["reader0"][0]["sent_at"]
    assert re.search(rf"{uncertain.pk} +News +awaiting", run("subscriber", "show", "reader0@people.example").out)


def test_the_uncertain_attempts_are_listed(done, run, uncertain):
    document = done("campaign", "uncertain", uncertain.pk)
    assert document["uncertain"] == 3
    [attempt] = document["attempts"]
    assert (attempt["recipients"], attempt["detail"], attempt["state"]) == (3, "no answer within 30 s", "unknown")
    assert "may or may not" in run("campaign", "uncertain", uncertain.pk).out


def test_watching_ends_when_the_campaign_is_sent(run, uncertain):
    watched = run("campaign", "watch", uncertain.pk)
    assert watched.code == 0
    assert "3 people may or may not have received this." in watched.out
    assert "sent: of 10 recipients 6 accepted, 1 skipped, 3 uncertain" in watched.err


def test_watching_until_settled_ends_at_its_timeout(run, uncertain):
    watched = run("campaign", "watch", uncertain.pk, "--until-settled", "--timeout", "0.3", "--every", "0.1")
    assert watched.code == 1
    assert "time is up" in watched.err


def test_watching_a_draft_is_refused(run, drafted):
    assert run("campaign", "watch", drafted.pk).code == 1


def test_a_campaign_is_scheduled_at_an_hour_in_each_zone(done, run, drafted):
    made = done(
        "campaign", "schedule", drafted.pk, "--at", f"{people.AHEAD} 09:00", "--each-zone", "--zone", "Asia/Shanghai", "--yes"
    )
    assert (made["state"], made["each_zone"], made["scheduled_at"]) == ("scheduled", True, f"{people.AHEAD}T01:00:00+00:00")
    assert done("campaign", "unschedule", drafted.pk)["each_zone"] is False
    asked = run("campaign", "schedule", drafted.pk, "--at", f"{people.AHEAD} 09:00", "--each-zone", given="n\n")
    assert f"in each recipient's zone (UTC where it is not known), first at {people.AHEAD} 09:00 (UTC)?" in asked.err


def test_the_hour_in_each_zone_is_shown_as_such(done, run, drafted):
    done("campaign", "schedule", drafted.pk, "--at", f"{people.AHEAD} 09:00", "--each-zone", "--zone", "Asia/Shanghai", "--yes")
    shown = run("campaign", "show", drafted.pk).out
    pattern = f"scheduled at +{people.AHEAD} 09:00 in each recipient's own zone, first at {people.AHEAD} 01:00 \\(UTC\\)"
    assert re.search(pattern, shown)
    assert re.search("zone where unknown +Asia/Shanghai", shown)
    assert f"{people.AHEAD} 09:00 in each zone" in run("campaign", "ls").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "needs a time"),
        (["--at", f"{people.AHEAD} 09:00+02:00"], "contains a time zone"),
        (["--at", "2020-11-25 09:00"], "is already over"),
        (["--at", "9999-12-31 23:59"], "out of range"),
        (["--at", "2150-01-01 09:00"], "more than a year away"),
        (["--at", f"{people.AHEAD} 09:00", "--zone", "Mars/Olympus"], "is not a time zone"),
    ],
)
def test_impossible_hours_in_each_zone_are_refused_with_the_reason(run, drafted, options, message):
    answer = run("campaign", "schedule", drafted.pk, "--each-zone", *options, "--yes")
    assert (answer.code, message in answer.err) == (1, True), answer.err


def test_no_test_mail_goes_to_suppressed_people_and_an_erasure_covers_test_mails(done, run, drafted):
    first, second = Subscriber.objects.order_by("id")[:2]
    address = first.address
    done("campaign", "test", drafted.pk, address)
    assert done("campaign", "test", drafted.pk, second.address)["address"] == second.address
    erasing.erase(audit.system(), first)
    assert list(TestSend.objects.order_by("id").values_list("address", "state")) == [("", "skipped"), (second.address, "planned")]
    suppressions.suppress(audit.system(), second.address, "complaint")
    for suppressed in (address, second.address):
        assert "this address is suppressed" in run("campaign", "test", drafted.pk, suppressed).err
    TestSend.objects.update(ended_at=clock.now() - timedelta(days=31))
    assert RETENTIONS["TEST_MAIL_ADDRESSES"].end() == 1
    assert not TestSend.objects.exclude(address="").exists()


def test_sending_a_scheduled_campaign_suggests_to_unschedule_it(done, run, drafted):
    done("campaign", "schedule", drafted.pk, "--at", f"{people.AHEAD} 09:00", "--yes")
    answer = run("campaign", "send", drafted.pk, "--yes")
    assert answer.code == 1
    assert f"mailroom campaign unschedule {drafted.pk}" in answer.err


@pytest.fixture
def in_variants(done, news, sender, tmp_path) -> int:
    """A draft of three variants to five people: two for English elsewhere, one in China, two for Chinese."""
    for name, language, country in (("a", "en", "GB"), ("b", "fr", ""), ("c", "en", "CN"), ("d", "zh-CN", "CN"), ("e", "zh", "")):
        done("subscriber", "add", f"{name}@people.example", "--list", "news", "--consent", "x", "--language", language)
        Subscriber.objects.filter(address=f"{name}@people.example").update(country=country)
    folder = two_languages(tmp_path / "both")
    made = done("campaign", "create", "--issue", folder, "--list", "news", "--from", "news@cast.example")
    assert [(variant["variant"], variant["recipients"]) for variant in made["variants"]] == [(0, 2), (1, 1), (2, 2)]
    return made["campaign"]


def test_the_recipients_of_each_variant_are_shown_before_and_after_sending(done, run, in_variants):
    shown = run("campaign", "show", in_variants).out
    assert "The issue has 3 variants. As of now they would go to:" in shown
    assert re.search(r"3 +Simplified Chinese \(zh-Hans\) +readers of this language +2$", shown, re.MULTILINE)
    asked = run("campaign", "send", in_variants, given="y\n")
    assert "in 3 variants; each recipient gets one:" in asked.err
    assert '  2: 1 recipient, English (en), everybody else, if country = "CN"' in asked.err
    assert "The issue has 3 variants." in asked.out
    schedule.start_due()
    filling.fill(in_variants)
    while claiming_sql.count_due():
        send_next(Campaign.objects.get(pk=in_variants), ACCEPTED)
    report = done("campaign", "report", in_variants)
    assert [(variant["variant"], variant["recipients"], variant["accepted"]) for variant in report["variants"]] == [
        (0, 2, 2), (1, 1, 1), (2, 2, 2)
    ]  # fmt: skip
    assert done("campaign", "show", in_variants)["variants"] == report["variants"]
    assert re.search(r"variant +language +for +recipients +accepted +delivered", run("campaign", "report", in_variants).out)


def test_a_test_mail_is_of_the_variant_with_that_number_or_language(done, run, in_variants):
    assert done("campaign", "test", in_variants, "me@cast.example", "--variant", "2")["variant"] == 1
    assert "A test mail of variant 2 to" in run("campaign", "test", in_variants, "me@cast.example", "--variant", "2").out
    assert done("campaign", "test", in_variants, "me@cast.example", "--language", "zh-TW")["variant"] == 2
    assert done("campaign", "test", in_variants, "me@cast.example", "--language", "de")["variant"] == 0
    answer = run("campaign", "test", in_variants, "me@cast.example", "--variant", "4")
    assert (answer.code, "Its variants are numbered from 1 to 3" in answer.err) == (1, True)
    assert run("campaign", "test", in_variants, "me@cast.example", "--variant", "0").code == 2
    assert run("campaign", "test", in_variants, "me@cast.example", "--variant", "1", "--language", "zh").code == 2


def test_a_campaign_with_one_variant_shows_no_variants(run, drafted):
    assert "variant" not in run("campaign", "show", drafted.pk).out
