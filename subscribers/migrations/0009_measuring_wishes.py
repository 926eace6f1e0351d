"""Agreement to be measured: what a request to subscribe also agrees to, and the document of an import."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0008_measuring")]

    operations = [
        migrations.AddField(
            model_name="subscription",
            name="measuring_wish",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="what the last request also agrees to, once it is confirmed"
            ),
        ),
        migrations.AddField(
            model_name="importrun",
            name="measuring_document",
            field=models.TextField(
                blank=True, db_default="", default="", help_text="in which the people agreed to be measured; empty: they did not"
            ),
        ),
    ]
