"""SQL to detect that the database went back in time: which database this is, and what it lacks."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from campaigns.marks.campaign_marks import CampaignMark
from publication.database.statement_sql import changed, column, first, number, query

# Tables whose ids occur in mails, links and the provider's events, and how many ids are skipped after a loss.
GAPS = {
    "attempt": 1_000_000, "campaign": 1_000, "mailing_list": 1_000, "subscriber": 1_000_000, "subscription": 1_000_000,
    "notice": 100_000, "test_send": 100_000, "staff_mail": 100_000, "address_change": 100_000, "invitation": 1_000,
    "review_link": 1_000, "auth_user": 1_000,
}  # fmt: skip


def has_schema() -> bool:
    """Whether the tables that are read here exist: they may not in a new database, or in one that is being restored."""
    tables = ("attempt", "audit", "lost_campaign")
    return bool(query("SELECT bool_and(to_regclass(t) IS NOT NULL) FROM unnest(%s::text[]) AS n (t)", [list(tables)])[0][0])


def is_standby() -> bool:
    return bool(query("SELECT pg_is_in_recovery()")[0][0])


def identity() -> tuple[str, int, int]:
    """(system identifier, timeline, oid of the database). The timeline is that of the next WAL record: it is right from the
    promotion on, while pg_control_checkpoint() shows the old one until the next checkpoint.
    """
    system, file, database = query(
        "SELECT (SELECT system_identifier FROM pg_control_system())::text, pg_walfile_name(pg_current_wal_lsn()), "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    )[0]
    return system, int(file[:8], 16), database


def last_attempt() -> tuple[int, Any]:
    """(id, gate time) of the highest attempt, read by the primary key's index."""
    return first("SELECT id, gate_at FROM attempt ORDER BY id DESC LIMIT 1") or (0, None)


def last_audit(verb: str) -> dict[str, Any]:
    """The detail and time of the last audit line with this verb on the publication; {} if there is none."""
    line = first(
        "SELECT detail::text, at FROM audit WHERE object_kind = 'publication' AND object_id = '1' AND verb = %s "
        "ORDER BY id + 0 DESC LIMIT 1",  # forces the index on the object, which has few lines
        [verb],
    )
    return {**json.loads(line[0]), "at": line[1]} if line else {}


def missing_attempts(ids: Sequence[int]) -> list[int]:
    """Those of the attempts `ids` that the database does not have."""
    return column(
        "SELECT n.id FROM unnest(%s::bigint[]) AS n (id) WHERE NOT EXISTS (SELECT 1 FROM attempt a WHERE a.id = n.id) ORDER BY 1",
        [list(ids)],
    )


def missing_singles(table: str, passed: Sequence[tuple[int, int]]) -> list[int]:
    """The ids among `passed`, given as (id, number of the attempt), whose passing of the gate the database does not record.

    A missing row counts only above the highest id: below it, the mail may have been removed with its person.
    """
    return column(
        f"""
        SELECT p.id FROM unnest(%s::bigint[], %s::int[]) AS p (id, number) LEFT JOIN {table} m ON m.id = p.id
        WHERE CASE WHEN m.id IS NULL THEN p.id > COALESCE((SELECT max(id) FROM {table}), 0)
                   ELSE m.attempt < p.number OR (m.attempt = p.number AND m.state = 'claimed') END
        ORDER BY 1
        """,
        [[single[0] for single in passed], [single[1] for single in passed]],
    )


def strange_attempts(after_log: int) -> list[int]:
    """Attempts that events named and the database did not have, logged after that line."""
    return column(
        "SELECT DISTINCT (detail ->> 'attempt')::bigint FROM delivery_log WHERE kind = 'event_for_unknown_attempt' AND id > %s "
        "AND campaign_id IS NULL ORDER BY 1",
        [after_log],
    )


def unknown_campaigns(keys: Sequence[tuple[int, datetime]]) -> set[tuple[int, datetime]]:
    """Those of the campaigns, given as (id, creation), that the database does not have, or of which it knows no recipients."""
    if not keys:
        return set()
    rows = query(
        """
        SELECT n.id, n.created_at FROM unnest(%s::bigint[], %s::timestamptz[]) AS n (id, created_at)
        WHERE NOT EXISTS (SELECT 1 FROM campaign c
                          WHERE c.id = n.id AND c.created_at = n.created_at AND c.recipients IS NOT NULL)
        """,
        [[key[0] for key in keys], [key[1] for key in keys]],
    )
    return {(campaign, created_at) for campaign, created_at in rows}


def write_lost(machine: str, marks: Sequence[CampaignMark]) -> int:
    """Store campaigns that a mark names. Several machines may have sent one: each has its own number of people."""
    return changed(
        """
        INSERT INTO lost_campaign (campaign_id, campaign_created_at, digest, name, subjects, lists, first_at, people, confirmed)
        SELECT *, '{}' FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::jsonb[], %s::jsonb[],
                                   %s::timestamptz[], %s::jsonb[])
        ON CONFLICT (campaign_id, campaign_created_at) DO UPDATE
        SET people = lost_campaign.people || excluded.people, first_at = LEAST(lost_campaign.first_at, excluded.first_at)
        WHERE lost_campaign.people || excluded.people <> lost_campaign.people OR excluded.first_at < lost_campaign.first_at
        """,
        [
            [mark.campaign for mark in marks], [mark.created_at for mark in marks], [mark.digest for mark in marks],
            [mark.name for mark in marks], [json.dumps(mark.subjects) for mark in marks],
            [json.dumps(mark.lists) for mark in marks], [mark.first_at for mark in marks],
            [json.dumps({machine: mark.people}) for mark in marks],
        ],
    )  # fmt: skip


def sent_again(named_attempts: Sequence[tuple[int, int | None, int | None]]) -> list[tuple[int, int, int, int]]:
    """(campaign, slice, lost attempt, current attempt) where somebody in a lost attempt is also in one that may have gone out.

    Excludes uncertain current attempts, which are listed already. Each pair is returned only once.
    """
    return query(
        """
        SELECT DISTINCT v.campaign_id, v.slice_id, n.id, v.attempt_id
        FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS n (id, campaign, subscriber)
        JOIN delivery_state v ON v.campaign_id = n.campaign AND v.subscriber_id = n.subscriber
        JOIN attempt a ON a.id = v.attempt_id AND a.id <> n.id AND (a.outcome IS NULL OR a.outcome = 'accepted')
        WHERE NOT EXISTS (SELECT 1 FROM delivery_log l WHERE l.kind = 'possible_duplicate' AND l.campaign_id = v.campaign_id
                          AND l.attempt_id = n.id AND l.slice_id = v.slice_id)
        """,
        [list(column) for column in zip(*named_attempts, strict=True)],
    )


def last_log() -> int:
    return number("SELECT COALESCE(max(id), 0) FROM delivery_log")


def advance_ids(known: Mapping[str, int]) -> dict[str, int]:
    """Skip ahead in the ids of everything named outside the database; table -> its first new id.

    `known` has the highest id that is known of a table. If an id were given twice, an event or a link in a lost mail could
    act for another person.
    """
    first = {}
    for table, gap in GAPS.items():
        sequence = f"pg_get_serial_sequence('{table}', 'id')"
        statement = f"SELECT setval({sequence}, GREATEST(nextval({sequence}), %s) + %s)"
        first[table] = number(statement, [known.get(table, 0), gap]) + 1
    return first


def highest_ids() -> dict[str, int]:
    """The highest id that each table of GAPS ever gave, also to rows that are gone."""
    return {
        table: number("SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence(%s, 'id')::regclass), 0)", [table])
        for table in GAPS
    }
