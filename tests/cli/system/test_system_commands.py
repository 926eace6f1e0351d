"""`mailroom system`, `staff`, `publication`, `sender`."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection

from campaigns import launch
from campaigns.models import LostCampaign
from config.env import SETTINGS, load
from editorial.review import decisions, review_links
from publication import clock
from publication.installation import publication
from publication.models import Publication
from tests.support import reviewing
from tests.support.heartbeats import all_alive, beaten
from tests.support.sandbox_process import SandboxProcess
from worker.app import app as celery

PASSWORD = "correct horse battery"


def checks(answer):
    return {line["check"]: line for line in answer.document["checks"]}


@pytest.fixture
def processes_run():
    all_alive()


def test_the_doctor_finds_no_fault_in_a_sound_installation(run, processes_run):
    answer = run("system", "doctor", "--json")
    by_name = checks(answer)
    assert answer.code == 0, answer.out
    assert answer.document["ok"]
    for name in ("settings", "disk", "time zones", "database", "connections", "schema", "broker", "broker policy", "quarantine"):
        assert by_name[name]["level"] == "ok", by_name[name]
    assert by_name["public address"]["level"] == "warn"
    assert all(line["remedy"] for line in answer.document["checks"] if line["level"] != "ok")


def test_the_doctor_names_processes_that_are_missing_died_or_run_another_version(run):
    beaten("web")
    beaten("sending", host="one", silent_for=60)
    beaten("sending", host="two", version="2")
    beaten("upkeep", silent_for=60, stopped=True)
    answer = run("system", "doctor", "--json")
    by_name = checks(answer)
    assert answer.code == 1
    assert {name: by_name[name]["level"] for name in ("web server", "sending worker", "upkeep worker", "beat", "versions")} == {
        "web server": "ok", "sending worker": "warn", "upkeep worker": "fault", "beat": "fault", "versions": "warn",
    }  # fmt: skip
    assert "one:1 since" in by_name["sending worker"]["found"]
    assert by_name["upkeep worker"]["found"].startswith("the upkeep worker was stopped at")
    assert by_name["beat"]["found"] == "no beat process has been started yet"
    assert "2: sending worker two:1" in by_name["versions"]["found"]


def test_the_doctor_names_the_only_process_of_a_kind_if_it_hangs_or_died(run):
    beaten("web")
    beaten("sending", host="one", silent_for=9000)
    beaten("sending", host="one", silent_for=60)
    check = checks(run("system", "doctor", "--json"))["sending worker"]
    assert check["level"] == "fault"
    assert "one:1" in check["found"]
    assert check["found"].count("one:1") == 1, "the one of yesterday was started again since"
    assert "kill -9 PID" in check["remedy"]
    assert "mailroom up" in check["remedy"]


def test_the_doctor_names_an_attribute_whose_name_became_a_field(run):
    schema = {"country": {"type": "text"}, "role": {"type": "text"}}
    Publication.objects.update(attribute_schema=schema)
    found = [line["found"] for line in run("system", "doctor", "--json").document["checks"] if line["check"] == "segments"]
    assert found == ["the attribute country cannot be used, because Mailroom has a field or a column of this name"]


def test_the_doctor_finds_a_database_that_may_lose_commits(run):
    assert checks(run("system", "doctor", "--json"))["durability"]["level"] == "warn", "the tests' own server has fsync off"
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        answer = run("system", "doctor", "--json")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
    assert answer.code == 1
    assert checks(answer)["durability"]["level"] == "fault"
    assert "synchronous_commit" in checks(answer)["durability"]["found"]


@pytest.mark.parametrize(
    ("name", "value", "check", "level"),
    [
        ("FAILPOINTS", "answered:1", "failpoints", "fault"),
        ("CLOCK_FILE", "/nowhere/offset", "clock", "fault"),
        ("SENDGRID_WEBHOOK_KEYS", "bm8ga2V5", "webhook key", "fault"),
        ("ATTEMPT_SIZE", "0", "settings", "fault"),
        ("PUBLIC_URL", "https://news.example.org", "public address", "ok"),
        ("SEND_SLOTS", "64", "connections", "ok"),
    ],
)
def test_the_doctor_reads_the_settings(run, processes_run, monkeypatch, name, value, check, level):
    monkeypatch.setenv(f"MAILROOM_{name}", value)
    answer = run("system", "doctor", "--json")
    assert checks(answer)[check]["level"] == level
    assert answer.code == (1 if level == "fault" else 0)


def test_the_doctor_asks_the_provider_what_the_key_may_do(run, monkeypatch):
    all_alive()

    def provider(key: str) -> dict[str, tuple[str, str]]:
        monkeypatch.setenv("MAILROOM_SENDGRID_API_KEY", key)
        answer = run("system", "doctor", "--json")
        lines = [
            line for line in answer.document["checks"] if line["check"].startswith("provider") and "list" not in line["check"]
        ]
        assert answer.code == (1 if any(line["level"] == "fault" for line in lines) else 0)
        assert key not in answer.out
        return {line["found"]: (line["level"], line["remedy"]) for line in lines}

    with SandboxProcess() as sandbox:
        monkeypatch.setenv("MAILROOM_SENDGRID_HOST", sandbox.url)
        sandbox.account(keys={"SG.full": ["all"], "SG.sends": ["mail.send"], "SG.reads": ["suppression.read"]})
        assert provider("SG.full") == {"a stand-in on this machine, accepts the key": ("ok", "")}
        ((finding, (level, remedy)),) = provider("SG.made-up").items()
        assert (level, "rejects the key" in finding, "MAILROOM_SENDGRID_API_KEY" in remedy) == ("fault", True, True)
        lacking = {finding: level for finding, (level, _) in provider("SG.sends").items() if "lacks" in finding}
        assert set(lacking.values()) == {"warn"}
        text = " ".join(lacking)
        assert "suppression.read: bounces, complaints" in text
        assert "asm.suppressions.global.create" in text
        assert "user.scheduled_sends.create" in text
        assert "strict mode" in text
        assert provider("SG.reads")["lacks mail.send: nothing can be sent"][0] == "fault"
        sandbox.faults("path /v3/scopes: 503-before")
        assert [(level, "did not say" in finding) for finding, (level, _) in provider("SG.full").items()] == [("warn", True)]
    ((finding, (level, remedy)),) = provider("SG.full").items()
    assert (level, "cannot be reached" in finding, "not checked" in remedy) == ("fault", True, True)


def test_the_doctor_finds_an_unreachable_broker(run, monkeypatch):
    def refuse(**_):
        raise ConnectionRefusedError

    monkeypatch.setattr(celery, "connection_for_write", refuse)
    answer = run("system", "doctor")
    assert answer.code == 1
    assert "fault  broker: embedded, does not answer" in answer.out


def test_settings_are_shown_with_their_source_and_secrets_hidden(run, monkeypatch, tmp_path):
    key = tmp_path / "key"
    key.write_text("SG.secret", encoding="utf-8")
    monkeypatch.setenv("MAILROOM_SENDGRID_API_KEY_FILE", str(key))
    monkeypatch.setenv("MAILROOM_SECRET_KEY", "very secret indeed")
    monkeypatch.setenv("MAILROOM_SEND_SLOTS", "4")
    answer = run("system", "settings", "--json")
    by_name = {setting["name"]: setting for setting in answer.document["settings"]}
    assert list(by_name) == [f"MAILROOM_{setting.name}" for setting in SETTINGS]
    assert by_name["MAILROOM_SENDGRID_API_KEY"]["from"] == f"file {key}"
    assert (by_name["MAILROOM_SEND_SLOTS"]["value"], by_name["MAILROOM_SEND_SLOTS"]["from"]) == (4, "environment")
    assert by_name["MAILROOM_ATTEMPT_SIZE"]["from"] == "default"
    shown = answer.out + run("system", "settings").out
    assert "SG.secret" not in shown
    assert "very secret" not in shown


def test_wrong_settings_are_shown_and_are_a_fault(run, monkeypatch):
    monkeypatch.setenv("MAILROOM_EMBEDDED_POSTGRES", "9")
    answer = run("system", "settings", "--json")
    assert answer.code == 1
    assert answer.document["faults"] == ['MAILROOM_EMBEDDED_POSTGRES: "9" must be 18 or 16']


def test_migrating_an_up_to_date_database_does_nothing(done):
    assert done("system", "migrate") == {"applied": []}


def test_a_quarantine_is_lifted_after_a_question_and_with_a_reason(done, run):
    assert run("system", "lift-quarantine", "--reason", "x", "--yes").code == 1
    row = publication()
    row.quarantined_at, row.quarantine_reason = clock.now(), "timeline changed"
    row.save()
    assert checks(run("system", "doctor", "--json"))["quarantine"]["level"] == "fault"
    asked = run("system", "lift-quarantine", "--reason", "restored on purpose", given="n\n")
    assert asked.code == 1
    assert "timeline changed" in asked.err
    assert done("system", "lift-quarantine", "--reason", "restored on purpose", "--yes")["lifted"]
    assert publication().quarantined_at is None
    [line] = [entry for entry in done("system", "audit", "tail")["audit"] if entry["verb"] == "lift_quarantine"]
    assert line["detail"]["reason"] == "restored on purpose"
    assert line["actor"].startswith("cli:")


def test_lifting_names_what_was_sent_and_asks_for_the_number_of_people(done, run):
    row = publication()
    row.quarantined_at, row.quarantine_reason = clock.now(), "an older copy"
    row.save()
    LostCampaign.objects.create(
        campaign_id=7, campaign_created_at=clock.now(), digest="d" * 64, name="Tide tables", subjects=["Tides", "潮汐"],
        lists=["news"], first_at=clock.now(), people={"one": 19_000, "two": 316},
    )  # fmt: skip
    checked = run("system", "restore-check")
    assert checked.code == 1
    for text in (
        "19,316 people of news",
        "Campaign 7 “Tide tables”",
        "Tides / 潮汐",
        "in SendGrid under Activity",
        "--already-sent 19316",
    ):
        assert text in checked.out
    lift = ("system", "lift-quarantine", "--reason", "restored on purpose")
    refused = run(*lift, "--yes")
    assert refused.code == 1
    assert "to 19,316 people" in refused.err
    assert run(*lift, given="all of them\n").code == 1
    for wrong in (run(*lift, given="19315\ny\n"), run(*lift, "--already-sent", "19315", given="y\n")):
        assert (wrong.code, "Lift the quarantine?" in wrong.err) == (1, False), "the number is refused before the question"
    assert publication().quarantined_at is not None
    assert run(*lift, given="19,316\ny\n").code == 0
    assert publication().quarantined_at is None


def test_the_audit_log_and_its_actors_are_listed(done, run, news):
    assert done("system", "audit", "tail", "-n", "1")["audit"][0]["verb"] == "create_list"
    assert {"kind": "cli"}.items() <= done("system", "actor", "ls")["actors"][0].items()
    assert "create_list" in run("system", "audit", "tail", "--verb", "create_list").out


def test_an_account_is_added_changed_blocked_and_deleted(done, run):
    arguments = ("--email", "wei@cast.example", "--role", "author", "--password-stdin")
    made = done("staff", "add", "wei", *arguments, given=PASSWORD + "\n")
    assert made == {
        "name": "wei", "email": "wei@cast.example", "roles": ["author"], "superuser": False, "active": True, "last_login": None
    }  # fmt: skip
    account = User.objects.get(username="wei")
    assert account.check_password(PASSWORD)
    assert account.has_perm("editorial.change_issuerecord")
    assert not account.has_perm("campaigns.change_campaign")
    assert done("staff", "set", "wei", "--role", "publisher")["roles"] == ["publisher"]
    assert User.objects.get(username="wei").has_perm("campaigns.change_campaign")
    done("staff", "set", "wei", "--password-stdin", given="another good phrase\n")
    assert not User.objects.get(username="wei").check_password(PASSWORD)
    assert "wei@cast.example" in run("staff", "ls").out
    assert done("staff", "disable", "wei", "--yes")["changed"]
    assert not User.objects.get(username="wei").is_active
    assert done("staff", "enable", "wei")["changed"]
    assert run("staff", "delete", "wei", given="n\n").code == 1
    assert done("staff", "delete", "wei", "--yes")["deleted"]


@pytest.mark.parametrize(
    ("name", "email", "password", "message"),
    [
        ("wei", "wei@cast.example", "short", "password"),
        ("wei", "wei@cast.example", "", "password"),
        ("wei chen", "wei@cast.example", PASSWORD, "name of an account"),
        ("w" * 151, "wei@cast.example", PASSWORD, "too long"),
        ("wei", "nowhere", PASSWORD, "address"),
        ("wei", "x" * 60 + "@" + "y." * 120 + "org", PASSWORD, "address"),
        ("taken", "x@cast.example", PASSWORD, "already"),
    ],
)
def test_wrong_details_of_an_account_are_refused_with_the_reason(done, run, name, email, password, message):
    done("staff", "add", "taken", "--email", "t@cast.example", "--password-stdin", given=PASSWORD + "\n")
    answer = run("staff", "add", name, "--email", email, "--password-stdin", given=password + "\n")
    assert (answer.code, message in answer.err) == (1, True), answer.err
    assert User.objects.count() == 1


def test_the_last_superuser_cannot_be_blocked(done, run):
    done("staff", "add", "root", "--email", "r@cast.example", "--superuser", "--password-stdin", given=PASSWORD + "\n")
    answer = run("staff", "disable", "root", "--yes")
    assert answer.code == 1
    assert "last active account with full access" in answer.err


@pytest.mark.parametrize("command", [("disable",), ("delete",), ("set", "--role", "auditor")])
def test_the_command_names_what_ends_with_an_account_and_wants_a_decision_about_scheduled_campaigns(done, run, settings, command):
    settings.SENDGRID_API_KEY = "SG.test"
    wei, campaign = reviewing.account("wei", "publisher"), reviewing.make_campaign()
    reviewing.need(1)
    review_links.create(wei, campaign.version, "For the board")
    decisions.approve(wei, campaign.version)
    launch.schedule(wei, campaign.pk, clock.now() + timedelta(hours=1))
    typed = ("staff", command[0], "wei", *command[1:])
    answer = run(*typed, "--yes")
    assert (answer.code, f"{campaign.pk} “{campaign.name}”" in answer.err, "--scheduled" in answer.err) == (1, True, True)
    answer = run(*typed, "--scheduled", "draft", given="n\n")
    assert answer.code == 1
    for named in ("review link “For the board”", "approval of", f"is a draft again: campaign {campaign.pk}"):
        assert named in answer.err, named
    done(*typed, "--scheduled", "draft", "--yes")
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_the_publication_is_changed_completely_or_not_at_all(done, run):
    changed = done(
        "publication", "set", "--name", "CAST Newsletter", "--zone", "Asia/Shanghai", "--also-in", "zh-Hans", "--postal-address",
        "3 Fuxing Road, Beijing", "--attribute", "interests:words", "--policy", "settle_hours=24",
    )  # fmt: skip
    assert changed == done("publication", "show")
    assert (changed["zone"], changed["attributes"]) == ("Asia/Shanghai", {"interests": "words"})
    assert (changed["policies"]["settle_hours"], changed["policies"]["settle"]) == (24, "never")
    assert {*changed["policies"]} - {*changed["policies_at_default"]} == {"settle_hours"}
    refused = run("publication", "set", "--name", "Other", "--attribute", "email:text")
    assert refused.code == 1
    for option, wrong, problem in (
        ("--language", "xx-yy", "“xx-yy” is not a language tag"), ("--zone", "Asia/Bejing", "did you mean Asia/Shanghai?"),
    ):  # fmt: skip
        assert problem in run("publication", "set", option, wrong).err
    assert done("publication", "show")["name"] == "CAST Newsletter", "all or nothing"
    shown = run("publication", "show").out
    assert re.search(r"policy settle_hours +24$", shown, re.MULTILINE)
    assert re.search(r"policy approvals +0 \(default\)$", shown, re.MULTILINE)


def test_senders_are_added_changed_and_listed(done, run, sender):
    assert run("sender", "add", "news@cast.example").code == 1
    assert done("sender", "set", "news@cast.example", "--reply-to", "editors@cast.example")["reply_to"] == "editors@cast.example"
    assert done("sender", "ls")["senders"] == [
        {
            "email": "news@cast.example",
            "name": "CAST Newsletter",
            "reply_to": "editors@cast.example",
            "confirmed": "waiting",
            "default": False,
        }
    ]


def test_json_holds_no_secret(run, monkeypatch):
    monkeypatch.setenv("MAILROOM_DATABASE_URL", "postgresql://wei:hunter2@127.0.0.1/news")
    assert "hunter2" not in json.dumps(run("system", "settings", "--json").document)
    assert load()["DATABASE_URL"]["PASSWORD"] == "hunter2"
