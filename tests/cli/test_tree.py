"""Every command has help with an example, is in docs/cli.md with its options, and shows no traceback for wrong input."""

import re
import shlex

import click
import pytest

from cli.main import COMMANDS, main
from config.env import ROOT

DOCS = ROOT / "docs" / "cli.md"


def walk(command: click.Command, path: tuple[str, ...]):
    if isinstance(command, click.Group):
        yield path, command
        context = click.Context(command)
        for name in command.list_commands(context):
            subcommand = command.get_command(context, name)
            assert subcommand is not None, name
            yield from walk(subcommand, (*path, name))
    else:
        yield path, command


TREE = dict(walk(main, ("mailroom",)))
LEAVES = {path: command for path, command in TREE.items() if not isinstance(command, click.Group)}

CHOICES_ELSEWHERE = {"format_name"}  # docs/importing-people.md, which tests/subscribers/importing/test_moves.py compares
PASS_OPTIONS_ON = {"sandbox", "postgres"}


def named(path):
    return " ".join(path)


@pytest.mark.parametrize("path", TREE, ids=named)
def test_every_command_has_help_with_an_example(path):
    help_text = TREE[path].help or ""
    assert help_text.strip()
    assert re.search(r"Example: mailroom \w+", help_text), f"{named(path)} has no example"


@pytest.mark.parametrize("path", LEAVES, ids=named)
def test_every_option_has_help(path):
    for parameter in LEAVES[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{named(path)} {parameter.opts}"


@pytest.mark.parametrize("path", LEAVES, ids=named)
def test_every_command_and_option_is_in_the_docs(path):
    text = DOCS.read_text(encoding="utf-8")
    section = re.search(rf"^### `{re.escape(named(path))}\b.*?(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"docs/cli.md has no heading for {named(path)}"
    for parameter in LEAVES[path].params:
        if isinstance(parameter, click.Option) and parameter.name not in {"as_json", "yes"}:
            assert f"`{parameter.opts[0]}" in section[0], f"docs/cli.md: {named(path)} lacks {parameter.opts[0]}"
        if isinstance(parameter.type, click.Choice) and parameter.name not in CHOICES_ELSEWHERE:
            missing = [name for name in parameter.type.choices if not re.search(rf"(?<![\w-]){name}(?![\w-])", section[0])]
            assert missing == [], f"docs/cli.md: {named(path)} {parameter.opts[0]}"


def test_the_docs_name_only_commands_that_exist():
    headings = re.findall(r"^### `(mailroom(?: [a-z][a-z-]*)+)", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    named_there = {tuple(heading.split()) for heading in headings}
    assert named_there <= set(LEAVES), named_there - set(LEAVES)


@pytest.mark.parametrize("line", re.findall(r"Example: `(mailroom [^`]+)`", DOCS.read_text(encoding="utf-8")))
def test_every_example_in_the_docs_is_a_command_with_its_options(run, line):
    arguments = shlex.split(line)[1:]
    assert PASS_OPTIONS_ON.intersection(arguments) or run(*arguments, "--help").code == 0


@pytest.mark.parametrize("path", TREE, ids=named)
def test_every_example_in_a_help_is_a_command_with_its_options(run, path):
    for line in re.findall(r"Example: (mailroom [^\n]+)", TREE[path].help or ""):
        arguments = shlex.split(line)[1:]
        if not PASS_OPTIONS_ON.intersection(arguments):
            assert run(*arguments[: arguments.index("&&") if "&&" in arguments else None], "--help").code == 0, line


def test_the_short_help_of_the_root_is_that_of_the_commands():
    for name, (_, _, short) in COMMANDS.items():
        if ("mailroom", name) in TREE:
            assert (TREE["mailroom", name].help or "").split("\n\n")[0] == short


def test_the_help_of_a_group_shows_whole_sentences(run):
    _usage, _, commands = run("list", "--help").out.partition("Commands:")
    assert "that no campaign or segment uses." in " ".join(commands.split())
    assert "..." not in commands


@pytest.mark.parametrize("path", [path for path in LEAVES if path[-1] not in {"up", "down", "demo"} | PASS_OPTIONS_ON], ids=named)
def test_commands_that_change_or_show_have_json(path):
    assert any("--json" in parameter.opts for parameter in LEAVES[path].params), named(path)


WRONG = [
    ["nonsense"],
    ["list", "shw"],
    ["list", "show"],
    ["list", "show", "nobody"],
    ["list", "form", "nobody"],
    ["list", "requests", "nobody"],
    ["list", "welcome", "news", "--off", "--default"],
    ["list", "welcome", "nobody", "--issue", "none"],
    ["list", "requests", "news", "--release", "--discard"],
    ["list", "set", "news", "--sign-up", "everybody"],
    ["list", "create", "Not A Slug", "--name", "x"],
    ["list", "create", "x", "--name", "a\nb"],
    ["segment", "create", "s", "nam = 1"],
    ["segment", "count", "no-such-segment"],
    ["segment", "check", "\x00"],
    ["segment", "check", "((((" * 500],
    ["segment", "delete", "x", "--yes"],
    ["suppression", "add", "no-address"],
    ["suppression", "lift", "nobody@example.org", "--yes"],
    ["suppression", "ls", "--reason", "mood"],
    ["suppression", "ls", "--origin", "moon"],
    ["suppression", "add", "wei@example.org", "--until", "2020-01-01"],
    ["suppression", "domain", "add", "wei@example.org"],
    ["suppression", "domain", "lift", "example.org", "--yes"],
    ["suppression", "sync", "--push", "--full"],
    ["sender", "add", "no-address"],
    ["sender", "add", "a@b.example", "--name", "x\r\nBcc: y"],
    ["sender", "set", "nobody@example.org", "--name", "x"],
    ["publication", "set", "--zone", "Mars/Olympus"],
    ["publication", "set", "--attribute", "interests"],
    ["publication", "set", "--attribute", "interests:poem"],
    ["publication", "set", "--attribute", "email:text"],
    ["publication", "set", "--policy", "mood=good"],
    ["publication", "set", "--theme-colour", "cast=#0055aa"],
    ["publication", "set", "--theme-colour", "cast.accent=blue"],
    ["publication", "set", "--theme-colour", "cast.ink=#0055aa"],
    ["publication", "set", "--theme-colour", "baroque.accent=#0055aa"],
    ["publication", "set", "--policy", "settle_hours=never"],
    ["publication", "set", "--language", "???"],
    ["publication", "attribute", "nothing", "--open"],
    ["publication", "attribute", "interests"],
    ["subscriber", "ls", "--state", "moody"],
    ["subscriber", "ls", "--list", "none"],
    ["import", "undo", "99", "--yes"],
    ["issue", "ls", "--state", "moody"],
    ["publication", "attribute", "interests", "--value", "a", "--any-value"],
    ["publication", "attribute", "interests", "--value", "a;b"],
    ["publication", "attribute", "interests", "--value", "a", "--value-label", "b:en=B"],
    ["publication", "attribute", "interests", "--label-in", "English"],
    ["subscriber", "edit", "nobody@example.org", "--resume"],
    ["subscriber", "edit", "nobody@example.org", "--resume", "--pause-until", "2027-05-31"],
    ["subscriber", "show", "nobody@example.org"],
    ["subscriber", "show", "no-address"],
    ["subscriber", "add", "a@example.org", "--list", "none", "--consent", "x"],
    ["subscriber", "unsubscribe", "nobody@example.org"],
    ["subscriber", "unsubscribe", "nobody@example.org", "--all"],
    ["subscriber", "erase", "nobody@example.org", "--yes"],
    ["subscriber", "import", "/nowhere.csv", "--list", "news", "--consent", "x"],
    ["subscriber", "export", "--list", "none"],
    ["staff", "add", "a name with blanks", "--email", "a@example.org", "--password-stdin"],
    ["staff", "add", "wei", "--email", "a@example.org"],
    ["staff", "disable", "nobody", "--yes"],
    ["staff", "invite", "nonsense"],
    ["staff", "reset-mfa", "nobody", "--yes"],
    ["staff", "set", "nobody", "--role", "author"],
    ["campaign", "show", "99"],
    ["campaign", "show", "-1"],
    ["campaign", "show", "x"],
    ["campaign", "report", "99"],
    ["campaign", "send", "99", "--yes"],
    ["campaign", "cancel", "99", "--yes"],
    ["campaign", "pause", "99"],
    ["campaign", "test", "99", "a@example.org"],
    ["campaign", "watch", "99"],
    ["campaign", "uncertain", "99"],
    ["campaign", "ls", "--state", "asleep"],
    ["campaign", "create", "--issue", "/nowhere", "--list", "news", "--from", "a@example.org"],
    ["issue", "check", "/nowhere"],
    ["issue", "build", "/nowhere", "--to", "/tmp/x"],
    ["issue", "preview", "/nowhere"],
    ["issue", "preview", ".", "--port", "70000"],
    ["subscriber", "unsubscribe", "nobody@example.org", "--all", "--list", "news"],
    ["issue", "import", "/nowhere", "--to", "/tmp/x"],
    ["issue", "store", "/nowhere"],
    ["issue", "pull", "no-such-issue", "/tmp/nowhere"],
    ["issue", "push", "/nowhere", "--as", "wei"],
    ["issue", "push", "/", "--as", "nobody"],
    ["system", "lift-quarantine", "--reason", "x", "--yes"],
    ["system", "postgres", "initdb"],
    ["campaign", "ls", "--limit", "many"],
    ["campaign", "watch", "1", "--timeout", "soon"],
    ["segment", "sample", "x", "--size", "0"],
    ["suppression", "reconsider", "--cause", "volume", "--since", "yesterday"],
]


@pytest.mark.parametrize("arguments", WRONG, ids=lambda arguments: " ".join(arguments)[:40])
def test_wrong_input_gets_a_message_and_no_traceback(run, arguments):
    answer = run(*arguments, given="secret pass phrase\n")
    assert answer.code in {1, 2}
    assert answer.err.strip()
    assert "bug in Mailroom" not in answer.err
    assert not answer.out.strip()


@pytest.mark.parametrize("path", [path for path in LEAVES if path[-1] not in PASS_OPTIONS_ON], ids=named)
def test_an_unknown_option_is_wrong_use(run, path):
    answer = run(*path[1:], "--no-such-option")
    assert answer.code == 2
    assert "no-such-option" in answer.err


def test_a_mistyped_command_gets_the_nearest_as_a_suggestion(run):
    answer = run("campain", "ls")
    assert (answer.code, "Did you mean “campaign”?" in answer.err) == (2, True)
