"""Store when the first event named an attempt, so that evidence and control attempts are found without searching events."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_schedule_and_release")]
    operations = [
        migrations.AddField(
            model_name="attempt",
            name="evidence_at",
            field=models.DateTimeField(help_text="when the first event that names it was applied", null=True),
        ),
    ]
