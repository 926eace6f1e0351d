"""Import and export of many people beside bare statements: `python -m tests.bench.people_files --n 1000000`. Prints the ratios.

Each side gets its part of the people in turn, so that what else the machine does slows both. Mailroom's side runs in processes of its
own, whose memory is measured. The bare side gets its lines ready for COPY, and does what a person at psql would do.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

from tests.bench import people_pages
from tests.bench.measuring import MIB, ROOT
from tests.bench.telling import Clock

SLUG = "list-1"
Admin = psycopg.Connection[Any]


class Side:
    """What one side took in all its turns."""

    def __init__(self, name: str) -> None:
        self.name, self.rows, self.seconds, self.peak = name, 0, 0.0, 0.0

    @property
    def rate(self) -> float:
        return self.rows / self.seconds

    def add(self, rows: int, seconds: float, peak: float = 0.0) -> None:
        self.rows, self.seconds, self.peak = self.rows + rows, self.seconds + seconds, max(self.peak, peak)
        memory = f", {peak:.0f} MiB" if peak else ""
        print(f"    {self.name:10}{rows:>10,} rows in {seconds:7.1f} s{memory}", flush=True)


def in_child(case: str, *values: object) -> tuple[int, float, float]:
    """(rows, seconds, MiB) of a case of Mailroom in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.people_files", "--child", case, *map(str, values)]
    process = subprocess.run(command, cwd=ROOT, input="\n", stdout=subprocess.PIPE, text=True, check=True)
    lines = process.stdout.splitlines()
    told = json.loads(lines[-1])
    return int(lines[-2]), told["seconds"], told["peak"]


def child(case: str, values: Sequence[str]) -> None:
    from cli import bootstrap

    bootstrap.set_up()
    from publication import audit
    from subscribers import mailing_lists
    from subscribers.importing.importer import import_file
    from subscribers.people import exporting
    from subscribers.people.people_filter import PeopleFilter

    clock = Clock()
    if case == "import":
        run = import_file(audit.system(), values[0], mailing_lists.find_list(SLUG), consent="fair")
        rows = run.subscribed_count
    else:
        rows = exporting.export(audit.system(), PeopleFilter(), values[1].split(","), Path(values[0]))
    print(rows)
    clock.tell()


def parts(count: int, turns: int) -> Iterator[tuple[int, int]]:
    """(first, end) of the people of each turn."""
    for turn in range(turns):
        yield count * turn // turns, count * (turn + 1) // turns


def measure_import(admin: Admin, count: int, turns: int, folder: Path, names: Sequence[str]) -> list[Side]:
    from tests.bench import people_files_sql

    people_files_sql.make_bare_tables(admin)
    sides = [Side("mailroom"), Side("bare")]
    for turn, (first, end) in enumerate(parts(count, turns)):
        file, lines = people_files_sql.write_files(folder, first, end, names)

        def by_mailroom(file: Path = file) -> tuple[int, float, float]:
            return in_child("import", file)

        def by_hand(lines: Path = lines) -> tuple[int, float, float]:
            return timed(lambda: people_files_sql.bare_import(admin, lines))

        in_turn(admin, turn, sides, (by_mailroom, by_hand))
        file.unlink()
        lines.unlink()
    people_files_sql.check_same(admin)
    return sides


def measure_export(admin: Admin, turns: int, folder: Path, names: Sequence[str]) -> list[Side]:
    from tests.bench import people_files_sql

    people_files_sql.join_further_lists(admin)
    lists = [f"list-{number}" for number in range(1, 6)]
    codes = ["email", "name", "language", *(f"list:{slug}" for slug in lists), *(f"attribute:{name}" for name in names)]
    sides = [Side("mailroom"), Side("bare")]
    for turn in range(turns):
        target = folder / f"export-{turn}.csv"

        def by_mailroom(target: Path = target) -> tuple[int, float, float]:
            return in_child("export", target, ",".join(codes))

        def by_hand(target: Path = target) -> tuple[int, float, float]:
            return timed(lambda: people_files_sql.bare_export(admin, target.with_suffix(".bare"), names))

        in_turn(admin, turn, sides, (by_mailroom, by_hand))
        print(f"    a file of {target.stat().st_size / MIB:.0f} MiB", flush=True)
        target.unlink()
        target.with_suffix(".bare").unlink()
    return sides


def timed(work: Callable[[], int]) -> tuple[int, float, float]:
    begun = time.monotonic()
    rows = work()
    return rows, time.monotonic() - begun, 0.0


def in_turn(admin: Admin, turn: int, sides: Sequence[Side], works: Sequence[Callable[[], tuple[int, float, float]]]) -> None:
    """Let both sides work, another one first each time."""
    from tests.bench import people_files_sql

    pairs = list(zip(sides, works, strict=True))
    for side, work in reversed(pairs) if turn % 2 else pairs:
        people_files_sql.settle_down(admin)
        side.add(*work())


def tell(name: str, sides: Sequence[Side], least: float, most_memory: float = 0) -> bool:
    mailroom, bare = sides
    ratio = mailroom.rate / bare.rate
    is_good = ratio >= least and not 0 < most_memory < mailroom.peak
    memory = f" (at most {most_memory:.0f})" if most_memory else ""
    print(
        f"{name}: {mailroom.rate:,.0f} rows a second, bare statements {bare.rate:,.0f}: ratio {ratio:.2f} (at least {least})"
        f", {mailroom.peak:.0f} MiB{memory}: {'good' if is_good else 'NOT REACHED'}",
        flush=True,
    )
    return is_good


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.people_files")
    parser.add_argument("--n", type=int, default=200_000, help="people (default 200000)")
    parser.add_argument("--turns", type=int, default=4, help="parts of the file to be imported (default 4)")
    parser.add_argument("--exports", type=int, default=2, help="exports of everybody by each side (default 2)")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], options.child[1:])
        return 0
    with people_pages.installation(keep=False) as servers, servers.connect("mailroom") as admin:
        names = people_pages.make_lists()
        folder = people_pages.DATA
        imported = measure_import(admin, options.n, options.turns, folder, names)
        exported = measure_export(admin, options.exports, folder, names)
    results = [tell("import", imported, 0.6), tell("export", exported, 0.5, 150)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
