"""The labels and hints of the forms for the head of an issue: title and subject, footer; and names of texts that are copied."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from composer.errors import Finding
from composer.issue.editing.untranslated_texts import Untranslated


class FieldText(NamedTuple):
    """The label of a field, and one or two sentences below it."""

    label: str | Promise
    hint: str | Promise


_HEAD: Mapping[str, FieldText] = {
    "subject": FieldText(
        _("Subject"), _("The first thing that readers see in the inbox. Say what is new; programs on phones show the beginning.")
    ),
    "preheader": FieldText(_("Preview text"), _("Inboxes show it after the subject. Write what the subject does not say.")),
    "number": FieldText(_("Number of the issue"), _("The number of this issue, such as 2027-01.")),
    "date": FieldText(_("Date of the issue"), _("The date of this issue, which readers see at the top.")),
    "title": FieldText(_("Name of the newsletter"), _("At the top of the mail.")),
    "organisation": FieldText(_("Publisher"), _("The organisation that publishes the newsletter.")),
    "tagline": FieldText(_("Tagline"), _("One line under the name. You may leave it out.")),
    "language": FieldText(_("Language"), _("The language of these texts. Screen readers pronounce them accordingly.")),
    "theme": FieldText(_("Design"), _("Colours, fonts and logo of the mail.")),
    "layout": FieldText(
        _("Length of the mail"), _("A digest is short: each article has a page on the web, to which its summary leads.")
    ),
    "lead": FieldText(_("Lead story"), _("The article under the masthead, with its picture in full width.")),
}
_FOOTER: Mapping[str, FieldText] = {
    "about": FieldText(_("About us"), _("Who sends the newsletter, in one or two sentences.")),
    "address": FieldText(_("Postal address"), _("Laws of many countries require it. No issue is sent without it.")),
    "website": FieldText(_("Website"), _("An address that begins with https://. You may leave it out.")),
    "email": FieldText(_("Email address"), _("Where readers can write to. You may leave it out.")),
    "wechat": FieldText(
        _("WeChat QR code"),
        _(
            "The code of your official account, as WeChat lets you download it. Choose it from the pictures of the issue. "
            "You may leave it out."
        ),
    ),
}
# Kind of the part -> name of the field; in the order of the form.
LABELS: Mapping[str, Mapping[str, FieldText]] = {"head": _HEAD, "footer": _FOOTER}
FIELD_LABELS: Mapping[str, str | Promise] = {name: text.label for fields in LABELS.values() for name, text in fields.items()} | {
    "footer.social": _("Accounts in social networks")
}


def with_label(finding: Finding) -> Finding:
    """The finding with the label of a form's field instead of its key in the source, such as Preview text for `preheader`."""
    label = FIELD_LABELS.get(str(finding.params.get("key", "")))
    return replace(finding, params={**finding.params, "key": str(label)}) if label else finding


# Texts of the other parts.
_OF_PARTS: Mapping[str, str | Promise] = {
    "role": _("Role"),
    "caption": _("Caption"),
    "alt": _("Alternative text"),
    "text": _("Text"),
}
_TITLES: Mapping[str, str | Promise] = {"section": _("Title of the section"), "article": _("Title of the article")}
_QUOTED = _("%(field)s “%(text)s”")
_MOST = 3  # quotations of one field
_LONGEST = 40


def untranslated_names(untranslated: Iterable[Untranslated], kind: str) -> list[str]:
    """Name the untranslated texts of a part of this kind: the label of a field, or the beginning of a text without a label."""
    names: list[str] = []
    counts: Counter[str] = Counter()
    for copied in untranslated:
        counts[copied.field] += 1
        if copied.field in LABELS.get(kind, {}):
            names.append(str(LABELS[kind][copied.field].label))
        elif copied.field == "title":
            names.append(str(_TITLES[kind]))
        elif counts[copied.field] <= _MOST:
            short = copied.text if len(copied.text) <= _LONGEST else f"{copied.text[: _LONGEST - 1].rstrip()}…"
            names.append(str(_QUOTED) % {"field": _OF_PARTS[copied.field], "text": short})
    return [*names, "…"] if max(counts.values(), default=0) > _MOST else names
