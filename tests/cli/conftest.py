"""Commands in this process: the real `main`, the test database, the test run's servers."""

import json
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from cli import bootstrap, schema_migrations
from cli.main import main


@dataclass
class Answer:
    """What a command said: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


def invoke(*arguments: object, given: str | None = None) -> Answer:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)
    assert "Traceback" not in result.output
    return Answer(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def run(db, monkeypatch):
    # The test run holds the servers already, and ends them itself.
    monkeypatch.setattr(bootstrap, "join_servers", lambda environment: None)
    monkeypatch.setattr(bootstrap, "_quieten", lambda: None)
    monkeypatch.setattr(schema_migrations, "pending", list)  # reading them takes longer than most commands
    return invoke


@pytest.fixture
def done(run):
    """A command that must succeed; its JSON document."""

    def done(*arguments: object, given: str | None = None):
        answer = run(*arguments, "--json", given=given)
        assert answer.code == 0, answer.err
        return answer.document

    return done


@pytest.fixture
def news(done):
    return done("list", "create", "news", "--name", "News")


@pytest.fixture
def sender(done):
    return done("sender", "add", "news@cast.example", "--name", "CAST Newsletter")
