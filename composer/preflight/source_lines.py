"""The line of the issue file that an image, a link or a text of the finished mail comes from."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from composer.errors import ContentError
from composer.issue import links
from composer.issue.document import Block, Figure, Issue, Link, plain
from composer.rendering.theme_model import SMALL


class SourceLines:
    """The source lines of one issue. `picture_urls` is src -> address of the image in the mail."""

    def __init__(self, issue: Issue, picture_urls: Mapping[str, str]) -> None:
        self.issue, self.picture_urls = issue, picture_urls

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(self.issue.blocks())

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """Address of an image -> its first figure."""
        figures: dict[str, Figure] = {}
        for block in self.blocks:
            if isinstance(block, Figure):
                for src in (block.src, SMALL + block.src):
                    if src in self.picture_urls:
                        figures.setdefault(self.picture_urls[src], block)
        code = self.issue.footer.wechat
        if code in self.picture_urls:
            figures.setdefault(self.picture_urls[code], Figure(code, line=self.issue.lines.get("footer.wechat", 0)))
        return figures

    @cached_property
    def links(self) -> dict[str, list[tuple[int, str]]]:
        """Address as the mail has it -> (line, text) of each link to it."""
        links: dict[str, list[tuple[int, str]]] = {}
        for link in self._all_links():
            links.setdefault(address(link.href, self.issue), []).append((link.line, plain(link.children)))
        footer = self.issue.footer
        for key, href in (("website", footer.website), ("email", f"mailto:{footer.email}")):
            line = self.issue.lines.get(f"footer.{key}", self.issue.lines.get("footer"))
            if line and href:
                links.setdefault(address(href, self.issue), []).append((line, ""))
        for account in footer.social:
            if account.line:
                links.setdefault(address(account.url, self.issue), []).append((account.line, account.name))
        return links

    def _all_links(self) -> Iterator[Link]:
        for block in self.blocks:
            for content in block.contents():
                for link in links.links_of(content):
                    # The link of a calendar entry has no line number, but its block has one.
                    yield link if link.line else Link(link.href, link.children, block.line)

    def line_of_link(self, url: str, text: str = "") -> int | None:
        """Returns the line of the link with this address, and with this text if there is one."""
        candidates = self.links.get(url, [])
        return next((line for line, link_text in candidates if link_text == text), candidates[0][0] if candidates else None)

    def line_of_words(self, passage: str) -> int | None:
        """Returns the line of the first text that contains the passage."""
        return next((line for line, text in self.texts if passage in text and line), None)

    @cached_property
    def texts(self) -> tuple[tuple[int | None, str], ...]:
        """(line, text) of everything that editors write: head, footer, credits, titles, blocks."""
        issue = self.issue
        heads = ("title", "organisation", "tagline", "subject", "preheader")
        lines_and_texts: list[tuple[int | None, str]] = [(issue.lines.get(key), str(getattr(issue, key))) for key in heads]
        for key in ("about", "address"):
            lines_and_texts.append((issue.lines.get(f"footer.{key}", issue.lines.get("footer")), getattr(issue.footer, key)))
        lines_and_texts += [(account.line, account.name) for account in issue.footer.social]
        lines_and_texts += [(issue.lines.get("credits"), f"{credit.role} {credit.name}") for credit in issue.credits]
        lines_and_texts += [(section.line, section.title) for section in issue.sections]
        lines_and_texts += [(article.line, article.title) for article in issue.articles()]
        for block in self.blocks:
            lines_and_texts += [(block.line, " ".join(plain(content).split())) for content in block.contents()]
            lines_and_texts += [(block.line, text) for text in block.own_texts()]
        return tuple(lines_and_texts)


def address(href: str, issue: Issue) -> str:
    """Returns the address of a link as in the mail; an address that is not allowed stays as written."""
    try:
        return links.normalise(href, [article.id for article in issue.articles()])
    except ContentError:
        return href
