"""What commands print for people: no Python syntax, no absolute path, and every time with its zone."""

import ast
import re
import string
from datetime import UTC, datetime
from itertools import product

import pytest

from campaigns import states
from cli import output
from cli.texts import campaign_states, domain_texts, printed_values
from config.env import ROOT
from publication import audit
from publication.installation import publication
from publication.models import Publication
from subscribers.consent import suppressions
from subscribers.models import Subscriber
from tests.campaigns.attempt_steps import UNKNOWN, send_next
from tests.support import people
from tests.support.syntax import nodes, syntax_tree

# Calls whose texts people read.
PRINTING = {"say", "note", "ask", "show", "show_table", "show_facts", "show_list", "busy", "bar", "CliError", "UsageError",
            "BadParameter", "Diagnosis", "fail", "echo", "option"}  # fmt: skip
ABSOLUTE = re.compile(r"(?<![\w/.:>])/(?:bin|etc|home|opt|root|srv|tmp|usr|var|work)/")
PYTHON = re.compile(r"\['|'\]|\bNone\b|\bTrue\b|%r|<class|\bdict\(|\{\}")


def tables() -> list[str]:
    """Every template of the tables of texts."""
    pairs = [pair for texts in domain_texts.ERRORS.values() for pair in texts.values()]
    moves = [campaign_states.refused_move(3, *pair) for pair in product(states.CAMPAIGN_MOVES, repeat=2)]
    return [text for pair in (*pairs, *moves) for text in pair] + [*domain_texts.HELD.values(), *domain_texts.POLICIES.values()]


def templates_in_code() -> list[tuple[str, str, bool]]:
    """(place, fixed text, whether a value in it is printed with repr) of every text that a call in cli/ prints."""
    templates = []
    for path in sorted((ROOT / "cli").rglob("*.py")):
        for call in nodes(syntax_tree(path)):
            name = getattr(call.func, "attr", getattr(call.func, "id", "")) if isinstance(call, ast.Call) else ""
            if name not in PRINTING:
                continue
            for node in ast.walk(call):
                position = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    templates.append((position, node.value, False))
                elif isinstance(node, ast.FormattedValue):
                    templates.append((position, "", node.conversion == ord("r")))
    return templates


def test_no_text_of_the_tables_contains_python_syntax_or_an_absolute_path():
    for text in tables():
        assert not PYTHON.search(text), text
        assert not ABSOLUTE.search(text), text
        assert all(conversion is None for *_, conversion in string.Formatter().parse(text)), text


def test_no_text_in_a_command_contains_python_syntax_or_an_absolute_path():
    templates = templates_in_code()
    assert len(templates) > 900
    assert [
        position for position, text, with_repr in templates if with_repr or PYTHON.search(text) or ABSOLUTE.search(text)
    ] == []


@pytest.mark.parametrize("state", states.CAMPAIGN_MOVES)
def test_every_refused_move_names_the_state_and_what_to_do(state):
    for target_state in states.CAMPAIGN_MOVES:
        message, hint = campaign_states.refused_move(3, state, target_state)
        assert message.startswith("campaign 3 is ")
        assert re.search(r"mailroom campaign \w+ 3", hint)
        assert "held" not in message + hint
    assert campaign_states.refused_move(3, "paused", "paused")[0] == "campaign 3 is already paused"
    assert campaign_states.refused_move(3, "draft", "paused")[0] == "campaign 3 is a draft and cannot be paused"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["campaign", "show", "abc"], "“abc” is not a whole number of 1 or more"),
        (["campaign", "ls", "--limit", "0"], "“0” is not a whole number from 1 to 100,000"),
        (["campaign", "watch", "1", "--every", "often"], "“often” is not a number of seconds from 0.1 to 60"),
        (["suppression", "reconsider", "--cause", "volume", "--since", "1 May"], "“1 May” is not a day; write it as 2027-11-01"),
    ],
)
def test_a_wrong_number_or_day_is_answered_with_the_limits(run, arguments, message):
    answer = run(*arguments)
    assert answer.code == 2
    assert message in answer.err
    assert "Invalid value for '" in answer.err, "names the option"


TIME = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d")


@pytest.fixture
def in_shanghai(run, settings):
    """A campaign with sent and uncertain recipients, a suppression and a quarantine, of a publication in Shanghai."""
    settings.SENDGRID_API_KEY = "SG.test"
    campaign = people.start(people.make_campaign(4, attempt_size=2))
    send_next(campaign, UNKNOWN)
    send_next(campaign, UNKNOWN)
    suppressions.suppress(audit.system(), "li@people.example", "manual")
    row = publication()
    row.zone, row.quarantined_at, row.quarantine_reason = "Asia/Shanghai", datetime(2026, 1, 1, 20, 30, tzinfo=UTC), "a test"
    row.save()
    return campaign.pk


# In this order: the last ones change what the others show.
COMMANDS = [
    ["campaign", "ls"], ["campaign", "show", "{campaign}"], ["uncertain", "ls"], ["uncertain", "show", "{slice}"],
    ["campaign", "uncertain", "{campaign}"], ["subscriber", "show", "{person}"], ["suppression", "ls"],
    ["suppression", "show", "li@people.example"], ["system", "audit", "tail"], ["system", "doctor"], ["publication", "show"],
    ["list", "show", "news"], ["suppression", "lift", "li@people.example"],
    ["uncertain", "settle", "{slice}", "--resend", "--reason", "x"], ["system", "lift-quarantine", "--reason", "x"],
    ["campaign", "schedule", "{draft}", "--at", f"{people.AHEAD} 9:00"],
]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_printed_times_are_in_the_publications_zone_which_is_named(run, done, in_shanghai):
    names = {
        "campaign": in_shanghai,
        "slice": done("uncertain", "ls")["slices"][0]["slice"],
        "person": Subscriber.objects.order_by("id")[0].address,
        "draft": people.make_campaign(2, domain="other.example").pk,
    }
    for arguments in COMMANDS:
        if "schedule" in arguments:
            Publication.objects.update(quarantined_at=None)
        answer = run(*(argument.format(**names) for argument in arguments), given="n\n")
        text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "", answer.out + answer.err)
        assert TIME.search(text), (arguments, text)
        assert "Asia/Shanghai" in text, arguments
        assert "UTC)" not in text, arguments
        if "lift-quarantine" in arguments:
            assert "Quarantine since 2026-01-02 04:30 (Asia/Shanghai): a test" in text


def test_json_has_times_in_utc_with_offset(done, in_shanghai):
    for slice_ in done("uncertain", "ls")["slices"]:
        assert slice_["since"].endswith("+00:00")


def test_a_refused_time_is_in_the_publications_zone(run, in_shanghai):
    Publication.objects.update(quarantined_at=None)
    draft = people.make_campaign(2, domain="other.example").pk
    answer = run("campaign", "schedule", draft, "--at", "2020/1/2 9:05", "--yes")
    assert "2020-01-02 09:05 (Asia/Shanghai) is in the past" in answer.err


@pytest.mark.parametrize("at", ["{day} 9:00", "{slashes} 9:00", "{slashes} 09:00", "{day}T09:00", "{wide} ９：００"])
def test_times_are_read_as_people_write_them(done, run, settings, at):
    settings.SENDGRID_API_KEY = "SG.test"
    day = str(people.AHEAD)
    wide = day.translate({ord(character): chr(ord(character) + 0xFEE0) for character in "0123456789-"})
    written = at.format(day=day, slashes=day.replace("-0", "-").replace("-", "/"), wide=wide)
    made = done("campaign", "schedule", people.make_campaign(2).pk, "--at", written, "--yes")
    assert made["scheduled_at"] == f"{day}T09:00:00+00:00"


def test_a_list_of_facts_and_a_table_name_the_zone_once(monkeypatch, capsys):
    monkeypatch.setattr(printed_values, "_stored_zone", lambda: "Asia/Shanghai")
    moment = datetime(2027, 1, 1, 20, 30, tzinfo=UTC)
    output.show_facts([("name", "News"), ("begun", moment), ("ended", moment)])
    output.show_table(("name", "at"), [["a", moment], ["b", None]])
    output.show_table(("name", "at"), [["a", None]])
    out = capsys.readouterr().out
    assert out.count("2027-01-02 04:30") == 3
    assert re.search(r"^times are in +Asia/Shanghai$", out, re.MULTILINE)
    assert out.count("at (Asia/Shanghai)") == 1
    assert output.visible({"before": "2027-01-01T20:30:00+00:00", "after": "2027-13-01T20:30:00+00:00"}) == (
        "before 2027-01-02 04:30, after 2027-13-01T20:30:00+00:00"
    )
    assert output.moment(moment) == "2027-01-02 04:30 (Asia/Shanghai)"


def test_nested_values_are_printed_without_python_syntax():
    assert output.visible({"languages": ["zh-Hans", "en"], "strict": True}) == "languages zh-Hans, en, strict yes"


def test_colours_of_designs_are_set_shown_and_reset(run, done):
    shown = run("publication", "set", "--theme-colour", "cast.accent=#05A", "--theme-colour", "plain.accent=0b6b3a")
    assert "cast.accent=#0055aa, plain.accent=#0b6b3a" in shown.out
    reset = done("publication", "set", "--theme-colour", "cast.accent=default")
    assert reset["theme_colours"] == {"plain": {"accent": "#0b6b3a"}}
