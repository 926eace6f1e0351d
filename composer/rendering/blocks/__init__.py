"""How each kind of block is shown: in the HTML of a mail, its text part, on the archive page and in a review.

A module has the name of its module in `composer.issue.blocks`. Importing it registers its functions. Its `NAMES_IN_THEMES` are
names in theme.yaml, with the elements that theme.css must have a rule for because Mailroom writes their HTML.
"""

from importlib import import_module

from composer.issue.blocks import BLOCKS, NAMES
from composer.issue.blocks.figure import Figure
from composer.issue.document import Block

_modules = {kind: import_module(f"{__name__}.{name}") for kind, name in zip(BLOCKS, NAMES, strict=True)}
_in_themes: dict[type[Block], dict[str, tuple[str, ...]]] = {
    kind: getattr(module, "NAMES_IN_THEMES", {}) for kind, module in _modules.items()
}
# Every block that a theme can draw: text first, in the order of theme.yaml.
NAMES_IN_THEMES = dict(
    sorted((entry for names in _in_themes.values() for entry in names.items()), key=lambda entry: not entry[1])
)
# The same by the name of the block, for the files in the folder `blocks` of a theme.
NAMES_BY_BLOCK = {kind.module_name(): tuple(names) for kind, names in _in_themes.items()}
# All classes in the HTML that Mailroom writes itself, whether or not an issue needs them.
CLASSES = frozenset(name for module in _modules.values() for name in getattr(module, "CLASSES", ()))


def name_in_themes(block: Block) -> str:
    return "waiting" if isinstance(block, Figure) and block.missing else next(iter(_in_themes[type(block)]), "text")
