"""/design/<theme>/<name>: a theme's colours, icon and logo for the public pages. Works without the database."""

import re

from django.http import Http404, HttpRequest, HttpResponse

from web.page_identity import design_files
from web.public.picture_files import FOR_EVER

_NAME = re.compile(r"(colours|icon|logo|logo-dark)-[0-9a-f]{12}\.[a-z]{3,4}", re.ASCII)


def design_file(request: HttpRequest, theme: str, name: str) -> HttpResponse:
    """Serve a file of a theme. A name with an old digest gets the present file, since cached pages still request it."""
    kind = _NAME.fullmatch(name)
    files = design_files(theme) if kind else None
    file = files.by_kind.get(kind[1]) if kind and files else None
    if file is None:
        raise Http404
    response = HttpResponse(file.content, content_type=file.content_type)
    response.headers["Cache-Control"] = FOR_EVER if file.name == name else "no-cache"
    return response
