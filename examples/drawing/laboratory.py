"""Pictures of what scientists work on: proteins, molecules, carriers, plants, a beam of light."""

import math
from collections.abc import Sequence
from itertools import pairwise

from PIL import ImageDraw, ImageFilter

from drawing.sheet import (
    AMBER,
    AQUA,
    BLUE,
    DEEP,
    LANDSCAPE,
    NIGHT,
    OVERSAMPLING,
    PAPER,
    RUST,
    SAND,
    TEAL,
    Colour,
    Point,
    Sheet,
    around,
    mix,
    smooth,
)


def spliceosome() -> Sheet:
    s = Sheet(LANDSCAPE, mix(DEEP, TEAL, 0.25), NIGHT, 3)
    s.halo(560, 310, 480, TEAL, 120)
    quads: list[tuple[float, list[Point], Colour]] = []

    def coil(spine: Sequence[Point], turns: float, radius: float, width: float, ink: Colour, depth: float) -> list[Point]:
        """Adds a band coiled round a path, cut into quads with depth and light. Returns the two ends of the band."""
        edge: list[tuple[Point, Point, float]] = []
        for i in range(len(spine) - 1):
            (x0, y0), (x1, y1) = spine[i], spine[i + 1]
            size = math.hypot(x1 - x0, y1 - y0) or 1.0
            tx, ty = (x1 - x0) / size, (y1 - y0) / size
            share = i / (len(spine) - 2)
            a = 2 * math.pi * turns * share + 0.8
            cx, cy = x0 - ty * radius * math.cos(a), y0 + tx * radius * math.cos(a)
            half = width / 2 * min(1.0, 0.12 + 9 * share, 0.12 + 9 * (1 - share))  # tapers into the loops
            edge.append(((cx - tx * half, cy - ty * half), (cx + tx * half, cy + ty * half), math.sin(a)))
        for (a0, a1, n), (b0, b1, _) in pairwise(edge):
            tone = mix(ink, NIGHT, 0.56 + 0.2 * n) if n < 0 else mix(ink, PAPER, 0.04 + 0.46 * n**1.5)
            quads.append((depth + n * radius, [a0, a1, b1, b0], mix(tone, NIGHT, max(0.0, -depth / 260))))
        return [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for (a, b, _) in (edge[0], edge[-1])]

    ends: list[list[Point]] = []
    for path, turns, radius, width, ink, depth in (
        ([(60, 150), (190, 130), (330, 180), (450, 150)], 4, 56, 54, BLUE, -110),
        ([(520, 100), (640, 90), (760, 130), (850, 110)], 4, 50, 48, TEAL, -120),
        ([(80, 470), (200, 440), (310, 470), (410, 540)], 4, 60, 56, TEAL, -40),
        ([(700, 560), (830, 520), (960, 530), (1070, 480)], 4, 54, 52, BLUE, -80),
        ([(850, 230), (920, 310), (1000, 320), (1050, 240)], 3, 48, 46, AQUA, 30),
        ([(250, 300), (340, 330), (440, 310), (520, 270)], 4, 56, 44, RUST, 40),
        ([(560, 500), (600, 400), (650, 300), (740, 230)], 4, 62, 52, AMBER, 50),
    ):
        ends.append(coil(smooth(path, steps=150), turns, radius, width, ink, depth))
    for (i, a), (j, b), via, ink in (
        ((0, 1), (1, 0), (490, 90), BLUE),
        ((1, 1), (4, 0), (900, 130), TEAL),
        ((0, 0), (5, 0), (90, 300), BLUE),
        ((2, 1), (6, 0), (500, 590), TEAL),
        ((3, 1), (4, 1), (1110, 400), BLUE),
        ((3, 0), (6, 1), (800, 380), mix(AMBER, RUST, 0.4)),
    ):
        loop = smooth([ends[i][a], via, ends[j][b]], steps=60)
        s.line(loop, mix(ink, NIGHT, 0.45), 9)
        s.line([(x - 1, y - 2) for x, y in loop], mix(ink, PAPER, 0.05), 3.5)
    strand = smooth([(-20, 356), (130, 372), (300, 345), (450, 300), (610, 330), (760, 370), (920, 340), (1140, 200)], steps=40)
    quads.sort(key=lambda q: q[0])
    cut = sum(1 for q in quads if q[0] < 30)
    for _, quad, tone in quads[:cut]:
        s.shape(quad, tone)
    s.trace(strand, PAPER, 16, 16, 150)
    s.line(strand, PAPER, 7)
    for i in range(6, len(strand) - 2, 8):  # the bases of the strand
        (x0, y0), (x1, y1) = strand[i], strand[i + 1]
        size = math.hypot(x1 - x0, y1 - y0)
        nx, ny = -(y1 - y0) / size, (x1 - x0) / size
        s.line(((x0, y0), (x0 + nx * 19, y0 + ny * 19)), PAPER, 3.2)
        s.disc(x0 + nx * 20, y0 + ny * 20, 4.4, AMBER if i % 3 else AQUA)
    for _, quad, tone in quads[cut:]:
        s.shape(quad, tone)
    return s


def pacifichem() -> Sheet:
    s = Sheet(LANDSCAPE, PAPER, SAND, 5)
    x, y, squash = 560.0, 392.0, 0.62
    outline = [
        (
            x + (338 + 16 * math.sin(3 * t) + 9 * math.sin(5 * t + 1)) * math.cos(t),
            y + 190 * math.sin(t) * (1 + 0.05 * math.sin(4 * t)),
        )
        for t in (math.radians(a) for a in range(0, 360, 2))
    ]
    s.shadow(outline, 26, 110, (0, 14))
    s.graded(outline, DEEP, NIGHT)
    s.shape([(x + (px - x) * 0.79 + 20, y + (py - y) * 0.79 - 4) for px, py in outline], mix(DEEP, TEAL, 0.28), 120)
    s.shape([(x + (px - x) * 0.475 + 50, y + (py - y) * 0.475 - 10) for px, py in outline], mix(DEEP, TEAL, 0.7), 120)
    for ring in range(1, 9):  # depth lines
        share = 1 - ring * 0.105
        wave = [(x + (px - x) * share + 10 * ring, y + (py - y) * share - 2 * ring) for px, py in outline]
        s.line([*wave, wave[0]], mix(DEEP, AQUA, 0.12 + 0.08 * ring), 1.6)
    places = around(x, y, 436, (163, 197, 231, 270, 309, 343, 377), squash * 1.04)
    inks = (TEAL, RUST, DEEP, AMBER, BLUE, TEAL, RUST)
    bonds = smooth(places, steps=20)
    s.line(bonds, mix(SAND, DEEP, 0.42), 9)
    s.line(bonds, mix(AMBER, PAPER, 0.5), 4)
    for i, ((px, py), ink) in enumerate(zip(places, inks, strict=True)):
        r = 58.0
        hexagon = around(px, py, r, range(30, 390, 60))
        s.shadow(hexagon, 12, 110, (0, 9))
        s.graded(hexagon, mix(ink, PAPER, 0.14), mix(ink, NIGHT, 0.2))
        inner = around(px, py, r * 0.62, range(30, 390, 60))
        s.shape(inner, PAPER if i % 2 else mix(PAPER, SAND, 0.6))
        if i % 2:
            s.line(around(px, py, r * 0.36, range(361)), ink, 3)
        else:
            for k in range(3):
                s.line(around(px, py, r * 0.44, (36 + 120 * k, 84 + 120 * k)), ink, 4)
        for vx, vy in hexagon:
            s.disc(vx, vy, 6.5, mix(ink, NIGHT, 0.35))
        for a in (30, 150, 270):
            (ox, oy), (ix, iy) = around(px, py, r + 24, (a,))[0], around(px, py, r, (a,))[0]
            s.line(((ix, iy), (ox, oy)), mix(ink, NIGHT, 0.35), 3)
            s.disc(ox, oy, 5, AMBER if ink != AMBER else TEAL)
    return s


def biomimetic_carriers() -> Sheet:
    s = Sheet(LANDSCAPE, mix(NIGHT, TEAL, 0.30), NIGHT, 6)
    s.halo(300, 210, 420, TEAL, 120)
    for k in range(30):  # the stream
        base = -60 + k * 26
        flow = [(px, base + 46 * math.sin(px / 210 + k * 0.12) + px * 0.05) for px in range(-20, 1161, 20)]
        s.line(flow, mix(TEAL, AQUA, 0.3), 1.3, 34 + 26 * (k % 3))

    def carrier(x: float, y: float, r: float, ink: Colour, far: float) -> None:
        outer, inner = mix(ink, NIGHT, far), mix(mix(ink, NIGHT, 0.55), NIGHT, far)
        s.shadow(around(x, y, r * 1.04, range(0, 360, 6)), r * 0.3, 130, (r * 0.12, r * 0.2))
        s.disc(x, y, r, outer)
        s.disc(x, y, r * 0.955, mix(inner, NIGHT, 0.3))
        heads = 64
        for ring, size in ((0.95, 0.037), (0.80, 0.031)):  # two layers of lipid heads, tails between
            for i in range(heads):
                a = 360 * i / heads
                p = around(x, y, r * ring, (a,))[0]
                q = around(x, y, r * 0.875, (a,))[0]
                s.line((p, q), mix(outer, NIGHT, 0.25), max(1.0, r * 0.018))
                s.disc(*p, max(1.4, r * size), mix(outer, PAPER, 0.25))
        s.disc(x, y, r * 0.755, mix(inner, NIGHT, 0.15))
        s.halo(x, y, r * 0.8, AMBER, round(150 * (1 - far)))
        golden = math.pi * (3 - math.sqrt(5))
        count = max(12, round(r * 0.38))
        for i in range(count):
            d = r * 0.62 * math.sqrt((i + 0.5) / count)
            px, py = x + d * math.cos(i * golden), y + d * math.sin(i * golden)
            size = r * 0.055 * s.chance.uniform(0.75, 1.25)
            s.disc(px, py, size, mix(mix(AMBER, RUST, s.chance.random() * 0.8), NIGHT, far))
            s.disc(px - size * 0.3, py - size * 0.3, size * 0.35, mix(PAPER, NIGHT, far * 0.8))
        s.line(around(x, y, r * 1.02, range(360)), mix(outer, PAPER, 0.2), max(1.2, r * 0.012), 150)

    for x, y, r, ink, far in (
        (930, 110, 46, AQUA, 0.6),
        (700, 560, 52, BLUE, 0.55),
        (90, 520, 60, BLUE, 0.5),
        (560, 80, 38, TEAL, 0.6),
    ):
        carrier(x, y, r, ink, far)
    s.image = s.image.filter(ImageFilter.GaussianBlur(2.4 * OVERSAMPLING))
    s.pen = ImageDraw.Draw(s.image, "RGBA")
    carrier(900, 420, 112, BLUE, 0.15)
    carrier(640, 250, 84, TEAL, 0.22)
    carrier(330, 330, 190, AQUA, 0.0)
    carrier(1040, 210, 62, AQUA, 0.2)
    return s


def tropical_crops() -> Sheet:
    s = Sheet(LANDSCAPE, mix(PAPER, AMBER, 0.12), SAND, 7)
    s.disc(770, 214, 150, mix(AMBER, PAPER, 0.25))

    def leaf(x: float, y: float, angle: float, length: float, width: float, ink: Colour, cuts: int) -> None:
        a = math.radians(angle)
        bend = 0.22 * (1 if angle > -90 else -1)

        def at(t: float, off: float) -> Point:
            b = a + bend * t
            return (x + math.cos(b) * length * t - math.sin(b) * off, y + math.sin(b) * length * t + math.cos(b) * off)

        def reach(t: float, slit: bool = True) -> float:
            w = width * math.sin(math.pi * t**0.72) ** 0.85 if 0 < t < 1 else 0.0
            if cuts and slit and 0.12 < t < 0.9:  # the slits of a banana leaf
                w *= 0.55 + 0.45 * min(1.0, (t * cuts) % 1 * 7)
            return w

        def half(side: int) -> list[Point]:
            return [at(t + 0.05 * reach(t) / width, side * reach(t)) for t in (i / 160 for i in range(161))]

        mid = [at(i / 60, 0) for i in range(61)]
        s.shadow(half(1) + half(-1)[::-1], 14, 60, (6, 10))
        s.graded(half(1) + mid[::-1], mix(ink, PAPER, 0.1), mix(ink, NIGHT, 0.2))
        s.graded(half(-1) + mid[::-1], mix(ink, NIGHT, 0.12), mix(ink, NIGHT, 0.42))
        for i in range(2, 20):
            t = i / 22
            share = 0.5 if cuts else 0.8
            for side in (-1, 1):
                off = share * reach(t + 0.05, slit=False)
                s.line((at(t, 0), at(t + 0.05, side * off)), mix(ink, PAPER, 0.24), 1.2)
        s.line(mid, mix(ink, PAPER, 0.55), 3.4)

    for spec in (
        (250, 690, -152, 420, 74, BLUE, 0), (270, 690, -128, 560, 92, mix(TEAL, DEEP, 0.4), 9),
        (300, 690, -34, 560, 70, mix(TEAL, DEEP, 0.3), 0), (300, 690, -57, 610, 98, DEEP, 10),
        (285, 690, -106, 610, 100, TEAL, 0), (290, 690, -80, 640, 86, mix(TEAL, AQUA, 0.55), 8),
        (240, 700, -170, 330, 62, TEAL, 7),
    ):  # fmt: skip
        leaf(*spec)
    for x, y, turn, ink in ((640.0, 372.0, -7.0, TEAL), (838.0, 356.0, 5.0, RUST)):
        a = math.radians(turn)

        def on(u: float, v: float, x: float = x, y: float = y, a: float = a) -> Point:
            return (x + u * math.cos(a) - v * math.sin(a), y + u * math.sin(a) + v * math.cos(a))

        sheet = [on(0, 0), on(206, 0), on(206, 300), on(0, 300)]
        s.shadow(sheet, 16, 120, (4, 10))
        s.graded(sheet, (255, 253, 248), PAPER)
        s.disc(*on(34, 36), 13, ink)
        s.line((on(60, 30), on(160, 30)), DEEP, 6)
        s.line((on(60, 44), on(124, 44)), mix(DEEP, PAPER, 0.5), 3)
        for row in range(6):
            s.line((on(24, 82 + row * 15), on(182 - (row * 37) % 60, 82 + row * 15)), mix(DEEP, PAPER, 0.66), 3)
        s.line((on(24, 222), on(150, 222)), mix(DEEP, PAPER, 0.3), 1.6)
        hand = [s.chance.uniform(5, 15) for _ in range(9)]
        sign = [
            on(30 + 13 * t + 7 * math.sin(2 * math.pi * t), 212 + hand[int(t)] * math.cos(2 * math.pi * t + 0.6) - t)
            for t in (k / 8 for k in range(66))
        ]
        s.line(smooth(sign), ink, 2.8)
    pen = [(985, 604), (1075, 470), (1092, 482), (1002, 615)]
    s.shadow(pen, 8, 110, (6, 8))
    s.graded(pen, AMBER, RUST)
    s.shape(((985, 604), (1002, 615), (976, 628)), NIGHT)
    return s


def dalian_beamline() -> Sheet:
    s = Sheet(LANDSCAPE, mix(NIGHT, DEEP, 0.3), NIGHT, 10)
    vx, vy = 660.0, 270.0
    s.halo(vx, vy, 460, TEAL, 130)

    def frame(scale: float, half: float, height: float) -> list[Point]:
        """A rectangle with its corners cut off, seen at a distance."""
        cut = min(half, height) * 0.42
        corner = ((-half + cut, -height), (half - cut, -height), (half, -height + cut), (half, height - cut))
        return [(vx + px * scale, vy + py * scale) for px, py in (*corner, *[(-px, -py) for px, py in corner])]

    count = 44
    for k in range(count, -1, -1):
        near, far = 1 / (0.28 + 0.125 * k), 1 / (0.28 + 0.125 * (k + 0.62))
        haze = (k / count) ** 0.8  # distance takes the ink towards the light at the end
        coil = k % 6 == 2
        ink = AMBER if coil else (TEAL if k % 2 else BLUE)
        tone = mix(mix(ink, NIGHT, 0.2 if coil else 0.42), mix(AQUA, PAPER, 0.3), haze * 0.55)
        outer, hole, back = frame(near, 330, 262), frame(near, 214, 158), frame(far, 214, 158)
        if coil:  # the coils are narrow rings
            outer, hole, back = frame(near, 232, 176), frame(near, 200, 144), frame(far, 200, 144)
        for i in range(8):  # the inner walls, darkest below
            j = (i + 1) % 8
            shade = (0.5, 0.42, 0.5, 0.62, 0.72, 0.62, 0.5, 0.42)[i]
            s.shape([hole[i], hole[j], back[j], back[i]], mix(tone, NIGHT, shade * (1 - haze * 0.5)))
        ends = (
            (mix(AMBER, PAPER, haze * 0.4), mix(RUST, NIGHT, 0.12)) if coil else (mix(tone, PAPER, 0.08), mix(tone, NIGHT, 0.5))
        )
        s.graded([*outer, outer[0], hole[0], *hole[::-1]], *ends)
        s.line([*hole, hole[0]], mix(tone, PAPER, 0.4), max(0.7, 1.3 * near))
    s.soft(lambda pen, q: pen.rectangle((0, 520 * q, 1120 * q, 700 * q), fill=150), NIGHT, 90, "shade")
    tail = (vx - 520, vy + 420)
    s.halo(vx, vy, 170, AQUA, 90)
    s.trace([(vx, vy), tail], AMBER, 26, 20, 200)
    s.shape(
        ((vx, vy - 1), (tail[0] - 12, tail[1] - 15), (tail[0] + 12, tail[1] + 15), (vx + 1, vy + 1)),
        mix(AMBER, PAPER, 0.15),
    )
    s.shape(((vx, vy), (tail[0] - 5, tail[1] - 6), (tail[0] + 5, tail[1] + 6)), (255, 250, 236))
    s.halo(vx, vy, 64, PAPER, 255)
    s.disc(vx, vy, 8, (255, 252, 242))
    return s
