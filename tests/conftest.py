"""What every test shares."""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as shipped
from django.db import connection, connections
from django.utils.translation import override
from hypothesis import HealthCheck
from hypothesis import settings as examples

from config.embedded.server_paths import APPLICATION, OWNER
from publication.database import schema_sql
from tests.support import databases, documents_once, emptying, static_files_once, variations
from tests.support.chromium import chromium
from tests.support.servers import SERVERS

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django import DjangoDbBlocker

    from tests.support.buckets import Store

# The same examples at each run, or a change would be judged by luck; MAILROOM_TEST_RANDOM=1 looks for new ones.
# Time is no measure of them: a busy machine makes every example slow. The other health checks do not depend on it and stay on.
examples.register_profile(
    "steady",
    derandomize=not os.environ.get("MAILROOM_TEST_RANDOM"),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=variations.EXAMPLES if variations.EVERY else variations.EXAMPLES // 10,
)
examples.load_profile("steady")
emptying.install()
documents_once.install()
static_files_once.install()
shipped.PASSWORD_HASHERS = ["tests.support.quick_passwords.QuickHasher"]


@pytest.fixture(scope="module")
def bucket_store(tmp_path_factory: pytest.TempPathFactory) -> Generator[Store, None, None]:
    """A server with a bucket for pictures, for one module; tests that use it belong to the xdist group `bucket`."""
    from tests.support.buckets import store_running

    with store_running(tmp_path_factory.mktemp("bucket") / "log") as store:
        yield store


@pytest.fixture(scope="module")
def _chromium() -> Generator[Browser, None, None]:
    """Playwright runs an event loop in this thread, so Django would refuse the database. Nothing here is asynchronous."""
    with pytest.MonkeyPatch.context() as patch, chromium() as started:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield started
        # While a loop runs, Django uses separate connections; one left open would prevent the database from being dropped.
        connections.close_all()


@pytest.fixture
def browser(_chromium: Browser) -> Generator[Browser, None, None]:
    """Chromium. What a test opened in it is closed after the test: pages that go on asking would reach the next one."""
    yield _chromium
    for context in _chromium.contexts:
        context.close()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The database is made before Django looks, with the roles that ship; the whole folder goes after the run."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tables are made by their owner, as by `mailroom system migrate`."""
    mine = connection.settings_dict
    mine["TEST"]["NAME"] = mine["TEST"]["NAME"] or f"test_{mine['NAME']}"
    with django_db_blocker.unblock():
        databases.create(mine["TEST"]["NAME"])
    mine["USER"] = OWNER


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Everything else connects as the application's role: a grant that is missing fails the test that needs it."""
    with django_db_blocker.unblock():
        schema_sql.protect_append_only()
        connection.close()
    connection.settings_dict["USER"] = APPLICATION
    # One after the other: a parameter belongs to the server, and two processes that grant it at the same time collide.
    with SERVERS.connect() as admin, admin.transaction():
        admin.execute("SELECT pg_advisory_xact_lock(1)")
        admin.execute(f"GRANT SET ON PARAMETER deadlock_timeout TO {APPLICATION}")


@pytest.fixture(autouse=True)
def _own_mark(settings, request: pytest.FixtureRequest) -> None:
    """Each test has a mark of its own: the database is emptied between tests, to an older mark it went back in time."""
    settings.MARK_DIR = settings.DATA_DIR / "marks" / hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]


@pytest.fixture(autouse=True)
def _begins_in_english() -> Generator[None, None, None]:
    """Each test begins in English: a request of the test before it leaves its language active."""
    with override("en"):
        yield


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes have no place in a test's name: an archive holds the second in which it was made, and processes that start in
    two different seconds would not find the same tests."""
    return argname if isinstance(val, bytes) else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """So that the processes that share the work are done together, what may take long comes first, and a quarter of the quick
    tests last.
    """
    quick = [item for item in items if not any(map(item.get_closest_marker, ("processes", "browser", "soak")))]
    last = frozenset(quick[len(quick) * 3 // 4 :])
    items.sort(key=lambda item: (item in last, -_time_limit(item)))


def _time_limit(item: pytest.Item) -> float:
    """Seconds."""
    own = item.get_closest_marker("timeout")
    return own.args[0] if own else 0.0


def pytest_collection_finish() -> None:
    """The garbage collector leaves out what importing and collecting made, half a million objects: it took a tenth of the time."""
    gc.collect()
    gc.freeze()


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
