"""Rules about sizes: of the mail, its articles, its style blocks, its merge values and its images."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from composer.errors import Finding, Level
from composer.issue import merge_fields
from composer.messages.phrases import phrase
from composer.preflight.mail import GMAIL_CLIPS, Mail, encoded_size, longest_html
from composer.preflight.rule_registry import fault, rule
from composer.rendering import measured_links

GMAIL_WARNS = 92_160
GMAIL_STYLE = 16_384  # bytes of style blocks
GMAIL_STYLE_WARNS = 8_192
ARTICLE_WARNS = GMAIL_CLIPS // 3
PICTURE_BYTES = 200_000  # our own limits
PICTURES_BYTES = 800 * 1024  # in KB of 1,024 bytes, as Gmail's limit and all sizes in the preview
VALUES_BYTES = 10_000  # the provider's limit for the merge values of one recipient


@rule("size-gmail", "error", "warning", origin="issue")
def _size(mail: Mail) -> Iterator[Finding]:
    """Gmail clips long messages, and people then do not see the unsubscribe link. Checked with the longest merge values."""
    yield from _gmail(mail.budget.html, mail.budget.encoded)


def inspect_size(
    html: str, fields: Sequence[merge_fields.MergeField], measured: measured_links.LongestAddresses, file: str, variant: str = ""
) -> tuple[Finding, ...]:
    """What the rule `size-gmail` finds in a composed mail if its clicks or opens are counted by these addresses."""
    longest = longest_html(html, fields, measured).encode("utf-8", "ignore")
    return tuple(
        replace(finding, code="size-gmail", file=file, variant=variant) for finding in _gmail(len(longest), encoded_size(longest))
    )


def _gmail(size: int, encoded: int) -> Iterator[Finding]:
    if size > GMAIL_WARNS:
        level: Level = "error" if size > GMAIL_CLIPS else "warning"
        yield fault(level, size=size, encoded=encoded, limit=GMAIL_CLIPS)


@rule("size-encoded", "info", origin="issue")
def _encoded(mail: Mail) -> Iterator[Finding]:
    """Reported if the HTML itself is well within the limit: by some measurements, Gmail counts the encoded size."""
    if mail.budget.html <= GMAIL_WARNS and mail.budget.encoded > GMAIL_CLIPS:
        yield fault("info", size=mail.budget.encoded, limit=GMAIL_CLIPS)


@rule("size-article", "warning", origin="issue")
def _article(mail: Mail) -> Iterator[Finding]:
    for article in mail.budget.articles:
        if article.size > ARTICLE_WARNS:
            yield fault(
                "warning", article.line, title=article.title, size=article.size, share=round(100 * article.size / GMAIL_CLIPS)
            )


@rule("style-gmail", "error", "warning", origin="issue.mjml.j2")
def _style_size(mail: Mail) -> Iterator[Finding]:
    size = sum(len(style.text.encode()) for style in mail.parsed.styles)
    if size > GMAIL_STYLE_WARNS:
        yield fault("error" if size > GMAIL_STYLE else "warning", size=size, limit=GMAIL_STYLE)


@rule("merge-size", "warning", origin="issue")
def _values(mail: Mail) -> Iterator[Finding]:
    """The provider limits the merge values of one recipient; a recipient above the limit gets no mail."""
    size = sum(len(tag.encode()) + len(value.encode()) for tag, value in mail.longest_values.items())
    if size > VALUES_BYTES:
        yield fault("warning", size=size, limit=VALUES_BYTES, count=len(mail.fields))


@rule("images-weight", "warning", origin="issue")
def _weight(mail: Mail) -> Iterator[Finding]:
    lines = {url.rsplit("/", 1)[-1]: figure.line for url, figure in mail.sources.figures.items()}
    pictures = [picture for picture in mail.pictures if picture.name in mail.html]  # a digest leaves some to the pages
    for picture in pictures:
        if len(picture.data) > PICTURE_BYTES:
            size = len(picture.data)
            problem = phrase("{name} has {size} bytes, more than {limit}", name=picture.name, size=size, limit=PICTURE_BYTES)
            yield fault("warning", lines.get(picture.name), problem=problem)
    total = sum(len(picture.data) for picture in pictures)
    if total > PICTURES_BYTES:
        problem = phrase("all pictures together have {size} bytes, more than {limit}", size=total, limit=PICTURES_BYTES)
        yield fault("warning", problem=problem)
