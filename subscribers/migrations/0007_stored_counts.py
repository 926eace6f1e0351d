"""Store counts over all people, with their time and cost, so that a page shows them without counting again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0006_analyse_as_owner")]
    operations = [
        migrations.CreateModel(
            name="StoredCount",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("of", models.TextField(blank=True, default="")),
                ("figures", models.JSONField(null=True)),
                ("counted_at", models.DateTimeField(null=True)),
                ("seconds", models.FloatField(default=0)),
                ("tried_at", models.DateTimeField()),
                ("gave_up_after", models.FloatField(default=0)),
            ],
            options={"db_table": "stored_count"},
        ),
    ]
