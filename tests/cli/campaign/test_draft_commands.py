"""`mailroom campaign` before a campaign is scheduled: its issue, its audience and its sender."""

import re
import shutil
from datetime import timedelta

import pytest

from campaigns import launch
from campaigns.models import Campaign, Slice
from config.env import ROOT
from publication import audit, clock
from publication.models import Audit
from subscribers.consent import suppressions
from tests.support import measured, people


def test_a_campaign_is_created_from_an_issue_folder(done, run, news, sender):
    done("subscriber", "add", "wei@people.example", "--list", "news", "--consent", "x", "--language", "zh")
    done("subscriber", "add", "amy@people.example", "--list", "news", "--consent", "x", "--language", "en")
    done("segment", "create", "english", 'language = "en"')
    done("list", "archive", "news", "unlisted", "--yes")  # the issue is a digest
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


def test_a_follow_up_is_drafted_for_a_campaign_that_is_over(done, run, drafted):
    ask = ("campaign", "follow-up", drafted.pk)
    assert "is not over" in run(*ask, "--not-reached").err
    measured.finish(people.start(drafted), skipped=2, unknown=1)
    made = done(*ask, "--not-reached")
    assert (made["follows"], made["follow_up"], made["mailable"], made["lists"]) == (drafted.pk, "not_reached", 2, ["news"])
    asked = run("campaign", "send", made["campaign"], given="n\n").err
    assert f"2 recipients on news, only those not reached by campaign {drafted.pk}" in asked
    assert f"campaign {made['campaign']} is such a follow-up already" in run(*ask, "--not-reached").err
    assert "did not measure who clicked" in run(*ask, "--not-read").err
    assert "name another issue" in run(*ask, "--correction", "--issue", drafted.version.issue.slug).err
    for wrong in ((), ("--correction",), ("--not-reached", "--issue", drafted.version.issue.slug)):
        assert run(*ask, *wrong).code == 2


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
    assert "left out: got “News”, or may have got it" in shown
    done("list", "archive", "news", "unlisted", "--yes")
    made = done(
        "campaign", "create", "--issue", ROOT / "examples" / "cast-2023-03", "--list", "news", "--from", drafted.sender.email,
        "--exclude-campaign", earlier.pk,
    )  # fmt: skip
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
    launch.schedule(audit.command_line(), made["campaign"], clock.now() + timedelta(hours=2))
    assert done(*change, "--from", drafted.sender.email)["from"] == drafted.sender.email, "also of a scheduled campaign"
    assert "is already scheduled" in run(*change, "--exclude-nobody", "--from", drafted.sender.email).err
    launch.unschedule(audit.command_line(), made["campaign"])
    assert [run(*change).code, run(*change, "--no-segment", "--segment", "english").code] == [2, 2]
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
