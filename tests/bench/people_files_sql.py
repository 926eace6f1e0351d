"""The bare side of imports and exports: tables as Mailroom's with their indexes, keys and triggers, and the statements on them."""

import csv
import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from subscribers import addresses
from tests.bench.people import people

Admin = psycopg.Connection[Any]
_BLOCK = 1024 * 1024
_UNITS = ("物理研究所", "化学研究所", "Institute of Physics", "北京", "上海")
_LISTED = "SELECT id FROM mailing_list WHERE slug = 'list-1'"
# Both tables as Mailroom's, with everything that an INSERT has to maintain. Their triggers count for the same lists.
_LIKE = """
CREATE TABLE bare_subscriber (LIKE subscriber INCLUDING ALL);
CREATE TABLE bare_subscription (LIKE subscription INCLUDING ALL);
DO $$
DECLARE
    made text;
BEGIN
    FOR made IN
        SELECT format('ALTER TABLE bare_%s ADD %s', conrelid::regclass, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('subscriber'::regclass, 'subscription'::regclass)
    LOOP EXECUTE regexp_replace(made, 'REFERENCES (subscriber|subscription)\\(', 'REFERENCES bare_\\1('); END LOOP;
    FOR made IN
        SELECT pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal AND tgrelid IN ('subscriber'::regclass, 'subscription'::regclass)
    LOOP EXECUTE regexp_replace(made, ' ON (public\\.)?(subscriber|subscription) ', ' ON bare_\\2 '); END LOOP;
END $$
"""
_SLICE = """
CREATE TEMPORARY TABLE bare_slice (
    address_key bytea, address text, domain text, name text, language text, country text, attributes jsonb
)
"""
_INSERT = f"""
WITH made AS (
    INSERT INTO bare_subscriber (address, address_key, domain, name, language, country, zone, attributes, created_at, soft_bounces)
    SELECT address, address_key, domain, name, language, country, '', attributes, now(), 0 FROM bare_slice
    RETURNING id
)
INSERT INTO bare_subscription (subscriber_id, list_id, state, source, consent, created_at, joined_at, confirmed_at, unsubscribed_how)
SELECT id, ({_LISTED}), 'confirmed', 'import:0', 'fair', now(), now(), now(), '' FROM made
"""


def make_bare_tables(admin: Admin) -> None:
    with admin.cursor() as cursor:
        cursor.execute(_LIKE)
        for table in ("subscriber", "subscription"):
            for kind in ("pg_indexes WHERE tablename", "pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text"):
                cursor.execute(f"SELECT (SELECT count(*) FROM {kind} = %s), (SELECT count(*) FROM {kind} = %s)",
                               [table, f"bare_{table}"])  # fmt: skip
                [(theirs, ours)] = cursor.fetchall()
                assert theirs == ours, (table, kind, theirs, ours)


def write_files(folder: Path, first: int, end: int, names: Sequence[str]) -> tuple[Path, Path]:
    """The same people as a CSV file for Mailroom, and as lines for COPY with what Mailroom has to compute."""
    file, lines, key = folder / f"people-{first}.csv", folder / f"people-{first}.copy", addresses.hasher()
    with ExitStack() as stack:
        text = stack.enter_context(file.open("w", encoding="utf-8", newline=""))
        copied = stack.enter_context(lines.open("w", encoding="utf-8", newline=""))
        writer = csv.writer(text)
        writer.writerow(["email", "name", "language", "country", *names])
        for number, (address, name, language, country) in enumerate(people(first, end), first):
            values = [_UNITS[(number * 31 + at * at) % len(_UNITS)] for at in range(len(names))]
            writer.writerow([address, name, language, country, *values])
            noted = json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False)
            domain = address.rpartition("@")[2]
            copied.write(f"\\\\x{key(address.lower()).hex()}\t{address}\t{domain}\t{name}\t{language}\t{country}\t{noted}\n")
    return file, lines


def bare_import(admin: Admin, lines: Path) -> int:
    with admin.cursor() as cursor:
        cursor.execute("SET work_mem = '64MB'")
        cursor.execute("DROP TABLE IF EXISTS bare_slice")
        cursor.execute(_SLICE)
        with lines.open("rb") as file, cursor.copy("COPY bare_slice FROM STDIN") as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
        cursor.execute(_INSERT)
        return int(cursor.rowcount)


def check_same(admin: Admin) -> None:
    """Both sides made the same people."""
    columns = "address, address_key, domain, name, language, country, attributes"
    with admin.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT {columns} FROM subscriber EXCEPT SELECT {columns} FROM bare_subscriber) other"
        )
        assert cursor.fetchall() == [(0,)]
        cursor.execute("SELECT (SELECT count(*) FROM subscription), (SELECT count(*) FROM bare_subscription)")
        [(mailroom, bare)] = cursor.fetchall()
        assert mailroom == bare, (mailroom, bare)
        cursor.execute("DROP TABLE bare_subscription, bare_subscriber, bare_slice")


def join_further_lists(admin: Admin) -> None:
    """Put shares of the people on the other lists, as the people of the pages are."""
    from tests.bench.people_pages_sql import subscribe

    with admin.cursor() as cursor:
        cursor.execute("SELECT id FROM mailing_list WHERE slug LIKE 'list-%' ORDER BY slug OFFSET 1")
        lists = [row[0] for row in cursor.fetchall()]
    subscribe(lists, first=1)


def bare_export(admin: Admin, target: Path, names: Sequence[str]) -> int:
    """COPY … TO of the same joined columns, without guards and words."""
    with admin.cursor() as cursor:
        cursor.execute("SELECT id FROM mailing_list WHERE slug LIKE 'list-%' ORDER BY slug")
        lists = [row[0] for row in cursor.fetchall()]
        states = ", ".join(f"p{list_id}.state" for list_id in lists)
        noted = ", ".join(f"s.attributes ->> '{name}'" for name in names)
        joins = " ".join(
            f"LEFT JOIN subscription p{list_id} ON p{list_id}.subscriber_id = s.id AND p{list_id}.list_id = {list_id}"
            for list_id in lists
        )
        statement = f"SELECT s.address, s.name, s.language, {states}, {noted} FROM subscriber s {joins} ORDER BY s.id"
        with target.open("wb") as file, cursor.copy(f"COPY ({statement}) TO STDOUT WITH (FORMAT csv)") as copy:
            for block in copy:
                file.write(block)
        return int(cursor.rowcount)


def settle_down(admin: Admin) -> None:
    """Do the work of autovacuum and the checkpointer now, so that it does not fall into the measured time of one side."""
    with admin.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s)",
                       [["subscriber", "subscription", "bare_subscriber", "bare_subscription", "imported_person"]])  # fmt: skip
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute("CHECKPOINT")
