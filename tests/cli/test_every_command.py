"""What holds for every command: messages for errors, tracebacks only for the operator, start without Django, hidden secrets."""

import errno
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db.utils import OperationalError

from cli import error_reporting, output
from cli.main import main
from cli.subscriber import list_commands
from composer.errors import Finding
from config.env import ROOT
from publication import audit
from publication.models import Publication
from subscribers.importing import importer_sql
from subscribers.models import Subscriber

PARSE_EVERYTHING = """
import sys
sys.modules["django"] = None  # importing it raises ImportError
import click
from cli.main import main

def parse(command):
    context = click.Context(command)
    for name in command.list_commands(context) if isinstance(command, click.Group) else ():
        parse(command.get_command(context, name))
    for parameter in command.params:
        parameter.get_default(context, call=True)
        for text in ("x", "1", *getattr(parameter.type, "choices", ())):
            try:
                parameter.type_cast_value(context, (text,) * parameter.nargs if parameter.nargs != 1 else text)
                if parameter.callback is not None:
                    parameter.callback(context, parameter, text)
            except (click.BadParameter, click.exceptions.Exit, TypeError):
                pass
        for start in ("", "s"):
            parameter.shell_complete(context, start)

parse(main)
"""


def test_options_are_parsed_and_completed_without_django():
    """A command sets up Django only after click has read its options."""
    completed = subprocess.run([sys.executable, "-c", PARSE_EVERYTHING], capture_output=True, text=True, cwd=ROOT)
    assert completed.returncode == 0, completed.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["campaign", "send", "--help"],
        ["issue", "check", "examples/cast-2023-03"],
        ["issue", "new", "--help"],
        ["issue", "preview", "--help"],
    ],
    ids=" ".join,
)
def test_help_and_check_do_not_import_django_or_other_large_packages(arguments):
    code = (
        "import sys; from cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "heavy = ('django', 'premailer', 'celery', 'psycopg', 'mjml', 'redis')\n"
        "print('LOADED', [name for name in heavy if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, *arguments]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert loaded.strip().endswith("LOADED []")


def test_numbers_have_thousands_separators_and_nouns_their_plural():
    assert output.visible(80491) == "80,491"
    assert output.count(80491, "byte") == "80,491 bytes"
    assert output.count(1, "recipient") == "1 recipient"
    text = str(Finding("size-gmail", "error", {"size": 105000, "encoded": 110001, "limit": 104448}))
    assert "has 105,000 bytes of HTML (110,001 as quoted-printable); Gmail cuts it at 104,448" in text


def test_numbers_of_records_have_no_thousands_separators(run):
    Publication.objects.update(attribute_schema={"since": {"type": "number"}})
    person = Subscriber.objects.create(id=1002038, address="wei@example.org", address_key=b"1" * 16, domain="example.org",
                                       attributes={"since": 2019})  # fmt: skip
    audit.record(audit.command_line(), "merge", person, gone=1002039, subscribers=[1002040])
    text = (
        run("subscriber", "show", "#1002038").out + run("system", "audit", "tail").out + run("segment", "sample", "since > 1").out
    )
    assert re.findall(r"\d,\d+", text) == []
    assert all(number in text for number in ("1002038", "1002039", "1002040", "2019"))


def test_a_bug_is_one_line_and_its_traceback_is_kept(run, monkeypatch, tmp_path):
    monkeypatch.setenv("MAILROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(list_commands, "output", None)
    answer = run("list", "ls")
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert "AttributeError" in answer.err
    log = tmp_path / "log" / "cli.log"
    assert str(log) in answer.err
    assert "Traceback" in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0


def test_the_traceback_of_a_bug_is_printed_on_request(run, monkeypatch, capsys):
    monkeypatch.setenv("MAILROOM_DEBUG", "1")
    monkeypatch.setattr(list_commands, "output", None)
    result = CliRunner().invoke(main, ["list", "ls"])
    assert result.exit_code == 1
    assert "Traceback" in result.stderr


def test_a_wrong_setting_is_named(run, monkeypatch):
    monkeypatch.setenv("MAILROOM_ATTEMPT_SIZE", "5000")
    monkeypatch.setenv("MAILROOM_ATEMPT", "1")
    answer = run("list", "ls")
    assert answer.code == 1
    assert 'MAILROOM_ATTEMPT_SIZE: "5000" must be from 1 to 1000' in answer.err
    assert "MAILROOM_ATEMPT is not a setting" in answer.err


def test_no_connection_names_the_setting_and_no_password(monkeypatch):
    monkeypatch.setenv("MAILROOM_DATABASE_URL", "postgresql://wei:secret@127.0.0.1:1/news")
    lines = error_reporting.tell(OperationalError('connection to server at "127.0.0.1", port 1 failed: Connection refused'))
    assert lines is not None
    text = "\n".join(lines)
    assert "MAILROOM_DATABASE_URL" in text
    assert "127.0.0.1:1/news" in text
    assert "secret" not in text


def test_missing_migrations_of_a_database_of_your_own_are_counted(run, monkeypatch):
    from cli import schema_migrations

    monkeypatch.setenv("MAILROOM_DATABASE_URL", "postgresql://wei@127.0.0.1/news")
    monkeypatch.setenv("MAILROOM_SECRET_KEY", "x" * 40)
    monkeypatch.setenv("MAILROOM_LINK_KEYS", "x" * 40)
    monkeypatch.setattr(schema_migrations, "pending", lambda: ["editorial.0001_schema", "campaigns.0001_schema"])
    answer = run("list", "ls")
    assert answer.code == 1
    assert "the database lacks 2 migrations" in answer.err
    assert "mailroom system migrate" in answer.err


def test_an_interrupted_command_prints_nothing(run, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(output, "show", interrupt)
    answer = run("list", "ls")
    assert answer.code == 130
    assert answer.err.strip() == ""


def test_the_documented_line_completes_a_command(tmp_path):
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert "_MAILROOM_COMPLETE=bash_source mailroom" in page
    given = {"PATH": os.environ["PATH"], "_MAILROOM_COMPLETE": "bash_complete", "COMP_WORDS": "mailroom camp", "COMP_CWORD": "1"}
    mailroom = Path(sys.executable).with_name("mailroom")
    assert subprocess.run([mailroom], env=given, capture_output=True, text=True, check=True).stdout == "plain,campaign\n"


def test_the_version_is_printed(run):
    assert run("--version").out.startswith("mailroom, version ")


def test_a_full_disk_has_its_own_message():
    lines = error_reporting.tell(OSError(errno.ENOSPC, "No space left on device"))
    assert lines is not None
    assert lines[0] == "the disk is full: No space left on device"


def test_a_full_disk_of_the_database_is_named_also_if_copy_meets_it(run, monkeypatch, tmp_path, db):
    no_room = """
CREATE FUNCTION pg_temp.no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END$$;
CREATE TRIGGER no_room BEFORE INSERT ON import_slice EXECUTE FUNCTION pg_temp.no_room()"""
    monkeypatch.setattr(importer_sql, "CREATE", f"{importer_sql.CREATE}; {no_room}")
    file = tmp_path / "people.csv"
    file.write_text("email\nmira@example.org\n")
    assert run("list", "create", "news", "--name", "News").code == 0
    answer = run("subscriber", "import", str(file), "--list", "news", "--consent", "x")
    assert answer.code == 1
    assert "the disk of the database is full: could not extend file" in answer.err
    assert "bug in Mailroom" not in answer.err


def test_every_error_that_is_shown_as_a_message_exists():
    """They are compared by name, so a renamed module would turn its errors into bugs."""
    for name in error_reporting.WORDED | error_reporting.NO_CONNECTION:
        module, _, kind = name.rpartition(".")
        error = getattr(importlib.import_module(module), kind)
        assert f"{error.__module__}.{error.__qualname__}" == name
