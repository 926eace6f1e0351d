"""Posts a receipt for each mail/send request before accepting or answering it: the attempt it carries and its time.

A test harness that receives these posts can check at that moment whether the sender has recorded the attempt."""

import http.client
import re
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.http.listener import is_loopback

ATTEMPT_ARG = "mr_a"  # the custom arg that names one attempt
_IN_TEXT = re.compile(rb'"' + ATTEMPT_ARG.encode() + rb'"\s*:\s*"([^"\\]*)"')


class Receipts:
    """Posts {request, received_at, attempt, custom_args} to `url` for each request (or each `every`-th). The request waits
    for the answer, at most `timeout` seconds. A JSON answer is stored with the request as `verdict`."""

    def __init__(self) -> None:
        self.url, self.every, self.timeout = "", 1, 5.0
        self.told = self.failed = 0

    def configure(self, wishes: dict[str, Any]) -> None:
        """Change the settings given. Raises ValueError for an unknown name or an invalid value."""
        if unknown := wishes.keys() - {"url", "every", "timeout"}:
            raise ValueError(f"unknown receipt setting: {', '.join(sorted(unknown))}; use one of: url, every, timeout")
        url = str(wishes.get("url", self.url))
        parts = urlsplit(url)
        if url and (parts.scheme != "http" or not is_loopback(parts.hostname or "")):
            raise ValueError(f"receipt URL “{url}” is not allowed; use http:// on loopback only, such as 127.0.0.1")
        every, timeout = int(wishes.get("every", self.every)), float(wishes.get("timeout", self.timeout))
        if every < 1 or timeout <= 0:
            raise ValueError("every must be at least 1, and timeout greater than 0")
        self.url, self.every, self.timeout = url, every, timeout

    def describe(self) -> dict[str, Any]:
        return {"url": self.url, "every": self.every, "timeout": self.timeout, "told": self.told, "failed": self.failed}

    def tell(self, receipt: dict[str, Any]) -> Any:
        """Post one receipt and wait. Returns the JSON answer, or None."""
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
    """The attempt that an incomplete body names, if that part of it has arrived."""
    match = _IN_TEXT.search(body)
    return {ATTEMPT_ARG: match[1].decode("utf-8", "replace")} if match else {}
