"""Runs `mailroom issue preview`: serves the preview of a folder until Ctrl-C, or takes screenshots and ends."""

import signal
import socket
import threading
import webbrowser
from contextlib import suppress
from pathlib import Path

from cli import output
from cli.error_reporting import CliError

HOST = "127.0.0.1"
PORT = 8765
THREADS = 8


def serve(folder: Path, port: int | None, open_browser: bool) -> None:
    """Serve until interrupted. Without a `port` on the usual one or, where that is taken, on any free one."""
    listening = _listen(port)
    number = listening.getsockname()[1]
    address = f"http://{HOST}:{number}/"
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        document = {"address": address, "folder": folder, "host": HOST, "port": number}
        output.show(document, f"Preview of {folder}: {address}  (Ctrl-C ends it)")
        if open_browser:
            # A text browser would block until it ends, and the page is not served yet.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        # Imported after the address was shown: this takes a second.
        import waitress

        from config.pages import folder_preview

        waitress.create_server(folder_preview.application(folder), sockets=[listening], threads=THREADS).run()


def _listen(port: int | None) -> socket.socket:
    try:
        return socket.create_server((HOST, PORT if port is None else port))
    except OSError as problem:
        if port is None:
            return socket.create_server((HOST, 0))
        raise CliError(
            f"port {port} cannot be used: {problem.strerror}", "choose another with --port, or leave out --port"
        ) from problem


def take_pictures(folder: Path, to: Path) -> None:
    """Write screenshots of all variants to the folder `to`. Raises CliError, and ComposeError where there is no mail."""
    from cli.issue import screenshots
    from composer.composition import compose_folder
    from config.env import EMAIL_THEMES

    screenshots.chromium()
    composition = compose_folder(folder, theme_root=EMAIL_THEMES, picture_url=screenshots.picture_url)
    shots = screenshots.shots(composition.variants)
    with output.bar("Taking screenshots", len(shots)) as done:
        files = screenshots.take(shots, to, done)
    document = {"folder": folder, "out": to, "files": files, "variants": len(composition.variants)}
    output.show(document, f"{to}: {output.count(len(files), 'screenshot')}")
