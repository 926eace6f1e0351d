"""Reports the cost of a client process; used by the clients that import nothing else of the benchmark."""

import json
import os
import resource
import sys
import time
from pathlib import Path


class Clock:
    """Prints `ready`, waits for a line, and prints the cost at the end."""

    def __init__(self) -> None:
        print("ready", flush=True)
        sys.stdin.readline()
        self.spent = sum(os.times()[:2])
        self.began = time.monotonic()

    def tell(self) -> None:
        seconds = time.monotonic() - self.began
        print(json.dumps({"seconds": seconds, "cpu": sum(os.times()[:2]) - self.spent, "peak": peak()}), flush=True)


def peak() -> float:
    """Peak memory in MiB, from /proc if it exists, because getrusage also counts the parent before exec."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024
    except (OSError, IndexError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
