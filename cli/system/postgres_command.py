"""`mailroom system postgres`: runs a client program of the embedded PostgreSQL, so that its version is the server's."""

import os
import subprocess
import sys

import click

from cli import bootstrap
from cli.error_reporting import CliError
from config.embedded.server_binaries import postgres_binaries
from config.embedded.server_paths import POSTGRES_PORT, SUPERUSER
from config.env import SettingsError, load

PROGRAMS = ("psql", "pg_dump", "pg_dumpall", "pg_restore", "pg_basebackup")


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("program", type=click.Choice(PROGRAMS))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def postgres(program: str, arguments: tuple[str, ...]) -> None:
    """Run a client program of the embedded PostgreSQL as the superuser, for backups and to look at the data.

    The server runs at least until the program has ended. With a PostgreSQL of your own, use the programs of its version.

    Example: mailroom system postgres pg_dump --format custom --file mailroom.dump
    """
    environment = load()
    if environment.faults:
        raise SettingsError(environment.faults)
    if not environment.embedded_database:
        raise CliError(
            "MAILROOM_DATABASE_URL names a PostgreSQL of your own",
            f"run {program} of that server's version, with the same connection URL",
        )
    bootstrap.join_servers(environment)
    servers = bootstrap.embedded_servers(environment)
    connection = {
        "PGHOST": str(servers.paths.socket_dir),
        "PGPORT": str(POSTGRES_PORT),
        "PGUSER": SUPERUSER,
        "PGDATABASE": "mailroom",
    }
    binary = postgres_binaries(environment["EMBEDDED_POSTGRES"]) / program
    sys.stdout.flush()
    done = subprocess.run([binary, *arguments], env=os.environ | connection, check=False)  # noqa: S603 - a listed program, no shell
    sys.exit(done.returncode)
