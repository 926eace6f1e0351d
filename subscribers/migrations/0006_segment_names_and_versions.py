"""What staff call a segment, and its versions. The segments of before get their short name, and a first version."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

FORWARDS = """
UPDATE segment SET name = slug WHERE name = '';
INSERT INTO segment_version (segment_id, name, text, description, at) SELECT id, name, text, description, updated_at FROM segment;
"""


class Migration(migrations.Migration):

    dependencies = [("publication", "0001_schema"), ("subscribers", "0005_lists_of_subscriptions")]

    operations = [
        migrations.AddField(
            model_name="segment",
            name="name",
            field=models.TextField(blank=True, db_default="", default="", help_text="what staff call it; the slug if it is empty"),
        ),
        migrations.CreateModel(
            name="SegmentVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.TextField()),
                ("text", models.TextField()),
                ("description", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("actor", models.ForeignKey(help_text="NULL: before versions were kept", null=True, on_delete=django.db.models.deletion.PROTECT, to="publication.actor")),
                ("segment", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="subscribers.segment")),
            ],
            options={"db_table": "segment_version"},
        ),
        migrations.RunSQL(FORWARDS, migrations.RunSQL.noop),
    ]
