"""The kinds of blocks, one module each: the class, how it is parsed and printed, and its nodes in the rich text editor.

`BLOCKS` is the registry of all layers: `composer.rendering.blocks`, the themes, the scripts of the editor and `web.texts.blocks`
have a module or file of the same name for each module here. `tests/composer/test_block_files.py` names what is missing.
"""

from composer.issue.block import Block
from composer.issue.blocks.action import Action
from composer.issue.blocks.calendar import Calendar
from composer.issue.blocks.figure import Figure
from composer.issue.blocks.heading import SubHeading
from composer.issue.blocks.list import ListBlock
from composer.issue.blocks.mark import EditorMark
from composer.issue.blocks.only import Only
from composer.issue.blocks.paragraph import Paragraph
from composer.issue.blocks.passage import Passage
from composer.issue.blocks.profile import Profile
from composer.issue.blocks.question import ReaderQuestion
from composer.issue.blocks.quote import Quote
from composer.issue.blocks.sources import Sources
from composer.issue.blocks.summary import Summary
from composer.issue.blocks.table import Table

# In the order of the editor's menu and of findings that list them.
BLOCKS: tuple[type[Block], ...] = (
    Paragraph, SubHeading, ListBlock, Quote, Figure, Profile, Calendar, Action, ReaderQuestion, Table, Summary, Sources, Passage,
    Only, EditorMark,
)  # fmt: skip
NAMES = tuple(kind.module_name() for kind in BLOCKS)
