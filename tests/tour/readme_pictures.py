"""The two pictures of the README, docs/pictures/mail.webp and console.webp: small files, made from the tour's installation."""

import io
from pathlib import Path
from typing import Any

from django.urls import reverse
from PIL import Image

from tests.tour.camera import PATIENCE, sign_in
from tests.tour.cast import Cast
from tests.tour.visit import EDITOR

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
MOST_BYTES = 120_000
QUALITIES = range(90, 20, -10)


def take(browser: Any, root: str, cast: Cast) -> None:
    """Photograph the sent mail and the page of its campaign, in English, in a light browser."""
    context = browser.new_context(locale="en-GB", color_scheme="light", device_scale_factor=1.5)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    try:
        sign_in(page, root, EDITOR)
        mail = reverse("version-mail", kwargs={"version_id": cast.versions["version"]})
        console = reverse("campaign", kwargs={"campaign_id": cast.campaigns["sent"]})
        for name, path, width, height in (("mail", mail, 680, 900), ("console", console, 1100, 760)):
            page.set_viewport_size({"width": width, "height": height})
            page.goto(root + path, wait_until="load")
            write(FOLDER / f"{name}.webp", page.screenshot(animations="disabled"))
    finally:
        context.close()


def write(file: Path, png: bytes) -> None:
    """The picture as WebP, in the best quality that is small enough. Raises ValueError if none is."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for quality in QUALITIES:
        data = io.BytesIO()
        picture.save(data, "WEBP", quality=quality, method=6)
        if data.tell() <= MOST_BYTES:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data.getvalue())
            return
    raise ValueError(f"{file.name} is larger than {MOST_BYTES} bytes in every quality")
