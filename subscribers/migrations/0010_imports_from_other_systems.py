"""Store when somebody left every list, and what an import found in a file of another system."""

from django.db import migrations, models

# Until now nothing said that somebody left everything. It shows where two or more subscriptions ended in one moment and none is left.
FILL = """
UPDATE subscriber s SET left_all_at = l.left_at
FROM (
    SELECT subscriber_id, max(unsubscribed_at) AS left_at FROM subscription
    GROUP BY subscriber_id
    HAVING count(*) > 1 AND bool_and(state = 'unsubscribed' AND unsubscribed_how NOT IN ('merged', 'erased'))
       AND min(unsubscribed_at) = max(unsubscribed_at)
) l
WHERE s.id = l.subscriber_id AND s.erased_at IS NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('subscribers', '0009_consent'),
    ]

    operations = [
        migrations.AddField(
            model_name='subscriber',
            name='left_all_at',
            field=models.DateTimeField(help_text='when they left every list at once; only their own consent empties it', null=True),
        ),
        migrations.AddField(
            model_name='importrun',
            name='format',
            field=models.TextField(blank=True, db_default='', default='', help_text='name in importing.source_formats, if recognised'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='despite_left',
            field=models.TextField(blank=True, db_default='', default='', help_text='why people who left another list were imported'),
        ),
        migrations.AddField(
            model_name='importrun',
            name='details',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict, help_text='further counts: importing.importer'),
        ),
        migrations.AlterField(
            model_name='suppression',
            name='origin',
            field=models.TextField(blank=True, choices=[('staff', 'Staff'), ('person', 'Person'), ('event', 'Event'), ('provider', 'Provider'), ('import', 'Import')], db_default='', default='', help_text='empty: made by an older version'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
