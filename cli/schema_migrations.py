"""Finds out which migrations the database lacks, and applies them. Needs Django set up."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import db
from django.core import management
from django.db.migrations import executor

from cli import output
from cli.error_reporting import CliError
from config import statement_limits
from config.embedded import server_paths
from config.env import Environment, load
from publication.database import schema_sql, statement_sql
from publication.staff import roles


def pending() -> list[str]:
    """Migrations that the database lacks, as `app.name`, in the order in which they are applied.

    A database with everything that a migration replaces lacks only the record of it. Raises CliError for one that an older
    version made and did not bring up to date.
    """
    plan = executor.MigrationExecutor(db.connection)
    if _missing_of_replaced(plan):
        # A process that migrates now records what its migration replaces one by one: wait for it, and look again.
        with schema_sql.migration_lock():
            plan = executor.MigrationExecutor(db.connection)
    for app, missing in _missing_of_replaced(plan).items():
        raise CliError(
            f"the database was made by an older version of Mailroom: {app} lacks {', '.join(missing)}",
            "run mailroom system migrate with version 0.1.0 first, then again with this version",
        )
    recorded = plan.recorder.applied_migrations()
    adopted = [key for key in plan.loader.replacements if key in plan.loader.applied_migrations and key not in recorded]
    steps = [(step.app_label, step.name) for step, _ in plan.migration_plan(plan.loader.graph.leaf_nodes())]
    return [".".join(key) for key in (*adopted, *steps)]


def _missing_of_replaced(plan: executor.MigrationExecutor) -> dict[str, list[str]]:
    """The replaced migrations that are not recorded, by app, for each replacement of which only a part is recorded."""
    missing = {}
    for migration in plan.loader.replacements.values():
        names = [name for app, name in migration.replaces if (app, name) not in plan.loader.applied_migrations]
        if 0 < len(names) < len(migration.replaces):
            missing[migration.app_label] = names
    return missing


def migrate() -> list[str]:
    """Bring the schema up to date, one process at a time; the migrations applied.

    Raises CliError for a role without the right.
    """
    if not pending():
        return []
    with _as_owner(), statement_sql.limited(statement_limits.LONG), schema_sql.migration_lock():
        missing = pending()  # again: another process may have been faster
        if missing:
            try:
                management.call_command("migrate", interactive=False, verbosity=0)
                schema_sql.protect_append_only()
                roles.bring_up_to_date()
            except db.DatabaseError as error:
                if not _is_forbidden(error):
                    raise
                raise CliError(
                    f"this database role may not change the tables: {str(error).strip().splitlines()[0]}",
                    "run mailroom system migrate with the owner's MAILROOM_DATABASE_URL; see docs/operations.md, Database roles",
                ) from None
    return missing


def _is_forbidden(error: BaseException | None) -> bool:
    while error is not None:
        if getattr(error, "sqlstate", "") == "42501":  # insufficient_privilege
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _as_owner() -> Iterator[None]:
    """Connect as the owner: in the embedded database the tables belong to a role that is used only for migrations."""
    mine = db.connection.settings_dict
    if not load().embedded_database:
        yield
        return
    user = mine["USER"]
    db.connection.close()
    mine["USER"] = server_paths.OWNER
    try:
        yield
    finally:
        db.connection.close()
        mine["USER"] = user


def require_current(environment: Environment) -> None:
    """Apply the missing migrations to the embedded database; only check a database of your own. Raises CliError."""
    missing = pending()
    if not missing:
        return
    if environment.embedded_database:
        with output.busy("Bringing the database up to date"):
            migrate()
        return
    named = ", ".join(missing[:5]) + (", …" if len(missing) > 5 else "")
    raise CliError(f"the database lacks {output.count(len(missing), 'migration')}: {named}", "run: mailroom system migrate")
