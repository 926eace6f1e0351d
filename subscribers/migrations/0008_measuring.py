"""People who agreed that their clicks are kept with their name."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("subscribers", "0007_lift_on_request")]

    operations = [
        migrations.AddField(model_name="subscriber", name="measured_since", field=models.DateTimeField(help_text="when they agreed that their clicks are kept with their name", null=True)),
    ]
