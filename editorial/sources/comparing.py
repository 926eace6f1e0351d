"""Compares two states of an issue's source by part, for people who read what changed."""

from dataclasses import dataclass

from composer.issue.parts.part_texts import opened
from composer.issue.parts.splitting import Part, texts_of
from editorial.sources import issue_state
from editorial.sources.issue_state import IssueState
from editorial.text_differences import ComparisonBudget, DifferenceRow, compare

CONTEXT = 2  # equal lines around each change
_MOST_COMPARED = 400_000  # characters in one comparison; of the parts after it, only the names are shown


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part whose text differs. `kind`: added, removed or changed. `rows` is empty if there was too much to compare."""

    file: str
    part: Part
    kind: str
    rows: tuple[DifferenceRow, ...]


@dataclass(frozen=True, slots=True)
class PictureChange:
    """A picture that differs; a digest is None where it does not exist."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class StateComparison:
    """What differs between two states of a source. `moved`: the files whose parts are in another order."""

    parts: tuple[PartChange, ...]
    pictures: tuple[PictureChange, ...]
    moved: tuple[str, ...]


def readable(text: str) -> str:
    """The text of a part as its page shows it: without the marks and the id of its heading."""
    shown = opened(text)
    return shown.body if shown.title is None else f"{shown.title}\n\n{shown.body}"


def compare_states(before: IssueState, after: IssueState) -> StateComparison:
    """What differs between two states, in the order of the parts."""
    parts: list[PartChange] = []
    pictures: list[PictureChange] = []
    moved: list[str] = []
    compared, budget = 0, ComparisonBudget()
    for (kind, file, name), _ in issue_state.differences(before, after):
        if kind == "picture":
            pictures.append(PictureChange(file, before.pictures.get(file), after.pictures.get(file)))
            continue
        old, new = (texts_of(state.files.get(file, ())) for state in (before, after))
        if kind == "outline":
            common = set(old) & set(new)
            if [part_id for part_id in old if part_id in common] != [part_id for part_id in new if part_id in common]:
                moved.append(file)
            continue
        texts = old.get(name), new.get(name)
        what = "added" if texts[0] is None else "removed" if texts[1] is None else "changed"
        compared += sum(len(text or "") for text in texts)
        rows = (
            compare(readable(texts[0] or ""), readable(texts[1] or ""), context=CONTEXT, budget=budget)
            if compared <= _MOST_COMPARED
            else ()
        )
        parts.append(PartChange(file, Part(name, texts[1] if texts[1] is not None else texts[0] or ""), what, rows))
    return StateComparison(tuple(parts), tuple(pictures), tuple(moved))
