"""Pictures and themes are cached by the content of their files: a change takes effect even if the file times do not change."""

import io
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image

from composer.errors import ComposeError
from composer.images.picture_encoder import _encoded, encode_picture
from composer.rendering.theme_model import LOGO
from composer.themes.theme_loading import DEFAULT_ROOT, load_theme


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 40), colour).save(out, "GIF")
    return out.getvalue()


def rewritten(path: Path, data: bytes) -> None:
    """Writes other bytes of the same length, and restores the modification time."""
    assert path.stat().st_size == len(data)
    before = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_changed_picture_is_encoded_again_even_with_the_same_file_times(tmp_path: Path) -> None:
    _encoded.clear()  # a full cache is emptied by the next picture, whichever test that is
    path, away = tmp_path / "a.gif", tmp_path / "b.gif"
    path.write_bytes(picture("red"))
    away.write_bytes(picture("lime"))
    red, lime = encode_picture(path), encode_picture(away)
    assert red.data != lime.data
    assert encode_picture(path) is red
    rewritten(path, picture("blue"))
    assert encode_picture(path).data not in (red.data, lime.data)
    shutil.move(away, path)  # as text editors and sync programs replace a file: with the times of the other file
    assert encode_picture(path).data == lime.data


def test_a_changed_logo_is_used_even_with_an_upper_case_extension(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    shutil.copytree(DEFAULT_ROOT / "cast", folder)
    logo, settings = folder / "logo.PNG", folder / "theme.yaml"
    said = "\nlogo:\n  light: logo.PNG\n  alt: Ours\n  width: 40\n"
    settings.write_text(settings.read_text(encoding="utf-8") + said, encoding="utf-8")
    logo.write_bytes(picture("red"))
    red = load_theme("ours", tmp_path)
    assert load_theme("ours", tmp_path) is red
    logo.write_bytes(picture("blue"))
    blue = load_theme("ours", tmp_path)
    assert blue.pictures[LOGO].data != red.pictures[LOGO].data
    assert blue.digest != red.digest
    logo.unlink()
    with pytest.raises(ComposeError, match=r"there is no picture logo\.PNG"):
        load_theme("ours", tmp_path)


def test_lock_files_of_text_editors_are_ignored_in_a_theme_folder(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    shutil.copytree(DEFAULT_ROOT / "cast", folder)
    first = load_theme("ours", tmp_path)
    (folder / ".#theme.css").symlink_to("editor@host.4711:1795600000")  # a lock of Emacs: a dangling link
    (folder / "old.css").mkdir()
    assert load_theme("ours", tmp_path) is first
