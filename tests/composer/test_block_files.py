"""Each kind of block has a file of its name in every layer; this names the one that is missing."""

from pathlib import Path

from composer.issue.block import Block, walk
from composer.issue.blocks import BLOCKS, NAMES
from composer.issue.document import Passage, SubHeading
from composer.issue.editing.source_blocks import read_groups
from composer.rendering.blocks import NAMES_BY_BLOCK
from composer.themes.theme_loading import theme_names
from tests.composer import strategies
from tests.web.console.edit_scripts import CARDS
from web.texts.issues import markup_texts

ROOT = Path(__file__).resolve().parents[2]
LAYERS = (
    "composer/issue/blocks/{name}.py",
    "composer/rendering/blocks/{name}.py",
    "templates/static/editor/blocks/{name}.js",
    "web/texts/blocks/{name}.py",
)


THEMES = tuple(f"templates/email/{theme}/blocks/{{name}}.mjml.j2" for theme in theme_names())
NOT_DRAWN = {name for name, in_themes in NAMES_BY_BLOCK.items() if not in_themes}  # of which a theme has nothing to say


def missing(names: tuple[str, ...]) -> list[str]:
    """The files that blocks of these names lack."""
    paths = [layer.format(name=name) for name in names for layer in LAYERS]
    paths += [layer.format(name=name) for name in names for layer in THEMES if name not in NOT_DRAWN]
    return [path for path in paths if not (ROOT / path).is_file()]


def test_every_block_has_a_file_in_every_layer() -> None:
    assert missing(NAMES) == []


def test_every_file_of_a_layer_is_that_of_a_registered_block() -> None:
    """A block that is missing in the list of `composer/issue/blocks/__init__.py` would not be read."""
    for layer in (*LAYERS, *THEMES):
        folder, _, pattern = layer.rpartition("/")
        files = {path.name.partition(".")[0] for path in (ROOT / folder).glob(pattern.format(name="*"))} - {"__init__"}
        assert files == set(NAMES) - (NOT_DRAWN if layer in THEMES else set()), layer


def test_the_files_of_a_new_block_are_named() -> None:
    files = [layer.format(name="poll") for layer in (*LAYERS, *THEMES)]
    assert missing((*NAMES, "poll")) == files
    assert len(files) <= 8, "and one line in composer/issue/blocks/__init__.py"


def test_property_tests_draw_every_kind_of_block() -> None:
    assert [kind.__name__ for kind in BLOCKS if kind.__name__ not in vars(strategies)] == []


def test_the_editor_is_tested_with_a_card_of_every_kind() -> None:
    lines_of_text = {SubHeading}  # edited without a card
    expected = {node for kind in BLOCKS if kind.top_only and kind not in lines_of_text for node in kind.editor_nodes}
    assert CARDS.keys() == expected


def test_the_page_of_marks_has_a_sample_of_every_kind_of_block() -> None:
    too_rare: set[type[Block]] = {Passage}  # its card writes it; docs/issue-format.md explains it
    samples = [str(sample) for sample, _ in markup_texts.COMMON + markup_texts.MORE]
    blocks = {type(block) for sample in samples for group in read_groups(sample) for block in walk(group.blocks)}
    assert blocks == set(BLOCKS) - too_rare
