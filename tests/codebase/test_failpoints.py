"""Checks in the syntax trees that every database write and network call of the delivery path is between two failpoints.

The delivery path is the code that the worker's tasks and the provider's webhook reach. A write is a call of a `*_sql` function
that contains a writing statement, of a writing method of the ORM, or of one of the two functions that move a campaign. Network
calls are those of the provider's client and of its batches. A call is "between" two failpoints if one failpoint, or a call that
passes one, comes before it and another after it, either in the same function or in every function of the path that calls it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from config import failpoints
from tests.chaos import plan
from tests.codebase.test_syntax import ROOT

PATH = ("worker", "campaigns", "web/hooks")
BESIDE = ("subscribers/people/actions.py",)  # no part of the path, but killed beside it
WRITING = re.compile(r"\b(?:INSERT\s+INTO|DELETE\s+FROM|(?<!FOR )(?<!FOR NO KEY )UPDATE\s+[a-z_{])")
ORM = {"save", "create", "update", "delete", "bulk_create", "get_or_create", "update_or_create"}
VERBS = {"move_campaign", "hold_campaign"}
# The calls of transport.provider, by the names of the variables through which the worker makes them.
PROVIDER = {"client": {"send"}, "batches": {"create_batch", "cancel", "release"}, "lists": {"remove", "add_unsubscribes", "read"}}
# Writes of the throttle affect only the speed of sending. One that is lost or repeated costs nothing but time.
PACE = {"campaigns.sending.throttle_sql"}


@dataclass
class Function:
    """One function of the path: its calls in the order of the source, each with its line."""

    name: str
    node: ast.FunctionDef
    calls: list[tuple[int, str]] = field(default_factory=list)
    points: list[int] = field(default_factory=list)
    effects: list[tuple[int, str]] = field(default_factory=list)


class Sources:
    """The modules of the path (dotted name -> source); `uncovered` lists the effects that are not between two failpoints."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.trees = {name: ast.parse(text) for name, text in texts.items()}
        self.writers = {each for name in texts if name.endswith("_sql") and name not in PACE for each in self._writers(name)}
        self.functions: dict[str, Function] = {}
        for name in texts:
            if not name.endswith("_sql"):
                self._read(name)
        self.callers: dict[str, list[tuple[str, int]]] = {}
        for function in self.functions.values():
            for line, callee in function.calls:
                self.callers.setdefault(callee, []).append((function.name, line))

    # -- reading

    def _writers(self, module: str) -> Iterator[str]:
        """Functions of a `*_sql` module that write, by their own text or by a constant that they use."""
        tree = self.trees[module]
        constants = {
            target.id: ast.unparse(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
                text = " ".join([ast.unparse(node), *(constants[name] for name in used if name in constants)])
                if WRITING.search(text.replace("\\n", " ")):
                    yield f"{module}.{node.name}"

    def _read(self, module: str) -> None:
        tree = self.trees[module]
        names = dict(self._imports(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names.setdefault(node.name, f"{module}.{node.name}")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                function = Function(f"{module}.{node.name}", node)
                self.functions[function.name] = function
                for inner in ast.walk(node):
                    # A lambda that is passed on counts as called here: `settle_until_committed(lambda: settle(...))`.
                    if isinstance(inner, ast.Call):
                        self._note(function, inner, names)

    @staticmethod
    def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    yield alias.asname or alias.name, alias.name

    def _note(self, function: Function, call: ast.Call, names: dict[str, str]) -> None:
        target = call.func
        if isinstance(target, ast.Name):
            callee, last = names.get(target.id, target.id), target.id
        elif isinstance(target, ast.Attribute):
            chain = ast.unparse(target)
            root = chain.split(".")[0]
            callee, last = f"{names.get(root, root)}{chain[len(root) :]}", target.attr
        else:
            return
        line = call.lineno
        if last == "failpoint":
            function.points.append(line)
            return
        function.calls.append((line, callee))
        provider = isinstance(target, ast.Attribute) and last in PROVIDER.get(ast.unparse(target.value), ())
        orm = last in ORM and isinstance(target, ast.Attribute) and ("objects" in callee or last == "save")
        if callee in self.writers or orm or last in VERBS or provider:
            function.effects.append((line, callee))

    # -- checking

    def passes(self, name: str, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a call of the function passes a failpoint on its way."""
        function = self.functions.get(name)
        if function is None or name in seen:
            return False
        return bool(function.points) or any(self.passes(callee, seen | {name}) for _, callee in function.calls)

    def guarded(self, name: str, line: int, behind: bool, seen: frozenset[str] = frozenset()) -> bool:
        """Whether a failpoint comes before (`behind`: after) that line, in the function or in each of its callers."""
        function = self.functions[name]
        marks = [*function.points, *(at for at, callee in function.calls if at != line and self.passes(callee))]
        if any(at > line if behind else at < line for at in marks):
            return True
        callers = [caller for caller in self.callers.get(name, []) if caller[0] in self.reached and caller[0] not in seen]
        return bool(callers) and all(self.guarded(caller, at, behind, seen | {name}) for caller, at in callers)

    def reach(self, entries: tuple[str, ...]) -> set[str]:
        found: set[str] = set()
        open_ = [name for name in self.functions if name.startswith(tuple(f"{entry}." for entry in entries))]
        while open_:
            name = open_.pop()
            if name not in found:
                found.add(name)
                open_ += [callee for _, callee in self.functions[name].calls if callee in self.functions]
        return found

    def uncovered(self, entries: tuple[str, ...]) -> list[str]:
        self.reached = self.reach(entries)
        return sorted(
            f"{name}:{line} {callee}"
            for name in self.reached
            for line, callee in self.functions[name].effects
            if not (self.guarded(name, line, behind=False) and self.guarded(name, line, behind=True))
        )


def path_texts() -> dict[str, str]:
    files = [file for folder in PATH for file in sorted((ROOT / folder).rglob("*.py")) if "migrations" not in file.parts]
    return {
        file.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."): file.read_text(encoding="utf-8") for file in files
    }


def test_database_writes_and_provider_calls_are_between_two_failpoints():
    sources = Sources(path_texts())
    entries = [module for _, module in sources._imports(sources.trees["worker.tasks"])]
    assert "worker.slice_sender" in entries
    assert sources.uncovered((*entries, "web.hooks.event_webhook")) == []
    # Signals of Celery put every message to the broker between two failpoints, whichever code publishes it.
    signals = sources.texts["worker.app"]
    assert "@before_task_publish.connect" in signals
    assert "@after_task_publish.connect" in signals
    # The check above would also pass if it found no effects at all, so it must have found these.
    reached = {callee for name in sources.reached for _, callee in sources.functions[name].effects}
    provider = {"client.send", "batches.create_batch", "batches.cancel", "batches.release", "lists.remove", "lists.read"}
    for known in ("campaigns.sending.gate_sql.open_attempt", "campaigns.sending.settling_sql.settle_accepted", *provider):
        assert known in reached, sorted(reached)


SEEDED = {
    "x.tasks": "from x import work\ndef task():\n    work.go()\n",
    "x.rows_sql": 'def put():\n    query("INSERT INTO t VALUES (1)")\ndef look():\n    query("SELECT 1 FROM t FOR UPDATE")\n',
}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("failpoint('a')\n    rows_sql.put()\n    failpoint('b')", []),
        ("failpoint('a')\n    rows_sql.look()", []),
        ("failpoint('a')\n    rows_sql.put()", ["x.work.go:5 x.rows_sql.put"]),
        ("rows_sql.put()\n    failpoint('b')", ["x.work.go:4 x.rows_sql.put"]),
        ("failpoint('a')\n    client.send(b'')", ["x.work.go:5 client.send"]),
        ("Thing.objects.create()\n    failpoint('b')", ["x.work.go:4 Thing.objects.create"]),
        ("failpoint('a')\n    step()\n    failpoint('b')", []),
        ("failpoint('a')\n    step()", ["x.work.step:2 x.rows_sql.put"]),
    ],
)
def test_a_write_that_is_not_between_two_failpoints_is_reported(body, expected):
    work = f"from x import rows_sql\ndef step(): rows_sql.put()\ndef go():\n    {body}\n"
    assert Sources({**SEEDED, "x.work": work}).uncovered(("x.tasks",)) == expected


def test_every_failpoint_is_used_by_a_fault_run():
    texts = [*path_texts().values(), *((ROOT / path).read_text(encoding="utf-8") for path in BESIDE)]
    named = set(re.findall(r'failpoint\("([a-z_]+)"\)', "".join(texts)))
    named |= {f"wire_{stage}" for stage in ("connected", "half_sent", "sent", "head_read")}
    listed = {*plan.ROLES, *plan.ELSEWHERE}
    assert named == listed
    assert {*plan.Plan(strict=True).points, *plan.Plan(erase=1).points} == set(plan.ROLES)


def test_a_failpoint_acts_only_when_armed_and_only_once(monkeypatch):
    def fail(*_: object) -> None:
        raise AssertionError("armed")

    monkeypatch.setattr(failpoints.signal, "pthread_kill", fail)
    failpoints.failpoint("gate_committed")
    failpoints.arm("gate_committed:1")
    try:
        with pytest.raises(AssertionError):
            failpoints.failpoint("gate_committed")
        failpoints.failpoint("gate_committed")  # armed for the first pass only
    finally:
        failpoints.arm("")
    assert failpoints._plan == {}
