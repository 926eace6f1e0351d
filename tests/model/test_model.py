"""The whole protocol is searched: it holds in every world, removing a rule does the named harm, and each row is needed."""

from __future__ import annotations

import pytest

from campaigns.states import MOVES, Move
from tests.model import worlds
from tests.model.rules import Rules, is_individual
from tests.model.search import search

# Small worlds that together need every row except the CHOICES.
TINY: tuple[dict[str, object], ...] = (
    {"workers": 1},
    {"workers": 1, "attempts": 1, "staff": frozenset({"operator", "cancel", "leave"})},
    {"workers": 1, "staff": frozenset({"operator", "leave"})},
    {"workers": 1, "attempts": 1, "restore": True, "staff": frozenset()},
    {"workers": 1, "strict": True, "staff": frozenset()},
    {"attempts": 2, "webhook": "down", "holds": False, "kills": False},
    {"workers": 1, "staff": frozenset({"operator", "cancel"}), "webhook": "down", "holds": False},
    {"workers": 1, "people": 2, "bad": True, "webhook": "down", "holds": False, "staff": frozenset()},
)

# Rows without which the protocol stays sound: they save time or give staff a choice. (from, to, who): why.
CHOICES = {
    ("claimed", "planned", "worker"): "sooner than the reaper would",
    ("planned", "failed", "reaper"): "without it, tried for ever",
    ("unknown", "held", "policy"): "held shows staff that waiting has ended",
    ("unknown", "planned", "policy"): "publication's choice",
    ("held", "planned", "policy"): "publication's choice",
    ("unknown", "abandoned", "policy"): "publication's choice",
    ("held", "abandoned", "policy"): "publication's choice",
    ("unknown", "planned", "operator"): "staff's choice",
    ("held", "planned", "operator"): "staff's choice",
    ("unknown", "abandoned", "operator"): "staff's choice",
    ("held", "abandoned", "operator"): "staff's choice",
    ("accepted", "dropped", "operator"): "taken back where the provider still holds it",
}  # fmt: skip

PROTOCOL_ROWS = [move for move in MOVES if not is_individual(move) and move.source]


def is_choice(move: Move) -> bool:
    return (move.source, move.target, move.by[0]) in CHOICES and move.proof != ("never connected",)


def name(move: Move) -> str:
    return f"{move.source}-{move.target}-{move.by[0]}-{'+'.join(move.proof) or 'none'}".replace(" ", "_")


def test_protocol_holds_in_every_world_and_every_row_is_used():
    """No duplicate, no silent loss, no breach, everyone in one slice, and a path to a final state from everywhere."""
    rules = Rules()
    for world, parameters in worlds.SOUND.items():
        found = worlds.look(worlds.protocol(rules, **parameters), rest=True)
        assert not found.fault, f"{world}: {found.told()}"
        assert found.states > 1000, f"{world} has too few states"
    missed = [name(move) for move in MOVES if move not in rules.used and not is_individual(move)]
    assert not missed, "in the table, but in no world: remove the row, or model it"


@pytest.mark.parametrize("broken", worlds.BROKEN, ids=lambda broken: broken.name.replace(" ", "_"))
def test_removing_a_rule_causes_the_harm_that_it_prevents(broken):
    found = broken.look()
    print(f"\n{broken.name} -> {found.told()}")
    assert found.fault.startswith(broken.harm)


@pytest.mark.parametrize("kind", worlds.CURSORS)
def test_cursor_instead_of_states_loses_or_duplicates_mail(kind):
    order, harm = worlds.CURSORS[kind]
    found = worlds.look_at_cursor(order)
    print(f"\n{kind} -> {found.told()}")
    assert found.fault.startswith(harm)


def faults_without(row: Move) -> str:
    for parameters in TINY:
        found = worlds.look(worlds.protocol(Rules().but(remove=[row]), **parameters), rest=True)
        if found.fault:
            return found.fault
    return ""


def test_small_worlds_have_no_faults():
    for parameters in TINY:
        found = worlds.look(worlds.protocol(**parameters), rest=True)
        assert not found.fault, f"{parameters}: {found.told()}"


@pytest.mark.parametrize("row", [move for move in PROTOCOL_ROWS if not is_choice(move)], ids=name)
def test_protocol_fails_without_this_row(row):
    assert faults_without(row)


def test_each_optional_row_is_in_the_table():
    rows = {(move.source, move.target, move.by[0]) for move in MOVES}
    assert set(CHOICES) <= rows


def test_search_finds_the_shortest_trace_and_dead_ends():
    def steps(state):
        if state < 6:
            yield "one", state + 1
            yield "two", state + 2

    found = search(0, steps, [lambda state: "seven" if state == 7 else None])
    assert (found.fault, found.trace) == ("seven", ["one", "two", "two", "two"])
    assert search(0, steps, rest=lambda state: state == 6).stuck == 1
