"""The docs tell the truth: every rule code, address and file they should name is there, and every link leads somewhere."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from composer import preflight
from composer.messages.finding_texts import MESSAGES
from composer.messages.mail_check_texts import MAIL
from composer.preflight import RULES
from publication import retention
from web.urls import urlpatterns

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")), ROOT / "examples" / "README.md"]


def test_the_table_of_checks_has_every_finding_with_its_message_and_hint():
    page = (DOCS / "checks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (?:((?:error|warning|info)(?:, (?:error|warning|info))*) \| )?(.*) \|$", page, re.M)
    assert len(rows) == len({code for code, _, _ in rows})
    listed = {code: words for code, _, words in rows}
    expected = {
        code: " | ".join(words.replace("|", "\\|") for words in (message, hint)) for code, (message, hint) in MESSAGES.items()
    }
    assert listed == expected
    levels = {code: levels for code, levels, _ in rows if levels}
    assert levels.keys() == MAIL.keys(), "what is found in a mail stands with its levels"
    assert {entry.code: ", ".join(entry.levels) for entry in RULES}.items() <= levels.items()
    fixed = re.search(r"these, which are fixed: (.*?)\. What they", page, re.DOTALL)
    assert fixed
    assert re.findall(r"`([a-z-]+)`", fixed[1]) == [code for code, fixed in preflight.codes().items() if fixed]


def test_every_address_is_in_the_docs_with_who_may_open_it():
    page = (DOCS / "urls.md").read_text(encoding="utf-8")
    for pattern in urlpatterns:
        address = re.sub(
            r"<(?:\w+:)?(\w+)>",
            lambda match: f"<{match[1].removeprefix('campaign_').removeprefix('version_')}>",
            str(pattern.pattern),
        )
        assert f"`/{address}`" in page, address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_every_named_path_exists(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", re.sub(r"`[^`]*`|```.*?```", "", text, flags=re.S)):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).exists(), target
    for path in re.findall(
        r"`((?:composer|transport|subscribers|campaigns|worker|web|cli|config|tests|docs)/[\w./-]+\.(?:py|md))`", text
    ):
        assert (ROOT / path).exists(), path


def test_every_row_of_the_security_page_names_tests_that_exist():
    page = (DOCS / "security.md").read_text(encoding="utf-8").partition("## What is checked")[2].partition("## Static checks")[0]
    rows = [line for line in page.splitlines() if line.startswith("| ") and not line.endswith("| tests |")]
    assert len(rows) >= 30
    for row in rows:
        kind, _, tests = (cell.strip() for cell in row.strip("|").split(" | "))
        named = re.findall(r"`(tests/[\w/.]+\.py)::(test_\w+)`", tests)
        assert named, f"{kind}: no test"
        assert len(named) == tests.count("`") // 2, f"{kind}: something there is not the name of a test"
        for file, test in named:
            assert re.search(rf"^(?:async )?def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.M), (
                f"{kind}: {file}::{test}"
            )


def test_the_table_of_retention_periods_is_that_of_the_code():
    page = (DOCS / "security.md").read_text(encoding="utf-8")
    documented = {
        name: timedelta(days=int(days)) for name, days in re.findall(r"^\|[^|]+\| `([A-Z_]+)` \| (\d+) \|$", page, re.MULTILINE)
    }
    assert documented == {name: value for name, value in vars(retention).items() if isinstance(value, timedelta)}
