"""How often each value occurs among people, or in a sample of them."""

from publication.database.statement_sql import query
from subscribers.segments import estimates_sql

_VALUES = """
WITH sampled AS MATERIALIZED (
    SELECT language, country, domain, attributes FROM subscriber TABLESAMPLE SYSTEM (%(percent)s)
    WHERE erased_at IS NULL AND merged_into_id IS NULL
), named AS (
    SELECT 'language' AS field, language AS value FROM sampled
    UNION ALL SELECT 'country', country FROM sampled
    UNION ALL SELECT 'domain', domain FROM sampled
    UNION ALL SELECT 'attribute:' || pair.key, pair.value #>> '{}' FROM sampled, jsonb_each(attributes) AS pair
        WHERE jsonb_typeof(pair.value) = 'string'
    UNION ALL SELECT 'attribute:' || pair.key, item.value #>> '{}'
        FROM sampled, jsonb_each(attributes) AS pair,
            jsonb_array_elements(CASE jsonb_typeof(pair.value) WHEN 'array' THEN pair.value ELSE '[]' END) AS item
        WHERE jsonb_typeof(item.value) = 'string'
), counted AS (
    SELECT field, value, count(*) AS people, row_number() OVER (PARTITION BY field ORDER BY count(*) DESC, value) AS position
    FROM named WHERE value <> '' GROUP BY field, value HAVING count(*) >= %(least)s
)
SELECT field, value, people FROM counted WHERE position <= %(most)s ORDER BY field, people DESC, value
"""


def values(least: int, most: int) -> tuple[list[tuple[str, str, int]], float]:
    """(field, value, people) of the `most` frequent values of each field that `least` people of the sample share, and how many
    people each stands for.
    """
    known = max(estimates_sql.people(), 1)
    share = min(1.0, estimates_sql.SAMPLE / known)
    rows = query(_VALUES, {"percent": share * 100, "least": least, "most": most})
    return [(field, value, people) for field, value, people in rows], 1 / share
