"""What readers can search of a stored version: the text of each article in each language, without parts for some readers.

The only writer of ArticleText.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Count, Q

from composer.issue.digest import first_figure
from composer.issue.document import Article, Issue, Paragraph, Section, Sources, Summary, plain, walk
from composer.issue.typography import typeset_issue
from composer.rendering.archive_page import legible
from composer.rendering.search_terms import terms_of
from editorial import archive_texts_sql, public_pages
from editorial.archive_texts_sql import SearchedText
from editorial.models import ArticleText, IssueVersion

_AT_ONCE = 20  # versions of one round
_PROSE = Summary | Paragraph


def keep(version: IssueVersion) -> int:
    """Store the texts of a version; how many there are."""
    pictures = dict(version.pictures)
    rows = [
        _row(issue, section, article, position, pictures)
        for issue in map(typeset_issue, public_pages.public_issues(version))
        for position, (section, article) in enumerate(
            (section, article) for section in issue.sections for article in section.articles
        )
    ]
    with transaction.atomic():
        archive_texts_sql.replace(version.pk, rows)
        IssueVersion.objects.filter(pk=version.pk).update(is_searchable=True)
    return len(rows)


def article_ids(version_ids: Iterable[int]) -> dict[tuple[int, str], list[str]]:
    """(Version, language) -> the ids of its articles as the archive shows it. A version that waits for its texts is missing."""
    rows = ArticleText.objects.filter(version__in=list(version_ids)).order_by("version", "position")
    ids: dict[tuple[int, str], list[str]] = {}
    for version_id, language, article in rows.values_list("version", "language", "article"):
        ids.setdefault((version_id, language), []).append(article)
    return ids


@dataclass(frozen=True, slots=True)
class Cover:
    """What lists show of a version besides its subject: the file of its first picture, or nothing, and the number of articles."""

    picture: str
    article_count: int


def covers(version_ids: Iterable[int]) -> dict[tuple[int, str], Cover]:
    """(Version, language) -> what lists show of it. A version that waits for its texts is missing."""
    first = ArrayAgg("picture", filter=~Q(picture=""), order_by="position", default=[])
    rows = ArticleText.objects.filter(version__in=list(version_ids)).values("version", "language")
    counted = rows.annotate(pictures=first, count=Count("pk"))
    return {(row["version"], row["language"]): Cover(next(iter(row["pictures"]), ""), row["count"]) for row in counted}


def keep_waiting() -> int:
    """Store the texts of versions from before there was a search; how many versions."""
    waiting = list(IssueVersion.objects.filter(is_searchable=False).order_by("-pk")[:_AT_ONCE])
    for version in waiting:
        keep(version)
    return len(waiting)


def _row(issue: Issue, section: Section, article: Article, position: int, pictures: Mapping[str, str]) -> SearchedText:
    every = (article.title, *_texts(article))
    figure = first_figure(article)
    picture = pictures.get(figure.src, "") if figure else ""
    return SearchedText(
        issue.language, article.id, position, legible(section.title), legible(article.title),
        "\n".join(map(legible, _quoted_texts(article))), picture, sorted({*terms_of(article.title)}),
        sorted({term for text in every for term in terms_of(text)}),
    )  # fmt: skip


def _texts(article: Article) -> list[str]:
    blocks = [block for block in walk(article.blocks) if not isinstance(block, Sources)]
    return [text for block in blocks for text in (*map(plain, block.contents()), *block.own_texts())]


def _quoted_texts(article: Article) -> list[str]:
    """The prose of an article, its summary first. Alternative texts, captions and credits describe what no result shows."""
    blocks = sorted(walk(article.blocks), key=lambda block: not isinstance(block, Summary))
    texts = (plain(text) for block in blocks if isinstance(block, _PROSE) for text in block.contents())
    return [line for text in texts if (line := " ".join(text.split()))]
