"""Accounts whose password an admin made and read out, until their owners change it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("publication", "0002_settings")]

    operations = [
        migrations.CreateModel(
            name="TemporaryPassword",
            fields=[
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                ("expires_at", models.DateTimeField()),
            ],
            options={"db_table": "temporary_password"},
        ),
    ]
