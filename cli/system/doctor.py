"""`mailroom system doctor`: runs every possible check of an installation."""

from collections.abc import Callable, Iterator
from typing import Any

from cli import bootstrap, error_reporting
from cli.system import environment_checks
from cli.system.diagnosis import Diagnosis
from config.env import PREFIX, Environment, load


def examine() -> list[Diagnosis]:
    """Run the checks. With wrong settings only these are reported; without a database, the checks that need one are left out."""
    environment = load()
    results = list(_settings(environment))
    if not environment.faults:
        for check in environment_checks.CHECKS:
            results += check(environment)
        results += _with_database(environment)
    return results


def as_document(results: list[Diagnosis]) -> dict[str, Any]:
    checks = [
        {"check": result.check, "level": result.level, "found": result.finding, "remedy": result.remedy} for result in results
    ]
    return {"ok": all(result.level != "fault" for result in results), "checks": checks}


def _settings(environment: Environment) -> Iterator[Diagnosis]:
    for fault in environment.faults:
        yield Diagnosis("settings", "fault", fault, "docs/settings.md describes each setting")
    if not environment.faults:
        given = [name for name in environment.environ if name.startswith(PREFIX)]
        yield Diagnosis("settings", "ok", f"{len(given)} set in the environment, no errors")


def _with_database(environment: Environment) -> Iterator[Diagnosis]:
    try:
        bootstrap.set_up(migrated=False)
        from django.db import connection

        connection.ensure_connection()
    except Exception as error:
        lines = error_reporting.tell(error)
        if lines is None:
            raise
        remedy = "; ".join(lines[1:]) or "correct MAILROOM_DATABASE_URL, or start the server"
        yield Diagnosis("database", "fault", lines[0], remedy)
        return
    from cli import schema_migrations
    from cli.system import installation_checks, process_checks

    for check in installation_checks.SERVER_CHECKS:
        yield from _guarded(check, environment)
    if not schema_migrations.pending():
        for check in (*process_checks.CHECKS, *installation_checks.DATA_CHECKS):
            yield from _guarded(check, environment)


def _guarded(check: Callable[[Environment], Iterator[Diagnosis]], environment: Environment) -> Iterator[Diagnosis]:
    """The results of a check. An error with a message for users becomes a fault in what it checks."""
    try:
        yield from check(environment)
    except Exception as error:
        lines = error_reporting.tell(error)
        if lines is None:
            raise
        yield Diagnosis(check.__name__.strip("_"), "fault", lines[0])
