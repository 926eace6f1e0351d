"""Store whether a list's sent issues may be read on the web (off by default), and the prefix of the ids in its feed."""

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
