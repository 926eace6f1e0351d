"""Commands that send, or follow sending, say that no process is alive that would do it."""

from tests.support import people
from tests.support.heartbeats import all_alive, beaten


def test_sending_scheduling_and_watching_say_that_nothing_is_being_sent(done, run):
    campaign = people.make_campaign().pk
    beaten("sending", silent_for=60)
    beaten("upkeep")
    beaten("beat")
    warning = "nothing is being sent: no sending worker has been alive since"
    [sentence] = done("campaign", "schedule", campaign, "--at", f"{people.AHEAD} 09:00", "--yes")["missing_processes"]
    assert sentence.startswith(warning)
    done("campaign", "unschedule", campaign)
    sent = run("campaign", "send", campaign, "--yes")
    assert f"But {warning}" in sent.out
    assert "hangs or died: one:1" in sent.out
    assert "kill -9 PID" in sent.out
    assert "docs/operations.md, What runs" in sent.out
    watched = run("campaign", "watch", campaign, "--timeout", "0")
    assert warning in watched.out + watched.err


def test_a_test_mail_says_that_no_worker_runs_that_would_send_it(done, run):
    campaign = people.make_campaign().pk
    beaten("upkeep", stopped=True)
    answer = run("campaign", "test", campaign, "editor@example.org")
    assert "nothing is being sent: no sending worker has been started yet" in answer.out
    assert "upkeep" not in answer.out, "test mails do not need it"
    assert "mailroom up" in answer.out
    all_alive()
    assert done("campaign", "test", campaign, "editor@example.org")["missing_processes"] == []


def test_nothing_is_said_while_all_are_alive(done, run):
    campaign = people.make_campaign().pk
    all_alive()
    assert done("campaign", "send", campaign, "--yes")["missing_processes"] == []
    watched = run("campaign", "watch", campaign, "--timeout", "0")
    assert "alive" not in watched.out + watched.err
