"""The permission of admins to lift what a person decided, if the person asks for it."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("subscribers", "0006_segment_names_and_versions")]

    operations = [
        migrations.AlterModelOptions(
            name="suppression",
            options={"permissions": [("lift_on_request", "Can lift what a person decided, if they ask for it")]},
        ),
    ]
