"""Measures a mail in bytes: in total, in transit, and for each article."""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from composer.issue.document import Issue
from composer.rendering import escaping

GMAIL_CLIPS = 104_448  # bytes of HTML: 102 KB
# The pattern begins with a literal = and looks back for the name: a search for a space first would stop at every space.
_ANCHOR = re.compile(rb"=(?:(?<=\sid=)|(?<=\sname=))[\"']?([\w\x80-\xff-]+)")


@dataclass(frozen=True, slots=True)
class ArticleSize:
    """The bytes of an article in the final HTML, including its heading, and a section heading that follows it."""

    id: str
    title: str
    line: int | None
    size: int


@dataclass(frozen=True, slots=True)
class SizeBudget:
    """Bytes of a mail: of its HTML with the longest values, of the same as quoted-printable, and of each article."""

    html: int
    encoded: int
    articles: tuple[ArticleSize, ...]
    limit: int = GMAIL_CLIPS

    @property
    def rest(self) -> int:
        """The bytes outside all articles: head, styles, masthead, footer."""
        return self.html - sum(article.size for article in self.articles)


def budget_of(html: bytes, issue: Issue) -> SizeBudget:
    return SizeBudget(len(html), len(binascii.b2a_qp(html, istext=True)), tuple(article_sizes(html, issue)))


def article_sizes(html: bytes, issue: Issue) -> Iterator[ArticleSize]:
    """Yields the size of each article: from its anchor, which every theme writes, to the next; the last one up to the footer."""
    starts: list[tuple[int, bytes]] = []
    article_ids = {article.id.encode() for article in issue.articles()}
    for match in _ANCHOR.finditer(html):
        if match[1] in article_ids:
            article_ids.remove(match[1])
            starts.append((html.rindex(b"<", 0, match.start()), match[1]))
    starts.sort()
    ends = [at for at, _ in starts[1:]] + [_footer(html, starts[-1][0], issue)] if starts else []
    spent = {name.decode(): end - at for (at, name), end in zip(starts, ends, strict=True)}
    for article in issue.articles():
        if article.id in spent:
            yield ArticleSize(article.id, article.title, article.line or None, spent[article.id])


def _footer(html: bytes, after: int, issue: Issue) -> int:
    """Returns where the last article ends: at the first text of the credits or the footer after it."""
    names = [credit.name for credit in issue.credits[:1]] + [issue.footer.about[:20], issue.footer.address[:20]]
    ends = (html.find(str(escaping.text(name)).encode(), after) for name in names if name.strip())
    return min((end for end in ends if end > after), default=len(html))
