"""A person's export as a readable page: one HTML file with its style in it, which loads nothing."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from campaigns.reporting import archive_entries
from composer.themes.page_design import Palette, page_design
from publication.installation import publication
from publication.reader_texts import PublicationTexts
from subscribers.models import MailingList


def render_page(export: dict[str, Any], language: str | None = None) -> str:
    """The page of what `person_export.export` returned, in `language` (by default that of the current thread).

    It is meant as a file to keep: serve it as an attachment, because pages of Mailroom have no style of their own in them.
    """
    slugs = [subscription["list"] for subscription in export["subscriptions"]]
    with translation.override(language or translation.get_language()):
        return render_to_string(
            "export/person.html",
            {
                "export": export, "LANGUAGE_CODE": translation.get_language(), "publication": PublicationTexts(publication()),
                "zone": export["person"]["time_zone"] or publication().zone,
                "colours": _colours(archive_entries.newest_theme(list(MailingList.objects.filter(slug__in=slugs)))),
            },
        )  # fmt: skip


def _colours(theme: str) -> str:
    """Custom properties of the theme of the person's newest issue; empty for the neutral colours."""
    design = page_design(theme, settings.EMAIL_THEMES, publication().colours_of(theme)) if theme else None
    if design is None:
        return ""
    light, dark = (_properties(colours) for colours in (design.light, design.dark))
    return f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _properties(palette: Palette) -> str:
    return "".join(f"--theme-{name.replace('_', '-')}:{colour};" for name, colour in asdict(palette).items())
