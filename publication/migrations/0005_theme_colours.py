"""Colours that the publication chooses for its designs. The code of before works beside it: it leaves the column empty."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("publication", "0004_audit_indexes")]

    operations = [
        migrations.AddField(
            model_name="publication", name="theme_colours",
            field=models.JSONField(
                db_default=models.Value({}, models.JSONField()), default=dict, help_text="theme -> slot -> #rrggbb"
            ),
        ),
    ]
