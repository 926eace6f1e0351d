"""Loads the specimen: an issue with every block once, in English and Chinese, to test and preview themes."""

from functools import lru_cache
from pathlib import Path

from composer.issue.document import Issue
from composer.issue.parsing.issue_file import load_issue

FOLDER = Path(__file__).resolve().parents[2] / "templates" / "specimen"
FILES = ("issue.md", "issue.zh-Hans.md")


@lru_cache(maxsize=len(FILES))
def specimen(file: str = FILES[0]) -> Issue:
    return load_issue(FOLDER, file)


def specimens() -> tuple[Issue, ...]:
    """The specimen in each of its languages, English first."""
    return tuple(map(specimen, FILES))
