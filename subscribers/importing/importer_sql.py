"""The statements of an import: rows by COPY into a temporary table, then one merge per slice.

Writes subscriptions. People who are kept out are not changed at all. Measurements: docs/importing-people.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from publication.database.statement_sql import query

CREATE = """
CREATE TEMPORARY TABLE import_slice (
    line bigint, address_key bytea, address text, domain text,
    name text, language text, country text, joined timestamptz, attributes jsonb,
    state text, state_at timestamptz, known_only boolean
)
"""
# A slice's sorts and hashes stay in memory (at the default of 4 MB they spill to disk), and the planner uses 20,000 index
# look-ups, where its default costs would make it read the whole table for each slice.
MEMORY = "SET LOCAL work_mem = '64MB'; SET LOCAL random_page_cost = 1.1"
# Slices run one after another, even those of parallel imports, which could lock the same people in different orders.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('mailroom import'))"

# Of people who leave everything, move, or are merged or erased at the same time, the merge sees the result, or they wait for it.
LOCK_KNOWN = """
WITH known AS (
    SELECT s.id FROM subscriber s JOIN import_slice i ON i.address_key = s.address_key ORDER BY s.id FOR NO KEY UPDATE OF s
) SELECT count(*) FROM known
"""


def details(name: str, language: str, country: str, zone: str, attributes: str) -> str:
    """SQL for the hash of what is known about a person: it changes with every edit of them."""
    return f"hash_record_extended(ROW({name}, {language}, {country}, {zone}, {attributes}), 0)"


_DETAILS_AFTER = details(
    "COALESCE(NULLIF(name, ''), old_name, '')", "COALESCE(NULLIF(language, ''), old_language, '')",
    "COALESCE(NULLIF(country, ''), old_country, '')", "COALESCE(old_zone, '')",
    "COALESCE(old_attributes || attributes, attributes)",
)  # fmt: skip
# `kept_out` says why a row changes nothing; a state NULL is a row that only suppresses. New people get their number here and not
# in the INSERT, so that their subscription needs no join with what was inserted: the planner takes that for one row, and a
# nested loop takes minutes. `pending` becomes confirmed; the WHERE is checked on the row as it is then, so a concurrent
# unsubscribe wins. Somebody who left by the file stays if they confirmed here themselves after that day, or on any day if the
# file has none.
# `edited` has what differs, and `noted` the names of these fields for the person's history. `remembered` is for the undo. A dry
# run remembers nobody; `explain` says what each row does.
MERGE = (
    """
WITH found AS MATERIALIZED (
    SELECT i.line, i.address_key, i.address, i.domain, i.name, i.language, i.country, i.joined, i.attributes, i.state,
           CASE WHEN i.state_at < %(now)s THEN i.state_at END AS state_at, i.known_only, p.state AS old_state, s.id AS old_id,
           s.name AS old_name,
           s.language AS old_language, s.country AS old_country, s.zone AS old_zone, s.attributes AS old_attributes,
           CASE
               WHEN x.erased_at IS NOT NULL OR x.reason = 'erased' THEN 'erased'
               WHEN i.state IS NULL OR i.state = 'unsubscribed' THEN NULL
               WHEN x.address_key IS NOT NULL THEN 'suppressed'
               WHEN d.domain IS NOT NULL THEN 'domain'
               WHEN p.state = 'unsubscribed' THEN 'left'
               WHEN p.state = 'confirmed' THEN NULL
               WHEN s.left_all_at IS NOT NULL THEN 'left_all'
               WHEN NOT %(despite_left)s AND EXISTS (
                   SELECT FROM subscription o
                   WHERE o.subscriber_id = s.id AND o.list_id <> %(list_id)s AND o.state = 'unsubscribed'
               ) THEN 'left_other'
           END AS kept_out
    FROM import_slice i
    LEFT JOIN subscriber s ON s.address_key = i.address_key
    LEFT JOIN subscription p ON p.subscriber_id = s.id AND p.list_id = %(list_id)s
    LEFT JOIN suppression x ON x.address_key = i.address_key
    LEFT JOIN suppressed_domain d ON d.domain = i.domain AND (d.expires_at IS NULL OR d.expires_at > %(now)s)
), classed AS (
    SELECT f.*, new.is_new, CASE WHEN new.is_new THEN nextval('subscriber_id_seq') ELSE f.old_id END AS id,
           stays.is_so AND NOT new.is_new AND (
               f.name NOT IN ('', f.old_name) OR f.language NOT IN ('', f.old_language)
               OR f.country NOT IN ('', f.old_country) OR f.old_attributes || f.attributes <> f.old_attributes
           ) AS changes,
           stays.is_so AND f.old_state IS DISTINCT FROM 'confirmed' AND (f.old_state IS NULL OR f.state = 'confirmed') AS joins
    FROM found f
    CROSS JOIN LATERAL (
        SELECT f.old_id IS NULL AND f.kept_out IS NULL AND f.state IS NOT NULL AND NOT f.known_only AS is_new
    ) new
    CROSS JOIN LATERAL (SELECT f.kept_out IS NULL AND COALESCE(f.state IN ('confirmed', 'pending'), false) AS is_so) stays
), given AS MATERIALIZED (
    SELECT c.*, CASE WHEN is_new THEN 3 WHEN joins AND changes THEN 4 WHEN joins THEN 2 WHEN changes THEN 1 ELSE 0 END AS effect
    FROM classed c
), edited AS (
    SELECT g.line, g.id, array_agg(d.field ORDER BY d.field) AS fields,
           json_agg(json_build_array(d.field, d.old, d.new) ORDER BY d.field) AS differences
    FROM given g
    CROSS JOIN LATERAL (
        SELECT v.field, to_jsonb(v.old) AS old, to_jsonb(v.new) AS new
        FROM (VALUES ('name', g.old_name, g.name), ('language', g.old_language, g.language),
                     ('country', g.old_country, g.country)) AS v (field, old, new)
        WHERE v.new NOT IN ('', v.old)
        UNION ALL
        SELECT a.key, g.old_attributes -> a.key, a.value FROM jsonb_each(g.attributes) a
        WHERE g.old_attributes -> a.key IS DISTINCT FROM a.value
    ) d
    WHERE g.changes
    GROUP BY g.line, g.id
), noted AS (
    INSERT INTO audit (at, actor_id, verb, object_kind, object_id, detail)
    SELECT %(now)s, %(actor_id)s, 'import_details', 'subscriber', id::text,
           jsonb_build_object('changed', to_jsonb(fields), 'import', %(run_id)s::bigint)
    FROM edited WHERE %(remember)s
), inserted AS (
    INSERT INTO subscriber
        (id, address, address_key, domain, name, language, country, zone, attributes, created_at, soft_bounces)
    SELECT id, address, address_key, domain, name, language, country, '', attributes, %(now)s, 0
    FROM given WHERE is_new
    ON CONFLICT (address_key) DO NOTHING
    RETURNING 1
), changed AS (
    UPDATE subscriber s
    SET name = COALESCE(NULLIF(g.name, ''), s.name),
        language = COALESCE(NULLIF(g.language, ''), s.language),
        country = COALESCE(NULLIF(g.country, ''), s.country),
        attributes = s.attributes || g.attributes
    FROM given g
    WHERE s.id = g.id AND g.changes AND s.erased_at IS NULL
    RETURNING 1
), joined AS (
    INSERT INTO subscription AS p (subscriber_id, list_id, state, source, consent, created_at, joined_at, confirmed_at,
                                   unsubscribed_how)
    SELECT id, %(list_id)s, state, %(source)s, %(consent)s, %(now)s,
           COALESCE(joined, %(now)s), CASE WHEN state = 'confirmed' THEN %(now)s END, ''
    FROM given
    WHERE joins
    ON CONFLICT (subscriber_id, list_id) DO UPDATE
        SET state = 'confirmed', source = EXCLUDED.source, consent = EXCLUDED.consent,
            confirmed_at = EXCLUDED.confirmed_at, joined_at = EXCLUDED.joined_at
        WHERE p.state = 'pending' AND EXCLUDED.state = 'confirmed'
    RETURNING p.state
), ended AS (
    INSERT INTO subscription AS p (subscriber_id, list_id, state, source, consent, created_at, joined_at, unsubscribed_at,
                                   unsubscribed_how)
    SELECT id, %(list_id)s, 'unsubscribed', %(source)s, %(consent)s, %(now)s, joined, COALESCE(state_at, %(now)s), 'import'
    FROM given g
    WHERE kept_out IS NULL AND state = 'unsubscribed'
      AND (old_state IN ('pending', 'confirmed') OR old_state IS NULL AND NOT known_only)
      AND NOT (old_state IS NOT DISTINCT FROM 'confirmed' AND EXISTS (
          SELECT FROM consent_record c
          WHERE c.subscriber_id = g.id AND c.list_id = %(list_id)s AND c.act IN ('confirmed', 'returned')
            AND (g.state_at IS NULL OR c.at > g.state_at)
      ))
    ON CONFLICT (subscriber_id, list_id) DO UPDATE
        SET state = 'unsubscribed', unsubscribed_at = EXCLUDED.unsubscribed_at, unsubscribed_how = 'import',
            unsubscribed_campaign = NULL, unsubscribed_reason = '', unsubscribed_comment = ''
        WHERE p.state <> 'unsubscribed'
    RETURNING p.subscriber_id
), remembered AS (
    INSERT INTO imported_person (run_id, subscriber_id, effect, details)
    SELECT %(run_id)s, id, effect,
           CASE WHEN is_new OR joins OR changes THEN """
    + _DETAILS_AFTER
    + """ END
    FROM given WHERE %(remember)s AND id IS NOT NULL
    ON CONFLICT (run_id, subscriber_id) DO UPDATE
        SET effect = EXCLUDED.effect, details = EXCLUDED.details WHERE EXCLUDED.effect > imported_person.effect
)
SELECT (SELECT count(*) FROM inserted),
       (SELECT count(*) FROM given WHERE is_new),
       (SELECT count(old_id) FROM given),
       EXISTS (
           SELECT FROM given g JOIN former_address f ON f.address_key = g.address_key JOIN subscriber s ON s.id = f.subscriber_id
           WHERE g.is_new AND s.address IS NOT NULL
             AND NOT EXISTS (SELECT FROM suppression x WHERE x.address_key = f.address_key)
       ),
       (SELECT count(*) FROM given),
       (SELECT count(*) FROM changed),
       (SELECT count(*) FROM joined WHERE state = 'confirmed'),
       (SELECT count(*) FROM joined WHERE state = 'pending'),
       (SELECT COALESCE(json_agg(json_build_array(
            line, kept_out, address, CASE WHEN kept_out = 'left_other' THEN (
                SELECT string_agg(l.slug, ', ' ORDER BY l.slug) FROM subscription o JOIN mailing_list l ON l.id = o.list_id
                WHERE o.subscriber_id = old_id AND o.state = 'unsubscribed') END
        ) ORDER BY line), '[]') FROM given WHERE kept_out IS NOT NULL),
       (SELECT COALESCE(json_agg(json_build_array(g.line, g.id, g.is_new, g.state_at) ORDER BY g.line), '[]')
        FROM ended e JOIN given g ON g.id = e.subscriber_id),
       (SELECT COALESCE(json_agg(json_build_array(line, effect, e.differences
        ) ORDER BY line), '[]') FROM given LEFT JOIN edited e USING (line) WHERE %(explain)s AND kept_out IS NULL),
       (SELECT COALESCE(json_object_agg(effect, number), '{}') FROM (
            SELECT effect, count(*) AS number
            FROM given g
            WHERE kept_out IS NULL AND line <> ALL(%(suppressing)s)
              AND (state <> 'unsubscribed' OR NOT EXISTS (SELECT FROM ended e WHERE e.subscriber_id = g.id))
            GROUP BY 1
        ) counted)
"""
)
# Take out of the rows what would replace something that is known. The people stay locked until the merge has changed them.
FILL_ONLY = """
WITH known AS (
    SELECT s.id, s.address_key, s.name, s.language, s.country,
           ARRAY(SELECT a.key FROM jsonb_each(s.attributes) a WHERE a.value NOT IN ('null', '""', '[]')) AS filled
    FROM subscriber s WHERE s.address_key IN (SELECT address_key FROM import_slice)
    ORDER BY s.id FOR NO KEY UPDATE
)
UPDATE import_slice i
SET name = CASE WHEN k.name = '' THEN i.name ELSE '' END,
    language = CASE WHEN k.language = '' THEN i.language ELSE '' END,
    country = CASE WHEN k.country = '' THEN i.country ELSE '' END,
    attributes = i.attributes - k.filled
FROM known k WHERE k.address_key = i.address_key
"""
# Cancel mails that would ask people to confirm what the import's statement of consent already covers.
CANCEL_CONFIRMATIONS = """
UPDATE notice n SET state = 'skipped', reason = 'confirmed', ended_at = %(now)s
FROM import_slice i JOIN subscriber s ON s.address_key = i.address_key
WHERE n.subscriber_id = s.id AND n.list_id = %(list_id)s AND n.purpose = 'confirm' AND n.state = 'planned'
  AND i.state = 'confirmed'
"""


class RowEffect(NamedTuple):
    """What a row that is not kept out does: `effect` is one of ImportedPerson.Effect, `changes` are [field, old, new]."""

    line: int
    effect: int
    changes: Sequence[tuple[str, object, object]] | None


class KeptOut(NamedTuple):
    """A row that changes nothing. `reason`: erased, suppressed, domain, left, left_all or left_other, with the
    other `lists`.
    """

    line: int
    reason: str
    address: str
    lists: str | None


class EndedSubscription(NamedTuple):
    """A subscription that a row ended, or that is stored as ended; `at` is the file's, in ISO 8601."""

    line: int
    subscriber_id: int
    is_new: bool
    at: str | None


@dataclass(frozen=True)
class SliceMergeResult:
    """The results of one slice's rows; `updated` are known people with other details."""

    created: int = 0
    given: int = 0
    updated: int = 0
    subscribed: int = 0
    measured: int = 0  # people who agree to be measured since
    pending: int = 0
    kept_out: Sequence[KeptOut] = ()
    ended: Sequence[EndedSubscription] = field(default_factory=list)
    effects: Sequence[RowEffect] = ()
    counted: Mapping[str, int] = field(default_factory=dict)  # by effect: rows that neither end nor suppress anything


class OvertakenError(Exception):
    """Somebody in the slice signed up, or got another address, during the merge; the caller rolls back and merges again."""


def create_table() -> None:
    drop_table()
    query(CREATE)


def drop_table() -> None:
    query("DROP TABLE IF EXISTS import_slice")


def merge(
    lines: bytes, *, run_id: int, list_id: int, actor_id: int, consent: str, now: datetime, despite_left: bool,
    remember: bool = True, explain: bool = False, suppressing: Sequence[int] = (), fill_only: bool = False,
    meanwhile: Callable[[], object] = lambda: None,
) -> SliceMergeResult:  # fmt: skip
    """Merge lines of COPY's text format into subscribers and subscriptions, in the caller's transaction.

    `remember`: store what the run did with each person, for its undo. `explain`: return the effect of each row.
    `suppressing`: the lines that say why an address is suppressed. `fill_only`: overwrite no detail of a known person.
    `meanwhile` is called before the long statement. Raises OvertakenError.
    """
    values: dict[str, Any] = {
        "run_id": run_id, "list_id": list_id, "source": f"import:{run_id}", "consent": consent, "now": now,
        "despite_left": despite_left, "remember": remember, "explain": explain, "actor_id": actor_id,
        "suppressing": list(suppressing),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(MEMORY)
        cursor.execute("TRUNCATE import_slice")
        # Django wraps the errors of every statement but COPY's. A full disk, for example, is an error of COPY.
        with connection.wrap_database_errors, cursor.copy("COPY import_slice FROM STDIN") as copy:
            copy.write(lines)
        locked = None
        if remember:
            cursor.execute(LOCK_KNOWN)
            (locked,) = cursor.fetchone()
        if fill_only:
            cursor.execute(FILL_ONLY)
        meanwhile()
        cursor.execute(MERGE, values)
        created, expected, known, is_moved, given, *counts = cursor.fetchone()
        updated, subscribed, pending, kept_out, ended, effects, counted = counts
        if created != expected or is_moved or locked not in (None, known):
            raise OvertakenError
        if subscribed > created:
            cursor.execute(CANCEL_CONFIRMATIONS, values)
    return SliceMergeResult(
        created,
        given,
        updated,
        subscribed,
        pending=pending,
        kept_out=[KeptOut(*row) for row in kept_out],
        ended=[EndedSubscription(*row) for row in ended],
        effects=[RowEffect(*row) for row in effects],
        counted=counted,
    )


def suppressed_keys(keys: Sequence[bytes]) -> dict[bytes, str]:
    """Why those of these addresses that are suppressed are."""
    rows = query("SELECT address_key, reason FROM suppression WHERE address_key = ANY(%s)", [list(keys)])
    return {bytes(key): reason for key, reason in rows}


def known_keys(keys: Sequence[bytes]) -> set[bytes]:
    """The keys of these addresses that people here have."""
    return {bytes(key) for (key,) in query("SELECT address_key FROM subscriber WHERE address_key = ANY(%s)", [list(keys)])}


def known_names(keys: Sequence[bytes]) -> dict[bytes, str]:
    """The names of the people with these addresses."""
    rows = query("SELECT address_key, name FROM subscriber WHERE address_key = ANY(%s) AND name <> ''", [list(keys)])
    return {bytes(key): name for key, name in rows}


def lock_attributes() -> set[str]:
    """The names of the declared attributes. Until the end of the caller's transaction none of them can be deleted."""
    rows = query(
        "WITH locked AS MATERIALIZED (SELECT attribute_schema FROM publication FOR KEY SHARE) "
        "SELECT jsonb_object_keys(attribute_schema) FROM locked"
    )
    return {name for (name,) in rows}


def analyse(*, only_keys: bool) -> None:
    """Refresh the planner's statistics after many new rows, so that later statements are planned for the current tables.

    `only_keys`: those that the statements of an import need, which take a quarter of the time.
    """
    query("SELECT analyse_keys_of_people()" if only_keys else "SELECT analyse_people()")
