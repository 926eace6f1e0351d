"""Asks the sandbox which mails it accepted, to compare them with the report of the demo. Loopback only."""

import http.client
import json
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cli.error_reporting import CliError
from config.env import LOOPBACK


@dataclass(frozen=True)
class SandboxClient:
    """Asks one sandbox. Refuses any address that is not loopback."""

    url: str

    def __post_init__(self) -> None:
        if urlsplit(self.url).hostname not in LOOPBACK:
            raise CliError(f"{self.url} is not a sandbox on this machine")

    def _ask(self, path: str) -> Any:
        parts = urlsplit(self.url)
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)) as line:
            line.request("GET", path)
            answer = line.getresponse()
            if answer.status != 200:
                raise CliError(f"the sandbox answers {answer.status} to {path}")
            return json.load(answer)

    def mails(self) -> Counter[str]:
        """How many mails the sandbox accepted for each address, by its ledger."""
        mails: Counter[str] = Counter()
        since = 0
        while True:
            page = self._ask(f"/_sandbox/ledger?since={since}&limit=10000")
            mails.update(entry["address"].lower() for entry in page["entries"])
            since += len(page["entries"])
            if page["end"]:
                return mails

    def wait_for_events(self, seconds: float) -> None:
        """Wait until every event so far was posted to our webhook, or the time is up."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._ask("/_sandbox/webhook")["idle"]:
            time.sleep(0.1)
