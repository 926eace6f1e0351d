"""Importing other systems' files and moving all people, by the words of the command line."""

import pytest

from subscribers.models import Subscriber, Subscription, Suppression

LISTMONK = "uuid,email,name,attributes,status,created_at,updated_at\n"


def test_the_result_names_the_kind_of_file_and_what_it_does_not_say(run, done, news, tmp_path):
    path = tmp_path / "subscribers.csv"
    path.write_text(f"{LISTMONK}1,anna@people.example,Anna,{{}},enabled,,\n2,ben@people.example,,{{}},blocklisted,,\n", "utf-8")
    answer = run("subscriber", "import", path, "--list", "news", "--consent", "moved")
    assert answer.code == 0
    assert "recognised as: listmonk" in answer.out
    assert "--from listmonk-unsubscribed" in answer.err
    assert "columns that were not read: attributes" in answer.err
    again = done("subscriber", "import", path, "--list", "news", "--consent", "moved")
    assert (again["format"], again["unchanged"], again["suppressed"]) == ("listmonk", 2, 0)


def test_alike_files_must_be_named_and_the_choices_are_shown(run, tmp_path):
    path = tmp_path / "bounces.csv"
    path.write_text("email,created\nanna@people.example,1700000000\n", "utf-8")
    answer = run("subscriber", "import", path)
    assert answer.code == 1
    assert "--from" in answer.err
    assert "sendgrid-unsubscribes, sendgrid-group-unsubscribes, sendgrid-bounces" in answer.err
    assert run("subscriber", "import", path, "--from", "sendgrid").code == 2
    assert run("subscriber", "import", path, "--from", "sendgrid-spam-reports").code == 0
    assert Suppression.objects.get().reason == "complaint"


def test_people_who_left_another_list_are_listed_with_the_option_that_lifts_it(run, done, news, tmp_path):
    done("list", "create", "events", "--name", "Events")
    done("subscriber", "add", "wei@people.example", "--list", "news", "--consent", "by letter")
    done("subscriber", "unsubscribe", "wei@people.example", "--list", "news")
    path = tmp_path / "people.csv"
    path.write_text("email\nwei@people.example\n", "utf-8")
    command = ("subscriber", "import", path, "--list", "events", "--consent", "at the fair")
    answer = run(*command)
    assert "line 2: this person left news" in answer.err
    assert "--despite-leaving-another-list REASON" in answer.err
    assert done(*command, "--despite-leaving-another-list", "asked at the fair")["subscribed"] == 1


def test_the_error_about_another_file_quotes_nothing_of_it(run, news, tmp_path):
    path = tmp_path / "shadow"
    path.write_text("root:$6$secret:19000:0:99999:7:::\ndaemon:*:19000\n", "utf-8")
    answer = run("subscriber", "import", path, "--list", "news", "--consent", "x")
    assert answer.code == 1
    assert "secret" not in answer.err + answer.out
    assert "root" not in answer.err + answer.out


@pytest.mark.parametrize("json", [False, True])
def test_all_people_go_to_an_empty_installation(run, done, news, tmp_path, json):
    for address in ("anna@people.example", "gone@people.example"):
        done("subscriber", "add", address, "--list", "news", "--consent", "by letter")
    done("subscriber", "erase", "gone@people.example", "--yes")
    path = tmp_path / "people.zip"
    if json:
        assert done("subscriber", "export-all", "--to", path)["not_carried"]["erased person"] == 1
    else:
        assert "not carried: 1 erased person" in run("subscriber", "export-all", "--to", path).err
    assert path.stat().st_mode & 0o777 == 0o600
    refused = run("subscriber", "import-all", path)
    assert refused.code == 1
    assert "has people already" in refused.err
    Subscription.objects.all().delete()
    Subscriber.objects.all().delete()
    Suppression.objects.all().delete()
    answer = run("subscriber", "import-all", path)
    assert answer.code == 0
    assert Subscription.objects.get().subscriber.address == "anna@people.example"
