"""The map of the packages in docs/architecture.md: what each module does, in one line.

`python -m tests.codebase.package_map --write` adds a line for each new module, made of the first sentence of its docstring, and
removes the lines of modules that are gone. It keeps every other line, because people write and edit them; with `--renew` it
rewrites all lines from the docstrings and keeps only the prose about the packages.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.codebase.test_syntax import PACKAGES, ROOT

PAGE = ROOT / "docs" / "architecture.md"
TITLE = "## Map of the packages"
FOLDER = re.compile(r"### `([\w/]+)/`\Z")
LINE = re.compile(r"- (`\w+`(?:, `\w+`)*) — (\S.*)\Z")
PARTNER = "_sql"  # `outbox_sql` holds the SQL of `outbox`; the two are one line and count as one module


@dataclass
class Section:
    """One folder of the map: the prose below its heading, and the text of each line by the modules that it names."""

    prose: list[str] = field(default_factory=list)
    lines: dict[tuple[str, ...], str] = field(default_factory=dict)


def folders() -> Iterator[Path]:
    """Every folder of the product that contains modules, except migrations."""
    for package in PACKAGES:
        for folder in sorted({path.parent for path in (ROOT / package).rglob("*.py")}):
            if folder.name != "migrations":
                yield folder


def modules(folder: Path) -> list[tuple[str, ...]]:
    """The modules of a folder at one level; a module and its SQL partner are one entry."""
    names = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    partners = {name for name in names if name.endswith(PARTNER) and name.removesuffix(PARTNER) in names}
    return sorted((name, name + PARTNER) if name + PARTNER in partners else (name,) for name in names - partners)


def read(text: str) -> dict[str, Section]:
    """Parse the map in the text of the page, by folder. Raises ValueError for a line with another form."""
    found: dict[str, Section] = {}
    section = None
    for line in text.partition(TITLE)[2].partition("\n## ")[0].splitlines():
        if heading := FOLDER.match(line):
            if heading[1] in found:
                raise ValueError(f"two headings for {heading[1]}/")
            section = found[heading[1]] = Section()
        elif section is not None and line.startswith("- "):
            entry = LINE.match(line)
            if entry is None:
                raise ValueError(f"write it as - `module` — what it does: {line}")
            section.lines[tuple(re.findall(r"\w+", entry[1]))] = entry[2]
        elif section is not None and line.strip():
            section.prose.append(line)
    return found


def faults(text: str) -> list[str]:
    """The faults of the map: modules and prose that are missing, and lines for modules that do not exist."""
    sections = read(text)
    silent = [f"nothing said about: {folder}/" for folder, section in sections.items() if not section.prose]
    mapped = {(folder, entry) for folder, section in sections.items() for entry in section.lines}
    there = {(folder.relative_to(ROOT).as_posix(), entry) for folder in folders() for entry in modules(folder)}
    shown = {True: "missing", False: "not there"}
    return silent + sorted(f"{shown[pair in there]}: {pair[0]}/ {', '.join(pair[1])}" for pair in mapped ^ there)


def first_sentence(path: Path) -> str:
    paragraph = (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n\n")[0]
    return re.split(r"(?<=[.!?])\s", " ".join(paragraph.split()), maxsplit=1)[0]


def written(text: str, *, renew: bool = False) -> str:
    """The text of the page with its map brought up to date."""
    before, _, rest = text.partition(TITLE)
    old = read(text)
    following = rest.partition("\n## ")
    intro = following[0].partition("\n### ")[0].rstrip()
    parts = [f"{TITLE}{intro}\n"]
    for folder in folders():
        name = folder.relative_to(ROOT).as_posix()
        section = old.get(name, Section())
        if renew:
            section.lines.clear()
        prose = section.prose or [first_sentence(folder / "__init__.py")]
        lines = [
            f"- {', '.join(f'`{each}`' for each in entry)} — {section.lines.get(entry) or first_sentence(folder / f'{entry[0]}.py')}"
            for entry in modules(folder)
        ]
        parts.append("\n".join([f"\n### `{name}/`\n", *prose, "", *lines]) + "\n")
    return before + "".join(parts) + "".join(following[1:])


if __name__ == "__main__":
    page = PAGE.read_text(encoding="utf-8")
    if {"--write", "--renew"} & set(sys.argv):
        PAGE.write_text(written(page, renew="--renew" in sys.argv), encoding="utf-8", newline="\n")
    else:
        print("\n".join(faults(page)) or "The map is complete.")
