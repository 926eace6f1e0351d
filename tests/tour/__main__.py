"""Runs the tour: start an installation, fill it, photograph its pages, write var/tour/index.html and the pictures of the README.

Exits with 1 if a page is wider than its screen, cuts something off, breaks a rule of axe, answers with an unexpected status,
or if an address of web/urls.py has no picture.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.error_reporting import CliError
from cli.issue.screenshots import PROGRAMS
from tests.support.chromium import CHROMIUM, chromium

if TYPE_CHECKING:
    from tests.tour.installation import Installation
    from tests.tour.visit import Visit

OUT = Path(__file__).resolve().parents[2] / "var" / "tour"
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}  # short name in file names -> locale of the browser


def main(wanted: Sequence[str]) -> int:
    """`wanted`: take only pictures whose name contains one of these, or `readme`; everything if empty."""
    if CHROMIUM is None:
        print(f"make tour needs Chromium. Install one of: {', '.join(PROGRAMS)}. Chinese pages need a Chinese font, too.")
        return 1
    if find_spec("playwright") is None:
        print("make tour needs Playwright. Install the packages for the tests: make .venv/.development")
        return 1
    from tests.tour import installation

    OUT.mkdir(parents=True, exist_ok=True)
    try:
        with installation.started(OUT / "data") as running:
            return _tour(running, wanted)
    except CliError as refused:
        print(f"tour: {refused}")
        return 1


def _tour(running: Installation, wanted: Sequence[str]) -> int:
    from tests.tour import cast as casting
    from tests.tour import contact_sheet, readme_pictures, visits
    from tests.tour.camera import Camera, Shot

    cast = casting.fill(running)
    pictures = OUT / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    shots: list[Shot] = []
    faults = [f"{name}: no picture; add it to tests/tour/visits.py" for name in visits.missing(visits.visits(cast, 0))]

    def photograph(browser: Any, visits_of: Callable[[int], list[Visit]]) -> None:
        for turn, (language, locale) in enumerate(LANGUAGES.items()):
            with Camera(browser, running.public_url, pictures, language, locale) as camera:
                for visit in visits_of(turn):
                    if not wanted or any(part in visit.name for part in wanted):
                        taken = camera.photograph(visit)
                        shots.extend(taken.shots)
                        faults.extend(taken.faults)
                        print(f"  {language} {visit.name}{'  !' if taken.faults else ''}", flush=True)

    with chromium() as browser:
        photograph(browser, partial(visits.visits, cast))
    if not wanted or "readme" in wanted:
        readme_pictures.take(running.public_url, cast)
    casting.lose_processes()  # not while the browser runs: its event loop allows no queries
    with chromium() as browser:
        photograph(browser, lambda _turn: visits.without_workers(cast))
    notes = sorted({note for shot in shots for note in shot.notes})
    page = contact_sheet.write(OUT, shots, faults, notes)
    print("\n".join(["", *notes, "", *faults]))
    print(f"tour: {len(shots)} pictures, {len(faults)} faults, {len(notes)} notes; open {page}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
