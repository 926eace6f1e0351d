"""Counts of a question that staff show in the archive."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0010_welcome")]

    operations = [
        migrations.AddField(
            "mailquestion", "in_archive",
            models.BooleanField(db_default=False, default=False, help_text="archives show its counts, once it is closed"),
        ),
    ]
