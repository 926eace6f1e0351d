"""On a phone each row of a wide table becomes a card: every value is next to the name of its column."""

import re
from pathlib import Path

import pytest

from tests.support.chromium import MARKS, chromium

ROOT = Path(__file__).resolve().parents[3]


def _with_rows(path: Path) -> str:
    """A template with the rows of its tables, which may be in a file of their own."""
    row = r'{% include "(console/people/_row\.html)"[^%]*%}'
    return re.sub(row, lambda found: (ROOT / "templates/web" / found[1]).read_text("utf-8"), path.read_text("utf-8"))


TABLES = {
    f"{path.stem}:{number}": table_html
    for path in sorted((ROOT / "templates" / "web").rglob("*.html"))
    for number, table_html in enumerate(re.findall(r'<table class="rows[^>]*>.*?</table>', _with_rows(path), re.S))
}


@pytest.mark.parametrize(
    "location", [location for location, table in TABLES.items() if 'scope="col"' in table and "rows marks" not in table]
)
def test_each_cell_names_its_column(location):
    """Cells with buttons only need no name; what the marks of the editor become is a sentence about the mark."""
    cells = re.findall(r'<td[^>]*>(?!<div class="actions"|{% if not each.is_current %}<form)', TABLES[location])
    assert cells
    assert [cell for cell in cells if "data-label=" not in cell] == []


class TestInABrowser:
    pytestmark = MARKS

    def test_the_names_of_columns_are_seen(self):
        from tests.tour.camera import OVERFLOW

        kinds = {re.match(r'<table class="([^"]*)"', table)[1] for table in TABLES.values()}
        assert {"rows", "rows variants", "rows numbers"} <= kinds
        row = '<tr><th scope="row">1</th><td data-label="Recipients">9</td><td data-label="Delivered">9</td></tr>'
        tables = "".join(f'<table class="{kind}"><tbody>{row}</tbody></table>' for kind in sorted(kinds))
        style = (ROOT / "templates" / "static" / "console.css").read_text(encoding="utf-8")
        with chromium() as browser:
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.set_content(f"<!DOCTYPE html><style>{style}</style><main>{tables}</main>")
            assert page.evaluate(OVERFLOW)["cut"] == []
