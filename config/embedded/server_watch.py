"""Restarts the embedded servers when they die under a running `mailroom up`."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from config.embedded.embedded_servers import EmbeddedServers
from config.embedded.server_paths import EmbeddedError
from config.processes import log_rotation

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 300.0  # after running so long, a server that ends is restarted with short pauses again


@dataclass
class ServerWatch:
    """Call `look` once a second. The pauses between restarts grow from 0 to 30 s; it never gives up."""

    servers: EmbeddedServers
    say: Callable[[str], None]
    starts: int = 0
    last: float = 0.0

    def look(self) -> None:
        for log in self.servers.logs():
            log_rotation.rotate(log)
        ended = self.servers.ended()
        now = time.monotonic()
        if not ended:
            if self.starts and now - self.last > STEADY_SECONDS:
                self.starts = 0
            return
        pause = min(LONGEST_PAUSE, 2.0 ** (self.starts - 1)) if self.starts else 0.0
        if self.starts and now - self.last < pause:
            return
        names = " and ".join(ended)
        self.say(f"{names} ended; starting again")
        self.starts += 1
        try:
            self.servers.revive()
        except (EmbeddedError, OSError, subprocess.TimeoutExpired) as fault:
            self.say(f"{names} did not start: {fault}")
        else:
            self.say(f"{names} runs again")
        self.last = time.monotonic()
