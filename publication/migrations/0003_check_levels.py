"""Store the levels that the publication sets for findings of the pre-send checks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("publication", "0002_append_only")]
    operations = [migrations.AddField(model_name="publication", name="check_levels", field=models.JSONField(default=dict))]
