"""The verbs and details that the code can write into the audit, read off the sources."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import get_args

from campaigns.provider_lists import list_changes
from campaigns.recovery import uncertain_slices
from campaigns.states import CAMPAIGN_MOVES
from config.env import ROOT
from editorial.models import Decision, IssueRevision
from publication.staff.lost_rights import CampaignChoice
from tests.support.syntax import nodes, syntax_tree

PACKAGES = ("publication", "subscribers", "editorial", "campaigns", "worker", "web", "cli", "config")
RECORD = ("record", "record_unless_recent")
# Verbs that are put together: as written -> the values of their part. A new one needs its values here.
PUT_TOGETHER: dict[str, Iterable[str]] = {
    "campaign_{target}": CAMPAIGN_MOVES,
    "campaign_lost_rights_{choices[campaign.pk]}": CampaignChoice,
    "plan_list_{change}": (list_changes.ADD, list_changes.REMOVE),
    "review_{kind}": Decision.Kind.values,
    "unknown_{decision}": get_args(uncertain_slices.Decision),
    "{reason}_issue": (IssueRevision.Reason.PUSH, IssueRevision.Reason.IMPORT),  # the callers of replace_source
}
_NOT_DETAIL = frozenset({"since", "by_anyone"})
_INSERT = re.compile(r"INSERT INTO audit .*?\nSELECT %\(now\)s, %\(\w+\)s, (?:'(\w+)'|%\(verb\)s)", re.DOTALL)


def _sources() -> Iterator[Path]:
    return (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))


@cache
def _calls() -> list[tuple[Path, ast.Call, ast.AST | None]]:
    """Every call, with the function around it."""
    calls = []
    for path in _sources():
        tree = syntax_tree(path)
        around = {
            id(inner): function
            for function in nodes(tree)
            if isinstance(function, ast.FunctionDef)
            for inner in ast.walk(function)
        }
        calls += [(path, node, around.get(id(node))) for node in nodes(tree) if isinstance(node, ast.Call)]
    return calls


def _records() -> Iterator[tuple[Path, ast.Call, ast.AST | None]]:
    for path, call, function in _calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr in RECORD and ast.unparse(call.func.value) == "audit":
            yield path, call, function


def verbs() -> set[str]:
    """Every verb. Raises AssertionError for one that cannot be read off the sources."""
    written = {verb for path, call, function in _records() for verb in _values(path, call.args[1], function)}
    for path in _sources():
        if path.name.endswith("_sql.py"):
            inserts = _INSERT.findall(re.sub(r"\n +SELECT", "\nSELECT", path.read_text("utf-8")))
            written |= {verb for verb in inserts if verb}
    return written


def detail_names() -> set[str]:
    """The names of details that calls write out."""
    return {word.arg for _path, call, _function in _records() for word in call.keywords if word.arg} - _NOT_DETAIL


def _values(path: Path, node: ast.AST, function: ast.AST | None) -> set[str]:
    """The texts that an expression can be."""
    if isinstance(node, ast.Constant):
        return {str(node.value)}
    if isinstance(node, ast.IfExp):
        return _values(path, node.body, function) | _values(path, node.orelse, function)
    if isinstance(node, ast.JoinedStr):
        text = ast.unparse(node)[2:-1]
        assert text in PUT_TOGETHER, f"{path.name}: add the values of {text} to PUT_TOGETHER"
        return {re.sub(r"\{.*\}", str(value), text) for value in PUT_TOGETHER[text]}
    assert isinstance(node, ast.Name), f"{path.name}: the verb {ast.unparse(node)} cannot be read off the source"
    if isinstance(function, ast.FunctionDef):
        if (local := _assigned(ast.walk(function), node.id)) is not None:
            return _values(path, local, function)
        names = [argument.arg for argument in (*function.args.args, *function.args.kwonlyargs)]
        if node.id in names:
            return _given(path, function, node.id)
    constant = _assigned(syntax_tree(path).body, node.id)
    assert constant is not None, f"{path.name}: the verb {node.id} cannot be read off the source"
    return _values(path, constant, None)


def _assigned(statements: Iterable[ast.AST], name: str) -> ast.AST | None:
    for node in statements:
        if isinstance(node, ast.Assign) and name in [ast.unparse(target) for target in node.targets]:
            return node.value
    return None


def _given(own: Path, function: ast.FunctionDef, name: str) -> set[str]:
    """What callers give a parameter, and its default."""
    names = [argument.arg for argument in function.args.args]
    defaults = dict(zip([argument.arg for argument in function.args.kwonlyargs], function.args.kw_defaults, strict=True))
    defaults |= dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
    values = {str(default.value)} if isinstance(default := defaults.get(name), ast.Constant) else set()
    for path, call, around in _calls():
        if ast.unparse(call.func).rpartition(".")[2] != function.name or around is function:
            continue
        if function.name.startswith("_") and path != own:
            continue
        words = {word.arg: word.value for word in call.keywords}
        position = names.index(name) if name in names else len(call.args)
        given = words.get(name) or (call.args[position] if position < len(call.args) else None)
        if given is not None:
            values |= _values(path, given, around)
    return values
