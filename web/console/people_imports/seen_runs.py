"""Imports as an account sees them: the name of a file and the statement of consent may name people."""

import copy

from django.http import HttpRequest
from django.utils.translation import gettext as _

from subscribers.models import ImportRun
from web.texts.people.shown_people import SEE_ADDRESSES


def as_seen(request: HttpRequest, run: ImportRun) -> ImportRun:
    """The run to show; for roles that see no addresses a copy, not to be stored, without what may name people."""
    if request.user.has_perm(SEE_ADDRESSES):
        return run
    shown = copy.copy(run)
    shown.file_name = _("Import %(number)s") % {"number": run.pk}
    shown.consent = shown.despite_left = shown.measuring_document = ""
    return shown
