"""A text of YAML -> the tree of its nodes, with their lines: read by the parser in C where both of YAML's parsers agree."""

from __future__ import annotations

import re

import yaml

# The two read everything alike but tabs, tags, keys behind a question mark, a remark behind the sign of a text in several
# lines, the borders of documents, and marks of byte order.
_SIGNS_APART = ("\t", "?", "!", "#", "---", "...", "\ufeff")  # one of which is in what is read apart
_READ_APART = re.compile(r"\t|(?:^|[\s\[\]{},:-])[?!]|[|>][-+0-9]*#|^(?:---|\.\.\.)|\ufeff", re.MULTILINE)


def compose_yaml(text: str, *, texts: bool = False) -> yaml.Node | None:
    """The root; None for an empty text. What is a fault for the parser in C is told by the one in Python, with its words and
    places. `texts`: no value is asked whether it looks like a number, a date or the like. Raises yaml.YAMLError, and
    RecursionError for what is nested too deep."""
    apart = any(sign in text for sign in _SIGNS_APART) and _READ_APART.search(text) is not None
    if yaml.__with_libyaml__ and not apart:
        try:
            return yaml.compose(text, Loader=yaml.CBaseLoader if texts else yaml.CSafeLoader)
        except yaml.YAMLError:
            pass
    return yaml.compose(text, Loader=yaml.BaseLoader if texts else yaml.SafeLoader)
