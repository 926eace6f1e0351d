"""Store a finished mail per variant of a version, in a separate table; each existing version gets one variant, number 0."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
INSERT INTO issue_variant (version_id, number, language, holds, subject, preheader, html, text, fields, digest)
SELECT id, 0, language, '[]', subject, preheader, html, text, fields, digest FROM issue_version;
UPDATE issue_version SET
    sources = jsonb_build_object('issue.md', source),
    choices = jsonb_build_array(jsonb_build_object('language', language, 'comparisons', '[]'::jsonb, 'numbers', '[0]'::jsonb));
SET CONSTRAINTS ALL IMMEDIATE;
"""
# The old table has room for the first variant only.
BACKWARD = """
UPDATE issue_version v SET source = COALESCE(v.sources ->> 'issue.md', ''), language = m.language, preheader = m.preheader,
    html = m.html, text = m.text, fields = m.fields
FROM issue_variant m WHERE m.version_id = v.id AND m.number = 0;
DELETE FROM issue_variant;
SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("editorial", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="IssueVariant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.SmallIntegerField(help_text="from 0 on, in the order of languages and outcomes")),
                ("language", models.TextField(default="en")),
                ("holds", models.JSONField(default=list)),
                ("subject", models.TextField()),
                ("preheader", models.TextField(blank=True, default="")),
                ("html", models.TextField()),
                ("text", models.TextField()),
                ("fields", models.JSONField(default=list)),
                ("digest", models.TextField(help_text="SHA-256 over everything of it that reaches a recipient, hex")),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="variants",
                        to="editorial.issueversion",
                    ),
                ),
            ],
            options={"db_table": "issue_variant", "ordering": ["number"]},
        ),
        migrations.AddConstraint(
            model_name="issuevariant",
            constraint=models.UniqueConstraint(fields=("version", "number"), name="issue_variant_number"),
        ),
        migrations.AddField(
            model_name="issueversion",
            name="sources",
            field=models.JSONField(default=dict, help_text="file name -> text, of every language"),
        ),
        migrations.AddField(model_name="issueversion", name="choices", field=models.JSONField(default=list)),
        # With defaults, so that the reverse migration can add the columns again.
        *[
            migrations.AlterField(model_name="issueversion", name=name, field=models.TextField(default=""))
            for name in ("source", "html", "text")
        ],
        migrations.RunSQL(FORWARD, BACKWARD),
        *[
            migrations.RemoveField(model_name="issueversion", name=name)
            for name in ("source", "preheader", "language", "html", "text", "fields")
        ],
        migrations.AlterField(
            model_name="issueversion", name="subject",
            field=models.TextField(help_text="of variant 0, by which staff know the version"),
        ),
        migrations.AlterField(
            model_name="issueversion", name="theme", field=models.TextField(default="cast", help_text="of issue.md"),
        ),
        migrations.AlterField(
            model_name="issueversion", name="digest",
            field=models.TextField(help_text="SHA-256 over everything that reaches a recipient and who gets what, hex"),
        ),
    ]  # fmt: skip
