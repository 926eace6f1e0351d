"""`mailroom campaign`: from a draft to the report, the guards, and what it prints about uncertain recipients."""

import re
import shutil
from datetime import timedelta

import pytest

from campaigns import launch
from campaigns.models import Campaign, Slice, TestSend
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, filling, schedule
from cli.campaign import outcome_lists
from config.env import ROOT
from publication import audit, clock
from publication.models import Audit
from publication.retention import RETENTIONS
from subscribers.consent import erasing, suppressions
from subscribers.models import Segment, Subscriber
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN, send_next
from tests.support import people
from tests.support.issues import two_languages


@pytest.fixture
def drafted(run):
    """A draft to 10 people, in batches of 4."""
    return people.make_campaign(10, attempt_size=4)


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


def test_a_campaign_is_created_from_an_issue_folder(done, run, news, sender):
    done("subscriber", "add", "wei@people.example", "--list", "news", "--consent", "x", "--language", "zh")
    done("subscriber", "add", "amy@people.example", "--list", "news", "--consent", "x", "--language", "en")
    done("segment", "create", "english", 'language = "en"')
    made = done(
        "campaign", "create", "--issue", ROOT / "examples" / "cast-2023-03", "--list", "news", "--segment", "english",
        "--from", "news@cast.example", "--name", "March",
    )  # fmt: skip
    assert (made["state"], made["mailable"], made["name"], made["segment"]) == ("draft", 1, "March", "english")
    assert "March" in run("campaign", "ls").out
    asked = run("campaign", "send", made["campaign"], given="n\n")
    assert asked.code == 1
    assert "1 recipient on news, segment english" in asked.err
    assert Campaign.objects.get().state == "draft"
    assert run("campaign", "send", made["campaign"], given="y\n").code == 0
    assert Campaign.objects.get().state == "scheduled"


def test_the_audience_is_counted_for_a_draft_and_for_what_options_name(done, run, drafted):
    earlier = people.start(drafted)
    Slice.objects.filter(campaign=earlier, number=0).update(state="accepted")
    suppressions.suppress(audit.system(), "reader9@people.example", "manual")
    asked = ("campaign", "audience", "--list", "news", "--exclude-campaign", earlier.pk)
    counted = done(*asked)
    assert (counted["gets"], counted["on_lists"], counted["excluded_campaigns"]) == (5, 10, [earlier.pk])
    assert counted["does_not"] == {f"excluded_campaign:{earlier.pk}": 4, "suppressed:manual": 1}
    assert (counted["languages"], counted["domains"]) == ({"en": 5}, {"people.example": 5})
    shown = run(*asked).out
    assert "5 people would get it now" in shown
    assert "left out: got “News”" in shown
    folder = ROOT / "examples" / "cast-2023-03"
    made = done(
        "campaign",
        "create",
        "--issue",
        folder,
        "--list",
        "news",
        "--from",
        drafted.sender.email,
        "--exclude-campaign",
        earlier.pk,
    )
    assert (made["mailable"], made["excluded_campaigns"]) == (5, [earlier.pk])
    of_draft = done("campaign", "audience", made["campaign"])
    assert (of_draft["gets"], of_draft["does_not"]) == (5, counted["does_not"])
    assert f"without those who got campaign {earlier.pk}" in run("campaign", "send", made["campaign"], given="n\n").err
    change = ("campaign", "change", made["campaign"])
    done("segment", "create", "english", 'language = "en"')
    kept = done(*change, "--segment", "english")
    assert (kept["segment"], kept["excluded_campaigns"], kept["mailable"]) == ("english", [earlier.pk], 5)
    bare = done(*change, "--no-segment", "--exclude-nobody", "--from", people.make_sender("office@cast.example").email)
    assert (bare["segment"], bare["excluded_campaigns"], bare["mailable"]) == (None, [], 9)
    assert (bare["lists"], bare["from"]) == (["news"], "office@cast.example")
    assert [run(*change).code, run(*change, "--no-segment", "--segment", "english").code] == [2, 2]
    assert "Choose one of the two" in run(*change, "--exclude-list", "news").err
    assert "is sending, so it cannot be changed" in run("campaign", "change", earlier.pk, "--exclude-nobody").err
    assert run("campaign", "audience").code == 2
    assert run("campaign", "audience", made["campaign"], "--list", "news").code == 2
    refused = run("campaign", "audience", "--list", "news", "--exclude-list", "news")
    assert (refused.code, "Choose one of the two" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["--list", "newz"], "did you mean"),
        (["--from", "news@cast.exampel"], "did you mean news@cast.example"),
        (["--segment", "english"], "english"),
    ],
)
def test_an_unknown_list_sender_or_segment_is_refused_with_a_suggestion(run, news, sender, wrong, message):
    folder = str(ROOT / "examples" / "cast-2023-03")
    given = {"--list": "news", "--from": "news@cast.example", "--issue": folder} | {wrong[0]: wrong[1]}
    answer = run("campaign", "create", *[part for pair in given.items() for part in pair])
    assert answer.code == 1
    assert message in answer.err
    assert not Campaign.objects.exists()


def test_an_issue_with_errors_is_not_made_a_campaign(run, news, sender, tmp_path):
    folder = shutil.copytree(ROOT / "examples" / "cast-2023-03", tmp_path / "issue")
    with (folder / "issue.md").open("a", encoding="utf-8") as file:
        file.write("\n<!-- check: is this so? -->\n")
    answer = run("campaign", "create", "--issue", folder, "--list", "news", "--from", "news@cast.example")
    assert answer.code == 1
    assert "editor-mark" in answer.err
    assert not Campaign.objects.exists()


def test_a_draft_keeps_its_issue_version_until_it_is_updated(done, run, news, sender, tmp_path):
    done("subscriber", "add", "wei@people.example", "--list", "news", "--consent", "x")
    folder = shutil.copytree(ROOT / "examples" / "cast-2023-03", tmp_path / "issue")
    made = done("campaign", "create", "--issue", folder, "--list", "news", "--from", "news@cast.example")["campaign"]
    assert "version 1 of cast-newsletter-2023-03, stored" in run("campaign", "send", made, given="n\n").err

    text = (folder / "issue.md").read_text(encoding="utf-8")
    (folder / "issue.md").write_text(re.sub("^subject:.*$", "subject: A corrected subject", text, flags=re.M), encoding="utf-8")
    done("issue", "store", folder)
    asked = run("campaign", "send", made, given="n\n")
    assert "version 1 of cast-newsletter-2023-03, stored" in asked.err
    assert f"version 2 is newer; to send that one: mailroom campaign update {made} --issue DIR" in asked.err
    assert "corrected" not in asked.err

    (folder / "issue.md").write_text(text, encoding="utf-8")
    done("issue", "store", folder)
    assert "is newer" not in run("campaign", "send", made, given="n\n").err
    (folder / "issue.md").write_text(re.sub("^subject:.*$", "subject: A corrected subject", text, flags=re.M), encoding="utf-8")

    Campaign.objects.update(override={"codes": ["contrast"], "reason": "x", "by": "wei", "at": "2026-01-01"})
    updated = done("campaign", "update", made, "--issue", folder)
    assert (updated["version"], updated["name"], updated["override"]) == (2, "A corrected subject", {})
    asked = run("campaign", "send", made, given="n\n").err
    assert "“A corrected subject”" in asked
    assert "is newer" not in asked
    assert Audit.objects.filter(verb="campaign_version").count() == 1
    assert done("campaign", "update", made, "--issue", folder)["version"] == 2
    assert Audit.objects.filter(verb="campaign_version").count() == 1


def test_a_draft_refuses_another_issue_and_an_issue_with_errors(done, run, news, sender, tmp_path):
    folder = shutil.copytree(ROOT / "examples" / "cast-2023-03", tmp_path / "issue")
    made = done("campaign", "create", "--issue", folder, "--list", "news", "--from", "news@cast.example")["campaign"]
    other = run("campaign", "update", made, "--issue", ROOT / "examples" / "tidelines-2026-11")
    assert (other.code, "is for the issue cast-newsletter-2023-03" in other.err) == (1, True)
    with (folder / "issue.md").open("a", encoding="utf-8") as file:
        file.write("\n<!-- check: is this so? -->\n")
    faulty = run("campaign", "update", made, "--issue", folder)
    assert (faulty.code, "editor-mark" in faulty.err) == (1, True)
    assert Campaign.objects.get().version.number == 1
    assert done("campaign", "update", made, "--issue", folder, "--with-errors")["version"] > 1
    done("subscriber", "add", "wei@people.example", "--list", "news", "--consent", "x")
    Campaign.objects.update(state="scheduled", scheduled_at=clock.now())
    late = run("campaign", "update", made, "--issue", folder, "--with-errors")
    assert (late.code, f"mailroom campaign unschedule {made}" in late.err) == (1, True)


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
    assert f"To see who: mailroom campaign report {uncertain.pk} --people skipped" in numbers
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
        "opened",
        "possible_duplicate_people",
        "uncertain",
    }
    assert dict(rows) == {name: "" if numbers[name] is None else str(numbers[name]) for name, _ in rows}
    assert (dict(rows)["recipients"], dict(rows)["opened"]) == (str(numbers["recipients"]), ""), "not measured is empty"
    assert not dict(rows).keys() & {"campaign", "balances", "variants"}
    assert run(*report, "--csv").out.replace("\r", "") == path.read_text(encoding="utf-8")


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
    assert re.search(r"test sent +.*version 1\b", shown)
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
