"""Paper, inks and tools of the series: everything that the pictures have in common."""

import math
import random
from collections.abc import Callable, Iterable, Sequence

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Point = tuple[float, float]

LANDSCAPE, PORTRAIT = (1120, 630), (840, 1050)
OVERSAMPLING = 3  # drawn at three times the size and reduced: Pillow's own lines have hard edges
SOFT = 4  # glows and shadows are drawn at a fraction of the size, since they end up blurred anyway

NIGHT: Colour = (9, 24, 52)
DEEP: Colour = (19, 52, 99)
BLUE: Colour = (44, 98, 152)
TEAL: Colour = (21, 124, 130)
AQUA: Colour = (112, 198, 192)
AMBER: Colour = (242, 169, 76)
RUST: Colour = (211, 101, 67)
PAPER: Colour = (246, 240, 228)
SAND: Colour = (231, 218, 194)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour that lies `share` (0 to 1) of the way from `a` to `b`."""
    t = min(1.0, max(0.0, share))
    return (round(a[0] + (b[0] - a[0]) * t), round(a[1] + (b[1] - a[1]) * t), round(a[2] + (b[2] - a[2]) * t))


def smooth(points: Sequence[Point], closed: bool = False, steps: int = 14) -> list[Point]:
    """A Catmull-Rom curve through all points."""
    n = len(points)
    out: list[Point] = []
    for i in range(n if closed else n - 1):
        ring = [points[k % n] if closed else points[min(max(k, 0), n - 1)] for k in (i - 1, i, i + 1, i + 2)]
        for s in range(steps):
            t = s / steps
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, -(t**2) + t**3)
            x = y = 0.0
            for weight, point in zip(weights, ring, strict=True):  # not sum(), which rounds otherwise from Python 3.12 on
                x, y = x + weight * point[0], y + weight * point[1]
            out.append((x / 2, y / 2))
    return out if closed else [*out, points[-1]]


def around(x: float, y: float, r: float, angles: Iterable[float], squash: float = 1.0) -> list[Point]:
    """Points on an ellipse, angles in degrees."""
    return [(x + r * math.cos(math.radians(a)), y + r * squash * math.sin(math.radians(a))) for a in angles]


class Sheet:
    """One picture in progress; coordinates are those of the finished picture."""

    def __init__(self, size: tuple[int, int], top: Colour, bottom: Colour, seed: int) -> None:
        self.size = size
        self.chance = random.Random(seed)  # noqa: S311 - pictures, not secrets
        self.full = (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING)
        ramp = Image.linear_gradient("L").resize(self.full, Image.Resampling.BICUBIC)
        self.image = Image.composite(Image.new("RGB", self.full, bottom), Image.new("RGB", self.full, top), ramp)
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def _replace(self, image: Image.Image) -> None:
        self.image = image
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    @staticmethod
    def _scaled(points: Iterable[Point], scale: float) -> list[Point]:
        return [(x * scale, y * scale) for x, y in points]

    def shape(self, points: Iterable[Point], colour: Colour, alpha: int = 255) -> None:
        self.pen.polygon(self._scaled(points, OVERSAMPLING), fill=(*colour, alpha))

    def disc(self, x: float, y: float, r: float, colour: Colour, alpha: int = 255) -> None:
        s = OVERSAMPLING
        self.pen.ellipse(((x - r) * s, (y - r) * s, (x + r) * s, (y + r) * s), fill=(*colour, alpha))

    def line(self, points: Iterable[Point], colour: Colour, width: float, alpha: int = 255) -> None:
        """A line of even width; a translucent one goes through a mask so that its joints do not show."""
        path, thick = self._scaled(points, OVERSAMPLING), max(1, round(width * OVERSAMPLING))
        if alpha == 255:
            self.pen.line(path, fill=colour, width=thick, joint="curve")
            return
        left, top = (math.floor(min(p[k] for p in path)) - thick for k in (0, 1))
        right, bottom = (math.ceil(max(p[k] for p in path)) + thick for k in (0, 1))
        mask = Image.new("L", (right - left, bottom - top))
        ImageDraw.Draw(mask).line([(x - left, y - top) for x, y in path], fill=alpha, width=thick, joint="curve")
        self.image.paste(colour, (left, top), mask)

    def graded(self, points: Iterable[Point], start: Colour, end: Colour, across: bool = False) -> None:
        """A shape filled from `start` (top, or left if `across`) to `end`."""
        path = self._scaled(points, OVERSAMPLING)
        left, top = (math.floor(min(p[k] for p in path)) for k in (0, 1))
        width, height = (math.ceil(max(p[k] for p in path)) - o + 1 for k, o in ((0, left), (1, top)))
        ramp = Image.linear_gradient("L")
        if across:
            ramp = ramp.transpose(Image.Transpose.ROTATE_90)
        ramp = ramp.resize((width, height), Image.Resampling.BICUBIC)
        fill = Image.composite(Image.new("RGB", ramp.size, end), Image.new("RGB", ramp.size, start), ramp)
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in path], fill=255)
        self.image.paste(fill, (left, top), mask)

    def soft(self, draw: Callable[[ImageDraw.ImageDraw, float], None], colour: Colour, blur: float, how: str) -> None:
        """Applies a blurred mask made by `draw`, as light (`how="light"`) or as shade (`how="shade"`)."""
        scale = 1 / SOFT
        mask = Image.new("L", (self.size[0] // SOFT, self.size[1] // SOFT))
        draw(ImageDraw.Draw(mask), scale)
        mask = mask.filter(ImageFilter.GaussianBlur(blur * scale)).resize(self.full, Image.Resampling.BICUBIC)
        if how == "light":
            lit = Image.composite(Image.new("RGB", self.full, colour), Image.new("RGB", self.full), mask)
            self._replace(ImageChops.screen(self.image, lit))
        else:
            self.image.paste(colour, (0, 0), mask)

    def halo(self, x: float, y: float, r: float, colour: Colour, strength: int, how: str = "light") -> None:
        def draw(pen: ImageDraw.ImageDraw, k: float) -> None:
            pen.ellipse(((x - r * 0.6) * k, (y - r * 0.6) * k, (x + r * 0.6) * k, (y + r * 0.6) * k), fill=strength)

        self.soft(draw, colour, r * 0.45, how)

    def trace(self, points: Sequence[Point], colour: Colour, width: float, blur: float, strength: int) -> None:
        """A glowing line, without its core."""

        def draw(pen: ImageDraw.ImageDraw, k: float) -> None:
            pen.line(self._scaled(points, k), fill=strength, width=max(1, round(width * k)), joint="curve")

        self.soft(draw, colour, blur, "light")

    def shadow(self, points: Sequence[Point], blur: float, strength: int, drop: Point = (0, 0)) -> None:
        moved = [(x + drop[0], y + drop[1]) for x, y in points]
        self.soft(lambda pen, k: pen.polygon(self._scaled(moved, k), fill=strength), NIGHT, blur, "shade")

    def finished(self) -> Image.Image:
        """The picture at its final size, with a little grain, which hides the steps of the gradients."""
        small = self.image.resize(self.size, Image.Resampling.LANCZOS)
        noise = Image.frombytes("L", self.size, self.chance.randbytes(self.size[0] * self.size[1]))
        noise = noise.filter(ImageFilter.GaussianBlur(0.6)).point([round(128 + (v - 128) * 0.04) for v in range(256)])
        return ImageChops.add(small, Image.merge("RGB", (noise, noise, noise)), 1, -128)
