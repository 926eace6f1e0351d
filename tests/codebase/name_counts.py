"""Count names that do not say what they hold, for `make lint`. The limits in pyproject.toml may only fall.

Exits with 1 for a number above its limit, and lists the names; also for a number below its limit, so that the limit follows it.
"""

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "composer", "transport", "publication", "subscribers", "editorial", "campaigns", "worker", "web", "cli", "config", "sandbox",
)  # fmt: skip

VAGUE = {"found", "each", "one", "place", "words", "told", "wanted", "said"}
METAPHORS = {
    "owe", "owes", "owed", "owing", "heed", "heeds", "heeded", "land", "lands", "landed", "fence", "fences", "fenced", "pump", "pumps",
    "setback", "setbacks", "traces",
}  # fmt: skip
PUBLIC, LOCAL, SHARED = "public-names", "local-names", "shared-class-names"


def is_unclear(name: str) -> bool:
    return name in VAGUE or not METAPHORS.isdisjoint(name.lower().split("_"))


def is_public(path: list[str]) -> bool:
    return all(not name.startswith("_") or name.startswith("__") for name in path)


def definitions(node: ast.AST, path: list[str]) -> Iterator[tuple[str, int, str]]:
    """(PUBLIC or LOCAL, line, name) of every function, class, parameter, attribute and variable below `node`."""
    for child in ast.iter_child_nodes(node):
        inner = path
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inner = [*path, child.name]
            kind = PUBLIC if is_public(inner) else LOCAL
            yield kind, child.lineno, child.name
            if isinstance(child, ast.ClassDef):
                targets = [target for statement in child.body for target in assigned(statement)]
                yield from (
                    (kind, name.lineno, name.id) for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
                )
            else:
                yield from (
                    (kind, argument.lineno, argument.arg) for argument in ast.walk(child.args) if isinstance(argument, ast.arg)
                )
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store) and not isinstance(node, ast.AnnAssign):
            yield LOCAL, child.lineno, child.id
        yield from definitions(child, inner)


def assigned(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


def count() -> dict[str, list[str]]:
    """Each kind of name -> the lines with one."""
    counted: dict[str, list[str]] = {PUBLIC: [], LOCAL: [], SHARED: []}
    classes: dict[str, list[str]] = defaultdict(list)
    for file in sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py") if "migrations" not in file.parts):
        tree, where = ast.parse(file.read_text(encoding="utf-8")), file.relative_to(ROOT)
        for kind, line, name in definitions(tree, []):
            if is_unclear(name):
                counted[kind].append(f"{where}:{line}: {name}")
        for statement in tree.body:
            if isinstance(statement, ast.ClassDef) and is_public([statement.name]):
                classes[statement.name].append(f"{where}:{statement.lineno}")
    counted[SHARED] = [f"{', '.join(places)}: {name}" for name, places in sorted(classes.items()) if len(places) > 1]
    return counted


def main() -> int:
    limits = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mailroom"]["names"]
    wrong = {kind: lines for kind, lines in count().items() if len(lines) != limits[kind]}
    for kind, lines in wrong.items():
        if len(lines) > limits[kind]:
            print(
                *lines, f"{kind}: {len(lines)}, but the limit is {limits[kind]}: rename the new ones by what they hold", sep="\n"
            )
        else:
            print(f"{kind}: {len(lines)} are left. Lower the limit in pyproject.toml from {limits[kind]}.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
