"""Runs axe in a page of a browser test."""

from collections.abc import Iterable
from typing import Any

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")


def axe_faults(page: Any, tags: Iterable[str] = (*WCAG, "best-practice")) -> list[str]:
    """What axe reports, one text for each element. `tags`: the rules to check; a mail is no page with landmarks, so only WCAG."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": {"type": "tag", "values": list(tags)}, "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for violation in violations
        for node in violation["nodes"]
    ]
