"""Serves the preview on loopback: checks requests and sets the headers of every answer. Requests cannot change anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from cli import output
from cli.issue.preview.folder_watch import FolderWatcher, told_bug
from config.env import EMAIL_THEMES

if TYPE_CHECKING:
    from cli.issue.preview.preview_routes import PreviewAnswer

HOST = "127.0.0.1"

Start = Callable[[str, list[tuple[str, str]]], Any]


class Preview(ThreadingMixIn, WSGIServer):
    """The server for one folder. `port` 0 takes any free one. Raises OSError where the port is taken."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 32

    def __init__(self, folder: Path, port: int = 0, themes: Path = EMAIL_THEMES) -> None:
        self.watcher = FolderWatcher(folder, themes)
        super().__init__((HOST, port), _Quiet)
        self.set_app(self.answer)

    def _forget(self, request: object, client_address: object) -> None:
        """Ignore errors of a connection: browsers close some halfway."""

    handle_error = _forget  # its name in socketserver

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's own asks the name service for our name, which can take seconds
        self.server_name, self.server_port = HOST, int(self.server_address[1])
        self.setup_environ()

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.server_port}/"

    def serve(self) -> None:
        """Compose and serve until `shutdown` in another thread, or until interrupted."""
        threading.Thread(target=self.watcher.watch, name="watch", daemon=True).start()
        try:
            self.serve_forever(poll_interval=0.1)
        finally:
            self.watcher.stop()
            self.server_close()

    def answer(self, environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        """The WSGI application."""
        from cli.issue.preview import preview_page  # composing is imported after the address was shown

        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        try:
            status, headers, body = self._find(environ, method, path)
        except Exception as fault:  # a bug: one line on the terminal, and the preview goes on
            status, headers, body = _words(500, told_bug(fault))
            output.note(f"mailroom: {body.decode().strip()}")
        given = {
            "Server": "mailroom", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store", "Content-Security-Policy": preview_page.PAGE_POLICY, **headers,
        }  # fmt: skip
        if isinstance(body, bytes):
            given["Content-Length"] = str(len(body))
        start(f"{status} {HTTPStatus(status).phrase}", list(given.items()))
        return [b"" if method == "HEAD" else body] if isinstance(body, bytes) else body

    def _find(self, environ: Mapping[str, Any], method: str, path: str) -> PreviewAnswer:
        # To the browser, pages of a foreign name that resolves to this machine would have the same origin (DNS rebinding).
        if environ.get("HTTP_HOST", "").lower() not in {f"{name}:{self.server_port}" for name in (HOST, "localhost")}:
            return _words(421, f"this preview answers only at {self.address}")
        from cli.issue.preview import preview_routes

        if method not in ("GET", "HEAD"):
            status, headers, body = _words(405, "the preview can only be read")
            return status, {**headers, "Allow": "GET, HEAD"}, body
        try:
            query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=60))
            return preview_routes.answer(self.watcher, path, query, environ.get("HTTP_ACCEPT_LANGUAGE", ""), method)
        except (ValueError, LookupError):  # not a number, or no such variant, finding, view or picture
            return _words(404, "there is no such page")


class _Quiet(WSGIRequestHandler):
    """A handler that prints no line per request on the terminal."""

    def log_message(self, format: str, *args: Any) -> None:
        return


def _words(status: int, words: str) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "text/plain; charset=utf-8"}, f"{words}\n".encode()
