"""A person's last click is looked up in the clicks.

The column `engaged_at` stays, empty, for the processes of the version before, which run beside this migration: a later release
drops it. What it had came from reports that no mail asked for, and nothing reads or erases it any more.
"""

from typing import Any

from django.db import migrations

AT_ONCE = 10_000


def empty(_apps: Any, schema_editor: Any) -> None:
    """Empty the column in steps, each in a transaction of its own: nobody who sends waits long for a row."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while last is not None:
            cursor.execute(
                "WITH step AS (SELECT id FROM subscriber WHERE engaged_at IS NOT NULL AND id > %s ORDER BY id LIMIT %s), "
                "emptied AS (UPDATE subscriber s SET engaged_at = NULL FROM step WHERE s.id = step.id) SELECT max(id) FROM step",
                [last, AT_ONCE],
            )
            [last] = cursor.fetchone()


class Migration(migrations.Migration):

    atomic = False
    dependencies = [("subscribers", "0009_measuring_wishes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="subscriber", name="engaged_at")],
            database_operations=[migrations.RunPython(empty, migrations.RunPython.noop)],
        ),
    ]
