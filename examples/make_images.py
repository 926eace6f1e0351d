"""Draws the pictures of the sample issue: one series, one palette, the same bytes on every run.

Run `python examples/make_images.py [FOLDER]`; without a folder it replaces the pictures of the sample issue.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from drawing import laboratory, places
from drawing.sheet import Sheet
from PIL import Image

HERE = Path(__file__).resolve().parent
LARGEST = 60_000  # bytes of one picture

PICTURES: dict[str, Callable[[], Sheet]] = {
    "world-engineering-day": places.world_engineering_day,
    "bologna-book-fair": places.bologna_book_fair,
    "spliceosome": laboratory.spliceosome,
    "luobing-congress": places.luobing_congress,
    "pacifichem": laboratory.pacifichem,
    "biomimetic-carriers": laboratory.biomimetic_carriers,
    "tropical-crops": laboratory.tropical_crops,
    "digital-bridge": places.digital_bridge,
    "zhang-weiqing": places.zhang_weiqing,
    "dalian-beamline": laboratory.dalian_beamline,
}


def save(picture: Image.Image, target: Path) -> None:
    """Saves at the best quality that fits into LARGEST bytes; the issue has ten such pictures."""
    for quality in range(84, 40, -3):
        picture.save(target, quality=quality, optimize=True, progressive=True)
        if target.stat().st_size <= LARGEST:
            return


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        save(draw().finished(), folder / f"{name}.jpg")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "cast-2023-03" / "images")
