"""Lists of articles and of issues show a picture: the texts of all versions are stored again, by the upkeep of the worker."""

from django.db import migrations, models

STORE_AGAIN = "UPDATE issue_version SET is_searchable = false WHERE is_searchable"


class Migration(migrations.Migration):

    dependencies = [("editorial", "0004_quoted_texts")]

    operations = [
        migrations.AddField(
            "articletext", "picture",
            models.TextField(db_default="", default="", help_text="the file of its first picture; empty without one"),
        ),
        migrations.RunSQL(STORE_AGAIN, migrations.RunSQL.noop),
    ]
