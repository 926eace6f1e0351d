"""Runs a program, then prints how much processor time it took with everything that it started.

Chromium leaves processes behind for which nobody waits. This process adopts them, or they would not be counted.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time

ADOPT = 36  # PR_SET_CHILD_SUBREAPER in linux/prctl.h
LONGEST_WAIT = 5.0  # seconds for those that are left when the program has ended


def main() -> int:
    """Returns the exit code of the program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ADOPT, 1)
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the program
    program = subprocess.Popen(sys.argv[1:])
    ended = status = 0
    while ended != program.pid:
        ended, status = os.wait()
    until = time.monotonic() + LONGEST_WAIT
    try:
        while time.monotonic() < until:
            os.waitpid(-1, os.WNOHANG)
            time.sleep(0.01)
    except ChildProcessError:  # there are none any more
        pass
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.0f} s of processor time", flush=True)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
