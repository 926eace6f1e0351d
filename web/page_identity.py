"""The publication's name, address, colours and logo, as its public pages and error pages show them.

Colours and icon are served as files with a digest in their names (`web.public.picture_files`), because no page may have
inline styles. They come from the theme's folder and the colours that the publication chose. Where the database does not answer,
they have the colours that this process last knew.
"""

import hashlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.shortcuts import resolve_url

from campaigns.reporting import archive_entries
from composer.composition import DESIGNED, ThemeColours
from composer.images.picture_encoder import Picture
from composer.themes.page_design import PageDesign, Palette, page_design
from publication.models import Publication
from publication.reader_texts import PublicationTexts
from subscribers.models import MailingList

log = structlog.get_logger("mailroom.web")

READ_AGAIN_AFTER = 60.0  # seconds: error pages ask the database no more often than that
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="{accent}"/>'
    '<path d="M7 10h18v12H7z" fill="none" stroke="{on_accent}" stroke-width="2" stroke-linejoin="round"/>'
    '<path d="m7 11 9 7 9-7" fill="none" stroke="{on_accent}" stroke-width="2" stroke-linejoin="round"/></svg>'
)


# ------------------------------------------------------------------------------------------------------------ the files
@dataclass(frozen=True, slots=True)
class DesignFile:
    """`name` holds the beginning of the content's SHA-256."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DesignFiles:
    """The files of one theme by kind: colours, icon, logo, logo-dark. The last two may be missing."""

    theme: str
    design: PageDesign
    by_kind: dict[str, DesignFile]

    def url(self, kind: str) -> str:
        """Return the URL of a file; empty if the theme does not have it."""
        file = self.by_kind.get(kind)
        return resolve_url("design", self.theme, file.name) if file else ""


def design_files(theme: str, colours: Mapping[str, str] | None = None) -> DesignFiles | None:
    """The files of a theme in the chosen colours (slot -> #rrggbb). None if there is no such theme or it has errors."""
    design = page_design(theme, settings.EMAIL_THEMES, colours)
    return _files(theme, design) if design else None


def find_file(theme: str, kind: str, name: str) -> DesignFile | None:
    """The present file of a kind; None if the theme does not have it.

    The database is asked only if the colours that this process knows do not give a file called `name`.
    """
    known = _remembered.identity.theme_colours if _remembered else {}
    file = _file_of(theme, kind, known)
    if file is None or file.name == name:
        return file
    try:
        row = Publication.objects.filter(pk=1).first()
    except DatabaseError as error:
        log.warning("design_file_without_database", reason=str(error).strip()[:300])
        return file
    return _file_of(theme, kind, row.theme_colours) if row else file


def _file_of(theme: str, kind: str, colours: ThemeColours) -> DesignFile | None:
    files = design_files(theme, colours.get(theme))
    return files.by_kind.get(kind) if files else None


@lru_cache(maxsize=32)
def _files(theme: str, design: PageDesign) -> DesignFiles:
    icon = _ICON.format(accent=design.light.accent, on_accent=design.light.on_accent)
    files = {
        "colours": _file("colours", "css", "text/css; charset=utf-8", _style_sheet(design).encode()),
        "icon": _file("icon", "svg", "image/svg+xml", icon.encode()),
    }
    pictures: dict[str, Picture | None] = {"logo": design.logo, "logo-dark": design.logo_dark}
    files |= {kind: _of_picture(kind, picture) for kind, picture in pictures.items() if picture}
    return DesignFiles(theme, design, files)


def _of_picture(kind: str, picture: Picture) -> DesignFile:
    return _file(kind, picture.name.rpartition(".")[2], picture.content_type, picture.data)


def _file(kind: str, ending: str, content_type: str, content: bytes) -> DesignFile:
    return DesignFile(f"{kind}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}", content_type, content)


def _style_sheet(design: PageDesign) -> str:
    """Return the custom properties for public.css and archive.css, which have neutral colours where these are missing."""
    light, dark = (_properties(palette) for palette in (design.light, design.dark))
    return f":root{{{light}}}\n@media (prefers-color-scheme: dark){{:root{{{dark}}}}}\n"


def _properties(palette: Palette) -> str:
    return "".join(f"--theme-{name.replace('_', '-')}:{colour};" for name, colour in asdict(palette).items())


# ---------------------------------------------------------------------------------------------------------- the identity
@dataclass(frozen=True, slots=True)
class PageIdentity:
    """All texts are empty until somebody has named the publication or stored an issue."""

    publication: PublicationTexts = field(default_factory=PublicationTexts)
    theme: str = ""
    theme_colours: ThemeColours = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Remembered:
    identity: PageIdentity
    at: float  # time.monotonic()


_remembered: _Remembered | None = None


def of_page(lists: Iterable[MailingList] = ()) -> dict[str, Any]:
    """Template values of a public page about these lists, or about the whole publication."""
    row = Publication.objects.filter(pk=1).first()
    texts = PublicationTexts(row) if row else PublicationTexts()
    identity = PageIdentity(texts, archive_entries.newest_theme(lists), row.theme_colours if row else DESIGNED)
    _remember(identity)
    return values(identity)


def of_error_page(*, ask_database: bool = True) -> dict[str, Any]:
    """The same for an error page: never an exception.

    It shows what this process last knew. It asks the database only if `ask_database`, and at most once a minute. As long as
    nothing is known the page is neutral.
    """
    known = _remembered
    identity = known.identity if known else PageIdentity()
    try:
        if ask_database and (known is None or time.monotonic() - known.at > READ_AGAIN_AFTER):
            _remember(identity)  # if the database hangs, no other page waits for it
            return of_page()
    except Exception as error:
        log.warning("error_page_without_database", reason=str(error).strip()[:300])
    try:
        return values(identity)
    except Exception as error:
        log.warning("error_page_without_design", reason=str(error).strip()[:300])
        return {}


def _remember(identity: PageIdentity) -> None:
    global _remembered  # one per process
    _remembered = _Remembered(identity, time.monotonic())


def values(identity: PageIdentity) -> dict[str, Any]:
    """`publication` and `design` for templates."""
    return {"publication": identity.publication, "design": _urls(identity.theme, identity.theme_colours)}


def of_theme(theme: str, about: Publication) -> dict[str, Any] | None:
    """URLs of the theme's files, in the publication's colours; None means the neutral colours of the static style sheets."""
    return _urls(theme, about.theme_colours)


def _urls(theme: str, colours: ThemeColours) -> dict[str, Any] | None:
    files = design_files(theme, colours.get(theme))
    if files is None:
        return None
    return {
        "colours": files.url("colours"), "icon": files.url("icon"),
        "logo": files.url("logo"), "logo_dark": files.url("logo-dark"),
        "logo_width": files.design.logo_width, "logo_height": files.design.logo_height,
    }  # fmt: skip
