"""Tables of numbers with a chart of some of their columns, which pages show, and which are files, too: CSV and SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.utils.functional import Promise

from subscribers.importing.csv_injection import guard
from web import charts

Cell = int | str  # a number, or a text where there is none


@dataclass(frozen=True)
class NumberTable:
    """Rows with a name and cells. `columns` begin with the heading of the names; `kind` is the name of its files.

    `charted`: the cells that the chart shows, none without a chart. `labels`: shorter names of the rows for the chart; `named`:
    the row whose label it shows in any case.
    `totals`: a last line; `total_name` is what it is called. `links`: where the name of each row leads, "" if nowhere.
    """

    kind: str
    title: str | Promise
    columns: Sequence[str | Promise]
    rows: Sequence[tuple[str, Sequence[Cell]]]
    charted: Sequence[int] = ()
    is_stacked: bool = False
    labels: Sequence[str] = ()
    named: int | None = None
    totals: Sequence[Cell] = ()
    total_name: str = ""
    links: Sequence[str] = ()
    newest_first: bool = False  # on pages; charts and files begin with the oldest

    @property
    def chart(self) -> charts.Chart | None:
        """A chart of the charted columns; what is not a number is not drawn."""
        if not self.charted or not self.rows:
            return None
        series = [charts.Series(str(self.columns[at + 1]), [_number(cells[at]) for _, cells in self.rows]) for at in self.charted]
        return charts.Chart(str(self.title), self.labels or [name for name, _ in self.rows], series, self.is_stacked, self.named)

    @property
    def shown_rows(self) -> list[tuple[str, str, list[tuple[str | Promise, Cell]]]]:
        """(name, link or "", cells) of each row; each cell with the name of its column, which phones put beside it."""
        links = self.links or [""] * len(self.rows)
        rows = [
            (name, link, list(zip(self.columns[1:], cells, strict=True)))
            for (name, cells), link in zip(self.rows, links, strict=True)
        ]
        return rows[::-1] if self.newest_first else rows

    @property
    def shown_totals(self) -> Sequence[tuple[str | Promise, Cell]]:
        return list(zip(self.columns[1:], self.totals, strict=True)) if self.totals else []

    def lines(self) -> list[list[str]]:
        """The table as lines of a CSV file, without totals. Cells that a spreadsheet would calculate are guarded."""
        return [[str(column) for column in self.columns], *([guard(name), *map(str, cells)] for name, cells in self.rows)]


def _number(cell: Cell) -> int:
    return cell if isinstance(cell, int) else 0


def of_kind(tables: Sequence[NumberTable], kind: str) -> NumberTable:
    """The table of a file. Raises Http404."""
    for table in tables:
        if table.kind == kind:
            return table
    raise Http404


def picture_download(name: str, table: NumberTable) -> HttpResponse:
    """The chart of a table as a file."""
    if table.chart is None:
        raise Http404
    answer = HttpResponse(table.chart.picture(), content_type="image/svg+xml; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
