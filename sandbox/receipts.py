"""The receipt of a request, told before anything is accepted or answered: which attempt it carries, and when it came.

A harness that gets these posts can look at that moment whether the sender has written down what it is doing."""

import http.client
import re
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.http.listener import is_loopback

ATTEMPT_ARG = "mr_a"  # the custom arg that names one attempt
_IN_TEXT = re.compile(rb'"' + ATTEMPT_ARG.encode() + rb'"\s*:\s*"([^"\\]*)"')


class Receipts:
    """`url` is posted {request, received_at, attempt, custom_args} for each request (or each `every`-th); the request
    waits for the answer, at most `timeout`. Its JSON answer, if any, is kept with the request as `verdict`."""

    def __init__(self) -> None:
        self.url, self.every, self.timeout = "", 1, 5.0
        self.told = self.failed = 0

    def configure(self, wishes: dict[str, Any]) -> None:
        """ValueError for what cannot be."""
        if unknown := wishes.keys() - {"url", "every", "timeout"}:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}; there are url, every, timeout")
        url = str(wishes.get("url", self.url))
        parts = urlsplit(url)
        if url and (parts.scheme != "http" or not is_loopback(parts.hostname or "")):
            raise ValueError(f"receipts go to http:// on loopback only, not to {url!r}")
        every, timeout = int(wishes.get("every", self.every)), float(wishes.get("timeout", self.timeout))
        if every < 1 or timeout <= 0:
            raise ValueError("every is 1 or more, timeout more than 0")
        self.url, self.every, self.timeout = url, every, timeout

    def describe(self) -> dict[str, Any]:
        return {"url": self.url, "every": self.every, "timeout": self.timeout, "told": self.told, "failed": self.failed}

    def tell(self, receipt: dict[str, Any]) -> Any:
        """Post one receipt and wait; what was answered, or None."""
        parts = urlsplit(self.url)
        line = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=self.timeout)
        try:
            line.request("POST", parts.path or "/", orjson.dumps(receipt), {"Content-Type": "application/json"})
            content = line.getresponse().read()
        except (OSError, http.client.HTTPException):
            self.failed += 1
            return None
        finally:
            line.close()
        self.told += 1
        try:
            return orjson.loads(content) if content else None
        except orjson.JSONDecodeError:
            return None


def args_of(mail: Any) -> dict[str, Any]:
    """The custom args of the message, and an attempt named by its first personalization only."""
    if not isinstance(mail, dict):
        return {}
    args = mail.get("custom_args")
    args = args if isinstance(args, dict) else {}
    if ATTEMPT_ARG in args:
        return args
    try:
        return {**args, ATTEMPT_ARG: mail["personalizations"][0]["custom_args"][ATTEMPT_ARG]}
    except (KeyError, IndexError, TypeError):
        return args


def args_in_part(body: bytes) -> dict[str, Any]:
    """The attempt named in a body that did not come whole, as far as it came."""
    found = _IN_TEXT.search(body)
    return {ATTEMPT_ARG: found[1].decode("utf-8", "replace")} if found else {}
