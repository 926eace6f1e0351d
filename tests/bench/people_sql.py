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


def subscribe_first(count: int, from_list: int, to_list: int) -> None:
    """Add the first `count` people who can be mailed on one list to another."""
    statement = """
        INSERT INTO subscription (subscriber_id, list_id, state, source, consent, unsubscribed_how, joined_at, confirmed_at)
        SELECT p.subscriber_id, %s, 'confirmed', 'bench', '', '', now(), now()
        FROM subscription p JOIN subscriber s ON s.id = p.subscriber_id
        WHERE p.list_id = %s AND p.state = 'confirmed'
          AND NOT EXISTS (SELECT 1 FROM suppression x WHERE x.address_key = s.address_key)
        ORDER BY p.subscriber_id LIMIT %s
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [to_list, from_list, count])


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


# The log row of the pause has the start time of its transaction; a gate that committed later should not have passed.
PAUSED = """
    (SELECT max(l.at) FROM delivery_log l
     WHERE l.campaign_id = %(campaign)s AND l.kind = 'campaign_moved' AND l.detail ->> 'to' = 'paused')
"""


def gates_after_pause(campaign_id: int, seconds: float = 0.5) -> int:
    """Attempts whose gate is later than the pause by more than `seconds` (a gate may wait for the pause's commit)."""
    statement = (
        f"SELECT count(*) FROM attempt WHERE campaign_id = %(campaign)s AND gate_at > {PAUSED} + make_interval(secs => %(s)s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaign": campaign_id, "s": seconds})
        return int(cursor.fetchone()[0])


def in_flight_at_pause(campaign_id: int) -> int:
    """Recipients of attempts that were past the gate and without an answer at the moment of the pause."""
    statement = f"SELECT COALESCE(sum(size), 0) FROM attempt WHERE campaign_id = %(campaign)s AND gate_at <= {PAUSED} AND ended_at > {PAUSED}"
    with connection.cursor() as cursor:
        cursor.execute(statement, {"campaign": campaign_id})
        return int(cursor.fetchone()[0])


def slice_states(campaign_id: int) -> dict[str, int]:
    return dict(rows("SELECT state, count(*) FROM slice WHERE campaign_id = %s GROUP BY state", [campaign_id]))
