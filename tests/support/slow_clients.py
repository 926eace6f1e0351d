"""Clients that keep a web server waiting: `python -m tests.support.slow_clients PORT COUNT KIND…`, on loopback only, until stdin ends.

The kinds share COUNT connections equally; a connection that the server drops is opened again. The first line of output is `open`,
once nine in ten are open. The last line is JSON: how often each kind was dropped.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import sys

# What each kind sends first; it then sends a byte a second, except the silent ones.
KINDS = {
    "headers": b"POST /hooks/sendgrid HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    "body": b"POST /hooks/sendgrid HTTP/1.1\r\nHost: localhost\r\nContent-Length: 700000\r\n\r\n[",
    "chunks": b"POST /hooks/sendgrid HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    "idle": b"",
    "reader": b"GET /archive/ HTTP/1.1\r\nHost: localhost\r\n\r\n" * 20,
}
SILENT = {"idle", "reader"}


class Clients:
    def __init__(self, port: int) -> None:
        self.port = port
        self.open = 0
        self.dropped: collections.Counter[str] = collections.Counter()

    async def keep(self, kind: str) -> None:
        while True:
            try:
                async with asyncio.timeout(10):
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4096)
            except (OSError, TimeoutError):
                await asyncio.sleep(1)
                continue
            self.open += 1
            try:
                await self._dawdle(kind, reader, writer)
            except OSError:
                pass  # reset by the server
            finally:
                self.open -= 1
                writer.close()
            self.dropped[kind] += 1

    async def _dawdle(self, kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(KINDS[kind])
        while not reader.at_eof():
            if kind not in SILENT:
                writer.write(b"1")
            if kind == "reader":
                writer.transport.pause_reading()  # type: ignore[attr-defined]
            # Not `wait_for`: in Python 3.11 it loses a cancellation that comes together with its timeout.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await (reader.read(4096) if kind != "reader" else asyncio.Event().wait())
            if writer.transport.is_closing():
                return


async def attack(port: int, count: int, kinds: list[str]) -> Clients:
    clients = Clients(port)
    tasks = [asyncio.create_task(clients.keep(kinds[number % len(kinds)])) for number in range(count)]
    while clients.open < count * 0.9:
        await asyncio.sleep(0.05)
    print("open", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return clients


if __name__ == "__main__":
    done = asyncio.run(attack(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] or ["headers", "body", "idle"]))
    print(json.dumps(dict(done.dropped)), flush=True)
