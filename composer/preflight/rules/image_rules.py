"""Rules about images: alternative texts, formats and addresses, and that a mail does not consist of images only."""

import re
from collections.abc import Iterator

from composer.css.selectors import Element
from composer.css.stylesheets import pixels
from composer.errors import Finding
from composer.images.picture_encoder import Picture
from composer.issue.document import DIGEST, Figure, plain
from composer.messages.phrases import phrase
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import read_out, visible
from composer.preflight.rule_registry import fault, rule
from composer.rendering.text_wrapping import columns

LONGEST_ALT = 125  # characters; screen readers may cut longer texts
LEAST_WORDS = 500  # characters of text that are visible with pictures off
LEAST_SHARE = 0.6  # of text in the area of text and pictures together
LEAST_CODE = 200  # pixels of a QR code, which is shown at 120 CSS pixels on sharp screens, too
SQUARE = 0.02  # how much the sides of a square picture may differ
AREA_OF_CHARACTER = 350  # square pixels of one character of running text at 17 pixels, with spacing

_FILE_NAME = re.compile(r"[^\s/]*\.(?:jpe?g|png|gif|webp|svg|bmp|tiff?)\Z|(?:IMG|DSC|DSCN|PXL|MVIMG)[_-]?\d+\Z", re.IGNORECASE)
_KINDS = {
    "svg": phrase("Gmail and Outlook"),
    "webp": phrase("Outlook on Windows"),
    "avif": phrase("Outlook and Yahoo"),
    "tiff": phrase("most mail clients"),
    "tif": phrase("most mail clients"),
    "heic": phrase("most mail clients"),
    "bmp": phrase("some mail clients"),
}
_DRAWN = ("image", "v:image", "v:fill")  # images that only Outlook shows
_ENDING = re.compile(r"\.([A-Za-z0-9]+)(?:[?#]|\Z)")


def _figure_of(mail: Mail, image: Element) -> Figure | None:
    return mail.sources.figures.get(str(image.get("src") or ""))


def _line(mail: Mail, image: Element) -> int | None:
    figure = _figure_of(mail, image)
    return figure.line if figure else None


@rule("alt", "error", origin="issue.mjml.j2")
def _alt(mail: Mail) -> Iterator[Finding]:
    for image in (*mail.parsed.all("img"), *mail.parsed.outlook.iter("{*}image", *_DRAWN)):
        if image.get("alt") is None and image.get("aria-hidden") != "true" and (image.get("src") or image.tag == "img"):
            yield fault("error", _line(mail, image), src=str(image.get("src") or ""))


@rule("alt-length", "warning", origin="issue.mjml.j2")
def _alt_length(mail: Mail) -> Iterator[Finding]:
    for image in mail.parsed.all("img"):
        alt = visible(str(image.get("alt") or ""))
        if len(alt) > LONGEST_ALT:
            yield fault("warning", _line(mail, image), size=len(alt), limit=LONGEST_ALT, words=f"{alt[:40]}…")


@rule("alt-file", "warning", origin="issue.mjml.j2")
def _alt_file(mail: Mail) -> Iterator[Finding]:
    for image in mail.parsed.all("img"):
        alt = str(image.get("alt") or "").strip()
        if _FILE_NAME.match(alt):
            yield fault("warning", _line(mail, image), words=alt)


@rule("alt-link", "error", origin="issue.mjml.j2")
def _alt_link(mail: Mail) -> Iterator[Finding]:
    """Finds links around only a picture without alternative text: a screen reader reads out their address."""
    for link in mail.parsed.all("a"):
        images = list(link.iter("img"))
        if images and link.get("href") and not read_out(link) and all(image.get("alt") is not None for image in images):
            yield fault("error", _line(mail, images[0]), url=str(link.get("href")))


@rule("alt-caption", "warning", origin="issue.mjml.j2")
def _alt_caption(mail: Mail) -> Iterator[Finding]:
    for image in mail.parsed.all("img"):
        figure = _figure_of(mail, image)
        caption = " ".join(plain(figure.caption).split()) if figure else ""
        if figure and caption and caption.rstrip(".。").casefold() == str(image.get("alt") or "").rstrip(".。").casefold():
            yield fault("warning", figure.line, words=caption[:60])


@rule("image-kind", "warning", origin="issue.mjml.j2")
def _kinds(mail: Mail) -> Iterator[Finding]:
    for image in mail.parsed.all("img"):
        source = str(image.get("src") or "")
        if source.startswith("data:"):
            where = phrase("Gmail and Outlook")
            yield fault("warning", _line(mail, image), kind=phrase("a picture inside the mail (base64)"), where=where)
            continue
        ending = _ENDING.search(source)
        kind = ending[1].lower() if ending else ""
        if kind in _KINDS:
            named = phrase("a picture in the format {format}", format=kind.upper())
            yield fault("warning", _line(mail, image), kind=named, where=_KINDS[kind])


@rule("image-only", "warning", origin="issue")
def _image_only(mail: Mail) -> Iterator[Finding]:
    shown = [image for image in mail.parsed.all("img") if image not in mail.parsed.hidden]
    area = sum((pixels(image.get("width")) or 0.0) * (pixels(image.get("height")) or _height(mail, image)) for image in shown)
    if not area:
        return
    characters = columns(visible(mail.parsed.seen))  # a Chinese character is twice as wide
    share = characters * AREA_OF_CHARACTER / (characters * AREA_OF_CHARACTER + area)
    part = 0.5 if mail.issue.layout == DIGEST else 1.0  # its texts are on pages of their own
    if characters < part * LEAST_WORDS or share < part * LEAST_SHARE:
        yield fault("warning", words=characters, share=round(100 * share))


def _picture_at(mail: Mail, url: str) -> Picture | None:
    """Returns the picture of the mail that has this address."""
    name = url.rsplit("/", 1)[-1]
    return next((candidate for candidate in mail.pictures if candidate.name == name), None)


def _height(mail: Mail, image: Element) -> float:
    """Returns the displayed height of a picture without a height attribute, from its file; a square if that is not known."""
    width = pixels(image.get("width")) or 0.0
    picture = _picture_at(mail, str(image.get("src") or ""))
    return width * picture.height / picture.width if picture else width


@rule("image-missing", "error", origin="issue")
def _missing(mail: Mail) -> Iterator[Finding]:
    for block in mail.sources.blocks:
        if isinstance(block, Figure) and block.missing:
            yield fault("error", block.line)


@rule("qr-code", "warning", origin="issue")
def _qr_code(mail: Mail) -> Iterator[Finding]:
    """Finds a QR code that phones may not read: too few pixels, or a picture with other things around the code."""
    src = mail.issue.footer.wechat
    picture = _picture_at(mail, mail.sources.picture_urls.get(src, "")) if src else None
    if picture is None:
        return
    line = mail.issue.lines.get("footer.wechat")
    params = {"src": src, "width": picture.width, "height": picture.height}
    if picture.width < LEAST_CODE:
        small = phrase("less than {least} px wide", least=LEAST_CODE)
        yield fault("warning", line, **params, problem=small)
    if abs(picture.width - picture.height) > SQUARE * max(picture.width, picture.height):
        yield fault("warning", line, **params, problem=phrase("not square"))


@rule("images-https", "error", "warning", origin="issue")
def _https(mail: Mail) -> Iterator[Finding]:
    for url in dict.fromkeys(str(image.get("src") or "") for image in mail.parsed.all("img")):
        if not url.startswith(("https://", "data:")):
            loopback = url.startswith(("http://localhost", "http://127.0.0.1", "http://[::1]"))
            yield fault("warning" if loopback else "error", url=url)
