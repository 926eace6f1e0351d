"""The process: command line, shutdown, kill -9, one sandbox per data folder."""

import http.client
import stat
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.command import main
from tests.support.sandbox_process import ROOT, SandboxProcess


def post(sandbox: SandboxProcess, mail: Any) -> int:
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=10)
    line.request(
        "POST", "/v3/mail/send", orjson.dumps(mail), {"Authorization": "Bearer SG.one", "Content-Type": "application/json"}
    )
    status = line.getresponse().status
    line.close()
    return status


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path, write: Any) -> None:
    sandbox = SandboxProcess("--data", str(tmp_path), "--fault", "2:silence-after")
    assert post(sandbox, write("bounce@x.example")) == 202
    line = http.client.HTTPConnection(sandbox.host, sandbox.port, timeout=0.3)
    line.request(
        "POST",
        "/v3/mail/send",
        orjson.dumps(write("ada@example.com")),
        {"Authorization": "Bearer SG.one", "Content-Type": "application/json"},
    )
    with pytest.raises(TimeoutError):
        line.getresponse()
    line.close()
    sandbox.wait_for_events()
    key = sandbox.public_key
    sandbox.kill()
    with SandboxProcess("--data", str(tmp_path)) as again:
        assert [entry["address"] for entry in again.ledger()] == ["bounce@x.example", "ada@example.com"]
        assert again.public_key == key
        assert again.messages(to="ada")[0]["subject"] == "Hello"
        assert len(again.call("GET", "/v3/suppression/bounces", key="SG.one")) == 1
        assert post(again, write()) == 202
        assert again.requests()[-1]["request"] == 3
    for name in ("webhook-key.pem", "ledger.jsonl", "bodies.bin"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_data_folder_is_used_by_one_sandbox_and_sigterm_exits_with_0(tmp_path: Path) -> None:
    sandbox = SandboxProcess("--data", str(tmp_path))
    with pytest.raises(RuntimeError, match="another sandbox uses"):
        SandboxProcess("--data", str(tmp_path))
    assert sandbox.stop() == 0


def test_a_taken_port_is_refused_unless_another_may_be_chosen() -> None:
    with SandboxProcess() as first:
        with pytest.raises(RuntimeError, match=r"cannot start: .*in use"):
            SandboxProcess("--port", str(first.port))
        with SandboxProcess("--port", str(first.port), "--other-port") as second:
            assert second.port not in (first.port, 0)
            assert second.messages() == []


def test_only_given_keys_are_accepted_and_a_ledger_inbox_keeps_no_bodies(write: Any) -> None:
    with SandboxProcess("--key", "SG.one", "--inbox", "ledger") as sandbox:
        assert post(sandbox, write()) == 202
        sandbox.account(keys=["SG.two"])
        assert post(sandbox, write()) == 401
        assert len(sandbox.messages(whole=False)) == 1
        with pytest.raises(RuntimeError, match="404"):
            sandbox.messages()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--host", "0.0.0.0"], "loopback only"),
        (["--host", "example.com"], "loopback only"),
        (["--webhook", "http://example.com/"], "loopback only"),
        (["--fault", "3:explode"], "is not a fault"),
    ],
)
def test_invalid_command_line_options_are_rejected(arguments: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert text in capsys.readouterr().err


def test_every_option_fault_outcome_and_path_is_in_the_docs() -> None:
    from dataclasses import fields

    from sandbox.account import Account
    from sandbox.api.routes import TABLE
    from sandbox.command import build_parser
    from sandbox.delivery.address_outcomes import OUTCOMES
    from sandbox.http.fault_rules import ACTIONS, MIXES
    from sandbox.webhooks.event_poster import Settings

    page = (ROOT / "docs" / "sandbox.md").read_text()
    names = [*ACTIONS, *MIXES, *OUTCOMES, *(field.name for field in (*fields(Account), *fields(Settings)))]
    names += [option for action in build_parser()._actions for option in action.option_strings[-1:] if option != "--help"]
    missing = [name for name in names if f"`{name}" not in page]
    paths = {pattern.split("(")[0].rstrip("/?") for _, pattern, _ in TABLE}
    missing += [path for path in paths if path and path not in page]
    assert missing == []
