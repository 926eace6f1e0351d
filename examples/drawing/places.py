"""Pictures of places and people: the globe, the book fair, the congress, the river, the portrait."""

import math
from itertools import pairwise

from drawing.sheet import (
    AMBER,
    AQUA,
    BLUE,
    DEEP,
    LANDSCAPE,
    NIGHT,
    PAPER,
    PORTRAIT,
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


def world_engineering_day() -> Sheet:
    s = Sheet(LANDSCAPE, DEEP, NIGHT, 1)
    x, y, r, tilt = 610.0, 315.0, 222.0, math.radians(24)
    s.halo(x, y, 460, TEAL, 110)
    for k in range(4):  # orbits, as thin as the lines of the globe
        s.line(around(x, y, 330 + 92 * k, range(361)), AQUA, 1.2, 46 - 9 * k)
    for k in range(40):
        s.disc(s.chance.uniform(20, 1100), s.chance.uniform(20, 610), 0.9 + k % 3 * 0.5, AQUA, 120)
    teeth: list[Point] = []
    for k in range(12):
        a = 93.0 + k * 15
        teeth += around(x, y, r + 44, (a - 3, a + 0.6)) + around(x, y, r + 72, (a + 2.2, a + 6.8))
        teeth += around(x, y, r + 44, (a + 8.4, a + 11))
    teeth += around(x, y, r + 18, range(269, 89, -2))
    s.shadow(teeth, 18, 120, (0, 10))
    s.graded(teeth, AMBER, RUST)
    s.disc(x, y, r, DEEP)
    s.graded(around(x, y, r, range(360)), mix(TEAL, AQUA, 0.25), mix(DEEP, NIGHT, 0.2))
    s.halo(x - 70, y - 100, 150, AQUA, 70)

    def seen(lat: float, lon: float) -> tuple[Point, float]:
        a, b = math.radians(lat), math.radians(lon)
        px, py, pz = math.cos(a) * math.sin(b), math.sin(a), math.cos(a) * math.cos(b)
        qy, qz = py * math.cos(tilt) - pz * math.sin(tilt), py * math.sin(tilt) + pz * math.cos(tilt)
        roll = math.radians(-18)
        return (
            (
                x + r * (px * math.cos(roll) - qy * math.sin(roll)),
                y - r * (px * math.sin(roll) + qy * math.cos(roll)),
            ),
            qz,
        )

    grid = [[(lat, lon) for lon in range(0, 361, 4)] for lat in range(-75, 76, 15)]
    grid += [[(lat, lon) for lat in range(-90, 91, 3)] for lon in range(0, 360, 15)]
    for path in grid:
        for (lat0, lon0), (lat1, lon1) in pairwise(path):
            (start, z0), (end, z1) = seen(lat0, lon0), seen(lat1, lon1)
            if z0 > 0.07 and z1 > 0.07:
                s.line((start, end), mix(TEAL, PAPER, 0.25 + 0.6 * z0), 2.4 if lat0 == lat1 == 0 else 1.3)
    madrid, _ = seen(40, -28)
    s.halo(*madrid, 60, AMBER, 230)
    s.disc(*madrid, 7, AMBER)
    s.disc(*madrid, 3, PAPER)
    return s


def bologna_book_fair() -> Sheet:
    s = Sheet(LANDSCAPE, mix(PAPER, SAND, 0.3), SAND, 2)
    inks = (DEEP, BLUE, TEAL, AQUA, AMBER, RUST, NIGHT, mix(TEAL, DEEP, 0.5), PAPER)
    for shelf, floor in enumerate((196.0, 392.0, 588.0)):
        s.shape(
            ((0, floor - 196 + 13 * bool(shelf)), (1120, floor - 196 + 13 * bool(shelf)), (1120, floor), (0, floor)),
            mix(SAND, RUST, 0.10 + 0.05 * shelf),
        )
        s.shadow(((0, floor - 184), (1120, floor - 184), (1120, floor - 150), (0, floor - 150)), 26, 90)
        x = -6.0
        last: Colour = NIGHT
        while x < 1130:
            if shelf == 2 and 398 < x + 24 < 724:
                x = 724.0
                continue
            width, height = s.chance.uniform(15, 36), s.chance.uniform(112, 162)
            ink = s.chance.choice([c for c in inks if c != last])
            last = ink
            lean = 15.0 if s.chance.random() < 0.05 and not 330 < x < 400 else 0.0
            top = floor - height
            spine = ((x + lean, top), (x + width + lean, top + lean * 0.3), (x + width, floor), (x, floor))
            s.graded(spine, mix(ink, PAPER, 0.16), mix(ink, NIGHT, 0.22), across=True)
            band = mix(ink, PAPER, 0.55) if sum(ink) < 420 else mix(ink, DEEP, 0.55)
            style = s.chance.randrange(4)
            if not lean and style == 0:
                for dy in (18, 24, height - 26):
                    s.line(((x + 3, top + dy), (x + width - 3, top + dy)), band, 1.6)
            elif not lean and style == 1:
                s.shape(((x + 5, top + 26), (x + width - 5, top + 26), (x + width - 5, top + 66), (x + 5, top + 66)), band)
            elif not lean and style == 2:
                s.disc(x + width / 2, floor - 24, min(6.0, width / 4), band)
            x += width + lean + 1.4
        s.graded(
            ((0, floor), (1120, floor), (1120, floor + 13), (0, floor + 13)),
            mix(RUST, NIGHT, 0.5),
            mix(NIGHT, RUST, 0.2),
        )
    s.shape(((0, 601), (1120, 601), (1120, 630), (0, 630)), mix(NIGHT, RUST, 0.12))
    s.halo(561, 520, 270, AMBER, 190)
    s.graded(((404, 562), (718, 562), (724, 585), (398, 585)), DEEP, NIGHT)
    for side in (-1, 1):
        for leaf in range(5, -1, -1):
            lift, reach = leaf * 5.0, 146 - leaf * 6.0
            edge = smooth([(561, 566), (561 + side * 52, 544 - lift), (561 + side * reach, 560 - lift)])
            lower = [(561 + side * reach, 574 - lift * 0.4), (561, 582)]
            s.graded([*edge, *lower], mix(PAPER, SAND, leaf * 0.12), mix(PAPER, AMBER, 0.2 + leaf * 0.06), across=side > 0)
            s.line(edge, mix(SAND, RUST, 0.3), 1.2)
        for row in range(4):
            text = smooth(
                [
                    (561 + side * 26, 552 + row * 6),
                    (561 + side * 62, 547 + row * 5),
                    (561 + side * 122, 557 + row * 3.4),
                ]
            )
            s.line(text, mix(SAND, DEEP, 0.55), 1.3)
    for _ in range(34):  # what rises from the pages
        a, d = s.chance.uniform(-2.35, -0.8), s.chance.uniform(50, 330)
        px, py = 561 + math.cos(a) * d * 0.75, 548 + math.sin(a) * d
        s.disc(px, py, s.chance.uniform(1.4, 4.4), mix(AMBER, PAPER, s.chance.random()), 235)
    return s


def luobing_congress() -> Sheet:
    s = Sheet(LANDSCAPE, NIGHT, mix(NIGHT, DEEP, 0.6), 4)
    screen = ((232, 54), (968, 54), (968, 396), (232, 396))
    s.soft(lambda pen, k: pen.rectangle((200 * k, 30 * k, 1000 * k, 420 * k), fill=120), TEAL, 70, "light")
    s.graded(screen, PAPER, mix(SAND, AQUA, 0.25))

    def branch(x: float, y: float, angle: float, length: float, width: float, ink: Colour) -> None:
        mid_angle = angle + s.chance.uniform(-0.2, 0.2)
        mid = (x + math.cos(mid_angle) * length * 0.5, y + math.sin(mid_angle) * length * 0.5)
        end = (x + math.cos(angle) * length, y + math.sin(angle) * length)
        if length < 13 or ((end[0] - 290) / 525) ** 2 + ((end[1] - 225) / 160) ** 2 > 1:
            return
        s.line(smooth([(x, y), mid, end], steps=8), ink, width)
        s.disc(*end, width / 2, ink)
        for turn in (-1, 1):
            grown = length * s.chance.uniform(0.72, 0.9)
            hue = RUST if width < 6 and s.chance.random() < 0.07 else mix(ink, mix(TEAL, AQUA, 0.3), 0.22)
            branch(
                *end,
                angle * 0.82 + turn * s.chance.uniform(0.22, 0.62),
                grown,
                width * 0.74,
                hue if ink != RUST else ink,
            )

    trunk = smooth([(232, 250), (268, 236), (300, 225)], steps=8)
    s.line(trunk, DEEP, 15)
    s.disc(300, 225, 7.5, DEEP)
    for angle, length, width in ((-0.42, 88, 10), (0.5, 84, 10), (0.04, 120, 12)):
        branch(300, 225, angle, length, width, DEEP)
    s.shape(((0, 420), (1120, 420), (1120, 630), (0, 630)), mix(NIGHT, DEEP, 0.5))
    s.graded(((150, 420), (970, 420), (1050, 470), (70, 470)), mix(DEEP, TEAL, 0.5), DEEP)
    lectern = ((822, 340), (894, 340), (884, 430), (834, 430))
    s.graded(lectern, AMBER, RUST)
    speaker = [(838, 342), (834, 296), (846, 276), (866, 270), (886, 276), (898, 296), (894, 342)]
    s.shape(smooth(speaker, closed=True), NIGHT)
    s.shape(around(866, 246, 17, range(360), 1.18), NIGHT)
    for row, (base, size) in enumerate(((474, 19.0), (530, 26.0), (600, 35.0))):
        ink = mix(mix(DEEP, TEAL, 0.22), NIGHT, 0.35 + 0.32 * row)
        x = -20.0 - row * 17
        while x < 1150:
            h, y = size * s.chance.uniform(0.92, 1.08), base + s.chance.uniform(-7, 7)
            shoulders = [(x - h * 1.9, y + h * 4.2), (x - h * 1.75, y + h * 1.9), (x - h * 0.6, y + h * 1.22)]
            shoulders += [(x + h * 0.6, y + h * 1.22), (x + h * 1.75, y + h * 1.9), (x + h * 1.9, y + h * 4.2)]
            s.shape(smooth(shoulders, closed=True), ink)
            s.line(around(x, y, h * 0.93, range(200, 341, 5), 1.2), mix(ink, AQUA, 0.42), 3)
            s.shape(around(x, y + 1.6, h * 0.92, range(360), 1.2), ink)
            x += size * s.chance.uniform(3.7, 4.6)
    return s


def digital_bridge() -> Sheet:
    s = Sheet(LANDSCAPE, NIGHT, mix(DEEP, TEAL, 0.2), 8)
    s.halo(560, 350, 560, TEAL, 120)
    for _ in range(60):
        s.disc(s.chance.uniform(0, 1120), s.chance.uniform(0, 250), s.chance.uniform(0.6, 1.5), AQUA, 110)
    s.graded(((0, 398), (1120, 398), (1120, 630), (0, 630)), mix(TEAL, DEEP, 0.45), NIGHT)
    towns: list[list[Point]] = []
    for side in (-1, 1):
        hue = AQUA if side < 0 else BLUE
        far = [(560 + side * (150 + k * 37), 350 - k * 4 - (k * 53) % 40) for k in range(13)]
        for px, py in far:  # the town behind, without windows
            s.graded(
                ((px - 19, py), (px + 19, py), (px + 19, 402), (px - 19, 402)),
                mix(NIGHT, hue, 0.2),
                mix(NIGHT, TEAL, 0.25),
            )
        nodes: list[Point] = []
        for k in range(7):
            px, half = 560 + side * (204 + k * 49), 16 + (k * 5) % 7
            base, height = 388 - k * 4, 70 + k * 7 + s.chance.uniform(0, 84)
            ink = mix(NIGHT, hue, 0.45 + 0.07 * (k % 3))
            tower = ((px - half, base - height), (px + half, base - height), (px + half, 404), (px - half, 404))
            s.graded(tower, mix(ink, PAPER, 0.12), mix(ink, NIGHT, 0.65))
            for w in range(int(height // 13)):
                for column in range(3):
                    if s.chance.random() < 0.45:
                        wx, wy = px - half + 5 + column * (half - 4) * 0.72, base - height + 10 + w * 13
                        s.shape(((wx, wy), (wx + 6, wy), (wx + 6, wy + 6), (wx, wy + 6)), AMBER, 225)
            nodes.append((px, base - height))
        towns.append(nodes)
    for side in (0, 1):
        for level, (lift, tone) in enumerate(((0, 0.44), (36, 0.27), (92, 0.12))):
            bank = [(-30, 366 + lift), (120, 378 + lift), (270, 392 + lift), (420 - lift * 1.9, 402 + lift)]
            bank += [
                (352 - lift * 1.8, 430 + lift),
                (280 - lift * 1.7, 500 + lift),
                (228 - lift * 1.6, 660 + lift),
                (-30, 660),
            ]
            edge = smooth(bank[:-1], steps=20)
            curve = [(1120 - px if side else px, py) for px, py in [*edge, (-30, 660 + lift)]]
            ink = mix(NIGHT, BLUE if side else TEAL, tone + 0.2)
            s.graded(curve, ink, mix(NIGHT, ink, 0.3 - level * 0.08))
    for k in range(22):  # the river, wider towards the viewer
        y = 412 + k * 10.5
        reach = 150 + k * 9
        for _ in range(2):
            start = 560 + s.chance.uniform(-reach, reach - 60)
            width = s.chance.uniform(40, 90 + k * 6)
            ripple = [
                (px, y + 2.2 * math.sin(px / 30 + k)) for px in range(round(start), round(min(start + width, 560 + reach)), 6)
            ]
            if len(ripple) > 2:
                s.line(ripple, (AQUA, AQUA, AMBER)[s.chance.randrange(3)], 1.8, 70)
    for a, b in ((0, 0), (1, 2), (2, 1), (3, 4), (4, 3), (5, 6), (6, 5), (0, 3), (3, 1)):
        (x0, y0), (x1, y1) = towns[0][a], towns[1][b]
        rise = 60 + abs(x1 - x0) * 0.16
        arc = [(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t - rise * 2.4 * t * (1 - t)) for t in (i / 80 for i in range(81))]
        ink = (AMBER, AQUA, PAPER)[(a + b) % 3]
        s.trace(arc, ink, 5, 9, 120)
        s.line(arc, ink, 2.2)
        for i in (16, 40, 63):
            if (i // 16 + a + b) % 2:
                s.disc(*arc[i], 4, PAPER)
    for nodes in towns:
        for roof in nodes:
            s.halo(*roof, 26, AMBER, 160)
            s.disc(*roof, 6, AMBER)
            s.disc(*roof, 2.8, PAPER)
    return s


def zhang_weiqing() -> Sheet:
    s = Sheet(PORTRAIT, mix(DEEP, TEAL, 0.35), NIGHT, 9)
    s.halo(430, 430, 520, TEAL, 110)
    s.graded(around(430, 430, 318, range(360)), PAPER, mix(SAND, AMBER, 0.3))
    for k in range(1, 5):
        s.line(around(430, 430, 318 + k * 34, range(361)), AQUA, 1.3, 70 - k * 13)
    beam = [(-10, 396), (850, 396)]
    s.trace(beam, AMBER, 34, 26, 170)
    s.trace(beam, AMBER, 12, 8, 220)
    s.line(beam, (255, 247, 226), 4.5)
    s.line(((112, 396), (748, 396)), mix(AMBER, RUST, 0.25), 4.5)
    profile = [
        (318, 330), (330, 262), (380, 214), (450, 196), (520, 212), (566, 254), (582, 306), (584, 336),
        (588, 362), (592, 374), (606, 402), (622, 430), (618, 442), (600, 448), (598, 456), (606, 470),
        (601, 479), (594, 484), (600, 494), (596, 508), (586, 520), (586, 540), (574, 560), (546, 570),
        (510, 566), (488, 582), (480, 620), (490, 662),
    ]  # fmt: skip
    chest = [(560, 706), (634, 748), (676, 830), (690, 940), (694, 1080)]
    back = [
        (90, 1080),
        (102, 930),
        (136, 820),
        (210, 744),
        (304, 704),
        (346, 664),
        (356, 606),
        (346, 540),
        (330, 470),
        (316, 400),
    ]
    figure = smooth([*profile, *chest, *back], closed=True)
    s.shadow(figure, 34, 90, (0, 6))
    s.graded(figure, DEEP, NIGHT)
    hair = [
        (316, 404), (306, 330), (322, 252), (376, 200), (452, 180), (530, 196), (572, 236), (579, 272),
        (556, 270), (522, 272), (496, 300), (484, 340), (470, 352), (462, 400), (440, 404), (426, 372),
        (412, 380), (412, 430), (396, 470), (352, 500), (332, 460),
    ]  # fmt: skip
    s.graded(smooth(hair, closed=True), mix(NIGHT, DEEP, 0.2), NIGHT)
    for flap in (
        [(344, 652), (300, 700), (402, 800), (458, 752)],
        [(494, 656), (570, 704), (526, 796), (458, 752)],
    ):
        s.graded(flap, mix(TEAL, AQUA, 0.45), TEAL)
    s.graded(((456, 754), (462, 754), (482, 1050), (476, 1050)), TEAL, mix(NIGHT, TEAL, 0.2))
    return s
