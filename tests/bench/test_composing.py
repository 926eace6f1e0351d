"""The benchmark of composing: every stage is measured, and no cached text makes it faster than it is."""

from pathlib import Path

import pytest

from composer.issue.document import FULL, Paragraph, plain
from composer.issue.parsing.issue_file import load_issue
from tests.bench import composing


def test_every_stage_is_measured_and_is_on_the_page(tmp_path: Path) -> None:
    found: dict[str, list[float]] = {}
    mjml = composing.stages(found, composing.sample(tmp_path))
    assert mjml.lstrip().startswith("<mjml")
    assert len(found) == 7
    told = {"milliseconds": {name: values[0] for name, values in found.items()}, "ratio": 21.5, "rounds": 1, "load": 0.1, "cpus": 2,
            "python": "3.11", "versions": {"premailer": "3"}, "skipped": ""}  # fmt: skip
    page = composing.page(told)
    assert all(name in page for name in found)
    assert "**21.5 times**" in page
    assert "not measured (no Node)" in composing.page(told | {"ratio": None, "skipped": "no Node"})


def test_missing_node_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert composing.node_tools() == (None, "Node is not installed on this machine")


def test_each_changed_copy_has_new_paragraphs(tmp_path: Path) -> None:
    full = composing.sample(tmp_path)
    texts = [load_issue(composing.changed(full, tmp_path, number)) for number in (1, 2)]
    paragraphs = [
        {plain(block.content) for article in issue.articles() for block in article.blocks if isinstance(block, Paragraph)}
        for issue in texts
    ]
    assert {issue.layout for issue in texts} == {FULL}, "a digest has less text"
    assert len(paragraphs[0]) == len(paragraphs[1]) > 50
    assert not paragraphs[0] & paragraphs[1]
