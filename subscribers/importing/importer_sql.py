"""The statements of an import: rows by COPY into a temporary table, then one merge per slice.

Writes subscriptions. People who left the list or are suppressed are not changed at all.
Measurements: docs/importing-people.md.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from publication.database.statement_sql import query

CREATE = """
CREATE TEMPORARY TABLE import_slice (
    line bigint, address_key bytea, address text, domain text,
    name text, language text, country text, joined date, attributes jsonb
)
"""
# A slice's sorts and hashes stay in memory (at the default of 4 MB they spill to disk), and the planner uses 20,000 index
# look-ups, where its default costs would make it read the whole table for each slice.
MEMORY = "SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 1.1"
# Slices run one after another, even those of parallel imports, which could lock the same people in different orders.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('mailroom import'))"

# Three kinds of rows: kept out, new, known. New people get their number here and not in the INSERT, so that their
# subscription needs no join with what was inserted: the planner takes that for one row, and a nested loop takes minutes.
# `pending` becomes confirmed; the WHERE is checked on the row as it is then, so a concurrent unsubscribe wins.
MERGE = """
WITH given AS MATERIALIZED (
    SELECT i.line, i.address_key, i.address, i.domain, i.name, i.language, i.country, i.joined, i.attributes, p.state,
           s.id IS NULL AS is_new, s.name AS old_name, s.language AS old_language, s.country AS old_country,
           s.attributes AS old_attributes, x.address_key IS NOT NULL OR COALESCE(p.state = 'unsubscribed', false) AS kept_out,
           CASE WHEN s.id IS NULL AND x.address_key IS NULL THEN nextval('subscriber_id_seq')
                ELSE s.id END AS id
    FROM import_slice i
    LEFT JOIN subscriber s ON s.address_key = i.address_key
    LEFT JOIN subscription p ON p.subscriber_id = s.id AND p.list_id = %(list_id)s
    LEFT JOIN suppression x ON x.address_key = i.address_key
), inserted AS (
    INSERT INTO subscriber
        (id, address, address_key, domain, name, language, country, zone, attributes, created_at, soft_bounces)
    SELECT id, address, address_key, domain, name, language, country, '', attributes, %(now)s, 0
    FROM given WHERE is_new AND NOT kept_out
    ON CONFLICT (address_key) DO NOTHING
    RETURNING 1
), changed AS (
    UPDATE subscriber s
    SET name = COALESCE(NULLIF(g.name, ''), s.name),
        language = COALESCE(NULLIF(g.language, ''), s.language),
        country = COALESCE(NULLIF(g.country, ''), s.country),
        attributes = s.attributes || g.attributes
    FROM given g
    WHERE s.id = g.id AND NOT g.is_new AND NOT g.kept_out AND s.erased_at IS NULL
      AND (g.name NOT IN ('', g.old_name) OR g.language NOT IN ('', g.old_language)
           OR g.country NOT IN ('', g.old_country)
           OR g.old_attributes || g.attributes <> g.old_attributes)
    RETURNING 1
), joined AS (
    INSERT INTO subscription AS p (subscriber_id, list_id, state, source, consent, created_at, joined_at, confirmed_at,
                                   unsubscribed_how)
    SELECT id, %(list_id)s, 'confirmed', %(source)s, %(consent)s, %(now)s,
           COALESCE(joined::timestamp AT TIME ZONE %(zone)s, %(now)s), %(now)s, ''
    FROM given WHERE NOT kept_out AND state IS DISTINCT FROM 'confirmed'
    ON CONFLICT (subscriber_id, list_id) DO UPDATE
        SET state = 'confirmed', source = EXCLUDED.source, consent = EXCLUDED.consent,
            confirmed_at = EXCLUDED.confirmed_at, joined_at = EXCLUDED.joined_at
        WHERE p.state = 'pending'
    RETURNING 1
)
SELECT (SELECT count(*) FROM inserted),
       (SELECT count(*) FROM changed),
       (SELECT count(*) FROM given WHERE kept_out),
       (SELECT count(*) FROM given),
       (SELECT count(*) FROM joined),
       (SELECT count(*) FROM given WHERE is_new AND NOT kept_out)
"""
# Cancel mails that would ask people to confirm what the import's statement of consent already covers.
CANCEL_CONFIRMATIONS = """
UPDATE notice n SET state = 'skipped', reason = 'confirmed', ended_at = %(now)s
FROM import_slice i JOIN subscriber s ON s.address_key = i.address_key
WHERE n.subscriber_id = s.id AND n.list_id = %(list_id)s AND n.purpose = 'confirm' AND n.state = 'planned'
"""


class Merged(NamedTuple):
    """The results of one slice's rows: created + updated + unchanged + kept_out. `subscribed` overlaps with these."""

    created: int
    updated: int
    kept_out: int
    given: int
    subscribed: int

    @property
    def unchanged(self) -> int:
        return self.given - self.created - self.updated - self.kept_out


class Overtaken(Exception):
    """Somebody in the slice signed up during the merge; the caller rolls back and merges again."""


def create_table() -> None:
    drop_table()
    query(CREATE)


def drop_table() -> None:
    query("DROP TABLE IF EXISTS import_slice")


def merge(lines: bytes, *, list_id: int, source: str, consent: str, zone: str, now: datetime) -> Merged:
    """Merge lines of COPY's text format into subscribers and subscriptions, in the caller's transaction. Raises Overtaken."""
    values: dict[str, int | str | datetime] = {
        "list_id": list_id, "source": source, "consent": consent, "zone": zone, "now": now,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(MEMORY)
        cursor.execute("TRUNCATE import_slice")
        # Django wraps the errors of every statement but COPY's. A full disk, for example, is an error of COPY.
        with connection.wrap_database_errors, cursor.copy("COPY import_slice FROM STDIN") as copy:
            copy.write(lines)
        cursor.execute(MERGE, values)
        *counts, wanted = cursor.fetchone()
        merged = Merged(*counts)
        if merged.created != wanted:
            raise Overtaken
        if merged.subscribed > merged.created:
            cursor.execute(CANCEL_CONFIRMATIONS, values)
    return merged


def analyse() -> None:
    """Refresh the planner's statistics after many new rows, so that later statements are planned for the current table."""
    query("SELECT analyse_people()")
