"""/media/<name>: the pictures of sent mails, for ever. A name holds its picture's digest, so it never changes."""

from __future__ import annotations

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import condition, require_safe

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60})-[0-9a-f]{12}\.(png|jpg|jpeg|gif)", re.ASCII)
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}


def _tag(request: HttpRequest, name: str) -> str | None:
    return f'"{name}"' if _NAME.fullmatch(name) and default_storage.exists(name) else None


@require_safe
@condition(etag_func=_tag)
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """Only names that the composer gives, so there is no path to climb; the type is ours, never guessed from the bytes."""
    shape = _NAME.fullmatch(name)
    if shape is None:
        raise Http404
    try:
        file = default_storage.open(name)
    except OSError:
        raise Http404 from None
    if request.method == "HEAD":
        with file:
            return _of_picture(HttpResponse(headers={"Content-Length": str(file.size)}), shape[1])
    return _of_picture(FileResponse(file), shape[1])


def _of_picture(response: HttpResponseBase, ending: str) -> HttpResponseBase:
    response.headers["Content-Type"] = _TYPES[ending]
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    # Web mail shows them on pages of another origin.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
