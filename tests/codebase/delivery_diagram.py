"""The states of docs/delivery.md as diagrams and a table, generated from the tables in campaigns/states.py.

`python -m tests.codebase.delivery_diagram --write` puts them between the marks in the page; a test checks that they agree.
"""

import os
import sys
from pathlib import Path

import django

PAGE = Path(__file__).resolve().parents[2] / "docs" / "delivery.md"
BEGIN = "<!-- made from campaigns/states.py by: python -m tests.codebase.delivery_diagram --write -->"
END = "<!-- end of what is made -->"


def made() -> str:
    """Diagram and table of the deliveries' moves, and the campaigns' diagram, as Markdown."""
    from campaigns.states import CAMPAIGN_MOVES, DELIVERY_MOVES, MOVES

    lines = ["```mermaid", "stateDiagram-v2"]
    for (source, target), causes in DELIVERY_MOVES.items():
        makers = dict.fromkeys(maker for move in causes for maker in move.by)
        lines.append(f"    {source or '[*]'} --> {target}: {', '.join(makers)}")
    lines += ["```", "", "| from | to | when | proof recorded | by |", "|---|---|---|---|---|"]
    lines += [
        f"| {move.source or '–'} | {move.target} | {move.when} | {', '.join(move.proof) or '–'} | {', '.join(move.by)} |"
        for move in MOVES
    ]
    lines += ["", "A campaign:", "", "```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    lines += [f"    {source} --> {target}" for source, targets in CAMPAIGN_MOVES.items() for target in targets]
    return "\n".join([*lines, "```"])


def written() -> str:
    """The text between the marks in the page."""
    return PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def write() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{made()}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if "--write" in sys.argv:
        write()
    else:
        print(made())
