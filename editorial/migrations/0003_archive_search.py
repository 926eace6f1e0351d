"""The texts that readers search in archives."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("editorial", "0002_article_pages")]

    operations = [
        migrations.AddField(
            "issueversion", "is_searchable",
            models.BooleanField(db_default=False, default=False, help_text="its texts are in article_text"),
        ),
        migrations.AddIndex(
            "issueversion",
            models.Index(fields=["id"], condition=models.Q(is_searchable=False), name="issue_version_waits"),
        ),
        migrations.CreateModel(
            "ArticleText",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("language", models.TextField()),
                ("article", models.TextField(help_text="its id in the issue")),
                ("position", models.IntegerField(help_text="among the articles of the issue, from 0 on")),
                ("section", models.TextField(help_text="title of the section")),
                ("title", models.TextField()),
                ("text", models.TextField()),
                ("title_search", django.contrib.postgres.search.SearchVectorField()),
                ("search", django.contrib.postgres.search.SearchVectorField(help_text="also those of the title")),
                ("version", models.ForeignKey(
                    db_index=False, on_delete=models.CASCADE, related_name="texts", to="editorial.issueversion",
                )),
            ],
            options={"db_table": "article_text"},
        ),
        migrations.AddConstraint(
            "articletext",
            models.UniqueConstraint(fields=["version", "language", "article"], name="article_text_article"),
        ),
        migrations.AddIndex(
            "articletext", django.contrib.postgres.indexes.GinIndex(fields=["search"], name="article_text_search"),
        ),
    ]
