"""Measures several sheets at the same time: each process has its own browser. Writes their contact sheets, and lists faults."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from pathlib import Path

from tests.gallery import camera, contact_sheet
from tests.gallery.camera import Selection, Sheet, Taken, View
from tests.support.chromium import chromium


def taken(
    sheets: list[Sheet], selection: Selection, pictures: Path, themes: Path | None, out: Path, workers: int
) -> Iterator[Taken]:
    """Yields the sheets as they are finished."""
    take = partial(_take, selection, pictures, themes, out)
    if workers == 1:
        yield from map(take, sheets)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(take, sheet) for sheet in sheets]):
            yield done.result()


def _take(selection: Selection, pictures: Path, themes: Path | None, out: Path, sheet: Sheet) -> Taken:
    """Measures one sheet and writes its file. `chromium` starts the browser once for each process."""
    with chromium() as browser:
        taken = camera.take(browser, sheet, selection, pictures, themes)
    contact_sheet.write(taken, out)
    taken.shots.clear()  # they need not travel to the other process
    return taken


def fault_lines(taken: Taken) -> list[str]:
    """Returns one line for each fault of a sheet, with all the views that have it."""
    return [f"{taken.sheet.name}: {fault} ({_where(views)})" for fault, views in sorted(taken.faults.items())]


def _where(views: list[View]) -> str:
    """Names views briefly: `long-names light dark 320 375; one dark 320`."""
    widths: dict[tuple[str, str], list[str]] = {}
    for view in views:
        widths.setdefault((view.content, view.mode), []).extend([str(view.width)] if view.width else [])
    modes: dict[tuple[str, str], list[str]] = {}
    for (content, mode), at in widths.items():
        modes.setdefault((content, " ".join(at)), []).append(mode)
    return "; ".join(" ".join((content, *names, at)).strip() for (content, at), names in modes.items())
