"""What every test shares."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator

import pytest


@pytest.fixture(autouse=True)
def _own_mark(settings, request: pytest.FixtureRequest) -> None:
    """Each test has a mark of its own: the database is emptied between tests, to an older mark it went back in time."""
    settings.MARK_DIR = settings.DATA_DIR / "marks" / hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where the environment promises everything (MAILROOM_TEST_BROWSER=require), a test that skips has failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("MAILROOM_TEST_BROWSER") == "require":
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped where nothing may: {report.longrepr}"
    return report
