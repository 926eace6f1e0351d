"""Bar charts as SVG, for numbers that a table shows, too: no script, no inline style (templates/static/charts.css).

A chart is also a file: an SVG that has its colours, title and key inside, as Word and other programs expect it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HEIGHT, TOP, BOTTOM = 200, 10, 24  # of the picture, and of its margins; the left one has room for the numbers
_STEPS = (10, 12, 16, 20, 30, 40, 50, 60, 80)  # tenths of a power of ten
# Of a file and of paper. On a page, charts.css has these and those of the dark scheme.
_COLOURS = ("#14606e", "#d08a1d", "#a3261b", "#6fa8b3", "#6b5b95", "#8f8a80")
SHADES = len(_COLOURS)
_INK, _QUIET, _LINE = "#1d2125", "#5b646c", "#dedcd5"
_FONTS = "Segoe UI, Microsoft YaHei, PingFang SC, Noto Sans CJK SC, sans-serif"
_WIDE, _NARROW = 700, 340
_PARTS_OF_A_DAY = (1, 2, 3, 4, 6, 8, 12, 24)  # hours
_MARGIN, _TITLE, _KEY_LINE = 20, 34, 22  # of a file: around it, and the height of its title and of a line of its key


@dataclass(frozen=True)
class Series:
    """A row of numbers with its name, one number for each category."""

    name: str
    values: Sequence[int]


@dataclass(frozen=True)
class Chart:
    """Bars, side by side or stacked; `label` says what they show, also for those who do not see it.

    `named`: a category whose name is drawn in any case, and those that are a day of 24 categories away from it.
    """

    label: str
    categories: Sequence[str]
    series: Sequence[Series]
    is_stacked: bool = False
    named: int | None = None

    def html(self) -> SafeString:
        """The chart in two widths, of which the style sheet shows one, and its key."""
        pictures = (
            format_html(
                '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
                name, width, HEIGHT, self.label, self._drawing(width),
            )
            for width, name in ((_WIDE, "wide"), (_NARROW, "narrow"))
        )  # fmt: skip
        names = ((_shade(at), row.name) for at, row in enumerate(self.series))
        key = format_html_join("", '<li><span class="shade shade-{}"></span>{}</li>', names)
        return format_html('<div class="chart">{}{}<ul class="key">{}</ul></div>', *pictures, key)

    def picture(self) -> str:
        """The chart as an SVG file on a white ground."""
        key = list(_key(self.series))
        width = _WIDE + 2 * _MARGIN
        height = _TITLE + HEIGHT + _KEY_LINE * (key[-1][1] + 1 if key else 0) + 2 * _MARGIN
        marks = format_html_join(
            "", '<rect x="{}" y="{}" width="12" height="12" fill="{}"/><text x="{}" y="{}" font-size="13" fill="{}">{}</text>',
            (
                (x, y - 10, _COLOURS[_shade(at) - 1], x + 18, y, _INK, row.name)
                for at, (row, (x, line)) in enumerate(zip(self.series, key, strict=True))
                for y in (_TITLE + HEIGHT + _KEY_LINE * (line + 1),)
            ),
        )  # fmt: skip
        return format_html(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" viewBox="0 0 {} {}" font-family="{}">'
            '<rect width="{}" height="{}" fill="#ffffff"/><g transform="translate({} {})">'
            '<text y="14" font-size="16" font-weight="600" fill="{}">{}</text><g transform="translate(0 {})">{}</g>{}</g></svg>',
            width, height, width, height, _FONTS, width, height, _MARGIN, _MARGIN, _INK, self.label, _TITLE,
            self._drawing(_WIDE), marks,
        )  # fmt: skip

    def _drawing(self, width: int) -> SafeString:
        sums = [sum(numbers) for numbers in zip(*(row.values for row in self.series), strict=True)]
        largest = max(sums if self.is_stacked else [number for row in self.series for number in row.values], default=0)
        frame = _Frame(width, self.categories, _round_up(largest), self.named)
        draw = _stacked if self.is_stacked else _grouped
        return format_html("{}{}", _axes(frame), format_html_join("", "{}", ((mark,) for mark in draw(frame, self.series))))


@dataclass(frozen=True)
class _Frame:
    """The drawing in one width: a wide one for desktops, a narrow one whose texts can be read on a phone."""

    width: int
    categories: Sequence[str]
    top: int
    named: int | None

    @property
    def left(self) -> int:
        return max(44, 12 + 6 * len(f"{self.top:,}"))

    @property
    def step(self) -> float:
        return (self.width - self.left) / max(1, len(self.categories))

    def height(self, value: float) -> float:
        return value / self.top * (HEIGHT - TOP - BOTTOM)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - self.height(value)


def _key(series: Sequence[Series]) -> Iterator[tuple[int, int]]:
    """The x and the line of each name in the key of a file. A Chinese character is as wide as two Latin ones."""
    x = line = 0
    for row in series:
        width = 18 + sum(14 if ord(character) > 0x2E80 else 7 for character in row.name) + 20
        if x and x + width > _WIDE:
            x, line = 0, line + 1
        yield x, line
        x += width


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
        "", '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}"/><text x="{}" y="{}" text-anchor="end">{}</text>',
        ((frame.left, frame.width, y, y, _LINE, frame.left - 6, y + 4, f"{value:,}") for value, y in heights),
    )  # fmt: skip
    every = max(1, round(60 / frame.step + 0.4))  # a category needs 60 units for its name
    if frame.named is not None:
        every = next((part for part in _PARTS_OF_A_DAY if part >= every), every)
    last = len(frame.categories) - 1 if frame.named is None else frame.named
    middles = [(round(frame.left + frame.step * (at + 0.5), 1), name) for at, name in enumerate(frame.categories)]
    names = format_html_join(
        "", '<text x="{}" y="{}" text-anchor="{}">{}</text>',
        (
            (x, HEIGHT - 6, "middle", name) if x + 25 < frame.width else (frame.width, HEIGHT - 6, "end", name)
            for at, (x, name) in enumerate(middles) if (last - at) % every == 0
        ),
    )  # fmt: skip
    return format_html('<g class="axes" aria-hidden="true" fill="{}" font-size="11">{}{}</g>', _QUIET, marks, names)


def _grouped(frame: _Frame, series: Sequence[Series]) -> Iterator[SafeString]:
    width = frame.step * 0.76 / max(1, len(series))
    for at, row in enumerate(series):
        for column, value in enumerate(row.values):
            x = frame.left + frame.step * (column + 0.12) + width * at
            if value > 0:  # a bar without height is nothing to point at
                yield _bar(frame, row, at, column, (x, frame.y(value), max(1.0, width - 1)), value)


def _stacked(frame: _Frame, series: Sequence[Series]) -> Iterator[SafeString]:
    below = [0] * len(frame.categories)
    for at, row in enumerate(series):
        for column, value in enumerate(row.values):
            below[column] += value
            bounds = (frame.left + frame.step * (column + 0.2), frame.y(below[column]), frame.step * 0.6)
            if value > 0:
                yield _bar(frame, row, at, column, bounds, value)


def _bar(frame: _Frame, row: Series, at: int, column: int, bounds: tuple[float, float, float], value: int) -> SafeString:
    x, y, width = (round(number, 1) for number in bounds)
    return format_html(
        '<rect class="shade-{}" fill="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>',
        _shade(at), _COLOURS[_shade(at) - 1], x, y, width, round(frame.height(value), 1),
        f"{frame.categories[column]} · {row.name} · {value:,}",
    )  # fmt: skip
