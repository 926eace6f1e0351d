"""Store epochs, which end the sessions of staff, and counts of sign-in attempts."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("publication", "0003_check_levels"),
    ]
    operations = [
        migrations.CreateModel(
            name="SessionEpoch",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("epoch", models.IntegerField(default=0)),
            ],
            options={"db_table": "session_epoch"},
        ),
        migrations.CreateModel(
            name="SignInCount",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                (
                    "account",
                    models.TextField(blank=True, default="", help_text="keyed hash of the name; empty for a whole network"),
                ),
                ("began_at", models.DateTimeField()),
                ("tries", models.IntegerField()),
            ],
            options={
                "db_table": "sign_in_count",
                "indexes": [
                    models.Index(fields=["account"], name="sign_in_count_account"),
                    models.Index(fields=["began_at"], name="sign_in_count_began"),
                ],
            },
        ),
    ]
