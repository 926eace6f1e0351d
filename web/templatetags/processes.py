"""A template tag that says which processes are missing, on every page where somebody sends or waits for sending."""

from __future__ import annotations

from typing import Any

from django import template

from web.texts import process_texts

register = template.Library()


@register.inclusion_tag("console/_missing_processes.html")
def missing_processes(zone: str) -> dict[str, Any]:
    return {"sentences": process_texts.missing(zone)}
