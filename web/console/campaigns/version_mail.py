"""The stored mail of an issue version's variant, for staff: with sample values, its links switched off."""

import re
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import resolve_url

from composer.issue.merge_fields import fill, preview_values
from editorial.models import IssueVariant
from editorial.stored_variants import find_variant, merge_fields
from web.content_policies import mail_policy
from web.mail_bytes import MailBytes

_QUOTED_URL = re.compile(r'"(https?://[^"]*+)"')


class VersionMail(MailBytes):
    """GET only, as MailBytes. ?select: for the frames of a review, whose page reads what is selected."""

    def policy(self) -> str:
        return mail_policy(keeps_origin="select" in self.request.GET)

    def html(self, **where: Any) -> str:
        try:
            mail = find_variant(where["version_id"], where.get("number", 0))
            names = [str(name) for _path, name in mail.version.pictures]
        except IssueVariant.DoesNotExist:
            raise Http404 from None
        return _with_own_pictures(fill(mail.html, preview_values(merge_fields(mail))), names)


def _with_own_pictures(html: str, names: Iterable[str]) -> str:
    """The mail with its pictures from the host under which the console was opened. The policy blocks all other hosts, and the
    stored mail has the public address, which may be another name of the same server or may have changed since."""
    here = resolve_url("media", "x").removesuffix("x")
    known = frozenset(names)

    def own(match: re.Match[str]) -> str:
        name = match[1].rpartition("/")[2]
        return f'"{here}{name}"' if name in known else match[0]

    return _QUOTED_URL.sub(own, html.replace(settings.MEDIA_URL, here))
