"""One page of the tour."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from tests.tour.steps import Step
from tests.web.page_examples import PAGES
from web.access import ANYONE, DOOR, FORM, LINK, SIGNATURE

ACCESS = {name: page.callback.access for name, page in PAGES.items()}
EDITOR, VIEWER, READER = "editor", "viewer", ""  # who looks; readers have no account


@dataclass(frozen=True)
class Visit:
    """One page to be photographed. `url` is the name of its address in web/urls.py, empty for the sandbox's inbox.

    `steps` lead from `path` to the page. A mail has no scripts of ours, so axe cannot run in it.
    """

    url: str
    label: str
    path: str
    who: str = READER
    status: int = 200
    steps: tuple[Step, ...] = ()
    is_mail: bool = False

    @property
    def name(self) -> str:
        return "-".join(part for part in (self.url or "sandbox", self.label) if part)


def visit(url: str, label: str = "", *, steps: tuple[Step, ...] = (), status: int = 200, **arguments: Any) -> Visit:
    """The page of a URL with these arguments, as somebody sees it who may."""
    who = READER if ACCESS[url] in (ANYONE, LINK, FORM, SIGNATURE, DOOR) else EDITOR
    is_mail = url.endswith("mail") or "-mail-" in url or (url == "view" and status == 200 and label == "")
    return Visit(url, label, reverse(url, kwargs=arguments), who, status, steps, is_mail)
