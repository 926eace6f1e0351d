"""The finished mail for the rules: its parts, the issue and theme that it is made from, and values computed from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from composer.images.picture_encoder import Picture
from composer.issue import merge_fields
from composer.issue.document import Issue
from composer.preflight.parsed_html import ParsedHtml, squeezed
from composer.preflight.size_budget import SizeBudget, budget_of
from composer.preflight.source_lines import SourceLines
from composer.rendering.theme_model import Theme

# A name as long as the merge field allows, in many scripts and with every character that escaping makes longer.
_NAMES = "Nguyễn Ångström & Søn <施一公> “محمد بن سلمان” देवनागरी O'Brien_Ünal 😀 "
LONGEST_NAME = (_NAMES * 8)[: merge_fields.LONGEST_VALUE]
_LONGEST_URL = 200  # characters: a long public address and a token


@dataclass(frozen=True)
class Mail:
    """Everything that rules may check. `plainest_html` is the HTML of the simplest mail of the theme; `picture_urls` is src ->
    address; `fields` are filled for each recipient."""

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

    @cached_property
    def parsed(self) -> ParsedHtml:
        return ParsedHtml(self.html)

    @cached_property
    def sources(self) -> SourceLines:
        return SourceLines(self.issue, self.picture_urls)

    @cached_property
    def longest_values(self) -> dict[str, str]:
        """Tag -> the longest value that may replace it."""
        url = "https://newsletter.example.org/u/".ljust(_LONGEST_URL, "x")
        email = "x" * (merge_fields.LONGEST_VALUE - 12) + "@example.org"
        person = {"name": LONGEST_NAME, "email": email, **dict.fromkeys(merge_fields.URL_FIELDS, url)}
        return merge_fields.values(self.fields, person)

    @cached_property
    def longest_html(self) -> str:
        """The HTML for a recipient whose values are the longest."""
        return merge_fields.fill(self.html, self.longest_values)

    @cached_property
    def html_tags(self) -> frozenset[str]:
        return frozenset(merge_fields.TAG.findall(self.html))

    @cached_property
    def text_tags(self) -> frozenset[str]:
        return frozenset(merge_fields.TAG.findall(self.text))

    @cached_property
    def squeezed_text(self) -> str:
        """The text part, to compare texts that may be wrapped differently."""
        return squeezed(self.text)

    @cached_property
    def budget(self) -> SizeBudget:
        return budget_of(self.longest_html.encode("utf-8", "ignore"), self.issue)

    def as_usual(self, text: str) -> str:
        """The text for a recipient with a name of ordinary length."""
        return merge_fields.fill(text, merge_fields.preview_values(self.fields, "Maria Garcia"))
