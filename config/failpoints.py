"""Named places in the delivery path where a fault test may kill the process. Inert unless MAILROOM_FAILPOINTS is set.

Spec: `name:N` (SIGKILL at the N-th time this process passes), `name:N:stop` (SIGSTOP), several joined by commas.
The doctor reports when the variable is set.
"""

import os
import signal
import threading
from collections import Counter

_passed: Counter[str] = Counter()
_lock = threading.Lock()
_witness: int | None = None


def _parse(spec: str) -> dict[str, tuple[int, signal.Signals]]:
    plan: dict[str, tuple[int, signal.Signals]] = {}
    for part in filter(None, (piece.strip() for piece in spec.split(","))):
        name, _, rest = part.partition(":")
        count, _, how = rest.partition(":")
        plan[name] = (int(count or 1), signal.SIGSTOP if how == "stop" else signal.SIGKILL)
    return plan


_plan = _parse(os.environ.get("MAILROOM_FAILPOINTS", ""))


def arm(spec: str, witness: int | None = None) -> None:
    """Fault tests only: replace the plan with `spec`, counted from now.

    Before the process is killed or stopped at a place, "name pid kill" (or stop) is written to the file descriptor `witness`.
    """
    global _plan, _witness
    with _lock:
        _passed.clear()
        _plan, _witness = _parse(spec), witness


def failpoint(name: str) -> None:
    """Mark the place `name`; in production this only checks an empty plan."""
    if not _plan or name not in _plan:
        return
    with _lock:
        count, how = _plan.get(name, (0, signal.SIGKILL))
        _passed[name] += 1
        due = _passed[name] == count
    if due:
        if _witness is not None:
            os.write(_witness, f"{name} {os.getpid()} {'stop' if how == signal.SIGSTOP else 'kill'}\n".encode())
        # Sent to this thread: if sent to the process, another thread may receive it while this one continues for a moment.
        signal.pthread_kill(threading.get_ident(), how)
