"""The process-wide flag that stops claiming while the worker shuts down. Read before claim and gate."""

import threading

_flag = threading.Event()
begin, is_on = _flag.set, _flag.is_set
wait = _flag.wait  # up to so many seconds; True at once if draining has begun
