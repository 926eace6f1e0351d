"""The texts of the rich text editor, which its scripts show. Values in braces are filled by the scripts.

The texts of blocks are in `web.texts.blocks`.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from web.texts import blocks

_TEXTS: dict[str, str | Promise] = {
    "text": _("Text"),
    "apply": _("Apply"),
    "paste-pictures": _("Pictures that were not pasted: {count}. Only their addresses were copied. Add them with “Insert”."),
    "cancel": _("Cancel"),
    "toolbar": _("Formatting"),
    "insert": _("Insert"),
    "what-is-this": _("What is this?"),
    "move-up": _("Move up"),
    "move-down": _("Move down"),
    "delete-card": _("Delete"),
    # the toolbar
    "tool-strong": _("Bold"),
    "tool-emphasis": _("Italic"),
    "tool-link": _("Link"),
    "tool-language": _("Words in another language"),
    "tool-mergeField": _("Merge field"),
    "tool-split": _("Split the article at the cursor"),
    "tool-join": _("Join with the article above"),
    "split-title": _("Title of the new article"),
    "split-hint": _("If it is the first line of the new article, this line becomes the title."),
    "split-confirm": _("Split"),
    "split-no-title": _("Enter a title."),
    "split-nothing": _("Put the cursor where the new article begins: with text above and below."),
    "tool-undo": _("Undo the last change"),
    "tool-redo": _("Redo the change"),
    "link-address": _("Address of the link"),
    "link-hint": _("A web address, or mailto: and an email address."),
    "link-article": _("Or an article of this issue"),
    "link-article-none": _("No article of this issue"),
    "link-article-gone": _("An article that is not in this issue any more"),
    "link-to-article": _("Leads to the article “{title}”"),
    "link-or-article-empty": _("Enter an address, or choose an article."),
    "link-words": _("Words of the link"),
    "link-empty": _("Enter an address."),
    "link-remove": _("Remove link"),
    # merge fields
    "merge-field": _("Merge field"),
    "change-field": _("Change this merge field"),
    "field-which": _("What each reader sees here"),
    "field-default": _("For readers without it"),
    "field-default-hint": _("Without this text, the place stays empty for readers whose name is not known."),
    "field-or": _("{name}, or “{default}”"),
    "field-name": _("Name of the reader"),
    "field-email": _("Address of the reader"),
    "field-view_url": _("Address of this issue in the browser"),
    "field-unsubscribe_url": _("Address to unsubscribe"),
    "field-preferences_url": _("Address of the reader's settings"),
    "field-subscribe_url": _("Address to subscribe"),
    # languages
    "other-language": _("Another language …"),
    "language-tag": _("Enter the tag of the language, such as sr-Latn."),
    # lines that are not a block
    "card-rawSource": _("Source text"),
    "help-rawSource": _("Lines that Mailroom cannot show as a card. Repair them here, or delete them."),
    "raw-source": _("Lines"),
}

# The dialog that builds conditions, and conditions in words.
_CONDITIONS: dict[str, str | Promise] = {
    "everybody-article": _("Everybody gets this article"),
    "everybody-section": _("Everybody gets this section"),
    "condition-title": _("Who gets it?"),
    "condition-row": _("Condition {number}"),
    "condition-join": _("How the conditions are joined"),
    "condition-all": _("Readers who meet all of these conditions"),
    "condition-any": _("Readers who meet at least one of these conditions"),
    "condition-add": _("Add a condition"),
    "condition-remove": _("Remove this condition"),
    "condition-field": _("What is compared"),
    "condition-relation": _("How it is compared"),
    "condition-empty": _("Add a condition."),
    "condition-long": _("The condition is too long, or has characters that an issue cannot contain. Use fewer or other values."),
    "relation-is-is": _("is"),
    "relation-is-is-not": _("is not"),
    "relation-is-unknown": _("is not known"),
    "relation-is-known": _("is known"),
    "relation-has-is": _("includes"),
    "relation-has-is-not": _("does not include"),
    "relation-has-unknown": _("is not known"),
    "relation-has-known": _("is known"),
    "value-choose": _("Choose a value"),
    "value-another": _("or another value"),
    "value-missing": _("Choose at least one value."),
    "value-number": _("Enter a number, such as 12 or 3.5."),
    "value-remove": _("Remove {value}"),
    "value-yes": _("Yes"),
    "value-no": _("No"),
    "value-unknown": _("not known"),
    "value-join": _(", "),
    "join-and": _(", and "),
    "join-or": _(", or "),
    "condition-is": _("{field} is {value}"),
    "condition-is-one-of": _("{field} is one of {value}"),
    "condition-is-not": _("{field} is not {value}"),
    "condition-is-not-one-of": _("{field} is none of {value}"),
    "condition-has": _("{field} includes {value}"),
    "condition-has-one-of": _("{field} includes one of {value}"),
    "condition-has-not": _("{field} does not include {value}"),
    "condition-has-not-one-of": _("{field} includes none of {value}"),
    "field-known": _("{field} is known"),
    "field-unknown": _("{field} is not known"),
}

# Find and replace.
_FINDING: dict[str, str | Promise] = {
    "tool-search": _("Find and replace"),
    "find-bar": _("Find and replace in this text"),
    "find-words": _("Find"),
    "find-replacement": _("Replace with"),
    "find-next": _("Next place"),
    "find-previous": _("Previous place"),
    "find-case": _("Match case"),
    "find-replace": _("Replace"),
    "find-replace-all": _("Replace all"),
    "find-close": _("Close"),
    "find-none": _("Not found"),
    "find-count": _("{at} of {count}"),
    "find-replaced": _("Replaced: {count}"),
    "find-everywhere": _("In the whole issue"),
}

# The dialog that lists the keys.
_KEYS: dict[str, str | Promise] = {
    "tool-help": _("Keys and help"),
    "close": _("Close"),
    "key-ctrl": _("Ctrl"),
    "keys-text": _("In the text"),
    "keys-cards": _("Cards"),
    "keys-page": _("On the page"),
    "keys-save": _("Save now"),
    "keys-line": _("New line in the same paragraph"),
    "keys-slash": _("Insert something, at the beginning of an empty paragraph"),
    "keys-move-card": _("Move the card"),
    "keys-select-card": _("From the text of a card, or a field of it, to the card as a whole"),
    "keys-delete-card": _("Delete the selected card"),
    "keys-into-card": _("To the first field of the selected card"),
    "keys-toolbar": _("To the buttons; arrow keys move between them"),
    "keys-back": _("Back to the text"),
    "keys-areas": _("From the text to the preview, the outline and the title"),
    "keys-move-part": _("Move an article or a section, in the outline"),
    "keys-list": _("This list"),
}

# The tour of the editor.
_TOUR: dict[str, str | Promise] = {
    "tour": _("Tour of the editor"),
    "tour-offer": _("New here? A tour of two minutes shows you the editor."),
    "tour-start": _("Start the tour"),
    "tour-no": _("No, thanks"),
    "tour-next": _("Next step"),
    "tour-back": _("Back"),
    "tour-end": _("End the tour"),
    "tour-done": _("Done"),
    "tour-again": _("Show the tour of the editor"),
    "tour-text": _("Write here"),
    "tour-text-words": _(
        "Write the article as you would in a letter, or paste it from Word. The buttons above make words bold or a link."
    ),
    "tour-insert": _("Insert"),
    "tour-insert-words": _(
        "Pictures, people, dates, tables and buttons are cards. Press “Insert”, or type / in an empty line. “?” explains a card."
    ),
    "tour-audience": _("Who gets it"),
    "tour-audience-words": _(
        "An article can be for some readers only, such as those in one country. Everybody else does not notice."
    ),
    "tour-outline": _("The outline"),
    "tour-outline-words": _("All parts of the issue. Press one to write it. Drag articles to move them."),
    "tour-preview": _("The mail"),
    "tour-preview-words": _(
        "This is what readers get, a moment after you type. Below it are the findings: press one, and it leads you to its place."
    ),
    "tour-saved": _("Always saved"),
    "tour-saved-words": _("Mailroom saves while you type, and says here when it did. Nothing is sent from this page."),
    "tour-review": _("When you are done"),
    "tour-review-words": _("Ask a colleague for a review. After it is approved, a publisher schedules it and sends it."),
    "tour-help": _("Help"),
    "tour-help-words": _("The keys are listed here, and you can see this tour again."),
}

FIELD_LABELS: dict[str, Promise] = {
    "country": _("Country"),
    "language": _("Language"),
    "list": _("List"),
    "domain": _("Domain of the address"),
    "email": _("Email address"),
    "name": _("Name"),
}


def texts() -> dict[str, str]:
    """Key -> text in the language of the request."""
    return {key: str(value) for key, value in (_TEXTS | blocks.TEXTS | _CONDITIONS | _FINDING | _KEYS | _TOUR).items()}
