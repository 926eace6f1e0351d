"""How the hand-written SQL reaches the database: on Django's connection, inside whatever transaction the caller began."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection


def query(sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement; what it returns, [] where it returns nothing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def changed(sql: str, parameters: Sequence[Any] = ()) -> int:
    """Run one statement; the number of rows it inserted, changed or removed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)
