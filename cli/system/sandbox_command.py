"""`mailroom sandbox`: replaces itself with `python -m sandbox`. The sandbox shares no code with the product."""

import os
import sys

import click


# The sandbox itself answers -h and --help.
@click.command(add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run a stand-in for the provider on this machine; no mail leaves it.

    Example: mailroom sandbox --port 8026 --webhook http://127.0.0.1:8025/hooks/sendgrid
    """
    sys.stdout.flush()
    # -P: do not import a folder `sandbox` of the working directory.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "sandbox", *arguments])  # noqa: S606 - our own program, no shell
