"""Diagnose the bounces that an older version stored, so that counts of mailbox bounces go on where they were,
and recall when those addresses were last delivered to.

In slices, each committed by itself, and safe to repeat. Suppressions stay as they are: `mailroom suppression reconsider` lifts
what should not have been.
"""

from typing import Any

from django.db import migrations


def diagnose(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM event)")
        if not cursor.fetchone()[0]:
            return  # a new installation: nothing to read, and the code below may be of any later version
    from campaigns.tracking.bounces import reconsidering

    reconsidering.diagnose_anew()
    reconsidering.recall_deliveries()


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("campaigns", "0011_bounce_causes"), ("subscribers", "0008_suppression_evidence")]
    operations = [migrations.RunPython(diagnose, migrations.RunPython.noop)]
