"""Prints what a command returns: JSON, or text and tables, on standard output; remarks and progress on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from cli.error_reporting import Refused
from config import private_files

if TYPE_CHECKING:
    from rich.console import Console

JSON = "cli.json"  # in the meta of click's context
PLURALS = {"person": "people", "address": "addresses"}
ENDLESS = 10_000  # columns where nobody looks: a pipe gets whole lines


def wants_json() -> bool:
    """Whether the command that runs was called with `--json`."""
    return bool(click.get_current_context().meta[JSON])


def show(document: Any, words: str | Callable[[], None]) -> None:
    """The document for programs; for people the text, or what `words` prints."""
    if wants_json():
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))
    elif isinstance(words, str):
        say(words)
    else:
        words()


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def say(text: str = "") -> None:
    """A line of the answer."""
    click.echo(text)


def note(text: str) -> None:
    """A remark that is no part of the answer."""
    click.echo(text, err=True)


def visible(value: object) -> str:
    """A cell without anything that could move the cursor or hide text: names and reasons come from strangers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(visible, value))
    if isinstance(value, dict):
        value = ", ".join(f"{key} {each}" for key, each in value.items())
    return "".join(each if each.isprintable() else "\ufffd" for each in str(value).replace("\n", " "))


def _console(*, err: bool = False) -> Console:
    from rich import console

    stream = sys.stderr if err else sys.stdout
    return console.Console(
        file=stream, width=None if stream.isatty() else ENDLESS, highlight=False, markup=False, emoji=False, soft_wrap=True
    )


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, total: Sequence[object] = (), empty: str = "none yet"
) -> None:
    """Rows under headings, whole numbers to the right, `total` below a line. `empty` is said instead of a table of nothing."""
    from rich import box, table

    listed = [list(row) for row in rows]
    if not listed and not total:
        say(empty)
        return
    shown = table.Table(box=box.SIMPLE, pad_edge=False, show_footer=bool(total))
    for index, column in enumerate(columns):
        numbers = all(isinstance(row[index], int) and not isinstance(row[index], bool) for row in listed)
        footer = visible(total[index]) if total else ""
        shown.add_column(column, footer, justify="right" if numbers else "left", overflow="fold")
    for row in listed:
        shown.add_row(*(visible(cell) for cell in row))
    paper = _console()
    with paper.capture() as captured:
        paper.print(shown)
    say("\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines() if line.strip()))


def show_list(key: str, documents: list[dict[str, Any]], columns: Sequence[str], *, empty: str) -> None:
    """The documents for programs, or a table with these of their values under headings made of their names."""
    headings = [column.replace("_", " ") for column in columns]
    rows = [[each[column] for column in columns] for each in documents]
    show({key: documents}, lambda: show_table(headings, rows, empty=empty))


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """`name  value`, a line each; empty values are left out."""
    kept = [(name, visible(value)) for name, value in facts if value not in (None, "", [], {})]
    width = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        say(f"{name:<{width}}  {value}")


def count(number: int, noun: str) -> str:
    """`1 recipient`, `2 recipients`, `3 people`."""
    return f"{visible(number)} {noun if number == 1 else PLURALS.get(noun, noun + 's')}"


def ask(question: str, yes: bool) -> None:
    """Goes on only after a yes. Refused where nobody answers."""
    if yes:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise Refused("nobody answered; nothing was done", "scripts say --yes") from None
    if not agreed:
        raise Refused("nothing was done")


@contextmanager
def new_file(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a new file that only its owner can read and that is there only when it is whole."""
    if path is None:
        yield sys.stdout
        return
    with private_files.new_file(path) as stream, busy(f"Writing {path.name}"):
        yield stream


@contextmanager
def busy(what: str) -> Iterator[None]:
    """A sign of life on a terminal while something takes a while."""
    from rich import status

    if sys.stderr.isatty():
        with status.Status(what, console=_console(err=True)):
            yield
    else:
        yield


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; gives a function that is told how much is done by now."""
    from rich import progress

    if not sys.stderr.isatty():
        yield lambda done: None
        return
    with progress.Progress(console=_console(err=True), transient=True) as shown:
        task = shown.add_task(what, total=total)

        def advance(done: int) -> None:
            shown.update(task, completed=done)

        yield advance


@contextmanager
def screen() -> Iterator[Callable[[str], None]]:
    """A line on the terminal that is drawn over and over, or lines one below the other; gives the function that draws."""
    from rich import live

    if not sys.stderr.isatty():
        yield note
        return
    with live.Live(console=_console(err=True), refresh_per_second=4, transient=True) as shown:
        yield shown.update
