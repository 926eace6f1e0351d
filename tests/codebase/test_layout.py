"""Newcomers can find the file for a change: folders are small, and the docs name all modules and only existing files."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.codebase import package_map
from tests.codebase.test_syntax import ROOT

MOST_MODULES = 15  # in a folder, at one level; a module and its SQL partner count as one
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [
    row for row in CONTRIBUTING.partition("## Where does it go?")[2].partition("\n## ")[0].splitlines() if row.startswith("| ")
][1:]


def test_no_folder_has_more_than_15_modules():
    sizes = {folder.relative_to(ROOT).as_posix(): len(package_map.modules(folder)) for folder in package_map.folders()}
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}
    assert len(sizes) > 40, "the rule looks at the folders of the product"


def test_the_package_map_lists_exactly_the_existing_modules():
    assert package_map.faults(package_map.PAGE.read_text(encoding="utf-8")) == [], "python -m tests.codebase.package_map --write"


def test_the_map_check_finds_missing_and_stale_lines_and_undescribed_packages():
    page = package_map.PAGE.read_text(encoding="utf-8")
    line = re.search(r"^- `bootstrap` — .*\n", page, re.M)
    assert line
    planted = page.replace(line[0], "- `bootstrapped` — Nothing.\n").replace("\nThe command `mailroom`.\n", "\n", 1)
    assert package_map.faults(planted) == ["nothing said about: cli/", "missing: cli/ bootstrap", "not there: cli/ bootstrapped"]
    assert package_map.faults(package_map.written(planted)) == []
    with pytest.raises(ValueError, match="what it does"):
        package_map.faults(page.replace(line[0], "- bootstrap: prepares the process\n"))


def paths(row: str) -> Iterator[str]:
    """The paths that a row names, as patterns. A bare file name is in the folder of the path before it; `<theme>` stands for any
    name, and `_sql.py` for the end of one."""
    folder = ""
    for token in re.findall(r"`([^`]+)`", row):
        if module := re.match(r"python -m ([\w.]+)", token):
            yield module[1].replace(".", "/") + ".py"
        elif token == "pyproject.toml":
            yield token
        elif re.fullmatch(r"[_*]\w*\.py", token):
            yield f"**/*{token.lstrip('*')}"
        elif re.fullmatch(r"\w[\w./<>*-]*(?:/|\.\w{2,4})", token):
            folder = token.rpartition("/")[0] if "/" in token else folder
            yield re.sub(r"<\w+>", "*", token if "/" in token or not folder else f"{folder}/{token}")


def test_every_path_in_the_contributing_table_exists():
    missing = [
        f"{row.split('|')[1].strip()}: {path}" for row in ROWS for path in paths(row) if not any(ROOT.glob(path.rstrip("/")))
    ]
    assert missing == []
    assert len(ROWS) > 30
    assert list(paths("| a | `cli/main.py`, `output.py`; `docs/`, `make x`, `EventKind`, `python -m a.b`, `*_sql.py` |")) == [
        "cli/main.py", "cli/output.py", "docs/", "a/b.py", "**/*_sql.py",
    ]  # fmt: skip
