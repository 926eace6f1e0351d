"""Stores the texts that readers search, and finds those with given terms."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.db import connection


class SearchedText(NamedTuple):
    """An article in one language. `position`: its place in the issue, from 0 on. `picture`: the file of its first one, or empty.
    `terms` include `title_terms`."""

    language: str
    article: str
    position: int
    section: str
    title: str
    text: str
    picture: str
    title_terms: Sequence[str]
    terms: Sequence[str]


class FoundText(NamedTuple):
    version_id: int
    language: str
    article: str
    position: int
    section: str
    title: str
    in_title: bool


def replace(version_id: int, rows: Iterable[SearchedText]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM article_text WHERE version_id = %s", [version_id])
        cursor.executemany(
            """
            INSERT INTO article_text
              (version_id, language, article, position, section, title, text, picture, title_search, search)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, array_to_tsvector(%s::text[]), array_to_tsvector(%s::text[]))
            """,
            [[version_id, *row[:7], list(row.title_terms), list(row.terms)] for row in rows],
        )


def find(version_ids: Collection[int], query: Iterable[tuple[str, bool]]) -> list[FoundText]:
    """The articles of these versions with all terms, in no order; without terms all. A term has letters and digits only."""
    lexemes = " & ".join(f"'{term}'{':*' if is_beginning else ''}" for term, is_beginning in query)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT version_id, language, article, position, section, title, title_search @@ %(query)s::tsquery
            FROM article_text
            WHERE version_id = ANY(%(versions)s) AND (%(query)s = '' OR search @@ %(query)s::tsquery)
            """,
            {"query": lexemes, "versions": list(version_ids)},
        )
        return [FoundText(*row) for row in cursor.fetchall()]


class QuotedText(NamedTuple):
    text: str
    picture: str


def texts(hits: Iterable[FoundText]) -> dict[tuple[int, str, str], QuotedText]:
    """(version, language, article) -> its text, and the file of its picture or nothing."""
    keys = [[hit.version_id, hit.language, hit.article] for hit in hits]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.version_id, t.language, t.article, t.text, t.picture
            FROM article_text t JOIN unnest(%s::bigint[], %s::text[], %s::text[]) AS k (version_id, language, article)
              ON (t.version_id, t.language, t.article) = (k.version_id, k.language, k.article)
            """,
            [list(column) for column in zip(*keys, strict=True)] or [[], [], []],
        )
        return {tuple(key): QuotedText(text, picture) for *key, text, picture in cursor.fetchall()}
