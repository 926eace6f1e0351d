"""Every refusal that `subscribers` raises by code and parameters has its text on the command line, and on the page that shows it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from cli.texts.subscriber_texts import TEXTS

ROOT = Path(__file__).resolve().parents[2]


def raised(name: str) -> dict[str, set[str]]:
    """code -> names of its parameters, of every place that makes the exception `name`."""
    calls = [
        node
        for path in (ROOT / "subscribers").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name
    ]
    codes = {}
    for call in calls:
        choices = [call.args[0].body, call.args[0].orelse] if isinstance(call.args[0], ast.IfExp) else [call.args[0]]
        codes |= {choice.value: {each.arg for each in call.keywords} for choice in choices}
    return codes


@pytest.mark.parametrize("name", TEXTS)
def test_every_code_has_a_text_that_names_nothing_but_its_parameters(name):
    given = raised(name)
    assert given.keys() == TEXTS[name].keys()
    for code, texts in TEXTS[name].items():
        assert all(texts), code
        assert {field for text in texts for _, field, _, _ in Formatter().parse(text) if field} == given[code], code


def test_the_pages_of_links_have_a_text_for_every_code_they_can_get():
    folder = ROOT / "templates" / "web" / "public"
    page = (folder / "left.html").read_text(encoding="utf-8")  # unsubscribe_undo.undo: the rest is "erased"
    assert set(re.findall(r'fault == "(\w+)"', page)) == {"complained", "suppressed"}
    page = (folder / "not_confirmed.html").read_text(encoding="utf-8")  # subscriptions.confirm: the rest is "erased"
    assert set(re.findall(r'code == "(\w+)"', page)) == {"too_late"}


def test_no_message_of_the_domain_quotes_a_command():
    """The console shows these messages, too. Docstrings may name commands."""
    for path in (path for path in (ROOT / "subscribers").rglob("*.py") if not path.stem.endswith("_sql")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        docs = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        quoted = [n.value for n in texts if id(n) not in docs and re.search(r"\bmailroom [a-z]|(?<!-)--[a-z]", n.value)]
        assert not quoted, path
