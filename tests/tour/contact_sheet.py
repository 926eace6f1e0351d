"""var/tour/index.html: all pictures on one page, the faults first."""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from tests.tour.camera import Shot

STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem; background: Canvas; color: CanvasText; }
nav a { margin-right: .8rem; white-space: nowrap; }
h2 { margin: 3rem 0 .5rem; border-top: 1px solid GrayText; padding-top: 1rem; }
.row { display: flex; gap: 12px; align-items: flex-start; overflow-x: auto; padding-bottom: 8px; }
figure { margin: 0; } figcaption { font-size: 12px; color: GrayText; }
img { display: block; border: 1px solid GrayText; max-height: 600px; }
"""


def write(folder: Path, shots: Sequence[Shot], faults: Sequence[str], notes: Sequence[str]) -> Path:
    """Write the page into `folder`, whose pictures/ has the files. Returns its path."""
    by_page = {name: list(each) for name, each in groupby(sorted(shots, key=lambda shot: shot.page), lambda shot: shot.page)}
    links = "".join(f'<a href="#{escape(name)}">{escape(name)}</a> ' for name in by_page)
    parts = [f"<title>Tour</title><style>{STYLE}</style><h1>Tour</h1>"]
    parts += [_listed("Faults", faults), _listed("To look at", notes), f"<nav>{links}</nav>"]
    for name, pictures in by_page.items():
        row = "".join(_figure(shot) for shot in pictures)
        parts.append(f'<h2 id="{escape(name)}">{escape(name)}</h2><div class="row">{row}</div>')
    page = folder / "index.html"
    page.write_text(f'<!DOCTYPE html><html lang="en"><meta charset="utf-8">{"".join(parts)}</html>\n', encoding="utf-8")
    return page


def _listed(title: str, lines: Sequence[str]) -> str:
    return f"<h2>{title}</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>" if lines else ""


def _figure(shot: Shot) -> str:
    caption = escape(f"{shot.language}, {shot.width}, {shot.scheme}")
    source = escape(f"pictures/{shot.file}")
    return (
        f'<figure><figcaption>{caption}</figcaption><a href="{source}"><img loading="lazy" src="{source}" '
        f'alt="{escape(shot.page)}: {caption}"></a></figure>'
    )
