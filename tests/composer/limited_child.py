"""A child process for `LimitedProcess` that does what the test requests."""

import os
import time
from typing import Any

from composer.limited_process import Message, serve

MEMORY, SECONDS = 256 * 1024 * 1024, 0.5


def work(request: dict[str, Any], data: bytes) -> Message:
    match request.get("do", "take memory"):
        case "reverse":
            return {"pid": os.getpid()}, data[::-1]
        case "take memory":
            return {}, bytes(MEMORY)
        case "take time":
            while time.process_time() < 60:
                pass
        case "wait":
            time.sleep(5)
            return {}, data
        case "crash":
            os.abort()
        case "show secrets":
            return dict(os.environ), b""
    raise ValueError("this file is odd")


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
