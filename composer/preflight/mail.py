"""The finished mail for the rules: its parts, the issue and theme that it is made from, its sizes, and other computed values."""

import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from composer.images.picture_encoder import Picture
from composer.issue import merge_fields
from composer.issue.document import Issue
from composer.preflight.parsed_html import HtmlLink, ParsedHtml, squeezed
from composer.preflight.phone_view import PhoneView, phone_view
from composer.preflight.source_lines import SourceLines
from composer.rendering import escaping
from composer.rendering.measured_links import NOT_MEASURED, LongestAddresses, at_its_longest
from composer.rendering.theme_model import Theme

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


def encoded_size(html: bytes) -> int:
    """The bytes of the HTML as quoted-printable, as mail servers pass it on."""
    return len(binascii.b2a_qp(html, istext=True))


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


# A name as long as the merge field allows, in many scripts and with every character that escaping makes longer.
_NAMES = "Nguyễn Ångström & Søn <施一公> “محمد بن سلمان” देवनागरी O'Brien_Ünal 😀 "
LONGEST_NAME = (_NAMES * 8)[: merge_fields.LONGEST_VALUE]
_LONGEST_URL = 200  # characters: a long public address and a token
_LONGEST_READ_URL = 80  # a public address and a key of 26 characters, before the id of an article


def longest_values(fields: Sequence[merge_fields.MergeField]) -> dict[str, str]:
    """Tag -> the longest value that may replace it."""
    url = "https://newsletter.example.org/u/".ljust(_LONGEST_URL, "x")
    email = "x" * (merge_fields.LONGEST_VALUE - 12) + "@example.org"
    pages = {**dict.fromkeys(merge_fields.PAGE_FIELDS, url), merge_fields.READ_URL: url[:_LONGEST_READ_URL]}
    person = {"name": LONGEST_NAME, "email": email, **pages}
    return merge_fields.values(fields, person)


def longest_html(html: str, fields: Sequence[merge_fields.MergeField], measured: LongestAddresses = NOT_MEASURED) -> str:
    """The largest HTML that a recipient may get of this mail."""
    return merge_fields.fill(at_its_longest(html, measured), longest_values(fields))


@dataclass(frozen=True)
class Mail:
    """Everything that rules may check. `plainest_html` is the HTML of the simplest mail of the theme; `picture_urls` is src ->
    address; `fields` are filled for each recipient; `measured` are the addresses of links if clicks will be counted."""

    subject: str
    preheader: str
    html: str
    text: str
    issue: Issue
    theme: Theme
    plainest_html: str
    fields: tuple[merge_fields.MergeField, ...] = ()
    pictures: tuple[Picture, ...] = ()
    picture_urls: Mapping[str, str] = field(default_factory=dict)
    measured: LongestAddresses = NOT_MEASURED

    @cached_property
    def parsed(self) -> ParsedHtml:
        return ParsedHtml(self.html)

    @cached_property
    def sources(self) -> SourceLines:
        return SourceLines(self.issue, self.picture_urls)

    @cached_property
    def links(self) -> tuple[HtmlLink, ...]:
        """The links of the mail, and those of articles of which a digest only has the summary."""
        in_mail = {link.url for link in self.parsed.links}
        written = ((url, text) for url, places in self.sources.links.items() for _, text in places)
        elsewhere = ((url, text) for url, text in written if text and url not in in_mail)
        return (*self.parsed.links, *(HtmlLink(url, text, hidden=False) for url, text in elsewhere))

    @cached_property
    def longest_values(self) -> dict[str, str]:
        return longest_values(self.fields)

    @cached_property
    def longest_html(self) -> str:
        return longest_html(self.html, self.fields, self.measured)

    @cached_property
    def html_tags(self) -> frozenset[str]:
        return frozenset(merge_fields.TAG.findall(self.html))

    @cached_property
    def text_tags(self) -> frozenset[str]:
        return frozenset(merge_fields.TAG.findall(self.text))

    @cached_property
    def squeezed_text(self) -> str:
        return squeezed(self.text)

    @cached_property
    def phone(self) -> PhoneView:
        return phone_view(self.parsed)

    @cached_property
    def budget(self) -> SizeBudget:
        html = self.longest_html.encode("utf-8", "ignore")
        return SizeBudget(len(html), encoded_size(html), tuple(article_sizes(html, self.issue)))

    def as_usual(self, text: str) -> str:
        """The text for a recipient with a name of ordinary length."""
        return merge_fields.fill(text, merge_fields.preview_values(self.fields, "Maria Garcia"))
