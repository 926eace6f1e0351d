"""Renders an issue as the content of its public web page and feed: clean HTML without data of any recipient.

Merge fields show their default. The page and the feed have the same content, but links into the page need its full address in
the feed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import singledispatch
from typing import Any

from markupsafe import Markup, escape

from composer.issue import digest, links, merge_fields
from composer.issue import document as doc
from composer.issue.characters import FORBIDDEN
from composer.issue.issue_number import shown_number
from composer.issue.languages import direction_of
from composer.issue.typography import typeset_issue
from composer.rendering import shared_values
from composer.rendering.salutations import without_salutation
from composer.rendering.writers.html_fragments import FragmentWriter

UNSAID = "…"  # replaces an email field without a default
_ILLEGIBLE = re.compile(rf"(?:{FORBIDDEN.pattern}|[\t\n])+")


@dataclass(frozen=True, slots=True)
class WebPicture:
    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class WebArticle:
    """`body` is without the summary and the author. `description` is its summary as plain text; a proposed one if nobody wrote
    one. `picture`: its first, with the alternative text."""

    id: str
    title: Markup
    body: Markup
    sources: tuple[Markup, ...]
    summary: Markup
    byline: str
    minutes: str
    plain_title: str
    description: str
    section: Markup
    picture: tuple[WebPicture, str] | None


@dataclass(frozen=True, slots=True)
class WebSection:
    title: Markup
    articles: tuple[WebArticle, ...]


@dataclass(frozen=True, slots=True)
class WebIssue:
    """`texts` are plain text; every Markup is safe to show unescaped. `fixed_texts`: the fixed texts of the theme, in the issue's
    language."""

    texts: Mapping[str, str]
    language: str
    direction: str
    number: str
    opening: Markup
    sections: tuple[WebSection, ...]
    credits: tuple[tuple[str, str], ...]
    fixed_texts: Mapping[str, Any]
    picture: tuple[WebPicture, str] | None  # the first picture and its alternative text
    social: tuple[tuple[str, str], ...]  # name and address of each account of the organisation
    wechat: tuple[WebPicture, str] | None  # the QR code and its alternative text
    lead: str  # the id of the article that comes first

    def written(self, day: date) -> str:
        """Formats a day as the theme does for the date of the issue."""
        return shared_values.day_text(day, self.fixed_texts)


@dataclass(frozen=True, slots=True)
class LinkTargets:
    """Link targets: the page of the issue, the page of its list (`front`), and the pictures as pairs with their `src`. In `page`,
    `{}` stands for the id of the article in which a link is, where each article has a page of its own.

    `anchors` is put before links within the page: empty on the page itself, its address in the feed. `articles`: the address of
    an article's page with `{}` for its id, where links to articles lead to their pages instead.
    """

    page: str
    front: str
    pictures: tuple[tuple[str, WebPicture], ...] = ()
    anchors: str = ""
    subscribe: str = ""
    articles: str = ""

    def picture(self, src: str) -> WebPicture | None:
        return next((picture for own_src, picture in self.pictures if own_src == src), None)


def legible(text: str) -> str:
    """Returns the text on one line, without invisible characters that can mislead or that XML forbids."""
    return re.sub(" {2,}", " ", _ILLEGIBLE.sub(" ", text)).strip(" ")


def unaddressed(
    fields: Iterable[merge_fields.MergeField], page: str, front: str, subscribe: str = "", answers: str = ""
) -> dict[str, str]:
    """Returns tag -> its value without a recipient. `page`, `front` and `subscribe`: full addresses, as in `LinkTargets`.
    `answers`: the beginning of the addresses that links of answers lead to.
    """
    fields = tuple(fields)
    addresses = {
        "view_url": page, "unsubscribe_url": front, "preferences_url": front, "subscribe_url": subscribe or front,
        "answer_url": answers or page, "read_url": page,
    }  # fmt: skip
    filled = merge_fields.values(fields, addresses)
    return filled | {field.tag: UNSAID for field in fields if field.name == "email" and not field.default}


def line_for_nobody(text: str, fields: Iterable[merge_fields.MergeField]) -> str:
    """Fills the tags in the subject or preheader of a composed mail without a recipient."""
    own = [field for field in fields if field.escape == "text"]
    return legible(merge_fields.fill(text, unaddressed(own, "", "")))


def web_issue(issue: doc.Issue, fixed_texts: Mapping[str, Any], targets: LinkTargets) -> WebIssue:
    """Renders an issue without conditions (one variant); `fixed_texts` are the fixed texts of the theme in its language."""
    issue = typeset_issue(issue)
    page = PageWriter(issue, fixed_texts, targets)
    texts = {key: legible(getattr(issue, key)) for key in ("title", "organisation", "tagline")}
    for key in ("subject", "preheader"):
        filled = merge_fields.replaced(getattr(issue, key), lambda _, inside: merge_fields.read_field(inside).default)
        texts[key] = legible(filled)
    texts |= {key: legible(getattr(issue.footer, key)) for key in ("about", "address", "email")}
    texts["website"] = links.normalise(issue.footer.website) if issue.footer.website else ""
    texts["website_text"] = shared_values.short_address(issue.footer.website)
    lead = digest.lead_of(replace(issue, layout=doc.DIGEST))
    code = targets.picture(issue.footer.wechat) if issue.footer.wechat else None
    return WebIssue(
        texts=texts,
        language=issue.language,
        direction=direction_of(issue.language),
        number=legible(shown_number(issue.number, str(fixed_texts["number"]))),
        opening=page.blocks(without_salutation(issue.opening)),
        sections=tuple(
            WebSection(
                page.writer.text(section.title),
                # As in the mail, the lead comes first.
                tuple(page.article(article, section) for article in sorted(section.articles, key=lambda own: own is not lead)),
            )
            for section in issue.sections
        ),
        credits=tuple((legible(credit.role), legible(credit.name)) for credit in issue.credits),
        fixed_texts=fixed_texts,
        picture=_first_picture(issue.blocks(), targets),
        social=tuple((legible(account.name), links.normalise(account.url)) for account in issue.footer.social),
        wechat=(code, legible(shared_values.qr_alt(issue, fixed_texts))) if code is not None else None,
        lead=lead.id if lead is not None else "",
    )


def as_one_text(shown: WebIssue) -> Markup:
    """Returns the whole content as one HTML fragment, for a feed."""
    parts = [shown.opening]
    for section in shown.sections:
        parts.append(Markup("<h2>{}</h2>").format(section.title))
        for article in section.articles:
            parts.append(Markup("<h3>{}</h3>").format(article.title))
            parts += [Markup("<p><strong>{}</strong></p>").format(article.summary)] if article.summary else []
            parts += [Markup("<p>{}</p>").format(article.byline)] if article.byline else []
            parts.append(article.body)
            if article.sources:
                word = shown.fixed_texts["sources" if len(article.sources) > 1 else "source"]
                entries = escape(shown.fixed_texts["between"]).join(article.sources)
                parts.append(Markup("<p><small>{}{}{}</small></p>").format(word, shown.fixed_texts["colon"], entries))
    return Markup('<div lang="{}" dir="{}">{}</div>').format(shown.language, shown.direction, Markup("").join(parts))


def _first_picture(blocks: Iterable[doc.Block], targets: LinkTargets) -> tuple[WebPicture, str] | None:
    for block in blocks:
        if isinstance(block, doc.Figure) and not block.missing and (picture := targets.picture(block.src)) is not None:
            return picture, legible(block.alt)
    return None


class _LinkWriter(FragmentWriter):
    """Writes inline content; links within the page lead to where `targets` says."""

    def __init__(self, tags: merge_fields.Tags, anchors: list[str], language: str, targets: LinkTargets) -> None:
        super().__init__(tags, anchors, language)
        self.targets = targets

    def href(self, href: str) -> str:
        url = super().href(href)
        if not url.startswith("#"):
            return url
        return self.targets.articles.replace("{}", url[1:]) if self.targets.articles else self.targets.anchors + url


class PageWriter:
    """Writes the blocks of one issue. `writer.language` is the language of the enclosing element."""

    def __init__(self, issue: doc.Issue, fixed_texts: Mapping[str, Any], targets: LinkTargets) -> None:
        self.fixed_texts, self.targets = fixed_texts, targets
        self.tags = issue.tags()
        self.writer = _LinkWriter(self.tags, [article.id for article in issue.articles()], issue.language, targets)
        self.pictures = 0
        self.address = targets.page  # of the page on which the blocks are

    def article(self, article: doc.Article, section: doc.Section) -> WebArticle:
        self.address = self.targets.page.replace("{}", article.id)
        text = self._picture_first([block for block in article.blocks if not isinstance(block, doc.Summary)])
        description = " ".join(doc.plain(digest.summary_of(article)).split())
        return WebArticle(
            article.id, self.writer.text(article.title), self.blocks(text), self.sources(article),
            self._filled(self.writer.inlines(article.summary)), legible(article.byline),
            shared_values.minutes_text(article, self.fixed_texts), legible(article.title), legible(description),
            self.writer.text(section.title), _first_picture(doc.walk(text), self.targets),
        )  # fmt: skip

    def _picture_first(self, blocks: list[doc.Block]) -> tuple[doc.Block, ...]:
        """A picture in landscape format that follows the first paragraph comes before it: it belongs to the whole article."""
        match blocks:
            case [doc.Paragraph() as first, doc.Figure(missing=False) as figure, *others]:
                picture = self.targets.picture(figure.src)
                if picture is not None and picture.width > picture.height:
                    return figure, first, *others
        return tuple(blocks)

    def blocks(self, blocks: tuple[doc.Block, ...]) -> Markup:
        """Writes blocks, with merge fields filled without a recipient."""
        return self._filled(self.blocks_html(blocks))

    def sources(self, article: doc.Article) -> tuple[Markup, ...]:
        return tuple(self._filled(self.writer.inlines(entry)) for entry in article.sources)

    def _filled(self, html: Markup) -> Markup:
        values = unaddressed(self.tags.used(html), self.address, self.targets.front, self.targets.subscribe)
        filled = merge_fields.fill(html, values)
        return Markup(filled)  # nosec B704 # noqa: S704  (the values are escaped)

    def blocks_html(self, blocks: tuple[doc.Block, ...]) -> Markup:
        """Writes the blocks in a block; their merge fields are filled with the whole."""
        return Markup("").join(block_page(block, self) for block in blocks)


@singledispatch
def block_page(block: doc.Block, page: PageWriter) -> Markup:
    """Returns a block on the page: as in the mail, unless its kind registers something else."""
    return page.writer.blocks((block,))
