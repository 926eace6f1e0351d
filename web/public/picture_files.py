"""/media/<name>: pictures of sent mails, kept for ever: names contain digests. /design/<theme>/<name>: the files of a theme."""

import re

import structlog
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import condition

from editorial import media_store
from web.page_identity import find_file

log = structlog.get_logger("mailroom.media")

FOR_EVER = "public, max-age=31536000, immutable"  # Cache-Control of a file whose name contains its digest
AGAIN_AFTER = 60  # seconds: Retry-After if the store did not answer
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,60})-[0-9a-f]{12}\.(png|jpg|jpeg|gif)", re.ASCII)
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}


def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """Serve a picture. Only names in the composer's form are accepted, against path traversal. 503 without the store."""
    if _NAME.fullmatch(name) is None:
        raise Http404
    try:
        return _picture(request, name)
    except media_store.StoreError as fault:
        log.error("picture_store_away", picture=name, step=fault.step, reason=fault.reason[:300])  # noqa: TRY400 - in one line
        message = "Pictures cannot be read at the moment. Try again in a minute.\n"
        return HttpResponse(
            message, status=503, content_type="text/plain",
            headers={"Retry-After": str(AGAIN_AFTER), "Cache-Control": "no-store"},
        )  # fmt: skip


def _tag(request: HttpRequest, name: str) -> str | None:
    if not media_store.holds(name):
        raise Http404
    return f'"{name}"'


@condition(etag_func=_tag)
def _picture(request: HttpRequest, name: str) -> HttpResponseBase:
    if request.method == "HEAD":
        return _of_picture(HttpResponse(headers={"Content-Length": str(media_store.size_of(name))}), name)
    return _of_picture(FileResponse(media_store.opened(name)), name)


def _of_picture(response: HttpResponseBase, name: str) -> HttpResponseBase:
    """The content type comes from the name, never from the bytes."""
    response.headers["Content-Type"] = _TYPES[name.rpartition(".")[2]]
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = FOR_EVER
    # Webmail shows them on pages of another origin.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


_FILE_NAME = re.compile(r"(colours|icon|logo|logo-dark)-[0-9a-f]{12}\.[a-z]{3,4}", re.ASCII)


def design_file(request: HttpRequest, theme: str, name: str) -> HttpResponse:
    """Serve a file of a theme. A name with an old digest gets the present file, since cached pages still request it."""
    kind = _FILE_NAME.fullmatch(name)
    file = find_file(theme, kind[1], name) if kind else None
    if file is None:
        raise Http404
    response = HttpResponse(file.content, content_type=file.content_type)
    response.headers["Cache-Control"] = FOR_EVER if file.name == name else "no-cache"
    return response
