"""Checks of the documentation against the code: finding codes, addresses, links, commands, tests, retention periods.

Each page says who it is for, and docs/README.md links to each.
"""

import re
import shlex
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest

from cli.main import main
from composer import preflight
from composer.messages.finding_texts import MESSAGES
from composer.messages.mail_check_texts import MAIL
from composer.preflight import RULES
from composer.preflight.rules.subject_and_text import PREHEADER_COLUMNS, SUBJECT_COLUMNS
from publication.retention import RETENTIONS
from web.access import ANYONE, FORM, LINK, SIGNATURE
from web.urls import urlpatterns

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")), ROOT / "examples" / "README.md"]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.M | re.S)


def test_the_table_of_checks_has_every_finding_with_its_message_and_hint():
    page = (DOCS / "checks.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (?:((?:error|warning|info)(?:, (?:error|warning|info))*) \| )?(.*) \|$", page, re.M)
    assert len(rows) == len({code for code, _, _ in rows})
    listed = {code: words for code, _, words in rows}
    expected = {code: " | ".join(_as_shown(words) for words in texts[:2]) for code, texts in MESSAGES.items()}
    assert listed == expected
    levels = {code: levels for code, levels, _ in rows if levels}
    assert levels.keys() == MAIL.keys(), "what is found in a mail stands with its levels"
    assert {entry.code: ", ".join(entry.levels) for entry in RULES}.items() <= levels.items()
    fixed = re.search(r"these, which are fixed: (.*?)\. What they", page, re.DOTALL)
    assert fixed
    assert re.findall(r"`([a-z-]+)`", fixed[1]) == [code for code, fixed in preflight.codes().items() if fixed]


def test_the_lengths_of_subject_and_preview_text_are_those_of_the_checks():
    page = (DOCS / "issue-format.md").read_text(encoding="utf-8")
    named = dict(re.findall(r"^(subject|preheader): .*\((\d+-\d+) characters", page, re.MULTILINE))
    limits = {"subject": SUBJECT_COLUMNS, "preheader": PREHEADER_COLUMNS}
    assert named == {key: "-".join(map(str, pair)) for key, pair in limits.items()}


def _as_shown(words: str) -> str:
    """A message in a table. Braces that are part of its text are doubled in the code, for `str.format`, and single on the page."""
    return words.replace("{{", "{").replace("}}", "}").replace("|", "\\|")


# What docs/urls.md calls those who may open a URL, other than by a permission.
MAY_OPEN = {ANYONE: "anyone", FORM: "anyone", LINK: "anyone with the link", SIGNATURE: "the provider's signature"}


def test_every_address_of_the_web_server_is_in_the_docs_with_those_who_may_open_it():
    rows = re.findall(r"^\| (`/.*?) \| (.*?) \|", (DOCS / "urls.md").read_text(encoding="utf-8"), re.MULTILINE)
    who = {address: people for addresses, people in rows for address in re.findall(r"`/(.*?)`", addresses)}
    for pattern in urlpatterns:
        address = re.sub(
            r"<(?:\w+:)?(\w+)>",
            lambda match: f"<{match[1].removeprefix('campaign_').removeprefix('version_')}>",
            str(pattern.pattern),
        )
        needs, posting = vars(pattern.callback)["access"], vars(pattern.callback)["posting"]
        expected = MAY_OPEN.get(needs, f"`{needs}`" if "." in needs else needs) + (
            f"; POST: `{posting}`" if posting != needs else ""
        )
        assert who[address].startswith(expected), address


# --------------------------------------------------------------------------------------------------------- readers and links
@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.relative_to(DOCS).as_posix())
def test_each_page_says_in_its_first_line_who_it_is_for(page):
    assert re.match(r"# .+\n\n(?:For|This page is for) \w", page.read_text(encoding="utf-8"))


def test_the_index_has_a_link_to_every_page():
    linked = {(DOCS / target).resolve() for target in re.findall(r"\]\(([^)#]+)\)", INDEX.read_text(encoding="utf-8"))}
    assert set(DOCS.rglob("*.md")) - {INDEX} - linked == set()


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@every_page
def test_every_link_leads_to_a_file_and_a_heading(page):
    text = page.read_text(encoding="utf-8")
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    for target in [*re.findall(r"\]\(([^)]+)\)", prose), *re.findall(r'<img src="([^"]+)"', prose)]:
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        found = page.parent / file if file else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


FOLDERS = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "var")


@every_page
def test_every_named_path_exists(page):
    """Files, folders with a final slash, and patterns such as `tests/web/console/test_picture_*.py`."""
    text = page.read_text(encoding="utf-8")
    paths = re.findall(rf"`((?:{FOLDERS})/(?:[\w./*-]+\.\w+|[\w./-]+/))`", text)
    assert [path for path in paths if not any(ROOT.glob(path))] == []


def test_every_name_of_a_file_in_the_tables_of_contributing_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    names = [
        (file, name)
        for file, inner in re.findall(r"`([\w/.]+\.(?:py|js))` \(([^()]*)\)", text)
        for name in re.findall(r"`(\w+)`", inner)
    ]
    names += [(file, name) for name, file in re.findall(r"`(\w+)` (?:in|of) `([\w/.]+\.(?:py|js))`", text)]
    assert len(names) > 30
    assert [pair for pair in names if not re.search(rf"\b{pair[1]}\b", (ROOT / pair[0]).read_text(encoding="utf-8"))] == []


# ------------------------------------------------------------------------------------------------------------------- commands
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a page: each line of its shell blocks, and each `mailroom ...`, `make ...`, `python -m ...` in its prose."""
    lines = [line for language, block in FENCE.findall(text) if language in ("sh", "") for line in block.splitlines()]
    lines += re.findall(r"`((?:mailroom|make|python -m) [^`\n]+)`", FENCE.sub("", text))
    for line in lines:
        try:
            words = shlex.split(line, comments=True)
        except ValueError:  # an example that continues on the next line, or ends with …
            words = line.split()
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            del words[0]
        if words:
            yield words


def fault_of(words: list[str]) -> str:
    """The fault of one of our commands; empty if the command exists, and for other programs."""
    program, *rest = words
    if program == "make":
        return ", ".join(word for word in rest if re.fullmatch(r"[a-z-]+", word) and word not in TARGETS)
    if program.endswith("python") and rest[:1] == ["-m"] and (ROOT / rest[1].partition(".")[0]).is_dir():
        module = ROOT / rest[1].replace(".", "/")
        return "" if module.is_dir() or module.with_suffix(".py").exists() else rest[1]
    return _fault_of_mailroom(rest) if program in ("mailroom", ".venv/bin/mailroom") else ""


def _fault_of_mailroom(words: list[str]) -> str:
    command: click.Command = main
    while isinstance(command, click.Group):
        if not words or not re.match(r"[a-z]", words[0]):
            return ""  # names a group
        names = words[0].split("|")  # `create|schedule` names two commands
        found = [command.get_command(click.Context(command), name) for name in names]
        if None in found:
            return words[0]
        command, words = found[-1], words[1:]
    if command.context_settings.get("ignore_unknown_options"):
        return ""
    known = {"--help", "-h"} | {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return ", ".join(option for option in options if option not in known)


@every_page
def test_every_command_exists_and_has_the_options_that_are_given(page):
    faults = {" ".join(words): fault for words in commands(page.read_text(encoding="utf-8")) if (fault := fault_of(words))}
    assert faults == {}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("mailroom issue check issues/first --mail", ""),
        ("mailroom issue chek issues/first", "chek"),
        ("mailroom campaign send 1 --now", "--now"),
        ("MAILROOM_DEBUG=1 mailroom list", ""),
        ("make demo N=1", ""),
        ("make coffee", "coffee"),
        ("python -m tests.nothing", "tests.nothing"),
        ("apt-get install make", ""),
    ],
)
def test_a_command_that_does_not_exist_is_found(line, fault):
    assert [fault_of(words) for words in commands(f"```sh\n{line}\n```\n")] == [fault]


# ------------------------------------------------------------------------------------------------------------ security, retention
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


def test_the_table_of_retention_periods_equals_the_declarations():
    page = (DOCS / "security.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| `([A-Z_]+)` \| (\d+) (days?|seconds) \|$", page, re.MULTILINE)
    documented = [
        (name, text, timedelta(seconds=int(number)) if unit == "seconds" else timedelta(days=int(number)))
        for text, name, number, unit in rows
    ]
    assert documented == [(name, kept.text, kept.period) for name, kept in RETENTIONS.items()]
