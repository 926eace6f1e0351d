"""`make gallery`: screenshots of every block in every theme, narrow and wide, light and dark, in both languages, on one page."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from composer.themes.specimen import specimens
from composer.themes.theme_loading import load_theme, theme_names
from tests.gallery.shots import composed, shoot
from tests.support.chromium import CHROMIUM, chromium

OUT = Path(__file__).resolve().parents[2] / "var" / "gallery"
WIDTHS = (375, 640)
MODES = ("light", "dark")
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem; background: Canvas; color: CanvasText; }
nav a { margin-right: .8rem; }
h2 { margin: 3rem 0 .5rem; border-top: 1px solid GrayText; padding-top: 1rem; }
h3 { margin: 1.5rem 0 .3rem; font-weight: 500; }
.row { display: flex; gap: 12px; align-items: flex-start; overflow-x: auto; padding-bottom: 8px; }
figure { margin: 0; } figcaption { font-size: 12px; color: GrayText; }
img { display: block; border: 1px solid GrayText; }
"""


def main(names: Sequence[str]) -> int:
    """Writes var/gallery/. `names`: the themes, by default all. Without a browser, prints a message and returns 0."""
    missing = (
        "Chromium is not installed" if CHROMIUM is None else "Playwright is not installed" if not find_spec("playwright") else ""
    )
    if missing:
        print(f"gallery: skipped, {missing}; nothing was drawn")
        return 0
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    drawn: dict[str, dict[str, list[tuple[str, str]]]] = {}  # block -> theme -> (caption, file)
    with chromium() as browser:
        for name in names or theme_names():
            for block, caption, file in _draw(browser, name):
                drawn.setdefault(block, {}).setdefault(name, []).append((caption, file))
    (OUT / "index.html").write_text(_page(drawn), encoding="utf-8")
    print(f"gallery: {sum(len(shots) for each in drawn.values() for shots in each.values())} pictures, {OUT / 'index.html'}")
    return 0


def _draw(browser: Any, name: str) -> Iterator[tuple[str, str, str]]:
    theme = load_theme(name)
    for issue in specimens():
        _, html, pictures = composed(replace(issue, theme=name), theme)
        language = issue.language
        for width in WIDTHS:
            for mode in MODES:
                for shot in shoot(browser, html, pictures, foot=issue.credits[0].name, width=width, mode=mode):
                    file = f"{name}-{shot.block}-{language}-{width}-{mode}.png"
                    (OUT / file).write_bytes(shot.png)
                    yield shot.block, f"{language}, {width}, {mode}", file


def _page(drawn: dict[str, dict[str, list[tuple[str, str]]]]) -> str:
    links = "".join(f'<a href="#{block}">{block}</a>' for block in drawn)
    parts = [f"<title>Gallery of themes</title><style>{STYLE}</style><h1>Every block in every theme</h1><nav>{links}</nav>"]
    for block, themes in drawn.items():
        parts.append(f'<h2 id="{block}">{block}</h2>')
        for name, shots in themes.items():
            row = "".join(
                f'<figure><figcaption>{escape(caption)}</figcaption><img loading="lazy" src="{escape(file)}" '
                f'alt="{escape(f"{block} in {name}: {caption}")}"></figure>'
                for caption, file in shots
            )
            parts.append(f'<h3>{escape(name)}</h3><div class="row">{row}</div>')
    return f'<!DOCTYPE html><html lang="en"><meta charset="utf-8">{"".join(parts)}</html>\n'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
