"""Every code that the apps keep has a text in the console and on the command line."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from campaigns import states
from cli.campaign.campaign_facts import hold_words
from publication.models import Actor
from subscribers.models import Subscription, Suppression
from web.texts import state_labels

ROOT = Path(__file__).resolve().parents[2]


def test_every_reason_of_a_held_campaign_has_its_text_in_console_and_command_line():
    assert state_labels.HELD.keys() == states.HELD_REASONS.keys()
    for reason in states.HELD_REASONS:
        assert reason in state_labels.WORDS, reason
        assert state_labels.held(reason) != reason
        assert len(hold_words(reason)) > len(reason) + 20


def test_no_code_holds_a_campaign_for_a_reason_that_is_not_in_the_list():
    given = {
        node.args[2].value
        for path in (ROOT / "campaigns").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hold_campaign" and len(node.args) > 2
        and isinstance(node.args[2], ast.Constant)
    }  # fmt: skip
    assert given
    assert given <= states.HELD_REASONS.keys()


def test_docs_say_what_to_do_about_every_reason():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"campaign `held: (\w+)`", page)) == states.HELD_REASONS.keys()


@pytest.mark.parametrize(
    "codes",
    [
        states.CAMPAIGN_MOVES, states.BALANCE_STATES, states.FACTS_WITHIN_ACCEPTED, Subscription.State.values,
        Suppression.Reason.values, Actor.Kind.values,
    ],
)  # fmt: skip
def test_every_state_and_reason_has_a_word(codes):
    assert [code for code in codes if code not in state_labels.WORDS] == []


def test_every_kind_of_line_in_the_log_has_a_word():
    kinds = {
        found
        for path in (ROOT / "campaigns").glob("*.py")
        for found in re.findall(r'DeliveryLog\.objects\.create\(\s*kind="(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert {"decided", "possible_duplicate", "campaign_moved"} <= kinds
    assert [kind for kind in kinds - {"campaign_moved"} if kind not in state_labels.WORDS] == []
