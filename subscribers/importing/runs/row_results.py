"""What each row of a file would do, kept beside the file: written by a dry run, and read by the page, in groups and by pages."""

import json
from collections.abc import Container, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from config import private_files
from subscribers.importing.row_reader import CORRECTED, MISSPELT
from subscribers.importing.row_slices import RowResult
from subscribers.importing.runs import kept_files
from subscribers.models import ImportRun

PAGE = 50
# Groups as people see them, and the effects of a row (`RowResult`) that are in each.
GROUPS = {
    "new": ("created",),
    "joining": ("subscribed",),
    "joining_changed": ("subscribed_updated",),
    "updated": ("updated",),
    "unchanged": ("unchanged",),
    "stopped": ("ends", "suppresses"),
    "protected": ("left", "left_all", "left_other", "suppressed", "domain", "erased"),
    "refused": ("refused",),
}
CHANGING = ("new", "joining", "joining_changed", "updated", "stopped")  # without a row in one of these an import changes nothing
RENAMED = "renamed"  # rows with the address of somebody who has another name
REMARKS = (RENAMED, MISSPELT, CORRECTED)  # further groups: rows that are also in one of the others
_ALL = (*GROUPS, *REMARKS)
_GROUP_OF = {effect: group for group, effects in GROUPS.items() for effect in effects}


class ResultWriter:
    """Writes the results of rows, in the order of their lines. `keep` lets them replace those of an earlier dry run."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._files: dict[str, TextIO] = {}
        self._pages: dict[str, list[int]] = {group: [] for group in _ALL}
        self._counts = dict.fromkeys(_ALL, 0)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for group in _ALL:
            self._files[group] = self._stack.enter_context(private_files.create(self._part(group)))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()
        if error is not None:
            for group in _ALL:
                self._part(group).unlink(missing_ok=True)

    def _part(self, group: str) -> Path:
        return kept_files.beside(self._name, f"{group}.rows{kept_files.PART}")

    def keep(self) -> None:
        """Let pages and erasures find the results. The caller has locked them; nothing is written any more."""
        for group in _ALL:
            self._part(group).replace(kept_files.beside(self._name, f"{group}.rows"))
        with private_files.create(kept_files.beside(self._name, "index")) as file:
            json.dump({"pages": self._pages, "counts": self._counts}, file)

    def add(self, results: Sequence[RowResult]) -> None:
        for result in results:
            line = json.dumps(result._replace(values=dict(result.values)), ensure_ascii=False) + "\n"
            remarks = (result.remark[0] if result.remark else "", RENAMED if result.names else "")
            for group in filter(None, (_GROUP_OF[result.effect], *remarks)):
                file = self._files[group]
                if self._counts[group] % PAGE == 0:
                    self._pages[group].append(file.tell())
                self._counts[group] += 1
                file.write(line)


def counts(name: str) -> dict[str, int]:
    """How many rows are in each group; all zero if there was no dry run."""
    return {**dict.fromkeys(_ALL, 0), **_index(name).get("counts", {})}


def balance(run: ImportRun) -> dict[str, int]:
    """How many rows of a run are in each group: the same numbers when it was checked and when it is done."""
    details = run.details
    others = {"protected": run.kept_out_count, "refused": run.refused_count}
    if "effects" not in details:  # of an earlier version
        return {**dict.fromkeys(GROUPS, 0), "new": run.created_count, "updated": run.updated_count,
                "unchanged": run.unchanged_count, **others}  # fmt: skip
    totals = {group: sum(details["effects"].get(effect, 0) for effect in effects) for group, effects in GROUPS.items()}
    return totals | {"stopped": details["effects"].get("stopped", 0)} | others


def every(name: str, group: str) -> Iterator[RowResult]:
    """All rows of a group, in the order of their lines."""
    path = kept_files.beside(name, f"{group}.rows")
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            yield from (RowResult(*json.loads(line)) for line in file if line.strip())


def page(name: str, group: str, number: int, without: Container[int] = ()) -> tuple[list[RowResult], int]:
    """The rows of a page, from 1, of a group, and the number of pages. `without`: lines of rows that are passed over."""
    if without:
        rows = [result for result in every(name, group) if result.line not in without]
        return rows[(number - 1) * PAGE : number * PAGE] if number > 0 else [], -(-len(rows) // PAGE)
    pages = _index(name).get("pages", {}).get(group, [])
    if not 1 <= number <= len(pages):
        return [], len(pages)
    with kept_files.beside(name, f"{group}.rows").open(encoding="utf-8") as file:
        file.seek(pages[number - 1])
        lines = [line for _, line in zip(range(PAGE), file, strict=False)]
    # A line is emptied when the person is erased.
    return [RowResult(*json.loads(line)) for line in lines if line.strip()], len(pages)


def _index(name: str) -> dict[str, dict[str, Any]]:
    try:
        return dict(json.loads(kept_files.beside(name, "index").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
