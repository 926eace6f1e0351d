"""Campaigns that welcome people to a list."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0009_totals"), ("subscribers", "0012_welcome")]

    operations = [
        migrations.AddField(model_name="campaign", name="welcome_to", field=models.ForeignKey(db_index=False, help_text="its recipients are people who confirm this list, one after the other; NULL: those of one moment", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="welcomes", to="subscribers.mailinglist")),
    ]
