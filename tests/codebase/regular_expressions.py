"""Finds the product's regular expressions and measures which of them take more than linear time.

Run as a module it prints a line of JSON for each expression: its place, its text and the input that makes it slow, or null.
Each package is measured in a child process, so that an expression that never ends costs one child and SECONDS of CPU time.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import pkgutil
import re
import resource
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.codebase.hostile_inputs import inputs

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "composer", "cli.issue", "subscribers", "transport", "config", "web", "campaigns", "publication", "editorial",
)  # fmt: skip
NOT_IMPORTED = {"web.wsgi", "config.wsgi"}  # start a server, or end the process
ANYWHERE = {"sub", "subn", "search", "finditer", "findall", "split"}
AT_START = {"match", "fullmatch"}
METHODS = ANYWHERE | AT_START

# -- finding them ----------------------------------------------------------------------------------------------------


@dataclass
class Expression:
    place: str  # composer/issue/links.py:_SCHEME, composer/pipeline.py:compact()
    pattern: re.Pattern[Any]
    methods: set[str] = field(default_factory=set)  # those that the code calls; all of them if that is not certain


def modules(package: str) -> Iterator[ModuleType]:
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(top.__path__, f"{package}."):
        if found.name not in NOT_IMPORTED and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def patterns_in(value: object, name: str, seen: set[int], module: str) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The compiled expressions in a value: the value itself, members of collections, attributes of the module's own classes."""
    if isinstance(value, re.Pattern):
        yield name, value
        return
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        for pair in value.items():
            yield from patterns_in(pair, name, seen, module)
    elif isinstance(value, list | tuple | set | frozenset):
        for each in value:
            yield from patterns_in(each, name, seen, module)
    elif isinstance(value, type) and value.__module__ == module:
        for key, each in vars(value).items():
            yield from patterns_in(each, f"{name}.{key}", seen, module)
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from patterns_in(getattr(value, each.name, None), name, seen, module)


def calls_in_functions(tree: ast.AST, scope: str = "") -> Iterator[tuple[str, ast.Call]]:
    """The calls of `re` with the name of the function around them, "" outside functions."""
    for node in ast.iter_child_nodes(tree):
        inner = scope
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{scope}.{node.name}" if scope else node.name
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in METHODS | {"compile"}
        ):
            yield scope, node
        yield from calls_in_functions(node, inner)


class _Known(ast.NodeTransformer):
    """Replaces the parts of an f-string that are known only inside the function by a letter."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        return node if value_of(node.value, self.module) is not None else ast.Constant("x")


def value_of(node: ast.expr, module: ModuleType) -> Any:
    """The value of an expression, or None if it is known only when the function runs."""
    try:
        return eval(compile(ast.fix_missing_locations(ast.Expression(node)), "<expression>", "eval"), vars(module))
    except Exception:
        return None


def evaluated(node: ast.expr, module: ModuleType) -> Any:
    return value_of(_Known(module).visit(ast.parse(ast.unparse(node), mode="eval").body), module)


def flags_of(node: ast.Call, module: ModuleType) -> int:
    names = {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "re"
    }
    return sum(int(getattr(re, name)) for name in names if isinstance(getattr(re, name, None), re.RegexFlag))


def literals(module: ModuleType, path: str, tree: ast.Module) -> Iterator[Expression]:
    """Expressions that are passed directly to a function of `re`; `pattern` is None if it is known only at run time."""
    count: dict[str, int] = defaultdict(int)
    for scope, node in calls_in_functions(tree):
        attribute = node.func.attr  # type: ignore[attr-defined]
        if not scope and attribute == "compile":
            continue  # among the globals
        count[scope] += 1
        place = f"{path}:{scope}()" + (f"#{count[scope]}" if count[scope] > 1 else "")
        source = evaluated(node.args[0], module)
        if isinstance(source, re.Pattern):
            continue
        if not isinstance(source, str | bytes):
            yield Expression(place, None)  # type: ignore[arg-type]
            continue
        yield Expression(place, re.compile(source, flags_of(node, module)), METHODS if attribute == "compile" else {attribute})


def references(tree: ast.AST, module: ModuleType) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Two maps from a name to the methods called on it, for own names and for names of other modules.

    A name that is used in any other way counts as used with all methods.
    """
    own: dict[str, set[str]] = defaultdict(set)
    others: dict[str, set[str]] = defaultdict(set)
    called: dict[int, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            called[id(node.value)] = node.attr
        methods = {called[id(node)]} if id(node) in called else METHODS
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            own[node.id] |= methods
        elif isinstance(node, ast.Attribute) and isinstance(vars(module).get(getattr(node.value, "id", "")), ModuleType):
            others[node.attr] |= methods
    return own, others


def expressions() -> dict[str, list[Expression]]:
    """The expressions of each package. Each is listed once, even if another module imports it."""
    loaded = {package: list(modules(package)) for package in PACKAGES}
    trees = {
        module.__name__: ast.parse(Path(str(module.__file__)).read_text("utf-8")) for all_ in loaded.values() for module in all_
    }
    uses = {module: references(trees[module.__name__], module) for all_ in loaded.values() for module in all_}
    methods: dict[int, set[str]] = defaultdict(set)
    found: dict[str, list[Expression]] = {package: [] for package in PACKAGES}
    for package, members in loaded.items():
        for module in members:
            tree, seen = trees[module.__name__], set[int]()
            path = str(Path(str(module.__file__)).resolve().relative_to(ROOT))
            assigned = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            assigned |= {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
            count: dict[str, int] = defaultdict(int)
            for name, value in list(vars(module).items()):
                for where, pattern in patterns_in(value, name, seen, module.__name__):
                    methods[id(pattern)] |= uses[module][0][name] if isinstance(value, re.Pattern) else METHODS
                    if name in assigned:
                        count[where] += 1
                        number = f"#{count[where]}" if count[where] > 1 else ""
                        found[package].append(Expression(f"{path}:{where}{number}", pattern))
            found[package] += literals(module, path, tree)
    for all_ in found.values():
        for each in all_:
            if each.pattern is not None and not each.methods:
                name = each.place.rpartition(":")[2]
                elsewhere = (others[name] for _, others in uses.values() if name in others)
                each.methods = methods[id(each.pattern)].union(*elsewhere) or METHODS
    return found


# -- measuring them --------------------------------------------------------------------------------------------------

FEW = (14, 20, 26, 60)  # repetitions, in steps so that an exponential expression is detected before it takes too long
SMALL, LARGE = 1_200, 4_800  # characters of the two texts that are compared
EXPONENTIAL, DOUBTFUL, RATIO = 0.02, 0.0008, 8.0  # seconds; times the time for four times the characters
SECONDS = 10  # of CPU time for one expression; after that it counts as slow


def seconds(expression: Expression, text: Any) -> float:
    pattern, methods = expression.pattern, expression.methods
    began = time.thread_time()  # the clock of the process moves in steps of 4 ms while RLIMIT_CPU is set
    if methods & ANYWHERE:
        for _ in pattern.finditer(text):
            pass
    if "match" in methods:
        pattern.match(text)
    if "fullmatch" in methods:
        pattern.fullmatch(text)
    return time.thread_time() - began


def is_exponential(expression: Expression, text: Any) -> bool:
    return all(seconds(expression, text) > EXPONENTIAL for _ in range(2))


def is_quadratic(expression: Expression, small: Any, large: Any) -> bool:
    """Whether the larger text takes more than RATIO times as long in each of several tries.

    The tries are some time apart, because on a shared machine everything can be ten times slower for some milliseconds.
    """
    if seconds(expression, large) <= DOUBTFUL:
        return False
    for pause in (0, 0.02, 0.1, 0.5):
        time.sleep(pause)
        if seconds(expression, large) <= RATIO * seconds(expression, small):
            return False
    return True


def slowness(expression: Expression) -> str | None:
    """Describe an input for which the expression takes more than linear time; None if none was found."""
    binary = isinstance(expression.pattern.pattern, bytes)
    for before, unit, after in inputs(expression.pattern):

        def text(count: int, parts: tuple[str, str, str] = (before, unit, after)) -> Any:
            made = parts[0] + parts[1] * count + parts[2]
            return made.encode("utf-8") if binary else made

        shown = f"{before!r} + {unit!r} * n"
        for count in FEW:
            if count * len(unit) <= SMALL and is_exponential(expression, text(count)):
                return f"{shown}: more than {EXPONENTIAL} s for n = {count}"
        if is_quadratic(expression, text(SMALL // len(unit)), text(LARGE // len(unit))):
            return f"{shown}: more than {RATIO:.0f} times the time for four times the text"
    return None


def measure(all_: list[Expression]) -> Iterator[dict[str, Any]]:
    """Yield the verdicts. One child process measures all expressions; if one kills it, a new child goes on after that one."""
    at = 0
    while at < len(all_):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                with os.fdopen(writing, "w") as out:
                    for each in all_[at:]:
                        used = resource.getrusage(resource.RUSAGE_SELF)
                        limit = int(used.ru_utime + used.ru_stime) + SECONDS
                        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
                        out.write(json.dumps(slowness(each)) + "\n")
                        out.flush()
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as said:
            verdicts = [json.loads(line) for line in said if line.endswith("\n")]
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise RuntimeError(f"the child failed at {all_[at + len(verdicts)].place}")
        for each, slow in zip(all_[at:], verdicts, strict=False):
            yield {"place": each.place, "pattern": repr(each.pattern.pattern), "slow": slow}
        at += len(verdicts)
        if at < len(all_):
            yield {"place": all_[at].place, "pattern": repr(all_[at].pattern.pattern), "slow": f"no end within {SECONDS} s"}
            at += 1


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    for package, all_ in expressions().items():
        if len(sys.argv) > 1 and sys.argv[1] != package:
            continue
        for each in all_:
            if each.pattern is None:
                print(json.dumps({"place": each.place, "pattern": None, "slow": None}))
        for verdict in measure([each for each in all_ if each.pattern is not None]):
            print(json.dumps(verdict), flush=True)


if __name__ == "__main__":
    main()
