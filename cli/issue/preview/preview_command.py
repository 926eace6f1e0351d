"""Runs `mailroom issue preview`: serves the folder until Ctrl-C, or takes screenshots and ends."""

from __future__ import annotations

import signal
import threading
import webbrowser
from pathlib import Path

from cli import output
from cli.error_reporting import Refused
from cli.issue.preview import screenshots
from cli.issue.preview.preview_server import HOST, Preview
from composer.errors import ComposeError

PORT = 8765


def serve(folder: Path, port: int | None, open_browser: bool) -> None:
    """Serve until interrupted. Without a `port` on the usual one or, where that is taken, on any free one."""
    preview = _listen(folder, port)
    document = {"address": preview.address, "folder": folder, "host": HOST, "port": preview.server_port}
    output.show(document, f"Preview of {folder}: {preview.address}  (Ctrl-C ends it)")
    if open_browser:
        # A text browser would block until it ends, and the page is not served yet.
        threading.Thread(target=webbrowser.open, args=(preview.address,), daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Not in the handler itself: `shutdown` waits for the loop that this thread runs.
        signal.signal(number, lambda *_: threading.Thread(target=preview.shutdown, daemon=True).start())
    preview.serve()


def _listen(folder: Path, port: int | None) -> Preview:
    try:
        return Preview(folder, PORT if port is None else port)
    except OSError as problem:
        if port is None:
            return Preview(folder, 0)
        raise Refused(
            f"port {port} cannot be used: {problem.strerror}", "choose another with --port, or leave out --port"
        ) from problem


def take_pictures(folder: Path, to: Path, port: int | None) -> None:
    """Write screenshots of all variants to the folder `to`. Raises Refused, and ComposeError where there is no mail."""
    screenshots.chromium()
    preview = _listen(folder, 0 if port is None else port)
    running = threading.Thread(target=preview.serve, daemon=True)
    running.start()
    try:
        proof = preview.watcher.proof(patience=screenshots.MOST)
        if proof.composition is None:
            if proof.faults:
                raise ComposeError(proof.faults)
            raise Refused(proof.trouble or "composing the issue took too long")
        wanted = screenshots.shots(proof.composition.variants)
        with output.bar("Taking screenshots", len(wanted)) as done:
            files = screenshots.take(preview.address, wanted, to, done)
    finally:
        preview.shutdown()
        running.join(5)
    document = {"folder": folder, "out": to, "files": files, "variants": len(proof.composition.variants)}
    output.show(document, f"{to}: {output.count(len(files), 'screenshot')}")
