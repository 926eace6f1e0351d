"""Bar charts as SVG, for numbers that a table shows, too: no script, no inline style (templates/static/charts.css)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT, TOP, BOTTOM, LEFT = 200, 10, 24, 44  # of the picture, and of its margins
SHADES = 6  # series that charts.css has colours for
_STEPS = (10, 12, 16, 20, 30, 40, 50, 60, 80)  # tenths of a power of ten


@dataclass(frozen=True)
class Series:
    """A row of numbers with its name, one number for each category."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True)
class _Frame:
    """The picture in one width: a wide one for desktops, a narrow one whose texts can be read on a phone."""

    width: int
    categories: Sequence[str]
    top: int

    @property
    def step(self) -> float:
        return (self.width - LEFT) / max(1, len(self.categories))

    def height(self, value: float) -> float:
        return value / self.top * (HEIGHT - TOP - BOTTOM)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - self.height(value)


def bars(label: str, categories: Sequence[str], series: Sequence[Series], *, is_stacked: bool = False) -> SafeString:
    """A chart of bars, side by side or stacked; `label` says what it shows, for those who do not see it."""
    sums = [sum(numbers) for numbers in zip(*(row.values for row in series), strict=True)]
    top = _round_up(max(sums if is_stacked else [number for row in series for number in row.values], default=0))
    draw = _stacked if is_stacked else _grouped
    pictures = []
    for width, name in ((700, "wide"), (340, "narrow")):
        frame = _Frame(width, categories, top)
        pictures.append(
            format_html(
                '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
                name, width, HEIGHT, label, _axes(frame), format_html_join("", "{}", ((mark,) for mark in draw(frame, series))),
            )
        )  # fmt: skip
    names = ((_shade(at), row.name) for at, row in enumerate(series))
    key = format_html_join("", '<li><span class="shade shade-{}"></span>{}</li>', names)
    return format_html('<div class="chart">{}{}<ul class="key">{}</ul></div>', *pictures, key)


def _shade(at: int) -> int:
    return at % SHADES + 1


def _round_up(most: int) -> int:
    """The number at the top of the axis: at least the largest value, and at least 2, so that its half is a whole number."""
    magnitude = 1
    while True:
        for top in (step * magnitude // 10 for step in _STEPS if step * magnitude % 20 == 0):
            if top >= most:
                return top
        magnitude *= 10


def _axes(frame: _Frame) -> SafeString:
    heights = [(value, round(frame.y(value), 1)) for value in (0, frame.top // 2, frame.top)]
    marks = format_html_join(
        "", '<line x1="{}" x2="{}" y1="{}" y2="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        ((LEFT, frame.width, y, y, LEFT - 6, y + 4, f"{value:,}") for value, y in heights),
    )  # fmt: skip
    every = max(1, round(60 / frame.step + 0.4))  # a category needs 60 units for its name
    last = len(frame.categories) - 1
    middles = [(round(LEFT + frame.step * (at + 0.5), 1), name) for at, name in enumerate(frame.categories)]
    names = format_html_join(
        "", '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (x, HEIGHT - 6, "middle", name) if x + 25 < frame.width else (frame.width, HEIGHT - 6, "end", name)
            for at, (x, name) in enumerate(middles) if (last - at) % every == 0
        ),
    )  # fmt: skip
    return format_html('<g class="axes" aria-hidden="true">{}{}</g>', marks, names)


def _grouped(frame: _Frame, series: Sequence[Series]) -> Iterator[SafeString]:
    width = frame.step * 0.76 / max(1, len(series))
    for at, row in enumerate(series):
        for column, value in enumerate(row.values):
            x = LEFT + frame.step * (column + 0.12) + width * at
            if value > 0:  # a bar without height is nothing to point at
                yield _bar(frame, row, at, column, (x, frame.y(value), max(1.0, width - 1)), value)


def _stacked(frame: _Frame, series: Sequence[Series]) -> Iterator[SafeString]:
    below = [0] * len(frame.categories)
    for at, row in enumerate(series):
        for column, value in enumerate(row.values):
            below[column] += value
            bounds = (LEFT + frame.step * (column + 0.2), frame.y(below[column]), frame.step * 0.6)
            if value > 0:
                yield _bar(frame, row, at, column, bounds, value)


def _bar(frame: _Frame, row: Series, at: int, column: int, bounds: tuple[float, float, float], value: int) -> SafeString:
    x, y, width = (round(number, 1) for number in bounds)
    return format_html(
        '<rect class="shade-{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        _shade(at), x, y, width, round(frame.height(value), 1), f"{frame.categories[column]} · {row.name} · {value:,}",
    )  # fmt: skip
