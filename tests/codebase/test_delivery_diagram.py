"""The page shows the states as the code has them, and every statement that moves a slice is checked against the table."""

import importlib
from pathlib import Path

import pytest

from campaigns.states import DELIVERY_MOVES, FACT_RANK, MAKERS, MOVES, NAMED, move_of
from tests.codebase import delivery_diagram

ROOT = Path(__file__).resolve().parents[2]


def test_page_agrees_with_the_table():
    assert delivery_diagram.written() == delivery_diagram.made(), "run: python -m tests.codebase.delivery_diagram --write"


def test_move_outside_the_table_is_refused():
    assert move_of(("in_flight", "unknown"), "accepted") == (("in_flight", "unknown"), "accepted")
    for source, target in [("in_flight", "claimed"), ("accepted", "planned"), ("skipped", "planned"), ("delivered", "accepted")]:
        with pytest.raises(ValueError, match="no move"):
            move_of(source, target)


def test_table_is_consistent():
    assert {maker for move in MOVES for maker in move.by} == set(MAKERS)
    assert len(set(MOVES)) == len(MOVES)
    for move in MOVES:
        if move.target == "planned" and move.source:
            assert move.proof, f"only a proof frees recipients: {move}"
    out_of_accepted = {target for source, target in DELIVERY_MOVES if source == "accepted"}
    assert out_of_accepted == {"deferred", "delivered", "bounced", "dropped", "complained"}, (
        "accepted leads only to further facts"
    )
    assert ("in_flight", "planned") not in {(move.source, move.target) for move in MOVES if "reaper" in move.by}


def test_every_move_is_made_by_a_statement_that_names_it():
    for module in sorted((ROOT / "campaigns").rglob("*_sql.py")):
        importlib.import_module(".".join(module.relative_to(ROOT).with_suffix("").parts))
    facts = {
        ("accepted", fact) for fact in FACT_RANK if fact != "accepted"
    }  # by the order of FACT_RANK, of one recipient at a time
    dropped = {("accepted", "dropped")}  # also of a whole slice: taken back at the provider
    table = {(move.source, move.target) for move in MOVES if move.source} - (facts - dropped)
    assert table - NAMED == set(), "in the table, but no statement makes it"
