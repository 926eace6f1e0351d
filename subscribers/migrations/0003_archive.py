"""Whether a list's sent issues may be read on the web, off at first, and the beginning of its feed's ids."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0002_address_hash_key")]

    operations = [
        migrations.AddField(
            model_name="mailinglist",
            name="archive",
            field=models.TextField(
                choices=[("off", "Off"), ("unlisted", "Unlisted"), ("public", "Public")], db_default="off", default="off"
            ),
        ),
        migrations.AddField(
            model_name="mailinglist",
            name="archive_tag",
            field=models.TextField(blank=True, db_default="", default="", help_text="tag:host,date of RFC 4151, made once"),
        ),
    ]
