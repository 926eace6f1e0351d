"""Findings that the author of an issue cannot change: they are about the server, the publication or the design of the mail."""

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from composer.errors import Finding
from web.texts import state_labels

# Code -> one sentence for all findings of it, without their addresses.
_SENTENCES = {
    "images-https": _("The pictures are not loaded over https: the public address does not begin with https://."),
    "list-headers": _("The mail has no secure unsubscribe address: the public address does not begin with https://."),
}


def divided(findings: Iterable[Finding]) -> tuple[list[Finding], list[str]]:
    """Return the findings for the author, and a sentence for each kind of the others. Errors stay: they prevent sending."""
    for_author: list[Finding] = []
    sentences: dict[str, None] = {}
    for finding in findings:
        shown = state_labels.findings([finding])[0]
        if finding.level == "error" or not (finding.code in _SENTENCES or shown.is_about_theme):
            for_author.append(finding)
        else:
            whole = f"{shown.message}. {shown.hint}" if shown.hint else shown.message
            sentences[str(_SENTENCES.get(finding.code, whole))] = None
    return for_author, list(sentences)
