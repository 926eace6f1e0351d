"""The editor's texts for the summary of an article."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-summary": _("Summary and author"),
    "help-summary": _(
        "One or two sentences that make readers want to read the article, at most 60 words. A digest has them instead of "
        "the text; otherwise they stand above it. Put this card first."
    ),
    "summary-here": _("What the article says, in one or two sentences"),
    "byline": _("Author"),
    "whole-in-digest": _("A digest has the whole text of this article"),
}
