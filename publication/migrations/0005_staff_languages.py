"""Store the language that each member of staff has chosen."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("publication", "0004_sign_in_limits"),
    ]
    operations = [
        migrations.CreateModel(
            name="StaffLanguage",
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
                ("language", models.TextField()),
            ],
            options={"db_table": "staff_language"},
        ),
    ]
