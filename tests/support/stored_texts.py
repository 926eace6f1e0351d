"""Reads everything that is stored as text or bytes: every such column of every table, the broker, and every file of a folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Columns that can contain a text: all but numbers, times and truth values. Partitions are read with their table.
_COLUMNS = """
SELECT n.nspname, c.relname, a.attname, t.typname FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
WHERE c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname NOT LIKE 'pg\\_%'
  AND n.nspname <> 'information_schema' AND NOT c.relispartition AND t.typcategory NOT IN ('B', 'D', 'N', 'T')
ORDER BY 1, 2, 3
"""
SERVERS = ("postgres-", "valkey")  # folders of the servers' own files


def columns(cursor: Any) -> Iterator[tuple[str, str, str]]:
    """The columns of any table that can contain a text: the table as SQL, `table.column`, and the text of the column as SQL."""
    cursor.execute(_COLUMNS)
    for schema, table, column, kind in cursor.fetchall():
        text = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
        yield f'"{schema}"."{table}"', f"{table}.{column}", text


def keys(cursor: Any) -> Iterator[tuple[str, str, str]]:
    """As `columns`, those of bytes: they can be keyed hashes."""
    yield from ((table, name, text) for table, name, text in columns(cursor) if text.startswith("encode("))


def of_broker(client: Any) -> Iterator[tuple[str, bytes]]:
    """Every key of a Valkey server with its content."""
    for key in client.scan_iter():
        match client.type(key):
            case b"string":
                content: Any = client.get(key)
            case b"list":
                content = client.lrange(key, 0, -1)
            case b"hash":
                content = client.hgetall(key)
            case b"set":
                content = client.smembers(key)
            case _:
                content = client.zrange(key, 0, -1, withscores=True)
        yield f"broker:{key.decode(errors='replace')}", key + repr(content).encode()


def files(folder: Path, without: tuple[str, ...] = SERVERS) -> Iterator[Path]:
    """Every file below a folder, except in folders directly below it whose names begin with these."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(without):
            yield path
