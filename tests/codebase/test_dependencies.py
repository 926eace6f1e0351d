"""No package is locked at a version known to be unsafe, and the audit cannot pass unless its service answers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.codebase.audit import LOCKS, REQUIREMENTS, below_lowest_safe, faults_of_report, locked, lowest_safe

ROOT = REQUIREMENTS.parent
LOCKED = {name: locked((REQUIREMENTS / name).read_text(encoding="utf-8")) for name in LOCKS}


@pytest.mark.parametrize("lock", LOCKS)
def test_no_locked_package_is_older_than_its_lowest_safe_version(lock):
    assert len(LOCKED[lock]) >= 10
    assert below_lowest_safe(LOCKED[lock], lowest_safe()) == []


def test_every_row_of_the_table_is_about_a_locked_package_and_says_why():
    for name, row in lowest_safe().items():
        assert set(row) == {"lowest", "advisory", "why"}, name
        assert any(name in packages for packages in LOCKED.values()), f"{name} is in no lock file: take its row out"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Jinja2==3.1.5 \\\n    --hash=sha256:00", "jinja2 3.1.5 is older than 3.1.6"),
        ("django==5.2.7\n", "django 5.2.7 is older than"),
        ("pdfminer.six==20250506 \\\n", "pdfminer-six 20250506 is older than 20251230"),
        ("celery[redis]==5.6.9 ; python_version > '3'", "celery 5.6.9 is older than 5.7"),
        ("sendgrid==6.12.5rc1\n", "sendgrid 6.12.5rc1 is older than"),
    ],
)
def test_an_old_version_in_a_lock_file_is_found(line, said):
    [fault] = below_lowest_safe(locked(line), lowest_safe())
    assert fault.startswith(said)
    assert "make lock" in fault


PACKAGES = {"jinja2": "3.1.6", "six": "1.17.0"}
SOUND: list[dict[str, Any]] = [{"name": name, "version": version, "vulns": []} for name, version in PACKAGES.items()]


@pytest.mark.parametrize(
    ("dependencies", "said"),
    [
        (SOUND, []),
        (
            [],
            ["jinja2 3.1.6: not audited. The report does not name it.", "six 1.17.0: not audited. The report does not name it."],
        ),
        ([SOUND[0], {**SOUND[1], "version": "1.16.0"}], ["six 1.17.0: not audited. The report does not name it."]),
        ([SOUND[0], {"name": "six", "skip_reason": "Not found."}], ["six: not audited. Not found."]),
        (
            [SOUND[1], {**SOUND[0], "vulns": [{"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": ["3.1.7"]}]}],
            ["jinja2 3.1.6: GHSA-1, CVE-1. Fixed in: 3.1.7."],
        ),
        (
            [SOUND[1], {**SOUND[0], "vulns": [{"id": "GHSA-1", "fix_versions": []}]}],
            ["jinja2 3.1.6: GHSA-1. Fixed in: no release yet."],
        ),
    ],
    ids=["sound", "nothing answered", "another version answered", "skipped", "vulnerable", "not fixed"],
)
def test_the_audit_passes_only_if_the_service_covers_every_package(dependencies, said):
    assert faults_of_report({"dependencies": dependencies, "fixes": []}, PACKAGES) == said


@contextmanager
def service(vulnerable: str) -> Iterator[str]:
    """A vulnerability service with the query API of osv that knows one vulnerability of one package."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked["package"]["name"]
            affected = [
                {"package": {"name": name, "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"fixed": "9.0"}]}]}
            ]
            found = [{"id": "GHSA-0000-0000-0000", "summary": "planted", "affected": affected}] if name == vulnerable else []
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()


def audited(lock: Path, address: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "tests.codebase.audit", "--service", "osv", "--osv-url", address, str(lock)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


@pytest.mark.soak
def test_make_audit_fails_for_a_vulnerability_and_without_an_answer(tmp_path):
    lock = tmp_path / "some.txt"
    lock.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\nidna==3.20 --hash=sha256:{'0' * 64}\n")
    with service("none of them") as address:
        assert audited(lock, address) == (0, "some.txt: 2 packages audited, no known vulnerability\n")
    with service("six") as address:
        code, said = audited(lock, address)
        assert code == 1
        assert "six 1.17.0: GHSA-0000-0000-0000. Fixed in: 9.0." in said
    code, said = audited(lock, address)  # the service does not run any more
    assert code == 1
    assert "no audit: the service gave no usable answer." in said


def test_bandit_fails_for_a_planted_fault(tmp_path):
    """Runs the same make target as `make lint`."""
    (tmp_path / "page.py").write_text(
        "import subprocess\nimport yaml\n\n\ndef page(line, text, cursor, name):\n    subprocess.run(line, shell=True)\n"
        "    yaml.load(text)\n    cursor.execute(f\"SELECT * FROM t WHERE n = '{name}'\")\n    assert name\n"
    )
    (tmp_path / "page_sql.py").write_text(
        "import subprocess\n\nTABLE = 't'\nSTATEMENT = f'SELECT * FROM {TABLE}'\n\n\ndef page(line):\n    subprocess.call(line, shell=True)\n"
    )
    venv = os.path.relpath(sys.prefix, ROOT)  # make divides names at spaces, and the path of the checkout may have one
    command = ["make", "--silent", f"VENV={venv}", f"PACKAGES={tmp_path}", "--old-file", f"{venv}/.development"]
    done = subprocess.run([*command, "--keep-going", "bandit"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert all(rule in done.stdout for rule in ("B602", "B506", "B608")), done.stdout + done.stderr
    (tmp_path / "page.py").unlink()
    done = subprocess.run([*command, "bandit"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "B602" in done.stdout
    assert "B608" not in done.stdout, "our own constants"
    (tmp_path / "page_sql.py").write_text("TABLE = 't'\nSTATEMENT = f'SELECT * FROM {TABLE}'\n")
    assert subprocess.run([*command, "bandit"], cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("built", ["bdist_wheel", "sdist"])
def test_a_wheel_or_an_archive_that_would_lack_the_templates_is_refused(built):
    done = subprocess.run([sys.executable, "setup.py", "--quiet", built], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "it would lack its templates" in done.stderr
