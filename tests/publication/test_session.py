"""What every session is given before it is used."""

from __future__ import annotations

import pytest
from django.db import connection

from publication.statement_sql import bound_rest, query

pytestmark = pytest.mark.django_db
SHOW = "SELECT current_setting('idle_in_transaction_session_timeout')"


def test_a_session_that_rests_inside_a_transaction_ends_after_a_minute():
    assert query(SHOW) == [("1min",)]


def test_a_rule_of_the_databases_own_stays():
    query("SET LOCAL idle_in_transaction_session_timeout = '5min'")
    bound_rest(connection)
    assert query(SHOW) == [("5min",)]
