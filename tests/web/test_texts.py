"""Every code that the apps keep has a text in the console and on the command line."""

from __future__ import annotations

import ast
import importlib
import re
import string
from pathlib import Path

import pytest
from django.utils.translation import override

from campaigns import states
from cli.campaign.campaign_facts import hold_words
from cli.texts import domain_texts
from publication import policies
from publication.domain_errors import DomainError
from publication.models import Actor
from subscribers.models import Subscription, Suppression
from web.texts import refusal_texts, state_labels

ROOT = Path(__file__).resolve().parents[2]


def domain_errors(base=DomainError):
    for found in base.__subclasses__():
        yield found
        yield from domain_errors(found)


def files_of(*packages):
    return [path for package in packages for path in (ROOT / package).rglob("*.py")]


for module in files_of("campaigns", "editorial", "publication", "subscribers"):
    if "DomainError" in module.read_text(encoding="utf-8"):
        importlib.import_module(".".join(module.relative_to(ROOT).with_suffix("").parts))
REFUSALS = [(error, code) for error in domain_errors() for code in error.codes]
# The refusals that the console catches.
SHOWN = {"LaunchRefused", "UncertainFault"}
# The pages of signed links have the texts for its codes in their templates.
OF_LINK_PAGES = {"StandingFault"}


def fields(text: str) -> set[str]:
    return {name for _, name, *_ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize(("error", "code"), REFUSALS, ids=lambda one: getattr(one, "__name__", one))
def test_every_refusal_has_its_text_on_the_command_line(error, code):
    message, hint = domain_texts.ERRORS[error.__name__][code]
    assert message
    assert fields(message) | fields(hint) <= {*error.codes[code], "meaning"}
    assert hint or "nearest" in error.codes[code] or (error.__name__, code) in {
        ("LaunchRefused", "quarantine"), ("LaunchRefused", "address"), ("MoveRefused", "state"),
    }  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_refusal_that_the_console_shows_has_its_text_in_both_languages(language):
    with override(language):
        for error, code in [pair for pair in REFUSALS if pair[0].__name__ in SHOWN]:
            params = {name: f"<{name}>" for name in error.codes[code]}
            text = refusal_texts.refusal(error(code, **params))
            assert re.search("[\u4e00-\u9fff]", text) if language == "zh-hans" else text.isprintable(), (error, code)
            assert "mailroom " not in text
            assert "%(" not in text


def test_no_table_has_texts_for_codes_that_no_refusal_has():
    known = {error.__name__: set(error.codes) for error in domain_errors()}
    assert {name: set(texts) for name, texts in domain_texts.ERRORS.items()} == known
    assert {name: set(texts) for name, texts in refusal_texts.TEXTS.items()} == {name: known[name] for name in SHOWN}


def test_the_console_catches_no_other_refusals_than_those_it_has_texts_for():
    names = {error.__name__ for error in domain_errors()}
    caught = {
        name
        for path in files_of("web", "worker")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        for name in re.findall(r"\w+", ast.unparse(node.type))
    }
    assert caught & names == SHOWN | OF_LINK_PAGES


def test_the_pages_of_links_have_a_text_for_every_code_they_can_get():
    folder = ROOT / "templates" / "web" / "public"
    left = (folder / "left.html").read_text(encoding="utf-8")  # unsubscribe_undo.undo; the rest is "erased"
    assert set(re.findall(r'fault == "(\w+)"', left)) == {"complained", "suppressed"}
    not_confirmed = (folder / "not_confirmed.html").read_text(encoding="utf-8")  # subscriptions.confirm; the rest is "erased"
    assert set(re.findall(r'code == "(\w+)"', not_confirmed)) == {"too_late"}


def test_domain_code_names_no_commands():
    named = [
        f"{path.name}:{node.lineno}"
        for path in files_of("campaigns", "editorial", "publication", "subscribers")
        if "migrations" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.search(r"mailroom (campaign|issue|list|segment|sender|staff|suppression|system|unknown|up|publication)\b", node.value)
    ]  # fmt: skip
    assert named == []


def test_every_reason_of_a_held_campaign_has_its_text_in_console_and_command_line():
    assert set(state_labels.HELD) == set(domain_texts.HELD) == set(states.HELD_REASONS)
    for reason in states.HELD_REASONS:
        assert reason in state_labels.WORDS, reason
        assert "mailroom " not in str(state_labels.held(reason))
        assert len(hold_words(reason)) > len(reason) + 20


def test_every_policy_has_its_meaning():
    assert set(domain_texts.POLICIES) == {*policies.POLICIES, *policies.CHOICES}


def test_no_code_holds_a_campaign_for_a_reason_that_is_not_in_the_list():
    given = {
        node.args[2].value
        for path in files_of("campaigns")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "hold_campaign" and len(node.args) > 2
        and isinstance(node.args[2], ast.Constant)
    }  # fmt: skip
    assert len(given) > 5
    assert given <= set(states.HELD_REASONS)


def test_docs_say_what_to_do_about_every_reason():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(re.findall(r"campaign `held: ([\w-]+)`", page)) == set(states.HELD_REASONS)


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
        for path in files_of("campaigns")
        for found in re.findall(r'DeliveryLog\.objects\.create\(\s*kind="(\w+)"', path.read_text(encoding="utf-8"))
    }
    assert {"decided", "possible_duplicate", "campaign_moved"} <= kinds
    assert [kind for kind in kinds - {"campaign_moved"} if kind not in state_labels.WORDS] == []
