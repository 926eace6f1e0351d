"""Rules about bytes: of the mail, of its style blocks and pictures; and how many of them each article takes."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from composer import markup
from composer.document import Issue
from composer.errors import Finding
from composer.preflight.table import Mail, fault, longest_values, rule

GMAIL_CLIPS = 104_448  # bytes of HTML: 102 KB
GMAIL_WARNS = 92_160
GMAIL_STYLE = 16_384  # bytes of style blocks
GMAIL_STYLE_WARNS = 8_192
ARTICLE_WARNS = GMAIL_CLIPS // 3
PICTURE_BYTES = 200_000  # house limits
PICTURES_BYTES = 800_000
VALUES_BYTES = 10_000  # the provider's limit for what is filled in for one recipient


_ANCHOR = re.compile(r"\s(?:id|name)=[\"']?([\w-]+)")


@dataclass(frozen=True, slots=True)
class ArticleSize:
    """How many bytes of the final HTML an article takes, its heading and the section's heading behind it included."""

    id: str
    title: str
    line: int | None
    size: int


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes of a mail: of its HTML with the longest values, of the same as quoted-printable, and of each article."""

    html: int
    encoded: int
    articles: tuple[ArticleSize, ...]
    limit: int = GMAIL_CLIPS

    @property
    def rest(self) -> int:
        """What belongs to no article: head, styles, masthead, footer."""
        return self.html - sum(each.size for each in self.articles)


def budget_of(mail: Mail) -> Budget:
    """How the bytes of a mail are spent."""
    html = mail.longest
    return Budget(len(html.encode()), quoted_printable_size(html), tuple(article_sizes(html, mail.issue)))


def article_sizes(html: str, issue: Issue) -> Iterator[ArticleSize]:
    """Found by the anchors that every theme gives its articles: from one to the next, the last up to the footer."""
    starts: list[tuple[int, str]] = []
    wanted = {article.id for article in issue.articles()}
    for match in _ANCHOR.finditer(html):
        if match[1] in wanted:
            wanted.remove(match[1])
            starts.append((html.rindex("<", 0, match.start()), match[1]))
    starts.sort()
    ends = [at for at, _ in starts[1:]] + [_footer(html, starts[-1][0], issue)] if starts else []
    spent = {name: len(html[at:end].encode()) for (at, name), end in zip(starts, ends, strict=True)}
    for article in issue.articles():
        if article.id in spent:
            yield ArticleSize(article.id, article.title, article.line or None, spent[article.id])


def _footer(html: str, after: int, issue: Issue) -> int:
    """Where the last article ends: at the first words of the credits or of the footer behind it."""
    names = [credit.name for credit in issue.credits[:1]] + [issue.footer.about[:20], issue.footer.address[:20]]
    ends = (html.find(str(markup.text(name)), after) for name in names if name.strip())
    return min((end for end in ends if end > after), default=len(html))


def quoted_printable_size(html: str) -> int:
    """Bytes of the HTML as quoted-printable, the way it travels."""
    return len(binascii.b2a_qp(html.encode(), istext=True))


@rule("size-gmail", "error", "warning", part="issue")
def _size(mail: Mail) -> Iterator[Finding]:
    """Gmail cuts a message off; people then never see the unsubscribe link. Judged with the longest merge values."""
    size = len(mail.longest.encode())
    if size > GMAIL_WARNS:
        level, encoded = ("error" if size > GMAIL_CLIPS else "warning"), quoted_printable_size(mail.longest)
        yield fault(level, size=size, encoded=encoded, limit=GMAIL_CLIPS)  # type: ignore[arg-type]


@rule("size-encoded", "info", part="issue")
def _encoded(mail: Mail) -> Iterator[Finding]:
    """Where the HTML itself is well within the limit: by some measurements Gmail counts what travels."""
    if len(mail.longest.encode()) <= GMAIL_WARNS:
        encoded = quoted_printable_size(mail.longest)
        if encoded > GMAIL_CLIPS:
            yield fault("info", size=encoded, limit=GMAIL_CLIPS)


@rule("size-article", "warning", part="issue")
def _article(mail: Mail) -> Iterator[Finding]:
    for each in article_sizes(mail.longest, mail.issue):
        if each.size > ARTICLE_WARNS:
            yield fault("warning", each.line, title=each.title, size=each.size, share=round(100 * each.size / GMAIL_CLIPS))


@rule("style-gmail", "error", "warning")
def _style_size(mail: Mail) -> Iterator[Finding]:
    size = sum(len(style.text.encode()) for style in mail.page.styles)
    if size > GMAIL_STYLE_WARNS:
        yield fault("error" if size > GMAIL_STYLE else "warning", size=size, limit=GMAIL_STYLE)


@rule("merge-size", "warning", part="issue")
def _values(mail: Mail) -> Iterator[Finding]:
    """What is filled in for one recipient has a limit at the provider; whoever is over it is not sent to."""
    size = sum(len(tag.encode()) + len(value.encode()) for tag, value in longest_values(mail.fields).items())
    if size > VALUES_BYTES:
        yield fault("warning", size=size, limit=VALUES_BYTES, count=len(mail.fields))


@rule("images-weight", "warning", part="issue")
def _weight(mail: Mail) -> Iterator[Finding]:
    lines = {url.rsplit("/", 1)[-1]: figure.line for url, figure in mail.sources.figures.items()}
    for picture in mail.pictures:
        if len(picture.data) > PICTURE_BYTES:
            problem = f"{picture.name} has {len(picture.data)} bytes, more than {PICTURE_BYTES}"
            yield fault("warning", lines.get(picture.name), problem=problem)
    total = sum(len(picture.data) for picture in mail.pictures)
    if total > PICTURES_BYTES:
        yield fault("warning", problem=f"all pictures have {total} bytes, over {PICTURES_BYTES}")
