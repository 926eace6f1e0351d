"""Random schedules of several writers, with folders and in pages, against a model of what must survive.

The model knows only this: for each part, the texts that were accepted, in order, and which text each writer saw when they began. An
accepted text stays until somebody who saw it replaces it. A rejected one changes nothing, and its conflict has both texts.
"""

import os
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.db import transaction

from editorial.models import IssueRecord
from editorial.sources import edits, folders, issue_state
from editorial.sources.edits import EditConflictError, SourceEditError
from publication import audit
from tests.composer.making import HEAD

pytestmark = pytest.mark.django_db
FILE = "issue.md"
NAMES = ("one", "two", "three")
CONFLICTS: Counter[str] = Counter()  # in all schedules, so that a test can say that there were some
SOURCE = HEAD + "# News {#news}\n" + "".join(f"## {name} {{#{name}}}\n{name} 0\n" for name in NAMES)


def refusal(call: Callable[..., object], *arguments: object) -> EditConflictError | SourceEditError | None:
    """What a call was refused with; None if it was not."""
    try:
        call(*arguments)
    except (EditConflictError, SourceEditError) as fault:
        return fault
    return None


class World:
    """The database and three writers, two of whom have a folder, and what the model knows."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.issue = IssueRecord.objects.create(slug="news-1", title="News")
        edits.replace_source(audit.system(), self.issue, None, issue_state.of_sources({FILE: SOURCE}, {}), reason="import")
        self.truth: dict[str, str] = self.texts(issue_state.head(self.issue.pk))
        self.order = list(self.truth)
        self.folders = [folder / "a", folder / "b"]
        self.seen: list[dict[str, str]] = []  # by each folder
        self.pages = [issue_state.head(self.issue.pk)] * 2
        for pulled in self.folders:
            folders.pull("news-1", pulled)
            self.seen.append(dict(self.truth))

    @staticmethod
    def texts(state: issue_state.IssueState) -> dict[str, str]:
        return {part.id: part.text for part in state.files[FILE] if not part.id.startswith("@")}

    def new_text(self, name: str) -> str:
        self.count += 1
        return f"## {name} {{#{name}}}\n{name} {self.count}\n"

    def check(self) -> None:
        newest = self.texts(issue_state.head(self.issue.pk))
        assert newest == self.truth
        assert list(newest) == self.order

    # -- a page

    def open_page(self, which: int | None = None) -> None:
        self.pages[self.random.randrange(2) if which is None else which] = issue_state.head(self.issue.pk)

    def save(self) -> None:
        which = self.random.randrange(2)
        page = self.pages[which]
        open_parts = self.texts(page)
        name = self.random.choice([name for name in open_parts if name != "news"])
        text, seen = self.new_text(name), open_parts[name]
        base = page.edits["text", FILE, name]
        refused = refusal(edits.save_part, audit.command_line(), self.issue, FILE, name, text, base)
        if isinstance(refused, EditConflictError):
            [conflict] = refused.conflicts
            assert self.truth.get(name) != seen, "a conflict needs a change by somebody else"
            assert (conflict.part, conflict.base, conflict.theirs, conflict.mine) == (name, seen, self.truth.get(name), text)
            CONFLICTS["page"] += 1
        else:
            assert refused is None
            assert self.truth[name] == seen, "somebody else's text was overwritten"
            self.truth[name] = text
        self.open_page(which)

    def add(self) -> None:
        after = self.random.choice(self.order)
        self.count += 1
        name = f"new-{self.count}"
        text = f"## {name} {{#{name}}}\n{name}\n"
        edits.add_part(audit.command_line(), self.issue, FILE, text, after)
        self.truth[name] = text
        self.order.insert(self.order.index(after) + 1, name)

    def delete(self) -> None:
        which = self.random.randrange(2)
        page = self.pages[which]
        open_parts = self.texts(page)
        name = self.random.choice([name for name in open_parts if name.startswith("new")] or ["none"])
        if name == "none":
            return
        base = page.edits["text", FILE, name]
        refused = refusal(edits.delete_part, audit.command_line(), self.issue, FILE, name, base)
        if isinstance(refused, EditConflictError):
            assert self.truth.get(name) != open_parts[name]
            assert (refused.conflicts[0].theirs, refused.conflicts[0].mine) == (self.truth.get(name), None)
        else:
            assert refused is None
            assert self.truth.pop(name, open_parts[name]) == open_parts[name]
            self.order = [other for other in self.order if other != name]
        self.open_page(which)

    # -- a folder

    def write(self) -> None:
        which = self.random.randrange(2)
        path = self.folders[which] / FILE
        parts = {part.id: part.text for part in issue_state.of_sources({FILE: path.read_text(encoding="utf-8")}, {}).files[FILE]}
        name = self.random.choice([name for name in parts if not name.startswith("@") and name != "news"])
        path.write_text(path.read_text(encoding="utf-8").replace(parts[name], self.new_text(name)), encoding="utf-8")

    def push(self) -> None:
        which = self.random.randrange(2)
        mine = self.texts(folders.read_folder(self.folders[which], issue_state.EMPTY))
        seen = self.seen[which]
        changed = {name for name in mine.keys() | seen.keys() if mine.get(name) != seen.get(name)}
        clashing = {name for name in changed if self.truth.get(name) != seen.get(name) and self.truth.get(name) != mine.get(name)}
        refused = refusal(folders.push, audit.command_line(), self.folders[which])
        if isinstance(refused, EditConflictError):
            CONFLICTS["folder"] += 1
            assert clashing
            assert {conflict.part for conflict in refused.conflicts} == clashing
            for conflict in refused.conflicts:
                assert (conflict.base, conflict.theirs, conflict.mine) == (
                    seen.get(conflict.part), self.truth.get(conflict.part), mine.get(conflict.part),
                )  # fmt: skip
            shutil.rmtree(self.folders[which])  # the person starts again from the newest source
            folders.pull("news-1", self.folders[which])
            self.seen[which] = dict(self.truth)
        else:
            assert refused is None
            assert not clashing, "somebody else's text was overwritten"
            self.truth |= {name: mine[name] for name in changed if name in mine}
            self.seen[which] = mine

    def pull(self) -> None:
        which = self.random.randrange(2)
        refused = refusal(folders.pull, "news-1", self.folders[which])
        if refused is None:
            self.seen[which] = dict(self.truth)
        else:
            assert refused.code == "unpushed"
            assert self.texts(folders.read_folder(self.folders[which], issue_state.EMPTY)) != self.seen[which]


STEPS = ("save",) * 6 + ("add", "delete") + ("write",) * 3 + ("push",) * 3 + ("pull", "open_page")


def run(seeds: Sequence[int], folder: Path) -> None:
    CONFLICTS.clear()
    for seed in seeds:
        with transaction.atomic():
            world = World(folder / str(seed), seed)
            for _ in range(40):
                getattr(world, world.random.choice(STEPS))()
                world.check()
            transaction.set_rollback(True)
    assert CONFLICTS["page"] > len(seeds)
    assert CONFLICTS["folder"] > len(seeds)


def seeds(count: int) -> list[int]:
    first = secrets.randbelow(10**9) if os.environ.get("MAILROOM_TEST_RANDOM") else 0
    return list(range(first, first + count))


@pytest.mark.soak
def test_no_accepted_text_is_lost_in_random_schedules(tmp_path):
    run(seeds(2), tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_no_accepted_text_is_lost_in_100_random_schedules(tmp_path):
    run(seeds(100), tmp_path)
