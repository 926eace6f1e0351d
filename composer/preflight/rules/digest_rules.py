"""Rules about the articles of which a digest has only summaries."""

from collections.abc import Iterator

from composer.errors import Finding
from composer.issue import digest
from composer.issue.document import Article, ReaderQuestion, Summary, plain, walk
from composer.messages.phrases import phrase
from composer.preflight.mail import Mail
from composer.preflight.rule_registry import fault, rule


def _stories(mail: Mail) -> Iterator[Article]:
    return (article for article in mail.issue.articles() if digest.is_story(mail.issue, article))


@rule("summary-proposed", "warning", origin="issue")
def _proposed(mail: Mail) -> Iterator[Finding]:
    for article in _stories(mail):
        if not article.summary and (proposed := digest.proposed_summary(article)):
            yield fault("warning", article.line, title=article.title, summary=proposed)


@rule("summary-missing", "warning", origin="issue")
def _missing(mail: Mail) -> Iterator[Finding]:
    """Finds articles without a paragraph that could be the summary."""
    for article in _stories(mail):
        if not article.summary and not digest.proposed_summary(article):
            yield fault("warning", article.line, title=article.title)


@rule("summary-long", "warning", origin="issue")
def _long(mail: Mail) -> Iterator[Finding]:
    for article in _stories(mail):
        if digest.is_too_long(plain(article.summary)):
            length = digest.length_of(plain(article.summary))
            counted = phrase("{count} words, at most {most}", count=length.word_count, most=digest.MOST_WORDS)
            if length.han_count > length.word_count:
                counted = phrase("{count} Chinese characters, at most {most}", count=length.han_count, most=digest.MOST_HAN)
            line = next(block.line for block in article.blocks if isinstance(block, Summary) and block.content)
            yield fault("warning", line, title=article.title, length=counted)


@rule("question-left-out", "error", origin="issue")
def _questions_left_out(mail: Mail) -> Iterator[Finding]:
    """Finds questions that nobody can answer: their links are only in the mail, and a story has none of its text there."""
    for article in _stories(mail):
        for block in walk(article.blocks):
            if isinstance(block, ReaderQuestion):
                yield fault("error", block.line, text=block.text, title=article.title)
