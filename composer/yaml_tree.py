"""A text of YAML -> the tree of its nodes, with their lines: read by the parser in C where both of YAML's parsers agree."""

from __future__ import annotations

import re

import yaml

# The two read everything alike but tabs, tags, keys behind a question mark, a remark behind the sign of a text in several
# lines, the borders of documents, and marks of byte order.
_READ_APART = re.compile(r"\t|(?:^|[\s\[\]{},:-])[?!]|[|>][-+0-9]*#|^(?:---|\.\.\.)|\ufeff", re.MULTILINE)


def compose_yaml(text: str) -> yaml.Node | None:
    """The root; None for an empty text. What is a fault for the parser in C is told by the one in Python, with its words and
    places. No value is taken for more than a text. Raises yaml.YAMLError, and RecursionError for what is nested too deep."""
    if yaml.__with_libyaml__ and _READ_APART.search(text) is None:
        try:
            return yaml.compose(text, Loader=yaml.CBaseLoader)
        except yaml.YAMLError:
            pass
    return yaml.compose(text, Loader=yaml.BaseLoader)
