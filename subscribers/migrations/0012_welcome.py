"""An issue as the welcome of a list: the campaign that sends it, and who is still to become its recipient."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("subscribers", "0011_left_through")]

    operations = [
        migrations.AddField(model_name="mailinglist", name="welcome_campaign", field=models.BigIntegerField(help_text="sends the issue that is the welcome; NULL: the standard text", null=True)),
        migrations.AddField(model_name="subscription", name="welcome_due", field=models.BooleanField(db_default=False, default=False, help_text="confirmed, not yet a recipient of the welcome")),
        migrations.AddIndex(model_name="subscription", index=models.Index(condition=models.Q(("welcome_due", True)), fields=["list", "subscriber"], name="subscription_welcome")),
    ]
