"""What to look for in a finished mail to find the place of a block."""

from dataclasses import dataclass
from functools import singledispatch

from composer.issue.document import Block, Field, Inlines, Text, plain


@dataclass(frozen=True, slots=True)
class SearchTarget:
    """What to look for, the most specific first: a link's URL, a picture, texts; else the article with that id."""

    url: str = ""
    picture: str = ""  # its alternative text, or the stem of its file's name
    texts: tuple[str, ...] = ()
    article: str = ""


@singledispatch
def search_target(block: Block) -> SearchTarget:
    """Returns what to look for: the first words of a block, unless its kind registers something more specific."""
    return SearchTarget(texts=search_texts(block)[:1])


def search_texts(block: Block) -> tuple[str, ...]:
    """Returns the longest run of words that is the same for every reader, for each inline content of the block."""
    return tuple(filter(None, map(_longest_run, block.contents())))


def _longest_run(content: Inlines) -> str:
    runs, run = [], ""
    for node in content:
        if isinstance(node, Field):
            runs.append(run)
            run = ""
        else:
            run += node.text if isinstance(node, Text) else plain((node,))
    return max((*runs, run), key=len).strip()
