"""The click classes and options that all commands are made of: lazily imported groups, error reporting, `--json`, `--yes`."""

from __future__ import annotations

import atexit
import contextlib
import difflib
import gc
import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import error_reporting, output
from cli.texts.printed_values import printable

if TYPE_CHECKING:
    from publication.reader_texts import ReaderText

with_yes = click.option("--yes", "-y", is_flag=True, help="Answer yes to the question; for scripts.")


class WholeNumber(click.IntRange):
    """A whole number within limits. The message for anything else names the limits in words."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"“{printable(str(value))}” is not a whole number {_limits(self.min, self.max)}", param, ctx)


class Seconds(click.FloatRange):
    """A number of seconds within limits. The message for anything else names the limits in words."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"“{printable(str(value))}” is not a number of seconds {_limits(self.min, self.max)}", param, ctx)


def _limits(lowest: float | None, highest: float | None) -> str:
    """`from 1 to 1,000`, `of 1 or more`."""
    return f"of {lowest:,} or more" if highest is None else f"from {lowest:,} to {highest:,}"


def language_text(text: str, option: str) -> tuple[str, str]:
    """The language and the text of an option LANGUAGE=TEXT."""
    language, separator, rest = text.partition("=")
    if not (language.strip() and separator):
        raise click.BadParameter(f"“{text}” cannot be read; write LANGUAGE=TEXT", param_hint=f"--{option}")
    return language.strip(), rest.strip()


def texts_in(
    stored: Mapping[str, Mapping[str, str]], names: tuple[str, ...], descriptions: tuple[str, ...]
) -> dict[str, ReaderText] | None:
    """The texts of the languages that --name-in and --description-in give: what they do not give of them stays."""
    from publication.reader_texts import ReaderText

    texts: dict[str, ReaderText] = {}
    for field, given in (("name", names), ("description", descriptions)):
        for language, text in (language_text(pair, f"{field}-in") for pair in given):
            before = texts.get(language) or ReaderText(**stored.get(language, {}))
            texts[language] = before._replace(**{field: text})
    return texts or None


def printed_texts(texts: Mapping[str, Mapping[str, str]]) -> str:
    return "; ".join(f"{language}={text['name']}" for language, text in texts.items())


class Day(click.DateTime):
    """A day, written as 2027-11-01."""

    name = "day"

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"“{printable(str(value))}” is not a day; write it as 2027-11-01", param, ctx)


class IssueFolder(click.Path):
    """The existing folder of an issue. For the path of a file, the message names the folder to give instead."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, exists=True, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if Path(value).is_file():
            self.fail(f"“{value}” is a file; give the folder of the issue: {Path(value).parent}", param, ctx)
        return super().convert(value, param, ctx)


class JsonCommand(click.Command):
    """A command whose last option is `--json`; `output.show` prints its result accordingly."""

    def __init__(self, *args: Any, json_help: str = "Print one JSON document, for programs.", **more: Any) -> None:
        super().__init__(*args, **more)
        self.params.append(click.Option(["--json", "as_json"], is_flag=True, help=json_help))

    def invoke(self, ctx: click.Context) -> Any:
        ctx.meta[output.JSON] = ctx.params.pop("as_json")
        return super().invoke(ctx)


_WHOLE = 1000  # characters


class CommandGroup(click.Group):
    """A group of commands that take `--json`. For a name that does not exist, the message suggests the nearest."""

    command_class = JsonCommand

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their whole first sentences, which click would cut off."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(_WHOLE)) for name, command in commands.items() if command])

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order of the work, not of the alphabet

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = str(args[0])
        if name not in self.list_commands(ctx) and not name.startswith("-"):
            raise click.UsageError(f"{ctx.command_path} has no command “{printable(name)}”. {self._suggestion(ctx, name)}", ctx)
        return super().resolve_command(ctx, args)

    def _suggestion(self, ctx: click.Context, name: str) -> str:
        nearest = difflib.get_close_matches(name, self.list_commands(ctx), 1)
        return f"Did you mean “{nearest[0]}”?" if nearest else f"The commands are: {', '.join(self.list_commands(ctx))}."


class Root(CommandGroup):
    """The command `mailroom`: imports a group when it is used, and turns each error into a message and an exit code.

    `lazy_commands` maps a name to (module, attribute, short help).
    """

    def __init__(self, *args: Any, lazy_commands: Mapping[str, tuple[str, str, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.lazy_commands = lazy_commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.lazy_commands)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.lazy_commands:
            return None
        module, attribute, _ = self.lazy_commands[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, _, short) in self.lazy_commands.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # before click treats it as an error
            _close_pipe()
            sys.exit(error_reporting.BROKEN_PIPE)

    def main(self, *args: Any, **extra: Any) -> Any:
        extra["standalone_mode"] = False
        extra["prog_name"] = "mailroom"
        # At exit Python would search all objects for garbage, which takes a fifth of the time of `mailroom issue check` and
        # 15 ms of `--help`.
        atexit.unregister(gc.freeze)
        atexit.register(gc.freeze)
        try:
            code = super().main(*args, **extra)
            sys.stdout.flush()
        except BrokenPipeError:
            _close_pipe()
            sys.exit(error_reporting.BROKEN_PIPE)
        except (click.Abort, KeyboardInterrupt):
            sys.exit(error_reporting.INTERRUPTED)
        except click.ClickException as error:
            error.show()
            sys.exit(error.exit_code)
        except Exception as error:
            _report(error)
            sys.exit(error_reporting.REFUSED)
        sys.exit(code if isinstance(code, int) else error_reporting.DONE)


def _close_pipe() -> None:
    # The reader of the pipe is gone: what is still buffered must not raise again when Python flushes it at exit.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _report(error: Exception) -> None:
    if debugging():
        sys.excepthook(type(error), error, error.__traceback__)
    if (lines := error_reporting.tell(error)) is not None:
        click.echo("\n  ".join([f"mailroom: {lines[0]}", *lines[1:]]), err=True)
    elif not debugging():
        path = error_reporting.keep_traceback(error)
        click.echo(
            f"mailroom: this is a bug in Mailroom ({type(error).__name__}). The traceback is in {path}; "
            "with MAILROOM_DEBUG=1 it is shown here",
            err=True,
        )


def debugging() -> bool:
    return os.environ.get("MAILROOM_DEBUG", "").strip().lower() in {"1", "yes", "true", "on"}
