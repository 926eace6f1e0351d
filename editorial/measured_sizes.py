"""How large mails become when their clicks are counted: a rewritten link is longer than most links of an issue."""

from collections.abc import Iterator

from composer.errors import Finding
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.preflight import inspect_size
from composer.rendering.measured_links import LongestAddresses
from config import public_urls
from editorial.models import IssueVersion
from editorial.stored_variants import merge_fields
from publication import policies
from publication.installation import publication
from publication.models import Publication
from subscribers import tokens

_LONGEST_ID = 10**9  # no installation has as many links
_VALUE = "x" * tokens.LENGTH


def longest_addresses(row: Publication | None = None) -> LongestAddresses:
    """The addresses that a campaign would write into mails by the policies of now. `row`: the publication, if it is known."""
    row = row or publication()
    counts_clicks, counts_opens = policies.choice("measuring", row) != "off", policies.choice("opens", row) == "on"
    return LongestAddresses(
        public_urls.click_url(_LONGEST_ID, _VALUE) if counts_clicks else "",
        public_urls.open_url(_LONGEST_ID, _VALUE) if counts_opens else "",
    )


def findings_of(version: IssueVersion, row: Publication) -> Iterator[Finding]:
    """The stored findings of a version. If the publication measures, sizes are those of the mails as they would be sent."""
    stored = [Finding(**finding) for finding in version.findings]
    addresses = longest_addresses(row)
    if not any(addresses):
        yield from stored
        return
    yield from (finding for finding in stored if finding.code != "size-gmail")
    variants = list(version.variants.order_by("number"))
    for variant in variants:
        file = f"issue.{variant.language}.md"
        named = ", ".join((variant.language, *variant.holds)) if len(variants) > 1 else ""
        shown_file = file if file in version.sources else ISSUE_FILE
        yield from inspect_size(variant.html, merge_fields(variant), addresses, shown_file, named)
