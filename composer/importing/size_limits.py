"""Checks that an import fits into one issue file, and refuses it otherwise, before anything is written."""

from composer.errors import ComposeError
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.issue.document import Issue
from composer.issue.inlines.markdown import parser
from composer.issue.parsing.body import MOST_BRACKETS, MOST_LINES, MOST_NODES, count_nodes
from composer.issue.parsing.head import LARGEST_HEAD
from composer.issue.parsing.issue_file import LARGEST_FILE, parse_issue
from composer.issue.printing.issue_printer import print_issue

_TOO_LONG = frozenset({"file-too-big", "too-much", "head-too-big"})


def print_fitting(issue: Issue, name: str) -> tuple[str, Issue]:
    """Returns the text of the issue file, and the issue parsed from it. Raises TooLongError if it exceeds a limit of issue files,
    ImportRefusedError if it cannot be parsed."""
    blocks = len(issue.opening) + sum(len(article.blocks) for article in issue.articles())
    if blocks > MOST_LINES:  # each takes at least a line, so there is no need to print them
        raise TooLongError(name, blocks, MOST_LINES, "paragraphs, pictures and questions")
    text = print_issue(issue)
    if (size := len(text.encode())) > LARGEST_FILE:
        raise TooLongError(name, size, LARGEST_FILE, "bytes")
    try:
        return text, parse_issue(text, unfinished=True)
    except ComposeError as error:
        if _TOO_LONG.isdisjoint(finding.code for finding in error.findings):
            message = f"{name} cannot be written as an issue. This is a fault of the import, please report it:\n{error}"
            raise ImportRefusedError(message) from error
        raise _limit_error(text, name) from error


def _limit_error(text: str, name: str) -> TooLongError:
    """Returns the error for the first limit of the parser that the text exceeds."""
    head, _, body = text.removeprefix("---\n").partition("\n---\n")
    if len(head) > LARGEST_HEAD:
        return TooLongError(name, len(head), LARGEST_HEAD, "characters outside the articles")
    if (lines := body.count("\n")) > MOST_LINES:
        return TooLongError(name, lines, MOST_LINES, "lines")
    if (brackets := body.count("[")) > MOST_BRACKETS:
        return TooLongError(name, brackets, MOST_BRACKETS, "pictures, links and other brackets")
    return TooLongError(name, count_nodes(parser().parse(body)), MOST_NODES, "paragraphs, links and marked words")
