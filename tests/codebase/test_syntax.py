"""Rules of the codebase beyond imports, read from the syntax trees: where SQL may be, who writes state, names, sizes."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from django.apps import apps

from composer.issue import document
from tests.codebase.name_counts import PACKAGES
from tests.support.syntax import nodes, syntax_tree

pytestmark = pytest.mark.xdist_group("syntax")  # one process parses the sources
ROOT = Path(__file__).resolve().parents[2]
VIEWS = {"delivery_state"}
TABLES = "|".join(sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} | VIEWS))
SQL = re.compile(rf"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:{TABLES})\b")
RAW = {"cursor", "raw", "extra", "RawSQL", "execute", "executemany"}
WRITES = {"save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
FORBIDDEN_NAMES = {"utils", "helpers", "services", "manager", "managers", "core", "common", "base"}
# Method names that html.parser, waitress and Django's middleware prescribe.
OVERRIDES = {
    "handle_starttag", "handle_startendtag", "handle_endtag", "handle_data", "handle_comment", "handle_decl",
    "handle_accept", "handle_read", "handle_write", "handle_close", "process_request",
    "process_response", "process_exception", "process_view",
}  # fmt: skip
# The embedded servers are started with a plain connection, before Django is set up.
RAW_ALLOWED = {"config/embedded/embedded_servers.py"}


@cache
def parsed(package: str) -> list[tuple[str, Path, ast.Module]]:
    """(name, path, syntax tree) of each module; read once for all tests of this file."""
    paths = (path for path in sorted((ROOT / package).rglob("*.py")) if "migrations" not in path.parts)
    return [(path.relative_to(ROOT).as_posix(), path, syntax_tree(path)) for path in paths]


def modules(*packages: str) -> Iterator[tuple[str, Path, ast.Module]]:
    for package in packages or PACKAGES:
        yield from parsed(package)


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    walked = nodes(tree) if isinstance(tree, ast.Module) else ast.walk(tree)
    return (node for node in walked if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def chain(node: ast.AST) -> list[str]:
    """`Campaign.objects.filter(x).update` -> [Campaign, objects, filter, update]."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        else:
            return [*names, getattr(node, "id", "")][::-1]


def test_raw_sql_is_only_in_sql_modules():
    found = [
        f"{name}:{call.lineno} {called(call)}"
        for name, path, tree in modules()
        if not path.stem.endswith("_sql") and name not in RAW_ALLOWED and not name.startswith("sandbox/")
        for call in calls(tree)
        if called(call) in RAW and not (called(call) == "execute" and "connection" not in chain(call.func))
    ]
    assert found == []


def test_no_code_switches_off_synchronous_commit():
    """Fences and attempt ids come from sequences. If a crash undid a commit, the same values would be used twice."""
    found = [
        path.name
        for _, path, tree in modules(*PACKAGES)
        for node in nodes(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        and re.search(r"(?i)set\b.*synchronous_commit|set_config\('synchronous_commit'", node.value)
    ]  # fmt: skip
    assert found == []


def test_no_table_is_named_in_sql_outside_sql_modules():
    found = [
        f"{name}:{node.lineno}"
        for name, path, tree in modules()
        if not path.stem.endswith("_sql") and not name.startswith("sandbox/")
        for node in nodes(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]
    assert found == []


def test_web_cli_and_worker_write_no_models():
    found = [
        f"{name}:{call.lineno} {'.'.join(chain(call.func))}"
        for name, _, tree in modules("web", "cli", "worker")
        for call in calls(tree)
        if called(call) in WRITES
        and ("objects" in chain(call.func) or called(call) == "save")
        and "session" not in chain(call.func)  # a visitor's session
    ]
    assert found == []


OWNERS = {
    # launch makes and changes the draft, removing deletes it, forgetting masks an address in a text
    "Campaign": {
        "campaigns/states.py",
        "campaigns/drafts/draft_changes.py",
        "campaigns/drafts/follow_up_drafts.py",
        "campaigns/launch.py",
        "campaigns/launch_checks.py",
        "campaigns/removing.py",
        "campaigns/data_protection.py",
    },
    "Slice": set(),
    "Delivery": set(),
    "Attempt": set(),
    "Subscription": {
        "subscribers/consent/subscriptions.py",
        "subscribers/consent/unsubscribing/provider_unsubscribes.py",
        "subscribers/consent/erasing.py",
        "subscribers/consent/unsubscribing/unsubscribe_reasons.py",
        "subscribers/sign_up/pending_requests.py",
        "subscribers/records/merging.py",
        "subscribers/consent/text_erasure.py",  # comment and statement of consent
        "subscribers/consent/welcomes.py",  # who waits for a welcome
    },
    "Suppression": {"subscribers/consent/suppressions.py"},
    "IssueEdit": {"editorial/sources/edits.py"},
    "IssueSource": {"editorial/sources/edits.py", "editorial/sources/revisions.py"},
    "IssueRevision": {"editorial/sources/revisions.py"},
    "Original": {"editorial/sources/originals.py"},
    "Review": {"editorial/review/requests.py"},
    "ReviewRequest": {"editorial/review/requests.py"},
    "Decision": {"editorial/review/decisions.py"},
    "WithdrawnDecision": {"editorial/review/withdrawals.py"},
    "Comment": {"editorial/review/comments.py"},
    "ReviewLink": {"editorial/review/review_links.py"},
    "SessionEpoch": {"publication/staff/session_epochs.py"},
    "SignInCount": {"publication/data_protection.py"},
}


def test_state_is_written_only_by_the_modules_that_own_it():
    found = [
        f"{name}:{call.lineno} {chain(call.func)[0]}"
        for name, _, tree in modules("publication", "subscribers", "editorial", "campaigns", "worker", "web", "cli")
        for call in calls(tree)
        if called(call) in WRITES and chain(call.func)[1:2] == ["objects"] and name not in OWNERS.get(chain(call.func)[0], {name})
    ]
    assert found == []


# The files that call `save` or `delete` on a row object, and the models of those rows.
SAVES = {
    "campaigns/drafts/draft_changes.py": {"Campaign"},
    "campaigns/drafts/follow_up_drafts.py": {"Campaign"},
    "campaigns/drafts/tester_groups.py": {"TesterGroup"},
    "campaigns/launch.py": {"Campaign"},
    "campaigns/launch_checks.py": {"Campaign"},
    "campaigns/reporting/results/report_links.py": {"ReportLink"},
    "campaigns/removing.py": {"Campaign", "MailingList", "Sender"},
    "campaigns/states.py": {"Campaign"},
    "editorial/importing/document_imports.py": {"DocumentImport", "ImportedFile"},
    "editorial/issue_versions.py": {"IssueRecord"},
    "editorial/review/comments.py": {"Comment"},
    "editorial/review/review_links.py": {"ReviewLink"},
    "publication/audit.py": {"Actor"},
    "publication/profile.py": {"Publication"},
    "publication/senders/provider_checks.py": {"ProviderCheck"},
    "publication/senders/sender_confirmations.py": {"Sender"},
    "publication/senders/sender_list.py": {"Sender"},
    "publication/staff/accounts.py": {"User"},
    "publication/staff/invitations.py": {"Invitation"},
    "publication/staff/passwords/temporary_passwords.py": {"User"},
    "subscribers/people/exporting.py": set(),  # a workbook
    "subscribers/people/actions.py": {"PeopleAction"},
    "subscribers/attribute_declarations.py": {"Publication"},
    "subscribers/subscriber_details.py": {"Subscriber"},
    "subscribers/importing/importer.py": {"ImportRun"},
    "subscribers/importing/row_slices.py": {"ImportRun"},
    "subscribers/mailing_lists.py": {"MailingList"},
    "subscribers/segments/saved_segments.py": {"Segment"},
    "subscribers/consent/address_changes.py": {"AddressChange", "Subscriber"},
    "subscribers/consent/measuring_consent.py": {"Subscriber"},
    "subscribers/consent/pauses.py": {"Subscriber"},
    "subscribers/consent/subscriptions.py": {"Subscriber", "Subscription"},
    "subscribers/consent/suppressions.py": {"Suppression"},
    "subscribers/records/merging.py": {"Subscription"},
}


@cache
def imported(tree: ast.Module) -> set[str]:
    statements = (node for node in nodes(tree) if isinstance(node, ast.Import | ast.ImportFrom))
    return {alias.asname or alias.name for node in statements for alias in node.names}


def test_only_the_writers_of_a_model_save_its_rows():
    """`row.save()` does not name the model of the row, so the test above does not find it."""
    savers = {
        name
        for name, _, tree in modules("publication", "subscribers", "editorial", "campaigns", "worker", "web", "cli")
        for call in calls(tree)
        if called(call) in {"save", "asave", "delete", "adelete", "save_base"} and not {"objects", "session"} & {*chain(call.func)}
        and chain(call.func)[0] not in imported(tree)  # a function of a module: segments.delete(...)
    }  # fmt: skip
    assert sorted(savers - SAVES.keys()) == [], "say here whose rows it saves"
    strangers = {(name, model) for name, models in SAVES.items() for model in models if name not in OWNERS.get(model, {name})}
    assert strangers == set()


def test_files_are_small_and_names_are_not_generic():
    for name, path, tree in modules():
        assert path.stem not in FORBIDDEN_NAMES, name
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 420, f"{name}: more than one purpose? Split it"
        if path.name != "__init__.py" and path.name != "apps.py":
            assert ast.get_docstring(tree), f"{name} does not say what it alone is responsible for"
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef):
                vague = re.match(r"_?(handle|process|do)_", node.name) and node.name not in OVERRIDES
                assert not vague, f"{name}:{node.lineno} {node.name}"


LONGEST_FUNCTION = 45  # lines, without the docstring
# Longer than that for a reason. Add no other function, and let none of these grow.
LONGER = {
    "worker/slice_sender.py send_slice": 51,  # the failpoints of one send, in their order
}


def test_functions_stay_short():
    long = {}
    for name, _, tree in modules():
        for node in nodes(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[0]
                documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
                docstring = first.end_lineno - first.lineno + 1 if documented else 0
                lines = node.end_lineno - node.lineno + 1 - docstring
                if lines > LONGEST_FUNCTION:
                    long[f"{name} {node.name}"] = lines
    assert {what for what, lines in long.items() if lines > LONGER.get(what, 0)} == set(), "split it, or say why not"
    assert LONGER.keys() <= long.keys(), "an exception that is not needed any more"


CLOSED = {kind.__name__ for kind in get_args(document.Inline)} | {"OutcomeKind"}


def test_a_match_over_a_closed_type_ends_in_assert_never():
    """With it, mypy reports every match that does not handle a new kind of inline content."""
    found = [
        f"{name}:{node.lineno}"
        for name, _, tree in modules()
        for node in nodes(tree)
        if isinstance(node, ast.Match) and _names(node) & CLOSED and "assert_never(" not in ast.unparse(node.cases[-1])
    ]
    assert found == []


def _names(match: ast.Match) -> set[str]:
    """The names of classes and enumerations in the patterns of a match."""
    patterns = [part for case in match.cases for part in ast.walk(case.pattern)]
    return set(re.findall(r"\w+", " ".join(map(ast.unparse, patterns))))


def test_no_shell_and_no_http_client_outside_transport():
    allowed = {"cli/system/sandbox_client.py"}  # queries the sandbox on loopback for the mail that it really accepted
    for name, _, tree in modules():
        if name.startswith(("transport/", "sandbox/")) or name in allowed:
            continue
        for node in nodes(tree):
            if isinstance(node, ast.Import):
                modules_ = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules_ = [node.module or ""]
            elif isinstance(node, ast.keyword) and node.arg == "shell":
                raise AssertionError(f"{name}:{node.value.lineno} shell=")
            else:
                continue
            for module in modules_:
                assert module not in {"http.client", "urllib.request", "requests", "httpx", "urllib3"}, f"{name}: {module}"


def test_no_file_names_a_package_registry_or_a_path_of_a_developers_machine():
    # Concatenated, so that this file does not name them either.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "deb." + "debian.org", "/wo" + "rk/", "/ho" + "me/"]
    listed = [
        path for path in ROOT.rglob("*") if path.suffix in {".py", ".md", ".txt", ".toml", ".in", ".yml", ".j2", ".html", ""}
    ]
    for path in listed:
        parts = path.relative_to(ROOT).parts
        if not path.is_file() or parts[0].startswith((".venv", "var", ".git", ".mypy", ".ruff", ".hypo", ".pytest", ".import")):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        for host in hosts:
            assert host not in text, f"{path.relative_to(ROOT)} names {host}"
