"""The time limits that every database session gets before it is used."""

import runpy
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from config import statement_limits
from publication.database.statement_sql import bound_session, limited, query, ran_out
from worker import app

pytestmark = pytest.mark.django_db
SHOW = "SELECT current_setting('idle_in_transaction_session_timeout')"
LIMIT = "SELECT current_setting('statement_timeout')"
SLOW = "SELECT pg_sleep(20)"


@pytest.fixture(autouse=True)
def _kind_of_process():
    before = statement_limits.of_process()
    yield
    statement_limits.use(before)


def test_a_session_idle_in_a_transaction_ends_after_a_minute():
    assert query(SHOW) == [("1min",)]


def test_a_limit_set_on_the_database_is_kept():
    query("SET LOCAL idle_in_transaction_session_timeout = '5min'")
    query("SET LOCAL statement_timeout = '7s'")
    bound_session(connection)
    assert query(SHOW) == [("5min",)]
    assert query(LIMIT) == [("7s",)]


@pytest.mark.parametrize(
    ("kind", "shown"), [(statement_limits.WEB, "15s"), (statement_limits.COMMAND, "5min"), (statement_limits.LONG, "6h")]
)
def test_every_statement_has_the_time_limit_of_its_process(kind, shown):
    query("SET LOCAL statement_timeout = 0")
    statement_limits.use(kind)
    bound_session(connection)
    assert query(LIMIT) == [(shown,)]


def test_web_server_and_workers_take_their_limit_when_they_start():
    runpy.run_path(str(settings.BASE_DIR / "config" / "wsgi.py"))
    assert statement_limits.of_process() == statement_limits.WEB
    app._prepare()
    assert statement_limits.of_process() == statement_limits.LONG


def test_a_database_limit_for_short_statements_does_not_stop_long_jobs():
    query("SET LOCAL statement_timeout = '7s'")
    statement_limits.use(statement_limits.LONG)
    bound_session(connection)
    assert query(LIMIT) == [("6h",)]


def test_a_statement_that_exceeds_its_limit_is_recognised_and_the_limit_is_restored():
    before = query(LIMIT)
    with pytest.raises(OperationalError) as stopped, limited(timedelta(milliseconds=20)), transaction.atomic():
        query(SLOW)
    assert ran_out(stopped.value)
    assert query(LIMIT) == before
    with pytest.raises(OperationalError), transaction.atomic(), limited(timedelta(milliseconds=20)):
        query(SLOW)
    assert query(LIMIT) == before
    with limited(timedelta(hours=2)):
        assert query(LIMIT) == [("2h",)]
    assert query(LIMIT) == before
