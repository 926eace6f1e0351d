"""The stored mail of an issue version's variant, for staff: with sample values, its links switched off."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from composer.issue.merge_fields import fill, preview_values
from editorial.models import IssueVariant
from editorial.stored_variants import find_variant, merge_fields
from web.mail_bytes import MailBytes


class VersionMail(MailBytes):
    """GET only, as MailBytes."""

    def html(self, **where: Any) -> str:
        try:
            mail = find_variant(where["version_id"], where.get("number", 0))
        except IssueVariant.DoesNotExist:
            raise Http404 from None
        return fill(mail.html, preview_values(merge_fields(mail)))
