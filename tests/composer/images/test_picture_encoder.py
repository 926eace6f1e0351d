import hashlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFile, features

from composer.errors import ComposeError, ContentError
from composer.images import picture_encoder
from composer.images.picture_encoder import WIDEST, Picture, crop_picture, encode_picture, encode_small, measure_picture
from composer.images.pillow_codec import CONVERTED, MAILED, encode
from composer.importing.manuscript import picture_files
from composer.importing.manuscript.picture_files import read_picture
from composer.limited_process import LimitedProcess
from tests.composer.making import picture_bytes, with_picture


def test_a_wide_picture_is_resized(tmp_path: Path) -> None:
    picture = encode_picture(with_picture(tmp_path, data=picture_bytes(2400, 1000)))
    assert (picture.width, picture.height, picture.content_type) == (WIDEST, 500, "image/jpeg")
    assert picture.digest == hashlib.sha256(picture.data).hexdigest()
    assert picture.name == f"a-{picture.digest[:12]}.jpg"


def test_orientation_is_applied_and_metadata_removed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010E] = "taken at 52.1 north"
    picture = encode_picture(with_picture(tmp_path, data=picture_bytes(600, 300, exif=exif)))
    assert (picture.width, picture.height) == (300, 600)
    assert b"52.1 north" not in picture.data
    assert not Image.open(io.BytesIO(picture.data)).getexif()


def test_a_crop_is_measured_in_pixels_of_the_upright_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010E] = "taken at 52.1 north"
    data = picture_bytes(600, 300, exif=exif)
    assert measure_picture(data, src="a.jpg") == (300, 600, 1)
    made = crop_picture(data, (100, 200, 150, 400), src="a.jpg")
    assert (made.ending, Image.open(io.BytesIO(made.data)).size) == ("jpg", (150, 400))
    assert b"52.1 north" not in made.data
    assert crop_picture(data, (100, 200, 150, 400), src="a.jpg") == made


@pytest.mark.parametrize("box", [(-1, 0, 9, 9), (0, 0, 601, 300), (0, 299, 10, 2), (0, 0, 0, 9), (600, 0, 1, 1)])
def test_a_crop_outside_the_picture_is_refused_by_the_limited_process_too(box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ComposeError, match="is not in a picture of"):
        crop_picture(picture_bytes(600, 300), box, src="a.jpg")


def test_what_is_refused_for_a_mail_is_refused_for_a_crop() -> None:
    for data, code in ((b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image-vector"), (b"GIF89a<script>", "image-")):
        for act in (lambda data: measure_picture(data, src="a"), lambda data: crop_picture(data, (0, 0, 40, 40), src="a")):
            with pytest.raises(ComposeError) as refused:
                act(data)
            assert refused.value.findings[0].code.startswith(code)


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    path = with_picture(tmp_path)
    assert encode_picture(path) == encode_picture(path)


def test_transparency_is_kept(tmp_path: Path) -> None:
    image = Image.new("RGBA", (1400, 100), (10, 20, 30, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    picture = encode_picture(with_picture(tmp_path, "a.png", out.getvalue()))
    assert picture.content_type == "image/png"
    assert Image.open(io.BytesIO(picture.data)).convert("RGBA").getpixel((0, 0))[3] == 0


def test_a_photograph_saved_as_png_becomes_a_jpeg_and_webp_is_converted(tmp_path: Path) -> None:
    noise = Image.effect_noise((500, 400), 80).convert("RGB")
    for kind in ("PNG", "WEBP"):
        out = io.BytesIO()
        noise.save(out, kind)
        assert encode_picture(with_picture(tmp_path, f"a.{kind}", out.getvalue())).content_type == "image/jpeg"


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow was built without AVIF")
def test_avif_is_converted(tmp_path: Path) -> None:
    picture = encode_picture(with_picture(tmp_path, "a.avif", picture_bytes(1600, 800, "AVIF")))
    assert picture.content_type in ("image/jpeg", "image/png")
    assert picture.width == WIDEST


def test_other_colour_spaces_become_rgb(tmp_path: Path) -> None:
    picture = encode_picture(with_picture(tmp_path, data=picture_bytes(mode="CMYK")))
    assert Image.open(io.BytesIO(picture.data)).mode == "RGB"


def test_an_animation_keeps_its_frames(tmp_path: Path) -> None:
    frames = [Image.new("P", (1400, 40), color) for color in (0, 80, 160)]
    out = io.BytesIO()
    for number, frame in enumerate(frames):
        frame.putpalette([*[0] * (3 * number), *range(256), *[9] * (512 - 3 * number)][:768])
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], duration=100)
    picture = encode_picture(with_picture(tmp_path, "a.gif", out.getvalue()))
    assert picture.content_type == "image/gif"
    assert picture.width == WIDEST
    assert Image.open(io.BytesIO(picture.data)).n_frames > 1


def _png_of(width: int, height: int) -> bytes:
    """A PNG with this size in its header, and almost no data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(5001, 5000), (10_000, 10_000), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_with_too_many_pixels_is_refused_before_decoding(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(ContentError, match="image-pixels"):
        encode(_png_of(*size))


@pytest.mark.parametrize("kind", [*MAILED, *CONVERTED])
def test_opening_a_picture_of_an_accepted_format_decodes_nothing(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = picture_bytes(64, 48, kind)
    decoded: list[str] = []
    monkeypatch.setattr(Image.Image, "load", lambda self: decoded.append("load"))
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: decoded.append("load"))
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        assert (image.size, decoded) == ((64, 48), [])


def test_a_picture_that_exceeds_the_decoder_limits_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LimitedProcess("tests.composer.limited_child") as greedy:  # exceeds its memory limit, whatever the picture
        monkeypatch.setattr(picture_encoder, "DECODER", greedy)
        monkeypatch.setattr(picture_files, "DECODER", greedy)
        data = picture_bytes(613, 307)
        with pytest.raises(ComposeError, match=r"issue\.md:7: image-bomb: decoding images/x\.jpg takes"):
            encode_picture(with_picture(tmp_path, data=data), file="issue.md", line=7, src="images/x.jpg")
        assert str(read_picture(data)).startswith("decoding this picture takes too much memory or time")


@pytest.mark.soak
def test_a_killed_decoder_is_started_again(tmp_path: Path) -> None:
    encode_picture(with_picture(tmp_path, data=picture_bytes(611, 307)))
    process = picture_encoder.DECODER._process
    assert process is not None
    process.kill()
    assert encode_picture(with_picture(tmp_path, data=picture_bytes(617, 307))).width == 617


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image-vector"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<svg></svg>", "image-vector"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 99, "image-heic"),
        (picture_bytes(48, 48, "ICO"), "image-icon"),
        (b"", "image-format"),
        (picture_bytes()[:700], "image-broken"),
        (_png_of(100, 100), "image-broken"),
        (picture_bytes(kind="TIFF"), "image-format"),
    ],
)
def test_a_file_that_is_not_a_picture_is_refused_with_its_line(tmp_path: Path, data: bytes, code: str) -> None:
    path = with_picture(tmp_path, "images/x.jpg", data)
    with pytest.raises(ComposeError, match=f"issue.md:7: {code}: images/x.jpg"):
        encode_picture(path, file="issue.md", line=7, src="images/x.jpg")


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(1200, 675, (336, 252)), (800, 1200, (252, 336)), (600, 600, (336, 252)), (200, 100, (133, 100)), (30, 40, (30, 40))],
)
def test_a_small_picture_has_one_of_two_shapes_and_is_never_enlarged(
    tmp_path: Path, width: int, height: int, expected: tuple[int, int]
) -> None:
    picture = encode_picture(with_picture(tmp_path, data=picture_bytes(width, height)))
    small = encode_small(picture, 168)
    assert small is not None
    assert (small.width, small.height) == expected == Image.open(io.BytesIO(small.data)).size
    assert small.name == f"a-{small.digest[:12]}.jpg"
    assert encode_small(picture, 168) is small


def test_a_small_picture_of_an_animation_is_still_and_keeps_transparency(tmp_path: Path) -> None:
    frames = [Image.new("RGBA", (80, 60), (200, shade, 0, 0)) for shade in (0, 90, 180)]
    out = io.BytesIO()
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    small = encode_small(encode_picture(with_picture(tmp_path, "a.gif", out.getvalue())), 20)
    assert small is not None
    assert (small.content_type, small.width, small.height) == ("image/png", 40, 30)


def test_a_broken_picture_has_no_small_one() -> None:
    assert encode_small(Picture("a-0.jpg", "image/jpeg", b"GIF89a<script>", 600, 300, ""), 168) is None
