"""What every test shares."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as examples

if TYPE_CHECKING:
    from tests.buckets import Store

# The same examples at each run, or a change would be judged by luck; MAILROOM_TEST_RANDOM=1 looks for new ones.
# Time is no measure of them: a busy machine makes every example slow. The other health checks do not depend on it and stay on.
examples.register_profile(
    "steady",
    derandomize=not os.environ.get("MAILROOM_TEST_RANDOM"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
examples.load_profile("steady")


@pytest.fixture(scope="module")
def bucket_store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store, None, None]:
    """A server with a bucket for pictures, for one module; tests that use it belong to the xdist group `bucket`."""
    from tests.buckets import store_running

    with store_running(tmp_path_factory.mktemp("bucket") / "log") as store:
        yield store


@pytest.fixture(autouse=True)
def _own_mark(settings, request: pytest.FixtureRequest) -> None:
    """Each test has a mark of its own: the database is emptied between tests, to an older mark it went back in time."""
    settings.MARK_DIR = settings.DATA_DIR / "marks" / hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """At the end come quick tests alone, so that the processes that share the work are done together: a quarter of them."""
    quick = [item for item in items if not any(map(item.get_closest_marker, ("processes", "browser")))]
    last = frozenset(quick[len(quick) * 3 // 4 :])
    items.sort(key=last.__contains__)


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


@pytest.fixture(autouse=True)
def _no_old_deliveries(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """A test that commits leaves a table per campaign; emptying hundreds of them would cost every later test seconds."""
    marker = request.node.get_closest_marker("django_db")
    if marker is None or not marker.kwargs.get("transaction"):
        yield
        return
    request.getfixturevalue("transactional_db")  # so that this ends before its tables are emptied
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('delivery')")
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE {table}")
