"""Answers about a picture to scripts of the editor, as JSON: its path, size and preview, or why it is refused."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from composer.errors import ComposeError
from editorial.models import IssueRecord
from editorial.sources import issue_state, pictures
from editorial.sources.edits import SourceEditError
from editorial.sources.originals import OriginalError
from editorial.sources.picture_crops import CropError
from web.console.console_page import actor_of
from web.texts import refusal_texts

REFUSALS = (ComposeError, SourceEditError, OriginalError, CropError)  # what the verbs of pictures raise


def upload(request: HttpRequest, issue: IssueRecord) -> JsonResponse:
    """Store the one file of a request. `part`: where the picture is to be shown, for the name of a file that has none."""
    file = request.FILES.get("file")
    if file is None:
        return refused(_("Choose a file first."))
    name, part = str(file.name), request.POST.get("part", "")[:200]
    try:
        return answer(issue, pictures.add(actor_of(request), issue, file.chunks(), name, part=part))
    except REFUSALS as fault:
        return refused(refusal(fault, name))


def answer(issue: IssueRecord, path: str, **more: Any) -> JsonResponse:
    """Path, size in pixels, and the address of a preview, of a picture of the issue. Raises SourceEditError, ComposeError."""
    digest = issue_state.head(issue.pk).pictures.get(path)
    if digest is None:
        raise SourceEditError("picture", picture=path)
    width, height = pictures.measure(digest)
    return JsonResponse({"path": path, "width": width, "height": height, "preview": preview_url(issue, digest), **more})


def preview_url(issue: IssueRecord, digest: str) -> str:
    """The address of a rendition for the editor, which only staff may see."""
    return resolve_url("issue-thumbnail", slug=issue.slug, digest=digest) + "?size=large"


def refused(message: str, status: int = 422) -> JsonResponse:
    return JsonResponse({"status": message}, status=status)


def refusal(fault: Exception, name: str) -> str:
    """Return the message that says why a picture is refused. `name` is the name of its file."""
    if isinstance(fault, ComposeError):
        return refusal_texts.compose_refusal(fault, name)
    assert isinstance(fault, SourceEditError | OriginalError | CropError)  # noqa: S101 - one of REFUSALS
    return refusal_texts.refusal(fault)
