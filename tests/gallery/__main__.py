"""Runs the gallery: measures mails of every theme in Chromium, and writes a contact sheet for each theme, layout and language.

Exits with 1 if there are faults. They are printed, and in OUT/faults.txt.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.issue.screenshots import PROGRAMS
from composer.themes.theme_loading import theme_names
from tests.gallery import camera, studio
from tests.gallery.camera import Selection
from tests.gallery.contents import CONTENTS, LANGUAGES, LAYOUTS, copy_pictures
from tests.support.chromium import CHROMIUM

WORKERS = 2


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    if CHROMIUM is None:
        print(f"The gallery needs Chromium. Install one of: {', '.join(PROGRAMS)}. Chinese mails need a Chinese font, too.")
        return 1
    wanted = camera.sheets(
        tuple(options.theme or theme_names(options.themes)),
        tuple(options.layout or LAYOUTS),
        tuple(options.language or LANGUAGES),
    )
    selection = Selection(
        tuple(options.content or CONTENTS), tuple(options.mode or camera.MODES), tuple(options.width or camera.WIDTHS)
    )
    options.out.mkdir(parents=True, exist_ok=True)
    began, faults, measured = time.monotonic(), [], 0
    with TemporaryDirectory() as folder:
        copy_pictures(Path(folder))
        for taken in studio.taken(wanted, selection, Path(folder), options.themes, options.out, options.workers):
            lines = studio.fault_lines(taken)
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
    parser.add_argument(
        "--workers", type=int, default=WORKERS, help="how many browsers run at the same time (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
