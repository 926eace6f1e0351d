"""Mailroom as an ASGI application, for servers that support only ASGI."""

from __future__ import annotations

from typing import Any


def application() -> Any:
    from a2wsgi import WSGIMiddleware

    from config.wsgi import application as wsgi

    return WSGIMiddleware(wsgi, workers=8)
