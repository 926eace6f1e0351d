"""Texts about single rows of an import: why a row is refused, what is remarked about it, what it changes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscribers import attributes
from subscribers.importing.row_slices import RowResult
from web.texts.people import person_words

_NO_RAISED = _("An address cannot have a full stop there: at the beginning, at the end, beside the @ or beside another one.")
# InputError.code, or code and variant -> text, in languages other than English, in which the row has its own.
FAULTS: Mapping[str, str | Promise] = {
    "syntax": _("This is not an address. Write it as name@example.org, one address in each cell."),
    "syntax.full_width_at": _("The @ is a full-width character."),
    "syntax.several_addresses": _("There are %(number)s addresses in one cell. Keep one of them."),
    "syntax.several_at": _("The address has more than one @. Write one address, as name@example.org."),
    "syntax.name_and_address": _("A name and an address are in one cell. Keep only the address."),
    "syntax.no_at": _("The address has no @. Write it as name@example.org."),
    "syntax.nothing_before_at": _("There is nothing before the @."),
    "syntax.nothing_after_at": _("There is nothing after the @. Add the domain, such as example.org."),
    "syntax.two_periods": _("The address has two full stops in a row. Remove one."),
    "syntax.period_before_at": _NO_RAISED,
    "syntax.period_after_at": _NO_RAISED,
    "syntax.period_at_start": _NO_RAISED,
    "syntax.period_at_end": _NO_RAISED,
    "syntax.hyphen": _("The domain has a hyphen where none can be. Check the spelling."),
    "syntax.comma": _("The domain has a comma in place of a full stop."),
    "syntax.characters": _("The part before the @ has characters that no address can have: %(characters)s. Remove them."),
    "syntax.domain_characters": _("The domain has characters that no domain can have: %(characters)s. Remove them."),
    "too_long": _("An address has at most 254 characters."),
    "unsendable": _(
        "The part before the @ has letters that mail cannot carry yet: %(letters)s. Ask for an address in ASCII letters."
    ),
    "domain": _("Mail cannot reach this domain. Check the spelling."),
    "domain.domain_without_dot": _("The domain has no ending, such as .com or .cn. Complete it."),
    "domain.reserved_domain": _("This domain is reserved, and no mail can reach it. Check the spelling."),
    "domain.top_level": _("The ending of this domain does not exist. Check the spelling."),
    "missing": _("The address is missing. Fill it in, or delete the row."),
    "duplicate": _("Row %(first)s already uses this address. If these are two people, give each their own address."),
    "duplicate.named": _(
        "Row %(first)s (%(name)s) already uses this address. If these are two people, give each their own address."
    ),
    "duplicate.again": _(
        "Row %(first)s of the first file already uses this address. If these are two people, give each their own address."
    ),
    "short_row": _("The row has %(cells)s cells, the header %(expected)s: too few."),
    "long_row": _("The row has %(cells)s cells, the header %(expected)s: too many. Put a cell with a comma in quotation marks."),
    "cell_too_long": _("A cell is longer than %(size)s KiB. Check whether a quotation mark is not closed."),
    "nul": _("The row contains a NUL character. The file may be damaged."),
    "date": _("“%(cell)s” is not a date. Write year, month and day, such as 2024-05-31."),
    "date.no_such_day": _("The day %(cell)s does not exist. Check the month and the day."),
    "date.year": _("The year %(year)s is out of range. Use a year from %(first)s to %(last)s."),
    "state": _("“%(cell)s” is not a state of a subscription. Write one of: %(accepted)s"),
    "state.empty": _("The cell is empty, so it is not known whether this person is on the list. Write one of: %(accepted)s"),
    "name": _("The name contains a line break or an invisible character."),
    "text": _("A cell contains a line break or an invisible character."),
    "number": _("“%(cell)s” is not a number. Write digits, such as 12 or 3.5."),
    "yesno": _("“%(cell)s” is neither yes nor no. Write yes or no."),
    "values": _("“%(cell)s” is not one of the allowed values. Write one of: %(known)s"),
    "language": _("“%(cell)s” is not a language. Write its name, such as English, 英文 or 简体中文, or its tag, such as en."),
    "country": _("“%(cell)s” is not a country. Write its name, such as China or 中国, or its two letters, such as CN."),
}
# Of a fault whose cell is not kept with it.
_WITHOUT_CELL: Mapping[str, str | Promise] = {
    "duplicate": _("An earlier row already uses this address."),
    "duplicate.named": _("An earlier row already uses this address."),
    "duplicate.again": _("A row of the first file already uses this address."),
    "short_row": _("The row has too few cells."),
    "long_row": _("The row has more cells than the header."),
    "cell_too_long": _("A cell is too long. Check whether a quotation mark is not closed."),
    "date": _("A cell is not a date. Write year, month and day, such as 2024-05-31."),
    "state": _("A cell is not a state of a subscription. Write confirmed, pending, unsubscribed, bounced or blocked."),
    "number": _("A cell is not a number."),
    "yesno": _("A cell is neither yes nor no."),
    "values": _("A cell is not one of the allowed values."),
    "language": _("A cell is not a language. Write its name, such as English or 简体中文."),
    "country": _("A cell is not a country. Write its name, such as China or 中国."),
    "unsendable": _("The part before the @ has letters that mail cannot carry yet. Ask for an address in ASCII letters."),
    "syntax.several_addresses": _("There are several addresses in one cell. Keep one of them."),
    "syntax.characters": _("The part before the @ has characters that no address can have."),
    "syntax.domain_characters": _("The domain has characters that no domain can have."),
}
# In English, too, because the messages of these call a row a line, as on the command line.
_WITH_ROWS = frozenset({"duplicate", "cell_too_long"})
_SPACE = _("space")  # one of the characters that a text quotes
_IN_COLUMN = _("%(column)s: %(fault)s")
_MEANT = _("Did you mean %(suggestion)s?")


def is_english() -> bool:
    return (get_language() or "en").startswith("en")


def row_fault(
    code: str, message: str, hint: str, variant: str = "", values: Mapping[str, object] | None = None
) -> str:  # fmt: skip
    """Why a row is refused, and what to do. `values` are what the text quotes; without them it quotes nothing."""
    if message and is_english() and code not in _WITH_ROWS:
        text = f"{message}; {hint}" if hint else message
        return text[:1].upper() + text[1:]
    known = _text(code, variant, bool(values))
    if known is None:
        return f"{message} {hint}".strip()
    quoted: defaultdict[str, Any] = defaultdict(str, values or {})
    if "characters" in quoted:
        quoted["characters"] = str(quoted["characters"]).replace("␣", str(_SPACE))
    text = str(known) % quoted
    if quoted["suggestion"]:
        text = f"{text}{' ' if is_english() else ''}{str(_MEANT) % quoted}"
    return str(_IN_COLUMN) % {"column": quoted["column"], "fault": text} if quoted["column"] else text


def _text(code: str, variant: str, is_quoting: bool) -> str | Promise | None:
    keys = [f"{code}.{variant}", code] if variant else [code]
    if not is_quoting:
        return next((_WITHOUT_CELL.get(key) or FAULTS[key] for key in keys if key in FAULTS), None)
    return next((FAULTS[key] for key in keys if key in FAULTS), None)


def fault_of(result: RowResult) -> str:
    """Why a row is refused, with the cells that it quotes."""
    return row_fault(result.code, result.message, result.hint, result.variant, result.values)


_REMARKS: Mapping[str, str | Promise] = {
    "corrected": _("The address was written as “%(text)s”."),
    "misspelt": _("The domain looks misspelt. Did you mean %(text)s?"),
}


def remark(kind: str, text: str) -> str:
    return str(_REMARKS[kind]) % {"text": text}


def changes(differences: Sequence[tuple[str, object, object]], language: str) -> list[tuple[str, str, str]]:
    """Label, old and new value of each detail that a row changes."""
    labels = field_labels([name for name, *_values in differences], language)
    return [(label, _shown(old), _shown(new)) for label, (_name, old, new) in zip(labels, differences, strict=True)]


def field_labels(names: Sequence[str], language: str) -> list[str]:
    """The labels of details: fields and attributes."""
    declared = attributes.declarations()
    return [declared[name].label_in(language) if name in declared else str(person_words.FIELDS.get(name, name)) for name in names]


def _shown(value: object) -> str:
    return "" if value is None else attributes.as_text(value)
