"""Draws the chart of the results as SVG, for light and dark backgrounds, without scripts or fonts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.bench.report import Row

WIDTH = 980
LABELS = 330
COLUMN = 210
BAR = 120
LINE = 24
STYLE = """
  svg { font: 12px system-ui, sans-serif }
  .page { fill: #ffffff } text { fill: #1f2328 } .quiet { fill: #59636e } .axis { stroke: #8c959f; stroke-width: 1 }
  .limit { fill: #8c959f } .ours { fill: #1a7f5a } .other { fill: #c2762b } .line { stroke: #1a7f5a; stroke-width: 2; fill: none }
  .title { font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 } .axis { stroke: #656c76 }
    .limit { fill: #7d8590 } .ours { fill: #3fb68b } .other { fill: #d9924e } .line { stroke: #3fb68b }
  }
"""


def draw(rows: Sequence[Row], growth: Sequence[dict[str, Any]]) -> str:
    """Bars for each system (rate, CPU, memory; logarithmic), below them the growth."""
    top = 60
    bottom = top + LINE * len(rows)
    height = bottom + 30 + (190 if growth else 0)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t">',
        '<title id="t">Recipients per second, CPU seconds per million recipients and peak memory of each system, and growth</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="6"/>',
    ]
    for number, row in enumerate(rows):
        parts.append(_text(16, top + LINE * number + 16, row.name))
    columns = (
        ("recipients per second", [row.rate for row in rows]),
        ("CPU seconds per million", [row.cpu_per_million for row in rows]),
        ("peak MiB of a process", [row.peak for row in rows]),
    )
    for number, (title, values) in enumerate(columns):
        left = LABELS + COLUMN * number
        parts.append(_text(left, 28, title, "title"))
        parts.append(_text(left, 44, "more is better" if number == 0 else "less is better", "quiet"))
        parts += _bars(left, top, values, [row.kind for row in rows])
    parts.append(_text(16, 44, "bars are logarithmic", "quiet"))
    if growth:
        parts += _growth(bottom + 40, growth)
    return "\n".join(parts) + "\n</svg>\n"


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    shown = f' class="{kind}"' if kind else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{shown}>{escape(words)}</text>'


def _bars(left: int, top: int, values: Sequence[float], kinds: Sequence[str]) -> list[str]:
    if not values:
        return []
    lowest, highest = math.log10(max(min(values), 1e-3)) - 0.3, math.log10(max(values))
    parts = [f'<line class="axis" x1="{left}" y1="{top}" x2="{left}" y2="{top + LINE * len(values)}"/>']
    for number, (value, kind) in enumerate(zip(values, kinds, strict=True)):
        length = BAR * (math.log10(max(value, 1e-3)) - lowest) / max(highest - lowest, 1e-9)
        y = top + LINE * number
        parts.append(f'<rect class="{kind}" x="{left}" y="{y + 4}" width="{length:.1f}" height="{LINE - 8}" rx="2"/>')
        parts.append(_text(left + length + 6, y + 16, _short(value)))
    return parts


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _growth(top: int, growth: Sequence[dict[str, Any]]) -> list[str]:
    """Two small lines over the same sizes: time per recipient, and a sending process's memory."""
    charts = (
        (
            "Mailroom, shipped: microseconds per recipient, schedule to sent",
            [x["seconds"] / x["recipients"] * 1e6 for x in growth],
        ),
        ("Mailroom, shipped: peak MiB of a sending process", [x["peak_worker"] for x in growth]),
    )
    parts = []
    for number, (title, values) in enumerate(charts):
        left, width, floor = 40 + 480 * number, 380, top + 130
        parts.append(_text(left - 24, top + 8, title, "title"))
        parts.append(f'<line class="axis" x1="{left}" y1="{floor}" x2="{left + width}" y2="{floor}"/>')
        step = width / max(len(values), 1)
        points = [(left + step * (n + 0.5), floor - 85 * value / max(values)) for n, value in enumerate(values)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline class="line" points="{path}"/>')
        for (x, y), value, run in zip(points, values, growth, strict=True):
            parts.append(f'<circle class="ours" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
            parts.append(_text(x, y - 9, _short(value), anchor="middle"))
            parts.append(_text(x, floor + 17, f"{run['recipients']:,}", "quiet", "middle"))
    return parts
