"""Approvals on the command line: no command sends without them, none gives one, and show and report list them."""

import pytest

from campaigns.models import Campaign
from cli.main import main
from editorial.models import Decision, Review, ReviewRequest
from editorial.review import decisions
from publication import audit
from tests.cli.test_tree import walk
from tests.support import people
from tests.support.reviewing import account, make_campaign, need
from tests.support.variations import first


@pytest.fixture
def drafted(run) -> Campaign:
    return make_campaign()


@pytest.mark.parametrize(
    "command",
    first([["send"], ["schedule"], ["schedule", "--at", f"{people.AHEAD} 09:00"],
     ["schedule", "--at", f"{people.AHEAD} 09:00", "--each-zone"]]),
    ids=" ".join,
)  # fmt: skip
def test_no_command_sends_without_the_approvals(run, drafted, command):
    need(2)
    wei = account("wei")
    review = Review.objects.create(version=drafted.version, actor=audit.system())
    ReviewRequest.objects.create(review=review, account=wei.user)
    verb, *options = command
    refused = run("campaign", verb, drafted.pk, *options, "--yes")
    assert refused.code == 1
    assert "needed: 2, given: 0. Asked, without an answer yet: wei" in refused.err
    decisions.approve(wei, drafted.version)
    refused = run("campaign", verb, drafted.pk, *options, "--yes")
    assert "needed: 2, given: 1" in refused.err
    decisions.request_changes(account("lin"), drafted.version, "The date is wrong.")
    assert "lin requested changes to this content" in run("campaign", verb, drafted.pk, *options, "--yes").err
    assert Campaign.objects.get().state == "draft"


def test_show_and_report_list_the_approvals_with_who_when_and_from_where(run, done, drafted):
    need(1)
    made = decisions.approve(account("wei"), drafted.version, network="192.0.2.7")
    assert run("campaign", "send", drafted.pk, "--yes").code == 0
    for command in ("show", "report"):
        (approval,) = done("campaign", command, drafted.pk)["approvals"]
        assert (approval["name"], approval["version"], approval["through"], approval["network"]) == (
            "wei",
            1,
            "console",
            "192.0.2.7",
        )
        assert approval["at"].startswith(f"{made.created_at:%Y-%m-%d}")
        assert "console 192.0.2.7" in run("campaign", command, drafted.pk).out
    assert run("campaign", "unschedule", drafted.pk).code == 0
    assert done("campaign", "show", drafted.pk)["approvals"] == []


def test_no_command_approves(run, drafted):
    need(1)
    assert not [path for path, _ in walk(main, ()) if {"approve", "decide"} & set(path)]
    with pytest.raises(decisions.DecisionError, match="permission"):
        decisions.approve(audit.command_line(), drafted.version)
    assert not Decision.objects.exists()
