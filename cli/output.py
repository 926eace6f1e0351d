"""Prints what a command returns: JSON, or text and tables, on standard output; remarks and progress on standard error.

Times are printed in the publication's zone, which a table names in its heading and a list in its last line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from cli.error_reporting import CliError
from cli.texts import printed_values
from config import private_files

if TYPE_CHECKING:
    from rich.console import Console

JSON = "cli.json"  # in the meta of click's context
PLURALS = {"person": "people", "address": "addresses", "batch": "batches"}
# Facts and columns with the number of a record, which is printed without separators, as commands take it.
IDENTIFIERS = frozenset({
    "id", "batch", "campaign", "change", "gone", "import", "list id", "merged into", "other", "record", "run", "sender",
    "subscriber", "version",
})  # fmt: skip
ENDLESS = 10_000  # columns where no terminal limits them: a pipe gets whole lines


def wants_json() -> bool:
    """Whether the command that runs was called with `--json`."""
    return bool(click.get_current_context().meta[JSON])


def show(document: Any, message: str | Callable[[], None]) -> None:
    """Print the document with `--json`, otherwise the text, or what `words` prints."""
    if wants_json():
        click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))
    elif isinstance(message, str):
        say(message)
    else:
        message()


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def say(text: str = "") -> None:
    """Print a line of the result."""
    click.echo(text)


def note(text: str) -> None:
    """Print a remark that is not part of the result."""
    click.echo(text, err=True)


def visible(value: object) -> str:
    """A value in one line, a time in the publication's zone without its name. Characters that a terminal obeys are replaced."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        value = printed_values.stored_time(value) or value
    if isinstance(value, datetime):
        return printed_values.local_time(value)
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):  # whole numbers in a list are those of records
        return ", ".join(str(element) if _is_number(element) else visible(element) for element in value)
    if isinstance(value, dict):
        return ", ".join(f"{visible(key)} {_visible_as(str(key), element)}" for key, element in value.items())
    return printed_values.printable(str(value))


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _visible_as(name: str, value: object) -> str:
    """The value of a fact, or of a cell below this heading."""
    return str(value) if _is_number(value) and name.replace("_", " ") in IDENTIFIERS else visible(value)


def zone() -> str:
    """The zone in which times are printed: the publication's."""
    return printed_values.zone()


def moment(value: datetime) -> str:
    """A time for a sentence: `2027-12-01 09:00 (Asia/Shanghai)`."""
    return printed_values.time_with_zone(value)


def _console(*, err: bool = False) -> Console:
    from rich import console

    stream = sys.stderr if err else sys.stdout
    return console.Console(
        file=stream, width=None if stream.isatty() else ENDLESS, highlight=False, markup=False, emoji=False, soft_wrap=True
    )


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, total: Sequence[object] = (), empty: str = "none yet"
) -> None:
    """Print rows under headings, whole numbers to the right, `total` below a line; without rows only `empty`.

    The heading of a column of times names the zone.
    """
    from rich import box, table

    listed = [list(row) for row in rows]
    if not listed and not total:
        say(empty)
        return
    shown = table.Table(box=box.SIMPLE, pad_edge=False, show_footer=bool(total))
    for index, column in enumerate(columns):
        numbers = all(_is_number(row[index]) for row in listed)
        footer = visible(total[index]) if total else ""
        heading = f"{column} ({printed_values.zone()})" if any(isinstance(row[index], datetime) for row in listed) else column
        shown.add_column(heading, footer, justify="right" if numbers else "left", overflow="fold")
    for row in listed:
        shown.add_row(*(_visible_as(column, cell) for column, cell in zip(columns, row, strict=False)))
    paper = _console()
    with paper.capture() as captured:
        paper.print(shown)
    say("\n".join(line.rstrip() for line in captured.get().strip("\n").splitlines() if line.strip()))


def show_list(key: str, documents: list[dict[str, Any]], columns: Sequence[str], *, empty: str) -> None:
    """Print the documents with `--json`, otherwise a table of the values in `columns`."""
    headings = [column.replace("_", " ") for column in columns]
    rows = [[document[column] for column in columns] for document in documents]
    show({key: documents}, lambda: show_table(headings, rows, empty=empty))


def show_facts(facts: Iterable[tuple[str, object]]) -> None:
    """Print `name  value`, a line each, without empty values. A list with times ends with their zone."""
    kept, has_times = [], False
    for name, value in facts:
        if value not in (None, "", [], {}):
            kept.append((name, _visible_as(name, value)))
            has_times = has_times or isinstance(value, datetime)
    if has_times:
        kept.append(("times are in", printed_values.zone()))
    width = max((len(name) for name, _ in kept), default=0)
    for name, value in kept:
        say(f"{name:<{width}}  {value}")


def count(number: int, noun: str) -> str:
    """`1 recipient`, `2 recipients`, `3 people`."""
    return f"{visible(number)} {noun if number == 1 else PLURALS.get(noun, noun + 's')}"


def ask(question: str, yes: bool) -> None:
    """Ask a question and return only after a yes. Raises CliError after a no, or where nobody can answer."""
    if yes:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise CliError("the question was not answered; nothing was done", "use --yes in scripts") from None
    if not agreed:
        raise CliError("nothing was done")


def ask_number(question: str, option: str) -> int:
    """Ask for a number. Raises CliError where nobody can answer; `option` is what scripts give instead."""
    try:
        return int(click.prompt(question, err=True, value_proc=_whole_number))
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise CliError("the question was not answered; nothing was done", f"use {option} in scripts") from None


def _whole_number(text: str) -> int:
    """The number as `count` prints it, with or without commas."""
    plain = text.replace(",", "").strip()
    if not plain.isdecimal():
        raise click.UsageError(f"“{visible(text)}” is not a number")
    return int(plain)


@contextmanager
def new_file(path: Path | None) -> Iterator[TextIO]:
    """Standard output, or a new file that only its owner can read and that appears only when it is complete."""
    if path is None:
        yield sys.stdout
        return
    with private_files.new_file(path) as stream, busy(f"Writing {path.name}"):
        yield stream


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Show on a terminal that something is running."""
    from rich import status

    if sys.stderr.isatty():
        with status.Status(what, console=_console(err=True)):
            yield
    else:
        yield


@contextmanager
def bar(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; yields the function that sets how much is done."""
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
    """A line that is redrawn on a terminal, or a new line each time elsewhere; yields the function that prints it."""
    from rich import live

    if not sys.stderr.isatty():
        yield note
        return
    with live.Live(console=_console(err=True), refresh_per_second=4, transient=True) as shown:
        yield shown.update
