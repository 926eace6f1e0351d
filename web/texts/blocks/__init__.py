"""The texts of the editor for each kind of block, in a module with the name of its module in `composer.issue.blocks`."""

from importlib import import_module

from django.utils.functional import Promise

from composer.issue.blocks import NAMES

TEXTS: dict[str, str | Promise] = {}
for _name in NAMES:
    TEXTS |= import_module(f"{__name__}.{_name}").TEXTS
