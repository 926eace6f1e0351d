"""The pictures of the README in docs/pictures/: the sample issue, its archive, and a campaign in the console."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.urls import reverse
from PIL import Image

from composer.building import build
from editorial import issue_versions
from publication import audit
from tests.support.chromium import chromium
from tests.tour.camera import PATIENCE, sign_in
from tests.tour.cast import Cast
from tests.tour.visit import EDITOR

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "examples" / "cast-2023-03"
MOST_BYTES = 150_000
QUALITIES = range(90, 20, -10)


def take(root: str, cast: Cast) -> None:
    """Photographs the mail, the front page for readers and the page of a campaign, in English, in a light browser. The front page
    shows the sample of the README, not the newer one."""
    issue_versions.show_in_archive(audit.system(), cast.bilingual_issue, "withheld")
    with chromium() as browser:
        _photograph(browser, root, cast)


def _photograph(browser: Any, root: str, cast: Cast) -> None:
    context = browser.new_context(locale="en-GB", color_scheme="light", device_scale_factor=1.5)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()

    def photograph(name: str, address: str, width: int, height: int) -> None:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(address, wait_until="networkidle")  # with pictures that load late
        write(FOLDER / f"{name}.webp", page.screenshot(animations="disabled"))

    try:
        with TemporaryDirectory() as place:
            build(SAMPLE, Path(place) / "built")
            photograph("mail", (Path(place) / "built" / "issue.html").as_uri(), 680, 1100)
        photograph("archive", root + "/", 900, 1456)
        sign_in(page, root, EDITOR)
        photograph("console", root + reverse("campaign", kwargs={"campaign_id": cast.campaigns["sent"]}), 1100, 760)
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
