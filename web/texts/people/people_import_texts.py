"""Texts of the pages on which staff import people: refused files and rows, what columns can be, groups of rows, progress."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscribers import attributes
from subscribers.importing.column_choices import ATTRIBUTE, FIXED, IGNORED, NEW, RECOGNISED, STATE
from subscribers.importing.workbooks.workbook_file import WorkbookFacts
from subscribers.models import ImportRun
from web.texts.people import person_words
from web.texts.people.list_texts import reader_language

_AT_ADMINISTRATOR = _("This file cannot be read here. Ask the administrator.")
_NOT_RIGHT = _("The file cannot be imported as it is. Change its columns, and upload it again.")

# CsvFileError -> text
FILE_FAULTS: Mapping[str, str | Promise] = {
    "consent": _("Say where and when these people agreed. It is kept for each of them as the proof."),
    "list": _("Choose the list that the people join or left."),
    "measuring": _("Clicks are not kept with names now, so nobody can agree to it. Leave the document about it empty."),
    "which_format": _(
        "Several kinds of files have exactly these columns, so it is not clear why these people must not be mailed "
        "(%(choices)s). Ask the administrator to import this file."
    ),
    "other_format": _AT_ADMINISTRATOR,
    "contradicting_format": _AT_ADMINISTRATOR,
    "stateless": _(
        "This export of %(system)s does not say who left or bounced, so nobody can be imported from it. Export the contacts "
        "again with their status."
    ),
    "strangers": _("This file holds contacts of %(system)s who never subscribed. Upload the file of the subscribed contacts."),
    "missing": _AT_ADMINISTRATOR,
    "device": _AT_ADMINISTRATOR,
    "too_large": _AT_ADMINISTRATOR,
    "refused_is_source": _AT_ADMINISTRATOR,
    "upload_size": _("The file is larger than %(limit)s MB. Divide it into several files."),
    "not_kept": _("The file of this import is not kept any more. Upload it again."),
    "spreadsheet": _("This is no file that can be read here. Save it in your spreadsheet program as .xlsx or as CSV (UTF-8)."),
    "damaged_workbook": _(
        "This workbook is damaged. Open it in your spreadsheet program, and save it again as .xlsx or as CSV (UTF-8)."
    ),
    "encrypted_workbook": _("This workbook has a password. Open it, and save it without the password."),
    "large_workbook": _("This workbook takes too much time or memory to read. Save its sheet as CSV (UTF-8)."),
    "no_sheet": _("The workbook has no visible sheet “%(sheet)s”. Choose one of: %(sheets)s"),
    "empty": _("The file has no rows. The first row names the columns, such as name and email."),
    "unknown_encoding": _("There is no encoding “%(encoding)s”. Choose another one."),
    "encoding": _(
        "Line %(line)s has bytes that are not %(encoding)s. Choose the encoding of the file below, or save it as UTF-8."
    ),
    "no_email_column": _("No column has the addresses. Choose the column with the addresses below. The columns are: %(columns)s"),
    "no_table": _(
        "No column has the addresses, and the first row does not name columns. Its first row must be such as name, email."
    ),
    "attribute_deleted": _(
        "These attributes were deleted during the import: %(columns)s. Rows after that are not imported. Import the file again."
    ),
    "unnamed_column": _("Column %(number)s has no name. Choose “do not import” for it, or name it in the file."),
    "repeated_column": _("Two columns are called %(column)s. Choose one of them, and “do not import” for the other."),
    "unknown_columns": _("Choose for each of these columns what it is: %(columns)s"),
    "misspelt_column": _("Choose for each of these columns what it is: %(columns)s"),
    "reserved_columns": _("No attribute can have the name of these columns: %(columns)s. Rename them in the file."),
    "column_names": _(
        "No attribute can have the name of these columns: %(columns)s. Remove line breaks and invisible characters from the "
        "names."
    ),
    "unclear_column": _(
        "Choose what the column “%(column)s” is: its “no” may mean that somebody wants no mail, or something else."
    ),
    "too_many_columns": _("The first row has %(number)s columns; %(most)s are the most. Remove those that you do not need."),
    "too_many_new_columns": _(
        "One import makes at most %(most)s new attributes, not %(number)s. Choose “do not import” for some."
    ),
    "attribute_limit": _(
        "A publication has at most %(most)s attributes, and this one has %(number)s. Do not import: %(columns)s"
    ),
    "chosen_missing": _NOT_RIGHT,
    "chosen_target": _NOT_RIGHT,
    "new_name": _(
        "The column “%(column)s” has people's names, which are a field already. Choose “Name” for one column, and “do not "
        "import” for the others."
    ),
    "chosen_twice": _("Two columns are chosen as “%(name)s”. Choose one of them, and “do not import” for the other."),
    "chosen_state": _(
        "The column “%(column)s” says who left, so it cannot be anything else. Delete it from the file if it means "
        "something else."
    ),
    "chosen_in_format": _(
        "The file is recognised as %(format)s, so the column “%(column)s” keeps its meaning. Choose what it had."
    ),
}

GROUPS: Mapping[str, str | Promise] = {
    "new": _("new people"),
    "joining": _("known people who join the list"),
    "joining_changed": _("known people who join the list and get other details"),
    "updated": _("people with other details"),
    "unchanged": _("unchanged"),
    "stopped": _("people whom the file marks as left or suppressed"),
    "protected": _("protected: not brought back"),
    "refused": _("refused rows"),
    "renamed": _("rows with the address of somebody with another name"),
    "misspelt": _("addresses that look misspelt"),
    "corrected": _("addresses that were corrected"),
}
EFFECTS: Mapping[str, str | Promise] = {
    "created": _("is new"),
    "subscribed": _("joins the list"),
    "subscribed_updated": _("joins the list and gets other details"),
    "updated": _("gets other details"),
    "unchanged": _("stays as they are"),
    "ends": _("leaves the list: marked in the file"),
    "suppresses": _("is suppressed: marked in the file"),
    "left": _("left this list; only they themselves can come back"),
    "left_all": _("left everything at once; only they themselves can come back"),
    "left_other": _("left another list"),
    "suppressed": _("must not be mailed: bounced, complained, unsubscribed at the provider, or suppressed by staff"),
    "domain": _("their domain is suppressed until it is lifted; import them afterwards"),
    "erased": _("asked to be forgotten"),
}
# Why an undo leaves somebody alone.
TOUCHED: Mapping[str, str | Promise] = {
    "mailed": _("got mail since, or are about to"),
    "edited": _("edited since"),
    "decided": _("they or staff did something since"),
    "left": _("left the list since"),
    "suppressed": _("suppressed since"),
    "imported_again": _("in a later import"),
    "merged": _("merged with another record"),
    "erased": _("erased since"),
}
_FIELDS: Mapping[str, str | Promise] = {
    **person_words.FIELDS,
    "email": _("Address"),
    "joined": _("Day of joining"),
    "state": _("State of the subscription"),
}
STATES: Mapping[str, str | Promise] = {
    "draft": _("not started"), "waiting": _("waits"), "running": _("running"), "done": _("imported"), "failed": _("failed"),
    "stopping": _("is being stopped"), "stopped": _("stopped"), "undoing": _("is being undone"), "undone": _("undone"),
}  # fmt: skip


# Types of a new attribute.
TYPES: Mapping[str, str | Promise] = {
    "text": _("new: text"), "number": _("new: number"), "date": _("new: date"), "yesno": _("new: yes or no"),
    "words": _("new: several values"),
}  # fmt: skip


def column_choices(*, is_recognised: bool) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a column can be, in groups: (label of the group, [(target, label)])."""
    fields = [(name, str(_FIELDS[name])) for name in (*FIXED, STATE)]
    language = reader_language()
    known = [(f"{ATTRIBUTE}:{name}", declared.label_in(language)) for name, declared in attributes.declarations().items()]
    recognised = [(RECOGNISED, str(_("as recognised")))] if is_recognised else []
    other = [*recognised, (IGNORED, str(_("do not import")))]
    new = [(f"{NEW}:{name}", str(label)) for name, label in TYPES.items()]
    groups = [
        (str(_("Fields")), fields), (str(_("Attributes")), known), (str(_("New attribute with the name of the column")), new),
        (str(_("Other")), other),
    ]  # fmt: skip
    return [(label, choices) for label, choices in groups if choices]


_NOTES: Mapping[str, str | Promise] = {
    "title_rows": _("Rows above the header, which are not read: %(count)s"),
    "hidden_rows": _("Hidden rows, which are read, too: %(count)s"),
    "hidden_columns": _("Hidden columns, which are read, too: %(count)s"),
    "merged": _("Groups of merged cells, of which only the first cell has the value: %(count)s"),
    "formulas": _("Cells with a formula, of which the stored result is read: %(count)s"),
    "unsaved_formulas": _(
        "Of them without a stored result, which count as empty: %(count)s. Open the file in a spreadsheet program and save it."
    ),
    "faults": _("Cells with a fault such as #N/A, which count as empty: %(count)s"),
    "has_macros": _("The workbook has macros. They are not run."),
}


def workbook_notes(facts: WorkbookFacts | None) -> list[str]:
    """What people should know about a sheet that was read."""
    numbers = facts._asdict() if facts else {}
    return [str(text) % {"count": numbers[name]} for name, text in _NOTES.items() if numbers.get(name)]


def progress_step(run: ImportRun, ahead: int) -> str:
    """Where a run is: waiting behind others, or how many rows it has read, how fast, and how long it still takes."""
    if run.state == ImportRun.State.WAITING:
        return str(_("Other imports before it: %(count)s")) % {"count": ahead} if ahead else str(_("It begins in a moment."))
    if run.state == ImportRun.State.STOPPING:
        return str(_("It stops in a moment."))
    if run.state == ImportRun.State.UNDOING:
        handled = run.undone.get("ended", 0) + sum(run.undone.get("kept", {}).values())
        return str(_("People looked at: %(count)s")) % {"count": f"{handled:,}"}
    if run.progress_at is None or not run.rows_read:
        return str(_("The file is being read."))
    seconds = max((run.progress_at - run.started_at).total_seconds(), 0.1)
    rate = run.rows_read / seconds
    left = seconds * (1 - run.fraction) / run.fraction if run.fraction else 0
    return str(_("%(rows)s rows, %(rate)s a second, about %(left)s left")) % {
        "rows": f"{run.rows_read:,}", "rate": f"{rate:,.0f}", "left": _duration(left),
    }  # fmt: skip


def _duration(seconds: float) -> str:
    if seconds < 60:
        return str(_("%(count)s seconds")) % {"count": max(1, round(seconds))}
    return str(_("%(count)s minutes")) % {"count": max(1, round(seconds / 60))}


def undo_counts(undone: Mapping[str, Any]) -> dict[str, Any]:
    """What an undo does or did, as its table shows it: `kept` are those whom it leaves alone (why, how many)."""
    ended, deleted = undone.get("ended", 0), undone.get("deleted", 0)
    kept = [(str(TOUCHED.get(reason, reason)), number) for reason, number in sorted(undone.get("kept", {}).items())]
    return {
        "ended": ended, "deleted": deleted, "stay": ended - deleted, "kept": kept, "updated": undone.get("updated", 0),
        "total": ended + sum(number for _reason, number in kept),
    }  # fmt: skip


def state(run: ImportRun) -> str:
    return str(STATES[run.state])
