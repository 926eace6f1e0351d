"""SQL of the fill: creates a campaign's deliveries as a table of its own, and cuts slices from it.

`delivery` is partitioned by campaign. The table is filled first, then gets its two indexes, then is attached. Measured with
300,000 recipients: 0.8 s, against 2.2 s row by row into the indexes of a shared table (docs/decisions/partitions.md).
The table is created in another schema, because the sending role owns no table in the schema of `delivery`. A function of
the owner moves it there (campaigns/migrations/0001).
"""

from collections.abc import Sequence
from typing import Any

from publication.database.statement_sql import changed, exists, query

Select = tuple[str, Sequence[Any]]
# An empty audience, for a campaign whose recipients are added later.
NOBODY: Select = ("SELECT 0::bigint, 0, 0, 0, ''::bytea WHERE false", [])


def in_one_part(attempt_size: int, audience: Select) -> Select:
    """Slices of `attempt_size` in id order, where everybody gets the same at once; `audience` gives (id, address_key)."""
    audience_sql, parameters = audience
    return (
        "SELECT a.id, (row_number() OVER (ORDER BY a.id) - 1) / %s, 0, 0, a.address_key "
        f"FROM ({audience_sql}) AS a (id, address_key)",
        [attempt_size, *parameters],
    )


def in_parts(attempt_size: int, audience: Select) -> Select:
    """Slices cut within each wave and variant in id order, numbered by wave, then by variant.

    `audience` gives (id, address_key, variant, wave).
    """
    audience_sql, parameters = audience
    return (
        f"""
        SELECT b.id, dense_rank() OVER (ORDER BY b.wave, b.variant, b.part) - 1, b.wave, b.variant, b.address_key
        FROM (SELECT a.*, (row_number() OVER (PARTITION BY a.wave, a.variant ORDER BY a.id) - 1) / %s AS part
              FROM ({audience_sql}) AS a (id, address_key, variant, wave)) b
        """,
        [attempt_size, *parameters],
    )


def make_deliveries(campaign_id: int, numbered: Select) -> int:
    """Create the campaign's table with all constraints of a partition of `delivery`; returns the number of rows.

    `numbered` gives (subscriber_id, slice, wave, variant, address_key).
    """
    table, number = _table(campaign_id), int(campaign_id)
    name = f"delivery_{number}"
    select_sql, parameters = numbered
    # For this transaction: memory to sort a million recipients and to build two indexes.
    query("SELECT set_config('work_mem', '128MB', true), set_config('maintenance_work_mem', '256MB', true)")
    count = changed(
        f"CREATE TABLE {table} AS SELECT {number}::bigint AS campaign_id, n.subscriber_id, n.slice::integer AS slice, "
        "n.variant::smallint AS variant, n.wave::smallint AS wave, n.address_key, NULL::text AS state, NULL::text AS reason, "
        f"NULL::text AS proof, NULL::timestamptz AS delivered_at "
        f"FROM ({select_sql}) AS n (subscriber_id, slice, wave, variant, address_key)",
        parameters,
    )
    query(
        f"ALTER TABLE {table} ALTER campaign_id SET NOT NULL, ALTER subscriber_id SET NOT NULL, ALTER slice SET NOT NULL, "
        "ALTER variant SET NOT NULL, ALTER wave SET NOT NULL, ALTER address_key SET NOT NULL, "
        "ALTER variant SET DEFAULT 0, ALTER wave SET DEFAULT 0, "
        f"ADD CONSTRAINT {name}_only CHECK (campaign_id = {number}), "
        f"ADD CONSTRAINT {name}_pkey PRIMARY KEY (campaign_id, subscriber_id), "
        f"ADD CONSTRAINT {name}_once UNIQUE (campaign_id, address_key)"
    )
    # Without statistics the planner expects a single row for a slice's range, and the gate's plan is slow.
    query(f"ANALYZE {table}")
    return count


def attach_deliveries(campaign_id: int) -> None:
    """Attach the table to `delivery`. Readers and writers of other campaigns do not wait for it."""
    query("SELECT attach_delivery(%s)", [campaign_id])


# One slice for each slice number in some deliveries.
CUT_SLICES = """
    INSERT INTO slice (campaign_id, number, variant, wave, first_subscriber_id, last_subscriber_id, count)
    SELECT campaign_id, slice, variant, wave, min(subscriber_id), max(subscriber_id), count(*)
    FROM {deliveries} GROUP BY campaign_id, slice, variant, wave
"""


def fill_slices(campaign_id: int) -> int:
    """Cut the slices of the deliveries, before these are attached."""
    return changed(CUT_SLICES.format(deliveries=_table(campaign_id)))


def _table(campaign_id: int) -> str:
    return f"filling.delivery_{int(campaign_id)}"


def lock_campaign_to_fill(campaign_id: int) -> bool:
    """Lock the campaign's row: the fill's lease, which ends with the connection. False if another has it, or it is filled."""
    return exists("SELECT 1 FROM campaign WHERE id = %s AND state = 'filling' FOR UPDATE SKIP LOCKED", [campaign_id])
