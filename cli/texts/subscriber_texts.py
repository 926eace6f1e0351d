"""What the command line prints for the refusals of `subscribers`: for each code the message and what to do about it."""

from collections.abc import Mapping

_ONLY_THEM = "only the person can subscribe again, with the form on the web"
_SHOW = "see why: mailroom suppression show ADDRESS"
_CONSENT = "say with --consent where and when they agreed"
_ENCODINGS = "Mailroom recognises UTF-8, UTF-16 and GB18030"

# Exception -> code -> (message, what to do), with the exception's `params` in braces.
TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "SubscriberStateError": {
        "consent": ("the statement of their consent is missing", _CONSENT),
        "left": ("this person left the list", "ask them to come back: mailroom subscriber subscribe ADDRESS --list LIST"),
        "left_all": (
            "this person left all lists at once", "ask them to come back: mailroom subscriber subscribe ADDRESS --list LIST"
        ),
        "too_late": ("this person left the list or got another address after the confirmation was sent", "subscribe again"),
        "suppressed": ("this address must not be mailed", _SHOW),
        "complained": ("this address must not be mailed", _SHOW),
        "erased": ("this person's data was erased", _ONLY_THEM),
        "forgotten": ("this person asked to be forgotten; nothing was stored", _ONLY_THEM),
        "merged": ("subscriber {subscriber} was merged into subscriber {into}", "use '#{into}'"),
    },
    "AddressChangeError": {
        "same": ("this is the person's address already", "give another address"),
        "limit": ("three changes of address were requested today", "try again tomorrow"),
        "taken": ("another subscriber has this address", "if they are one person: mailroom subscriber merge KEEP GONE"),
        "refused": ("this address must not be mailed", _SHOW),
        "suppressed": (
            "this person complained, unsubscribed at the provider, or is suppressed by staff, so no statement moves them",
            "see why: mailroom suppression show ADDRESS; they can subscribe the other address themselves",
        ),
        "ended": ("this change of address has ended", "ask for a new one"),
    },
    "MergeError": {
        "same": ("both addresses belong to the same record", "name two records"),
        "merged": (
            "subscriber {subscriber} was merged into subscriber {into} before",
            "see that one: mailroom subscriber show '#{into}'",
        ),
        "erased": ("subscriber {subscriber} is erased", "only records of people who are not erased can be merged"),
    },
    "CsvFileError": {
        "consent": ("nobody can be imported without a statement of their consent", _CONSENT),
        "measuring": (
            "this publication does not keep clicks with names, so nobody can agree to it",
            "leave out --measuring-document, or first: mailroom publication set --policy measuring=individual",
        ),
        "list": ("it is not said which list this file is about", "name it: --list LIST; mailroom list ls shows all"),
        "which_format": (
            "several kinds of files have exactly these columns, so it is not clear why these people must not be mailed",
            "say what the file is, by --from with one of: {choices}; in a table of your own rename “created” to “joined”",
        ),
        "other_format": (
            "this is no file of the kind {format}", "such a file has these columns, too: {columns}; name another kind with --from"
        ),
        "contradicting_format": (
            "this is no file of the kind {format}, which never has these columns: {columns}", "name another kind with --from"
        ),
        "stateless": (
            "this export of {system} does not say who left or bounced, so nobody can be imported from it",
            "export the contacts again with their status; a newer version of {system} does so",
        ),
        "strangers": (
            "{path} holds contacts of {system} who never subscribed", "ask them to subscribe; import the file of the subscribed"
        ),
        "missing": ("cannot read {path}: {reason}", "check the path"),
        "device": ("{path} is a device, not a file of people", "name a CSV file, a pipe or a FIFO"),
        "too_large": (
            "the pipe delivered more than {limit:,} bytes, the most that Mailroom copies to {folder}",
            "save the data as a file and import that, or let TMPDIR name a folder with more space",
        ),
        "refused_is_source": ("{path} is the file that you are importing", "name another file for the refused rows"),
        "spreadsheet": (
            "Mailroom reads spreadsheets as .xlsx only, not as .xls, .xlsb or .ods", "save it as .xlsx or as CSV (UTF-8)"
        ),
        "damaged_workbook": ("this workbook is damaged", "open it, and save it as CSV (UTF-8) or again as .xlsx"),
        "encrypted_workbook": ("this workbook has a password", "open it, and save it without the password"),
        "large_workbook": ("this workbook takes too much time or memory to read", "save its sheet as CSV (UTF-8)"),
        "no_sheet": ("the workbook has no visible sheet “{sheet}”", "name one of: {sheets}"),
        "chosen_missing": ("no column is called “{column}”", "name a column of the file; there are: {columns}"),
        "chosen_target": ("“{target}” is nothing that a column can be", "write --map COLUMN=WHAT with one of: {targets}"),
        "new_name": (
            "the column {column} has the names of people, which are a field already",
            "give it as COLUMN=name, or COLUMN=- to ignore it",
        ),
        "chosen_twice": ("two columns are chosen as {name}", "choose one of them, and give the other as COLUMN=-"),
        "chosen_state": (
            "column “{column}” says who left, so it cannot be anything else", "remove it from the file if it means something else"
        ),
        "chosen_in_format": (
            "the file is recognised as {format}, so column “{column}” has its meaning", "remove this --map"
        ),
        "upload_size": ("the file is larger than {limit} MB", "divide it into several files"),
        "not_kept": ("the file of this import is not kept any more", "import it again"),
        "empty": ("the file has no header", "name the columns in the first line, such as email,name"),
        "unknown_encoding": (
            "there is no encoding “{encoding}”", f"{_ENCODINGS}; the most common of the others is windows-1252",
        ),
        "encoding": (
            "line {line} contains bytes that are not {encoding}",
            f"save the file as UTF-8, or name its encoding, such as --encoding windows-1252; {_ENCODINGS}",
        ),
        "no_email_column": (
            "no column is called email", "name the column with the addresses “email” in the first line; there are: {columns}",
        ),
        "no_table": ("the first line does not name columns", "check the file; the first line of a table is such as email,name"),
        "attribute_deleted": (
            "attributes were deleted during the import: {columns}",
            "rows after the last stored ones are not imported: import the file again",
        ),
        "unnamed_column": ("column {number} has no name", "name it, or remove the column"),
        "repeated_column": ("two columns are called {column}", "remove or rename one"),
        "unknown_columns": (
            "columns that are not known: {columns}",
            "import them as attributes: --create-attributes; or remove them; the known columns are {known}",
        ),
        "misspelt_column": (
            "columns that are not known: {columns}",
            "instead of {column}, did you mean {similar}? the known columns are {known}; to import the others as attributes:"
            " --create-attributes",
        ),
        "reserved_columns": (
            "no attribute can have the name of these columns: {columns}", "Mailroom uses these names itself; rename the columns"
        ),
        "column_names": (
            "no attribute can have the name of these columns: {columns}",
            "remove line breaks and invisible characters from the names",
        ),
        "unclear_column": (
            "column “{column}” has yes and no, and its name does not say whether they are about mail",
            "if “no” means that somebody wants no mail, rename the column to “subscribed”; otherwise name it after what it says,"
            " such as “member”",
        ),
        "too_many_columns": (
            "the header has {number:,} columns; {most:,} are the most",
            "remove the columns that you do not need; if there are none, check that the first line ends after the last name",
        ),
        "too_many_new_columns": (
            "one import declares at most {most} attributes, not {number}: {columns} and {more} more",
            "remove the columns that you do not need, or declare some: mailroom publication set --attribute NAME:TYPE",
        ),
        "attribute_limit": (
            "a publication has at most {most} attributes, this one has {number}; new are: {columns}",
            "remove the columns that you do not need",
        ),
    },
    "MoveFileError": {
        "unreadable": ("cannot read {path}: {reason}", "name the file that mailroom subscriber export-all wrote"),
        "damaged": (
            "{path} is incomplete or damaged",
            "copy it here again and compare the sizes, or export again; nothing was imported",
        ),
        "not_ours": ("{path} is not a file of mailroom subscriber export-all", "name the file that this command wrote"),
        "version": ("{path} was written by another version of Mailroom ({version})", "update Mailroom here"),
        "incomplete": ("{file} is missing in {path}", "export again"),
        "not_empty": (
            "this installation has people already: {people:,}, and suppressions: {suppressions:,}",
            "import into an empty installation, or import one list: mailroom subscriber import",
        ),
        "list": (
            "the list “{list}” of this installation has the short name or the number of another list in the file",
            "links in mails name lists by their number: import into an installation without lists",
        ),
        "attribute": (
            "the attribute “{name}” cannot be declared as {there} here", "choose an installation without this attribute"
        ),
        "broken": ("{file}, line {line}: cannot be read", "export again; nothing was imported"),
        "mismatch": (
            "{file}: {expected} rows are expected, {imported} could be read",
            "the file was changed; export again; nothing was imported",
        ),
    },
}  # fmt: skip
