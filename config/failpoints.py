"""Named places in the delivery path where a fault test may kill the process. Inert unless MAILROOM_FAILPOINTS is set.

Spec: `name:N` (SIGKILL at the N-th time this process passes), `name:N:stop` (SIGSTOP), several joined by commas.
The doctor reports when the variable is set.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter

_passed: Counter[str] = Counter()
_lock = threading.Lock()


def _parse(spec: str) -> dict[str, tuple[int, signal.Signals]]:
    plan: dict[str, tuple[int, signal.Signals]] = {}
    for part in filter(None, (piece.strip() for piece in spec.split(","))):
        name, _, rest = part.partition(":")
        count, _, how = rest.partition(":")
        plan[name] = (int(count or 1), signal.SIGSTOP if how == "stop" else signal.SIGKILL)
    return plan


_plan = _parse(os.environ.get("MAILROOM_FAILPOINTS", ""))


def failpoint(name: str) -> None:
    """Pass the place `name`; in production this is one dictionary test."""
    if not _plan or name not in _plan:
        return
    with _lock:
        _passed[name] += 1
        count, how = _plan[name]
        due = _passed[name] == count
    if due:
        os.kill(os.getpid(), how)
