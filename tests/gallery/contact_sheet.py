"""Puts the pictures of a sheet side by side in one PNG file: a row for each mode, a column for each width."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.gallery.camera import Taken, View

SCALE = 0.75  # type of 16 pixels is still legible, and a sheet has 1,800 × 6,000 pixels
_GAP, _LABEL = 20, 30
_GROUND, _INK = "#8a8f94", "#000000"
_COLOURS = 255


def write(taken: Taken, folder: Path) -> Path:
    rows: dict[tuple[str, str], list[tuple[View, Image.Image]]] = {}
    first = next(iter(taken.shots)).content
    for view, shot in taken.shots.items():
        row = (first, view.mode) if view.content == first else ("", "others")
        rows.setdefault(row, []).append((view, _scaled(shot)))
    width = max(sum(picture.width + _GAP for _, picture in row) for row in rows.values()) + _GAP
    heights = [max(picture.height for _, picture in row) + _LABEL + _GAP for row in rows.values()]
    sheet = Image.new("RGB", (width, sum(heights)), _GROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(16)
    top = 0
    for row, height in zip(rows.values(), heights, strict=True):
        left = _GAP
        for view, picture in row:
            draw.text((left, top + 6), f"{view.content}, {view.mode}, {view.width}", fill=_INK, font=font)
            sheet.paste(picture, (left, top + _LABEL))
            left += picture.width + _GAP
        top += height
    path = folder / f"{taken.sheet.name}.png"
    sheet.quantize(_COLOURS).save(path, optimize=True)  # a fourth of the bytes
    return path


def _scaled(shot: bytes) -> Image.Image:
    with Image.open(BytesIO(shot)) as picture:
        size = (round(picture.width * SCALE), round(picture.height * SCALE))
        return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
