"""How long one database statement may take, for each kind of process.

Without a limit a few slow pages occupy every thread of the web server, and go on in the database after their readers have
left. docs/operations.md tells operators how to change it.
"""

from __future__ import annotations

from datetime import timedelta

WEB = timedelta(seconds=15)  # people wait for a page, and front servers give up after 30 or 60 s
COMMAND = timedelta(minutes=5)  # somebody waits for it and can press Ctrl-C
# Fill, import, migrations and what the workers do: minutes with millions of people, and a statement cut short would never end.
LONG = timedelta(hours=6)

_of_process = COMMAND


def use(limit: timedelta) -> None:
    """Every connection that this process opens from now on gets this limit."""
    global _of_process
    _of_process = limit


def of_process() -> timedelta:
    return _of_process
