"""The syntax trees of the product's modules, parsed once for all tests of a process."""

import ast
from functools import cache
from pathlib import Path


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All nodes of a module, in the order of `ast.walk`."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
