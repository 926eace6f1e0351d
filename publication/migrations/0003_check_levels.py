"""The levels at which the publication takes what the rules before sending find."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("publication", "0002_append_only")]
    operations = [migrations.AddField(model_name="publication", name="check_levels", field=models.JSONField(default=dict))]
