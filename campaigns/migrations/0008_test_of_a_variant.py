"""A test mail can use any variant of its version."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0007_partitions")]
    operations = [
        migrations.AddField(
            model_name="testsend", name="variant", field=models.SmallIntegerField(db_default=0, help_text="of the version"),
        )
    ]  # fmt: skip
