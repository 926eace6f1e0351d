"""The statement of an export of people: each column is an expression over one person and the tables joined to them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection, models
from psycopg.abc import Buffer

from subscribers.attributes import Type
from subscribers.importing.csv_injection import FIRST_CODES, SQL_PATTERN

Parameters = list[Any]
_AT_ONCE = 2000
_STATES = ("confirmed", "pending", "unsubscribed")
# Why nothing is mailed to an address; the last one belongs to the address's domain.
_REASONS = ("hard_bounce", "soft_bounces", "complaint", "provider_unsubscribe", "invalid", "manual", "erased", "domain")

JOINED_SUPPRESSION = """
LEFT JOIN suppression x ON x.address_key = s.address_key
LEFT JOIN suppressed_domain d ON d.domain = s.domain AND (d.expires_at IS NULL OR d.expires_at > %s)
"""
# Nearly every cell begins with a character about which the pattern is not asked: it takes ten times as long. The server looks the
# code up in a hash table of these constants.
_FIRST = ",".join(map(str, FIRST_CODES))
GUARD = f"CASE WHEN ascii({{0}}) IN ({_FIRST}) AND {{0}} ~ %s THEN '''' || {{0}} ELSE {{0}} END"


class SqlCell(NamedTuple):
    """The expression of one column: text or NULL. `is_free`: people wrote the value, and a spreadsheet might calculate it."""

    sql: str
    parameters: Parameters
    is_free: bool = False


class Wording(NamedTuple):
    """How an export writes days and codes: the time zone of days, and code -> text; a code without a text stays as it is."""

    zone: str
    terms: Mapping[str, str]


def text(column: str) -> SqlCell:
    """A column of `subscriber`."""
    return SqlCell(f"NULLIF(s.{column}, '')", [], is_free=True)


def added(wording: Wording) -> SqlCell:
    return _day("s.created_at", wording)


def attribute(name: str, kind: Type) -> SqlCell:
    """The value as `attributes.as_text` writes it."""
    if kind in (Type.YESNO, Type.WORDS):
        return SqlCell(
            "(SELECT CASE jsonb_typeof(v) WHEN 'boolean' THEN CASE WHEN v::boolean THEN 'yes' ELSE 'no' END "
            "WHEN 'array' THEN (SELECT string_agg(w, ';' ORDER BY n) FROM jsonb_array_elements_text(v) WITH ORDINALITY a (w, n)) "
            "ELSE v #>> '{}' END FROM (SELECT s.attributes -> %s AS v) one)",
            [name],
            is_free=True,
        )
    return SqlCell("NULLIF(s.attributes ->> %s, '')", [name], is_free=True)


def list_state(number: int, wording: Wording) -> SqlCell:
    return _term(f"p{number}.state", _STATES, wording)


def list_joined(number: int, wording: Wording) -> SqlCell:
    return _day(f"COALESCE(p{number}.joined_at, p{number}.confirmed_at)", wording)


def list_left(number: int, wording: Wording) -> SqlCell:
    return _day(f"CASE WHEN p{number}.state = 'unsubscribed' THEN p{number}.unsubscribed_at END", wording)


def all_lists(wording: Wording) -> SqlCell:
    """Every list of a person with state and day, in one cell: `News (confirmed, 2026-03-02); Events (pending, 2026-05-01)`."""
    standing = _standing("p", wording)
    return SqlCell(
        f"(SELECT string_agg(l.name || {standing.sql}, '; ' ORDER BY l.name, l.id) "
        "FROM subscription p JOIN mailing_list l ON l.id = p.list_id WHERE p.subscriber_id = s.id)",
        standing.parameters,
        is_free=True,
    )


def joined_lists(names: Mapping[int, str], wording: Wording) -> SqlCell:
    """The same as `all_lists`, of lists that are joined: number of the join -> name. For everybody this takes half the time."""
    parts = [(name, number, _standing(f"p{number}", wording)) for number, name in names.items()]
    cases = ", ".join(f"CASE WHEN p{number}.id IS NOT NULL THEN %s || {standing.sql} END" for _, number, standing in parts)
    return SqlCell(
        f"NULLIF(concat_ws('; ', {cases}), '')",
        [parameter for name, _, standing in parts for parameter in (name, *standing.parameters)],
        is_free=True,
    )


def _standing(subscription: str, wording: Wording) -> SqlCell:
    state = _term(f"{subscription}.state", _STATES, wording)
    day = _day(
        "CASE p.state WHEN 'unsubscribed' THEN p.unsubscribed_at WHEN 'confirmed' THEN COALESCE(p.joined_at, p.confirmed_at) "
        "ELSE p.created_at END".replace("p.", f"{subscription}."),
        wording,
    )
    return SqlCell(f"' (' || concat_ws(', ', {state.sql}, {day.sql}) || ')'", [*state.parameters, *day.parameters])


def suppression(wording: Wording) -> SqlCell:
    """Why nothing is mailed to the address. The statement needs JOINED_SUPPRESSION."""
    return _term("COALESCE(x.reason, CASE WHEN d.id IS NOT NULL THEN 'domain' END)", _REASONS, wording)


def suppressed_since(wording: Wording) -> SqlCell:
    return _day("COALESCE(x.evidence_at, x.created_at, d.created_at)", wording)


def _day(moment: str, wording: Wording) -> SqlCell:
    return SqlCell(f"to_char(({moment}) AT TIME ZONE %s, 'YYYY-MM-DD')", [wording.zone])


def _term(code: str, codes: Sequence[str], wording: Wording) -> SqlCell:
    known = [(term, wording.terms[term]) for term in codes if term in wording.terms]
    if not known:
        return SqlCell(code, [])
    cases = " ".join(["WHEN %s THEN %s"] * len(known))
    return SqlCell(f"(SELECT CASE c {cases} ELSE c END FROM (SELECT {code} AS c) one)", [part for pair in known for part in pair])


def list_join(number: int, list_id: int) -> SqlCell:
    return SqlCell(f"LEFT JOIN subscription p{number} ON p{number}.subscriber_id = s.id AND p{number}.list_id = %s\n", [list_id])


def statement(
    people: models.QuerySet[Any], cells: Sequence[SqlCell], joins: Sequence[SqlCell], *, guard_formulas: bool = False
) -> SqlCell:
    """The rows of these people, in the order in which they were added. `guard_formulas`: as csv_injection.guard writes cells."""
    people_sql, people_parameters = people.order_by().query.sql_with_params()
    columns = ", ".join(f"{cell.sql} AS c{number}" for number, cell in enumerate(cells))
    joined = "".join(join.sql for join in joins)
    rows = SqlCell(
        f"SELECT {columns} FROM ({people_sql}) s\n{joined}ORDER BY s.id",
        [
            *(part for cell in cells for part in cell.parameters),
            *people_parameters,
            *(part for join in joins for part in join.parameters),
        ],
    )
    return _guarded(rows, cells) if guard_formulas else rows


def _guarded(rows: SqlCell, cells: Sequence[SqlCell]) -> SqlCell:
    # OFFSET keeps the planner from computing an expression once for each of its uses.
    guarded = ", ".join(GUARD.format(f"c{number}") if cell.is_free else f"c{number}" for number, cell in enumerate(cells))
    patterns = [SQL_PATTERN for cell in cells if cell.is_free]
    return SqlCell(f"SELECT {guarded} FROM ({rows.sql} OFFSET 0) r", [*patterns, *rows.parameters])


def csv_rows(rows: SqlCell) -> Iterator[Buffer]:
    """Each row of a statement as one line of CSV, written by the database."""
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY ({rows.sql}) TO STDOUT WITH (FORMAT csv)", rows.parameters) as copy,
    ):
        yield from copy


def rows_in_steps(rows: SqlCell) -> Iterator[tuple[str | None, ...]]:
    """Each row of a statement, read a few at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(rows.sql, rows.parameters)
        while part := cursor.fetchmany(_AT_ONCE):
            yield from part
