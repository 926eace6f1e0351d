"""Each kind of block has a file of its name in every layer; this names the one that is missing."""

from __future__ import annotations

from pathlib import Path

from composer.issue.blocks import NAMES

ROOT = Path(__file__).resolve().parents[2]
LAYERS = (
    "composer/issue/blocks/{name}.py",
    "composer/rendering/blocks/{name}.py",
    "templates/static/editor/blocks/{name}.js",
    "web/texts/blocks/{name}.py",
)


def missing(names: tuple[str, ...]) -> list[str]:
    """The files that blocks of these names lack."""
    return [path for name in names for layer in LAYERS if not (ROOT / (path := layer.format(name=name))).is_file()]


def test_every_block_has_a_file_in_every_layer() -> None:
    assert missing(NAMES) == []


def test_every_file_of_a_layer_is_that_of_a_registered_block() -> None:
    """A block that is missing in the list of `composer/issue/blocks/__init__.py` would not be read."""
    for layer in LAYERS:
        folder, _, pattern = layer.rpartition("/")
        files = {path.stem for path in (ROOT / folder).glob(pattern.format(name="*"))} - {"__init__"}
        assert files == set(NAMES), layer


def test_the_files_of_a_new_block_are_named() -> None:
    assert missing((*NAMES, "poll")) == [layer.format(name="poll") for layer in LAYERS]
