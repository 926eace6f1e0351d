"""Runs the gallery: measures mails of every theme in Chromium, and writes a contact sheet for each theme, layout and language.

Exits with 1 if there are faults. They are printed, and in OUT/faults.txt.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.issue.screenshots import PROGRAMS
from composer.themes.theme_loading import theme_names
from tests.gallery import camera, contact_sheet
from tests.gallery.camera import Selection, Sheet, Taken, View
from tests.gallery.contents import CONTENTS, LANGUAGES, LAYOUTS, copy_pictures
from tests.support.chromium import CHROMIUM, chromium

WORKERS = 2


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if CHROMIUM is None:
        print(f"The gallery needs Chromium. Install one of: {', '.join(PROGRAMS)}. Chinese mails need a Chinese font, too.")
        return 1
    wanted = camera.sheets(
        tuple(options.theme or theme_names(options.themes)), tuple(options.layout or LAYOUTS), tuple(options.language or LANGUAGES)
    )
    selection = Selection(
        tuple(options.content or CONTENTS), tuple(options.mode or camera.MODES), tuple(options.width or camera.WIDTHS)
    )
    options.out.mkdir(parents=True, exist_ok=True)
    began, faults, measured = time.monotonic(), [], 0
    with TemporaryDirectory() as folder:
        copy_pictures(Path(folder))
        for taken in _taken(partial(_take, selection, Path(folder), options.themes, options.out), wanted, options.workers):
            lines = fault_lines(taken)
            faults += lines
            measured += taken.measured
            print(f"  {taken.sheet.name}{f'  {len(lines)} faults' if lines else ''}", flush=True)
    faults.sort()
    (options.out / "faults.txt").write_text("".join(f"{line}\n" for line in faults), encoding="utf-8")
    print("\n".join(["", *faults, ""]))
    print(f"gallery: {measured} views in {time.monotonic() - began:.0f} seconds, {len(faults)} faults; open {options.out}")
    return 1 if faults else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("out", metavar="OUT", type=Path, help="the folder for contact sheets and faults.txt")
    parser.add_argument("--theme", action="append", metavar="NAME", help="only this theme; every option can be repeated")
    parser.add_argument("--layout", action="append", choices=LAYOUTS)
    parser.add_argument("--language", action="append", choices=LANGUAGES)
    parser.add_argument("--content", action="append", choices=CONTENTS)
    parser.add_argument("--mode", action="append", choices=camera.MODES)
    parser.add_argument("--width", action="append", type=int, metavar="PIXELS")
    parser.add_argument("--themes", type=Path, metavar="FOLDER", help="a folder with other themes than templates/email/")
    parser.add_argument("--workers", type=int, default=WORKERS, help="how many browsers run at the same time (default: %(default)s)")
    return parser


def _take(selection: Selection, pictures: Path, themes: Path | None, out: Path, sheet: Sheet) -> Taken:
    """Measures one sheet and writes its file. Each process starts its own browser once."""
    with chromium() as browser:
        taken = camera.take(browser, sheet, selection, pictures, themes)
    contact_sheet.write(taken, out)
    taken.shots.clear()  # they need not travel to the other process
    return taken


def _taken(take: partial[Taken], wanted: list[Sheet], workers: int) -> Iterator[Taken]:
    if workers == 1:
        yield from map(take, wanted)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(take, sheet) for sheet in wanted]):
            yield done.result()


def fault_lines(taken: Taken) -> list[str]:
    """Returns one line for each fault of a sheet, with all the views that have it."""
    return [f"{taken.sheet.name}: {fault} ({_where(views)})" for fault, views in sorted(taken.faults.items())]


def _where(views: list[View]) -> str:
    """Names views briefly: `thirty light 320 375, one dark 320`."""
    widths: dict[tuple[str, str], list[str]] = {}
    for view in views:
        widths.setdefault((view.content, view.mode), []).extend([str(view.width)] if view.width else [])
    return ", ".join(" ".join((*place, *at)) for place, at in widths.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
