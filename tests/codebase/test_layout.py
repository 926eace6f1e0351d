"""Newcomers can find the file for a change: folders are small, and the docs name all packages and only existing files."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.codebase.test_syntax import PACKAGES, ROOT

MOST_MODULES = 15  # in a folder, at one level; a module and its SQL partner count as one
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROWS = [
    row for row in CONTRIBUTING.partition("## Where does it go?")[2].partition("\n## ")[0].splitlines() if row.startswith("| ")
][1:]


def folders() -> Iterator[Path]:
    """Every folder of the product that contains modules, except migrations."""
    for package in PACKAGES:
        for folder in sorted({path.parent for path in (ROOT / package).rglob("*.py")}):
            if folder.name != "migrations":
                yield folder


def modules(folder: Path) -> set[str]:
    """The modules of a folder at one level; a module and its SQL partner are one."""
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    return {name for name in names if not (name.endswith("_sql") and name.removesuffix("_sql") in names)}


def test_no_folder_has_more_than_15_modules():
    sizes = {folder.relative_to(ROOT).as_posix(): len(modules(folder)) for folder in folders()}
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}
    assert len(sizes) > 40, "the rule looks at the folders of the product"


def test_the_map_of_the_packages_has_a_line_for_each_folder():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Map of the packages")[2]
    mapped = re.findall(r"^- `([\w/]+)/` — \S", page, re.M)
    assert sorted(mapped) == sorted(folder.relative_to(ROOT).as_posix() for folder in folders())


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
