"""Results of the search quote prose only: the texts of all versions are stored again, by the upkeep of the worker."""

from django.db import migrations, models

STORE_AGAIN = "UPDATE issue_version SET is_searchable = false WHERE is_searchable"


class Migration(migrations.Migration):

    dependencies = [("editorial", "0003_archive_search")]

    operations = [
        migrations.AlterField(
            "articletext", "text",
            models.TextField(help_text="what results quote: a paragraph per line, the summary first, no texts of pictures"),
        ),
        migrations.RunSQL(STORE_AGAIN, migrations.RunSQL.noop),
    ]
