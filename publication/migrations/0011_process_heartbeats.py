"""Store when each process was last alive."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("publication", "0010_editor_tour"),
    ]
    operations = [
        migrations.CreateModel(
            name="ProcessHeartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "instance",
                    models.TextField(help_text="random, because a pid is used again and may be the same in every container"),
                ),
                ("kind", models.TextField()),
                ("host", models.TextField()),
                ("pid", models.IntegerField()),
                ("version", models.TextField()),
                ("started_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("stopped_at", models.DateTimeField(help_text="it ended because it was told to", null=True)),
            ],
            options={
                "db_table": "process_heartbeat",
                "constraints": [models.UniqueConstraint(fields=("instance", "kind"), name="process_heartbeat_once")],
            },
        ),
    ]
