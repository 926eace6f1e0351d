"""Checks that tests of one group run in one process, and that the soak tries what `make test` leaves out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import variations


@pytest.mark.xdist_group("groups")
def test_xdist_groups_are_used(request: pytest.FixtureRequest) -> None:
    """pytest-xdist appends the group to a test's id; with a version of pytest that ignores it there, groups have no effect."""
    groups_asked_for = getattr(request.config.option, "loadgroup", False)  # as `make test` does
    assert request.node.nodeid.endswith("@groups") is groups_asked_for


@pytest.mark.parametrize(("every", "expected"), [(False, 20), (True, 200)])
def test_a_property_tries_a_tenth_of_its_examples_and_in_the_soak_all(
    monkeypatch: pytest.MonkeyPatch, every: bool, expected: int
) -> None:
    monkeypatch.setattr(variations, "EVERY", every)
    tried = []

    @variations.examples(200)
    @given(st.integers())
    def every_number(number: int) -> None:
        tried.append(number)

    every_number()
    assert len(tried) == expected
