"""The page of one article: the article among those of its issue, and the values of the template. In the archive, behind the links
of a mail, and in the console's preview."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from composer.issue.languages import direction_of
from composer.rendering.archive_page import WebArticle, WebIssue
from publication.installation import publication
from publication.reader_texts import PublicationTexts
from web import page_identity

TEMPLATE = "public/archive/article.html"


@dataclass(frozen=True, slots=True)
class ArticlePlace:
    """An article among those of its issue. `articles`: the address of each, with `{}` for its id."""

    shown: WebIssue
    article: WebArticle
    articles: str
    before: WebArticle | None
    after: WebArticle | None

    def address(self, article: WebArticle | None) -> str:
        return self.articles.replace("{}", article.id) if article is not None else ""


def place_of(shown: WebIssue | None, name: str, articles: str) -> ArticlePlace | None:
    every = articles_of(shown)
    at = next((at for at, article in enumerate(every) if article.id == name), None)
    if shown is None or at is None:
        return None
    return ArticlePlace(
        shown, every[at], articles, every[at - 1] if at else None, every[at + 1] if at + 1 < len(every) else None
    )  # fmt: skip


def articles_of(shown: WebIssue | None) -> list[WebArticle]:
    return [article for section in shown.sections for article in section.articles] if shown is not None else []


def article_values(position: ArticlePlace, theme: str) -> dict[str, Any]:
    """The values of the template that are the same wherever the page is shown."""
    language, about = position.shown.language, publication()
    return {
        "kind": "article", "publication": PublicationTexts(about), "design": page_identity.of_theme(theme, about),
        "shown": position.shown, "article": position.article, "title": position.article.plain_title,
        "description": position.article.description, "body": _under_title(position.article.body),
        "before": position.before, "before_address": position.address(position.before),
        "after": position.after, "after_address": position.address(position.after),
        "content_language": language, "direction": direction_of(language),
    }  # fmt: skip


def _under_title(body: Markup) -> Markup:
    """The text of an article on a page of its own: its headings, written for the page of an issue, follow the title."""
    return body.replace("<h4", Markup("<h2")).replace("</h4>", Markup("</h2>"))
