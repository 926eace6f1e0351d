"""Records of what readers can search. `editorial.models` has the others."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class ArticleText(models.Model):
    """What readers can search of an article of a version, in one language: without parts that only some readers get."""

    version = models.ForeignKey("editorial.IssueVersion", on_delete=models.CASCADE, related_name="texts", db_index=False)
    language = models.TextField()
    article = models.TextField(help_text="its id in the issue")
    position = models.IntegerField(help_text="among the articles of the issue, from 0 on")
    section = models.TextField(help_text="title of the section")
    title = models.TextField()
    text = models.TextField(help_text="what results quote: a paragraph per line, the summary first, no texts of pictures")
    picture = models.TextField(default="", db_default="", help_text="the file of its first picture; empty without one")
    # The terms of composer.rendering.search_terms; no text search configuration of PostgreSQL splits Chinese.
    title_search = SearchVectorField()
    search = SearchVectorField(help_text="also those of the title")

    class Meta:
        db_table = "article_text"
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "language", "article"], name="article_text_article")]
        indexes: ClassVar = [GinIndex(fields=["search"], name="article_text_search")]
