"""The time limit of a database statement, for each kind of process.

Without a limit a few slow pages could occupy every thread of the web server, and continue in the database after their readers
have left. docs/operations.md explains how to change it.
"""

from datetime import timedelta

WEB = timedelta(seconds=15)  # people wait for a page, and front servers give up after 30 or 60 s
COMMAND = timedelta(minutes=5)  # a person waits for it and can press Ctrl-C
# Fills, imports, migrations and the workers' statements take minutes with millions of people; a shorter limit would stop them
# at every try.
LONG = timedelta(hours=6)

_of_process = COMMAND


def use(limit: timedelta) -> None:
    """Set the limit of all connections that this process opens from now on."""
    global _of_process
    _of_process = limit


def of_process() -> timedelta:
    return _of_process
