"""Checks that tests which share an expensive object run in one process, so that it is created once."""

from __future__ import annotations

import pytest


@pytest.mark.xdist_group("groups")
def test_xdist_groups_are_used(request: pytest.FixtureRequest) -> None:
    """pytest-xdist appends the group to a test's id; with a version of pytest that ignores it there, groups have no effect."""
    groups_asked_for = getattr(request.config.option, "loadgroup", False)  # as `make test` does
    assert request.node.nodeid.endswith("@groups") is groups_asked_for


@pytest.mark.browser
def test_tests_of_a_module_with_a_browser_run_in_one_process(request: pytest.FixtureRequest) -> None:
    """Otherwise each process of a parallel run starts a browser for the module."""
    group = request.node.get_closest_marker("xdist_group")
    assert group
    assert group.args == (request.module.__name__,)
