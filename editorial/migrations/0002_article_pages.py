"""The address of the pages of a mail's articles, and the day of an issue, which the archive shows."""

from django.db import migrations, models


FILL_DAYS = r"""
UPDATE issue_version
SET dated = (regexp_match(sources->>'issue.md', '(?:^|\n)date:[ \t]*["'']?(\d{4}-\d{2}-\d{2})'))[1]::date
"""


class Migration(migrations.Migration):

    dependencies = [("editorial", "0001_schema")]

    operations = [
        migrations.AddField(
            "issueversion", "dated", models.DateField(null=True, help_text="the day of the issue, as its readers see it"),
        ),
        migrations.RunSQL(FILL_DAYS, migrations.RunSQL.noop),
        migrations.AddField(
            "issuevariant", "page_key",
            models.TextField(db_default="", default="", help_text="the mail leads to pages under it; empty: older than these"),
        ),
        migrations.AddConstraint(
            "issuevariant",
            models.UniqueConstraint(fields=["page_key"], condition=~models.Q(page_key=""), name="issue_variant_page_key"),
        ),
    ]
