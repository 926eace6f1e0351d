"""The editor's texts for a table."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-captionedTable": _("Table"),
    "help-captionedTable": _(
        "Numbers or facts in columns. The first row names the columns. Use at most four columns: phones have no room for more."
    ),
    "table-caption-here": _("Title of the table, if it needs one"),
    "row-below": _("Add row"),
    "column-right": _("Add column"),
    "delete-row": _("Delete row"),
    "delete-column": _("Delete column"),
    "align-left": _("Align left"),
    "align-center": _("Align centre"),
    "align-right": _("Align right"),
}
