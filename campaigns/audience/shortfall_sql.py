"""SQL that counts an audience: everybody on its lists by why they do not get it, and those who get it by variant, language and
domain. One statement, so that all numbers are of the same moment.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from publication.database.statement_sql import query

Select = tuple[str, Sequence[Any]]
# The code of the people whom a query gives as (id); without a code, the query gives it as (id, code).
Step = tuple[str | None, Select]


class Line(NamedTuple):
    """`domain` is None in a line about `why`, `variant` and `language`; otherwise these are None."""

    why: str | None
    variant: int | None
    language: str | None
    domain: str | None
    people: int


def count(confirmed: Select, steps: Sequence[Step], others: Mapping[str, Select], most_domains: int) -> list[Line]:
    """`confirmed` gives (id, variant, language, domain). The first of `steps` that has a person decides why they do not get it.
    `others` are people who are not in `confirmed`. Domains are those of people who get it.

    Joins of whole tables: a condition that is looked up for each person takes three times as long with a million people.
    """
    # With the usual memory, the tables that are joined go to files. The planner expects as many groups as people, and would not
    # let several processes join them because it fears for the rows that they hand over.
    query("SELECT set_config('work_mem', '64MB', true), set_config('parallel_tuple_cost', '0', true)")
    joins, cases = [], []
    for at, (code, (sql, _values)) in enumerate(steps):
        joins.append(f"LEFT JOIN ({sql}) AS s{at} {'(id)' if code else '(id, code)'} ON s{at}.id = p.id")
        cases.append(f"WHEN s{at}.id IS NOT NULL THEN {'%s' if code else f's{at}.code'}")
    unconfirmed = [
        f"UNION ALL SELECT %s, NULL, NULL, NULL, count(*) FROM ({sql}) AS o HAVING count(*) > 0" for sql, _ in others.values()
    ]
    rows = query(
        f"""
        WITH counted AS MATERIALIZED (
            SELECT why, variant, language, domain, count(*) AS people
            FROM (SELECT CASE {" ".join(cases)} ELSE 'gets' END AS why, p.variant, p.language, p.domain
                  FROM ({confirmed[0]}) AS p (id, variant, language, domain)
                  {" ".join(joins)}) AS person
            GROUP BY why, variant, language, domain
        )
        SELECT why, variant, language, NULL, sum(people)::bigint AS people FROM counted GROUP BY why, variant, language
        {" ".join(unconfirmed)}
        UNION ALL (SELECT NULL, NULL, NULL, domain, sum(people)::bigint FROM counted WHERE why = 'gets'
                   GROUP BY domain ORDER BY 5 DESC, 4 LIMIT %s)
        """,
        [
            *(code for code, _ in steps if code), *confirmed[1], *(value for _, (_, values) in steps for value in values),
            *(value for code, (_, values) in others.items() for value in (code, *values)), most_domains,
        ],
    )  # fmt: skip
    return [Line(*row) for row in rows]
