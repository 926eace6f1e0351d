"""Enters generated people into the database by COPY before the clock starts, and queries the results of a case."""

from collections.abc import Iterable
from typing import Any

import psycopg
from django.db import connection

from subscribers import addresses
from tests.bench.people import Person

ENTER = "COPY bench_people (address, address_key, domain, name, language, country) FROM STDIN WITH (FORMAT binary)"
SUBSCRIBE = """
WITH entered AS (
    INSERT INTO subscriber (address, address_key, domain, name, language, country, zone, attributes)
    SELECT address, address_key, domain, name, language, country, '', '{}' FROM bench_people ORDER BY number
    RETURNING id
)
INSERT INTO subscription (subscriber_id, list_id, state, source, consent, unsubscribed_how, joined_at, confirmed_at)
SELECT id, %s, %s, 'bench', '', '', now(), now() FROM entered ORDER BY id
"""


def enter(people: Iterable[Person], list_id: int, state: str = "confirmed") -> None:
    """New subscribers with one subscription each."""
    key = addresses.hasher()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS bench_people (number bigint GENERATED ALWAYS AS IDENTITY, address text, "
            "address_key bytea, domain text, name text, language text, country text); TRUNCATE bench_people"
        )
        with cursor.copy(ENTER) as copy:
            copy.set_types(["text", "bytea", "text", "text", "text", "text"])
            for address, name, language, country in people:
                copy.write_row((address, key(address.lower()), address.rpartition("@")[2], name, language, country))
        cursor.execute(SUBSCRIBE, [list_id, state])


def settle_down(admin: psycopg.Connection[Any]) -> None:
    """Do the work of autovacuum and the checkpointer now, so that it does not fall into the measured time of one run."""
    with admin.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) subscriber, subscription, suppression, delivery, slice, attempt")
        cursor.execute("CHECKPOINT")


def rows(statement: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def states(campaign_id: int) -> dict[str, int]:
    """Recipients by state, from the view that all of Mailroom reads."""
    return dict(rows("SELECT state, count(*) FROM delivery_state WHERE campaign_id = %s GROUP BY state", [campaign_id]))


def attempts(campaign_id: int) -> tuple[int, int, float]:
    """Attempts, recipients in accepted ones, and seconds from the first gate to the last settlement."""
    statement = """
        SELECT count(*), COALESCE(sum(size) FILTER (WHERE outcome = 'accepted'), 0),
               COALESCE(extract(epoch FROM max(ended_at) - min(gate_at)), 0)
        FROM attempt WHERE campaign_id = %s
    """
    count, accepted, seconds = rows(statement, [campaign_id])[0]
    return int(count), int(accepted), float(seconds)
