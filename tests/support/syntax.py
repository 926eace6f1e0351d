"""The syntax trees of the product's modules, parsed once for all tests of a process."""

import ast
from functools import cache
from pathlib import Path


@cache
def syntax_tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def nodes(module: ast.Module) -> list[ast.AST]:
    """All nodes of a module, in the order of `ast.walk`."""
    return list(ast.walk(module))
