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
from typing import Any

import click

from cli import error_reporting, output

with_yes = click.option("--yes", "-y", is_flag=True, help="Do not ask; for scripts.")


class IssueFolder(click.Path):
    """The existing folder of an issue. The path of its file is refused with the folder to give instead."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, exists=True, file_okay=False)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if Path(value).is_file():
            self.fail(f"{str(value)!r} is a file; give the folder of the issue: {Path(value).parent}", param, ctx)
        return super().convert(value, param, ctx)


class JsonCommand(click.Command):
    """A command whose last option is `--json`; `output.show` prints its answer accordingly."""

    def __init__(self, *args: Any, json_help: str = "One JSON document, for programs.", **more: Any) -> None:
        super().__init__(*args, **more)
        self.params.append(click.Option(["--json", "as_json"], is_flag=True, help=json_help))

    def invoke(self, ctx: click.Context) -> Any:
        ctx.meta[output.JSON] = ctx.params.pop("as_json")
        return super().invoke(ctx)


class CommandGroup(click.Group):
    """A group of commands that take `--json`; an unknown one is answered with the nearest."""

    command_class = JsonCommand

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order of the work, not of the alphabet

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = str(args[0])
        if name not in self.list_commands(ctx) and not name.startswith("-"):
            raise click.UsageError(f"{ctx.command_path} has no command {name!r}. {self._way_out(ctx, name)}", ctx)
        return super().resolve_command(ctx, args)

    def _way_out(self, ctx: click.Context, name: str) -> str:
        nearest = difflib.get_close_matches(name, self.list_commands(ctx), 1)
        return f"Did you mean {nearest[0]!r}?" if nearest else f"There are: {', '.join(self.list_commands(ctx))}."


class Root(CommandGroup):
    """The command `mailroom`: imports a group when it is used, and turns every error into a message and an exit code.

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
        found = getattr(importlib.import_module(module), attribute)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short) for name, (_, _, short) in self.lazy_commands.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # before click takes it for a fault
            _close_pipe()
            sys.exit(error_reporting.BROKEN_PIPE)

    def main(self, *args: Any, **extra: Any) -> Any:
        extra["standalone_mode"] = False
        extra["prog_name"] = "mailroom"
        # At exit Python would search all objects for garbage: a fifth of the time of `mailroom issue check`, 15 ms of `--help`.
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
        place = error_reporting.keep_traceback(error)
        click.echo(
            f"mailroom: this is a fault of the program ({type(error).__name__}); the traceback is in {place}, "
            "and MAILROOM_DEBUG=1 shows it here",
            err=True,
        )


def debugging() -> bool:
    return os.environ.get("MAILROOM_DEBUG", "").strip().lower() in {"1", "yes", "true", "on"}
