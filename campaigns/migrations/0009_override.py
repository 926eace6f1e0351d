"""Store who overrode the pre-send checks of a campaign, and add the permission to do so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0008_test_of_a_variant")]
    operations = [
        migrations.AlterModelOptions(
            name="campaign",
            options={"permissions": [("override_checks", "Can send although checks found errors")]},
        ),
        migrations.AddField(model_name="campaign", name="override", field=models.JSONField(default=dict)),
    ]
