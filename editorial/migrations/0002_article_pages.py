"""The address of the pages of a mail's articles."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("editorial", "0001_schema")]

    operations = [
        migrations.AddField(
            "issuevariant", "page_key",
            models.TextField(db_default="", default="", help_text="the mail leads to pages under it; empty: older than these"),
        ),
        migrations.AddConstraint(
            "issuevariant",
            models.UniqueConstraint(fields=["page_key"], condition=~models.Q(page_key=""), name="issue_variant_page_key"),
        ),
    ]
