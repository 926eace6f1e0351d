"""Runs axe in a page of a browser test."""

from typing import Any

_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations"],
}


def axe_faults(page: Any) -> list[str]:
    """What axe reports, one text for each element."""
    from axe_playwright_python.sync_playwright import Axe

    violations = Axe().run(page, options=_RULES).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]} {node.get('failureSummary', '')}"
        for violation in violations
        for node in violation["nodes"]
    ]
