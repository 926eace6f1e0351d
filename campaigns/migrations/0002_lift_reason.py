"""Why staff lift a suppression, in their words; kept until the lift is done, then with the lift."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("campaigns", "0001_schema")]

    operations = [
        migrations.AddField(
            model_name="liftrequest",
            name="detail",
            field=models.TextField(blank=True, db_default="", default="", help_text="why staff lift it, in their words"),
        ),
    ]
