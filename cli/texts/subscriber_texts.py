"""What the command line prints for the refusals of `subscribers`: for each code the message and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

_ONLY_THEM = "only they themselves can subscribe again"
_SHOW = "see `mailroom suppression show`"
_ENCODINGS = "UTF-8, UTF-16 or GB18030 are recognised"

# Exception -> code -> (message, what to do), with the exception's `params` in braces.
TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "StandingFault": {
        "consent": ("nobody is added without a word on their consent", "say where and when they agreed"),
        "left": ("this person left the list", _ONLY_THEM),
        "too_late": ("they left the list after this confirmation was sent", "subscribe again"),
        "suppressed": ("this address must not be mailed", _SHOW),
        "complained": ("this address must not be mailed", _SHOW),
        "erased": ("this person's data was erased", _ONLY_THEM),
        "forgotten": ("this person asked to be forgotten; nothing was stored", _ONLY_THEM),
    },
    "FileFault": {
        "consent": ("nobody is imported without a word on their consent", "say where and when they agreed"),
        "missing": ("{path} cannot be read: {reason}", "check the path"),
        "device": ("{path} is a device, not a file of people", "name a CSV file, a pipe or a FIFO"),
        "too_large": (
            "more than {limit:,} bytes came, which is the most that is copied from a pipe into {folder}",
            "save it as a file and import that, or let TMPDIR name a folder with more room",
        ),
        "refused_is_source": ("{path} is the file that is imported", "name another file for the refused rows"),
        "spreadsheet": ("this is a spreadsheet or a zip file, not CSV", "save it as CSV (UTF-8) and import that"),
        "empty": ("the file has no header", "the first line names the columns, such as email,name"),
        "unknown_encoding": (
            "there is no encoding {encoding!r}", f"{_ENCODINGS}; of the others windows-1252 is the commonest",
        ),
        "encoding": (
            "line {line} holds bytes that are not {encoding}",
            f"save the file as UTF-8, or name its encoding, such as --encoding windows-1252; {_ENCODINGS}",
        ),
        "no_email_column": ("no column is called email", "the first line names the columns; there are: {columns}"),
        "unnamed_column": ("column {number} has no name", "name it, or remove the column"),
        "repeated_column": ("two columns are called {column}", "remove or rename one"),
        "unknown_column": (
            "column {column!r} is not known", "known are {known}; --create-attributes makes attributes of new ones",
        ),
        "misspelt_column": (
            "column {column!r} is not known",
            "did you mean {similar}? known are {known}; --create-attributes makes attributes of new ones",
        ),
        "reserved_column": ("no attribute can be called {column!r}", "it is a field of its own; rename the column"),
        "column_name": (
            "no attribute can be called {column!r}",
            "it needs lower-case letters, digits and underscores; rename the column",
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
}  # fmt: skip
