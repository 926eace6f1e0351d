"""A template tag that says what stops all sending, on every page where somebody sends or waits for sending."""

from typing import Any

from django import template

from web.texts import process_texts

register = template.Library()


@register.inclusion_tag("console/_sending_stopped.html", takes_context=True)
def sending_stopped(context: template.Context, *, waits: bool = True) -> dict[str, Any]:
    """Whether the installation is in quarantine, and, if something `waits` to be sent, which processes are missing."""
    publication = context["publication"]
    return {
        "quarantined_since": publication.quarantined_at,
        "sentences": process_texts.missing(publication.zone) if waits else (),
        "zone": publication.zone,
    }
