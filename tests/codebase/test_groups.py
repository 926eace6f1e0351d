"""Checks that tests of one group run in one process."""

import pytest


@pytest.mark.xdist_group("groups")
def test_xdist_groups_are_used(request: pytest.FixtureRequest) -> None:
    """pytest-xdist appends the group to a test's id; with a version of pytest that ignores it there, groups have no effect."""
    groups_asked_for = getattr(request.config.option, "loadgroup", False)  # as `make test` does
    assert request.node.nodeid.endswith("@groups") is groups_asked_for
