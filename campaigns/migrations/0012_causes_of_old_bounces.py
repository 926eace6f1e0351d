"""Find the causes of bounces that an older version stored, so that counts of mailbox bounces continue; set delivery times.

Works in parts, each committed separately, and is safe to repeat. Suppressions do not change: `mailroom suppression reconsider`
lifts wrong ones.
"""

from typing import Any

from django.db import migrations


def diagnose(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM event)")
        if not cursor.fetchone()[0]:
            return  # a new installation: there is nothing to read, and the code imported below may be of any later version
        from campaigns.tracking.bounces import reconsidering

        reconsidering.diagnose_anew()
        recall_deliveries(cursor)


def recall_deliveries(cursor: Any) -> None:
    """Set from the stored events when each campaign was delivered to addresses with mailbox bounces."""
    cursor.execute(
        "SELECT DISTINCT address_key FROM event WHERE cause <> '' AND address_key IS NOT NULL "
        "AND cause IN ('mailbox_full', 'mailbox_inactive', 'unclassified')"
    )
    keys = [bytes(row[0]) for row in cursor.fetchall()]
    cursor.execute("SELECT id FROM campaign WHERE started_at IS NOT NULL ORDER BY id")
    for (campaign_id,) in cursor.fetchall() if keys else ():
        cursor.execute("SELECT subscriber_id FROM delivery WHERE campaign_id = %s AND address_key = ANY(%s)", [campaign_id, keys])
        people = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            """
            UPDATE delivery d SET delivered_at = e.at FROM (
                SELECT subscriber_id, max(at) AS at FROM event
                WHERE campaign_id = %s AND kind = 'delivered' AND subscriber_id = ANY(%s::bigint[]) GROUP BY subscriber_id) e
            WHERE d.campaign_id = %s AND d.subscriber_id = e.subscriber_id AND d.delivered_at IS NULL
            """,
            [campaign_id, people, campaign_id],
        )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("campaigns", "0011_bounce_causes"), ("subscribers", "0008_suppression_evidence")]
    operations = [migrations.RunPython(diagnose, migrations.RunPython.noop)]
