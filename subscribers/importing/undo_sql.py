"""The statements of an undone import. Ends subscriptions, and deletes people whom the import made."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from publication.database.statement_sql import query
from subscribers.importing import importer_sql

# Acts of staff on a person that neither the ledger nor the person's details show, such as an edit that was taken back.
_VERBS = ("edit_subscriber", "pause_subscriber", "resume_subscriber", "merge", "change_address", "ask_address_change")
_DETAILS_NOW = importer_sql.details("s.name", "s.language", "s.country", "s.zone", "s.attributes")
# Erased people have numbers from here on, behind those of all others, so that an undo comes to them last.
_ERASED_FROM = 2**62
# Why a person is left alone, the first that holds; NULL: nobody touched them since the run.
# What a later import did that was itself undone does not count, nor do the details that it left.
TOUCHED = f"""
WITH taken AS MATERIALIZED (
    SELECT subscriber_id, effect, details FROM imported_person
    WHERE run_id = %(run_id)s AND effect >= 2 AND subscriber_id > %(after)s ORDER BY subscriber_id LIMIT %(most)s
)
SELECT t.subscriber_id, t.effect, p.id,
       CASE
           WHEN s.id IS NULL OR s.erased_at IS NOT NULL THEN 'erased'
           WHEN s.merged_into_id IS NOT NULL OR EXISTS (SELECT FROM subscriber m WHERE m.merged_into_id = s.id) THEN 'merged'
           WHEN p.state = 'unsubscribed' THEN 'left'
           WHEN p.id IS NULL OR p.source <> %(source)s THEN 'decided'
           WHEN t.details IS DISTINCT FROM {_DETAILS_NOW} AND NOT EXISTS (
               SELECT FROM imported_person i
               WHERE i.run_id = ANY(%(undone)s) AND i.subscriber_id = s.id AND i.details = {_DETAILS_NOW}
           ) THEN 'edited'
           WHEN EXISTS (SELECT FROM imported_person i WHERE i.run_id = ANY(%(later)s) AND i.subscriber_id = s.id)
               THEN 'imported_again'
           WHEN EXISTS (
               SELECT FROM consent_record c WHERE c.subscriber_id = s.id AND c.at >= %(since)s AND c.act <> 'import_undone'
               AND NOT (c.act IN ('agreed_measuring', 'measuring_ended') AND c.source LIKE 'import:%%')
           ) THEN 'decided'
           WHEN EXISTS (SELECT FROM notice n WHERE n.subscriber_id = s.id AND n.created_at >= %(since)s) THEN 'mailed'
           WHEN EXISTS (
               SELECT FROM suppression x
               WHERE x.address_key = s.address_key AND x.created_at >= %(since)s AND x.origin <> 'import'
           ) THEN 'suppressed'
           WHEN EXISTS (SELECT FROM address_change a WHERE a.subscriber_id = s.id AND a.asked_at >= %(since)s)
               OR EXISTS (SELECT FROM people_action_member m WHERE m.subscriber_id = s.id) THEN 'decided'
           WHEN EXISTS (
               SELECT FROM audit u WHERE u.at >= %(since)s AND (
                   u.object_kind = 'subscriber' AND u.object_id = s.id::text AND u.verb = ANY(%(verbs)s)
                   OR u.object_kind = 'subscription' AND u.object_id = p.id::text
               )
           ) THEN 'edited'
       END
FROM taken t
LEFT JOIN subscriber s ON s.id = t.subscriber_id
LEFT JOIN subscription p ON p.subscriber_id = s.id AND p.list_id = %(list_id)s
ORDER BY t.subscriber_id
"""
_LOCK_PEOPLE = """
SELECT s.id FROM subscriber s WHERE s.id IN (
    SELECT subscriber_id FROM imported_person
    WHERE run_id = %(run_id)s AND effect >= 2 AND subscriber_id > %(after)s ORDER BY subscriber_id LIMIT %(most)s
) ORDER BY s.id FOR UPDATE
"""


class ImportedState(NamedTuple):
    """Somebody of a run: whom they are, whether the run made them, their subscription, and why they are left alone."""

    subscriber_id: int
    effect: int
    subscription_id: int | None
    touched: str | None


def people(
    run_id: int, list_id: int, since: datetime, later: Sequence[int], undone: Sequence[int], after: int, most: int, *, lock: bool
) -> list[ImportedState]:
    """The next people whom a run made or put on the list. `lock`: until the end of the caller's transaction.

    `later`, `undone`: the imports after the run, and those of them that were undone.
    """
    values: dict[str, Any] = {
        "run_id": run_id, "list_id": list_id, "since": since, "source": f"import:{run_id}", "later": list(later),
        "undone": list(undone), "after": after, "most": most, "verbs": [*_VERBS],
    }  # fmt: skip
    with connection.cursor() as cursor:
        if lock:
            cursor.execute(importer_sql.LOCK)
            cursor.execute(_LOCK_PEOPLE, values)
            ids = [row[0] for row in cursor.fetchall()]
            cursor.execute(
                "SELECT id FROM subscription WHERE subscriber_id = ANY(%s) AND list_id = %s ORDER BY id FOR UPDATE",
                [ids, list_id],
            )
        cursor.execute(TOUCHED, values)
        return [ImportedState(*row) for row in cursor.fetchall()]


def end(subscription_ids: Sequence[int], since: datetime) -> int:
    """End these subscriptions, which a run that began at `since` made or confirmed; returns how many.

    A person's own request from before waits for its confirmation again; the others are removed.
    """
    values = {"ids": list(subscription_ids), "since": since}
    requests = query(
        """
        UPDATE subscription p SET state = 'pending', source = r.source, consent = r.consent, confirmed_at = NULL, joined_at = NULL
        FROM (
            SELECT o.id, c.source, COALESCE(w.text, '') AS consent
            FROM subscription o
            CROSS JOIN LATERAL (
                SELECT source, wording_id FROM consent_record
                WHERE subscriber_id = o.subscriber_id AND list_id = o.list_id AND act = 'requested' ORDER BY id DESC LIMIT 1
            ) c
            LEFT JOIN consent_wording w ON w.id = c.wording_id
            WHERE o.id = ANY(%(ids)s) AND o.created_at < %(since)s
        ) r
        WHERE p.id = r.id RETURNING p.id
        """,
        values,
    )
    removed = query(
        "DELETE FROM subscription WHERE id = ANY(%(ids)s) AND id <> ALL(%(kept)s) RETURNING id",
        values | {"kept": [row[0] for row in requests]},
    )
    return len(requests) + len(removed)


def delete_people(subscriber_ids: Sequence[int]) -> int:
    """Delete those of these people who are on no list and of whom no other record is left; returns how many."""
    rows = query(
        """
        DELETE FROM subscriber s WHERE s.id = ANY(%s)
          AND NOT EXISTS (SELECT FROM subscription p WHERE p.subscriber_id = s.id)
          AND NOT EXISTS (SELECT FROM notice n WHERE n.subscriber_id = s.id)
          AND NOT EXISTS (SELECT FROM address_change a WHERE a.subscriber_id = s.id)
          AND NOT EXISTS (SELECT FROM former_address f WHERE f.subscriber_id = s.id)
        RETURNING s.id
        """,
        [list(subscriber_ids)],
    )
    return len(rows)


def forget(run_id: int, subscriber_ids: Sequence[int]) -> None:
    """The run has nothing to do with these people any more, except for other details, which stay."""
    values = [run_id, list(subscriber_ids)]
    query(
        "UPDATE imported_person SET effect = 1 WHERE run_id = %s AND subscriber_id = ANY(%s) AND effect = 4",
        values,
    )
    query("DELETE FROM imported_person WHERE run_id = %s AND subscriber_id = ANY(%s) AND effect <> 1", values)


def forget_people(subscriber_ids: Sequence[int]) -> None:
    """Part of an erasure: no run knows these records any more, only that it had somebody who was erased.

    An undo that has passed a person has counted them already.
    """
    # Older runs have no rows any more, and the table has no index by person alone.
    query(
        f"""
        WITH gone AS (
            DELETE FROM imported_person WHERE subscriber_id = ANY(%s) AND run_id IN (
                SELECT id FROM import_run WHERE finished_at IS NULL OR finished_at > now() - interval '60 days'
            ) RETURNING run_id, subscriber_id, effect
        )
        INSERT INTO imported_person (run_id, subscriber_id, effect, details)
        SELECT g.run_id, {_ERASED_FROM} + nextval('subscriber_id_seq'), 2, NULL
        FROM gone g JOIN import_run r ON r.id = g.run_id
        WHERE g.effect >= 2 AND g.subscriber_id > COALESCE((r.undone ->> 'after')::bigint, 0) AND r.state <> 'undone'
        """,
        [list(subscriber_ids)],
    )


def forget_runs(before: datetime) -> int:
    """Remove what is kept for the undo of runs that ended before a moment; returns how many rows."""
    rows = query(
        """
        WITH gone AS (
            DELETE FROM imported_person WHERE run_id IN (SELECT id FROM import_run WHERE finished_at < %s) RETURNING 1
        ) SELECT count(*) FROM gone
        """,
        [before],
    )
    return int(rows[0][0])


def count_effects(run_id: int) -> dict[int, int]:
    """How many people the run has, by effect."""
    return dict(query("SELECT effect, count(*) FROM imported_person WHERE run_id = %s GROUP BY effect", [run_id]))


def updated(run_id: int, after: int, most: int) -> list[int]:
    """The next people whose details the run changed, and who were here before."""
    rows = query(
        "SELECT subscriber_id FROM imported_person WHERE run_id = %s AND effect IN (1, 4) AND subscriber_id > %s "
        "ORDER BY subscriber_id LIMIT %s",
        [run_id, after, most],
    )
    return [row[0] for row in rows]
