"""The editor's texts for a question to readers."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-question": _("Question to readers"),
    "help-question": _(
        "A question with two to five answers, such as “Was this useful?”. Each recipient can give one answer; "
        "the report counts them."
    ),
    "asked-here": _("The question"),
    "answer-here": _("An answer"),
    "add-answer": _("Add an answer"),
    "question-name": _("Name, if the issue has several questions"),
    "question-name-hint": _(
        "Lower-case letters, digits and hyphens; the same in every language. Readers see it only in addresses."
    ),
}
