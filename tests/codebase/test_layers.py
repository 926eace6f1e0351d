"""import-linter confirms that the import contracts of pyproject.toml are kept and that no package has an import cycle."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.codebase.test_layout import folders

ROOT = Path(__file__).resolve().parents[2]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
[CYCLES] = [contract for contract in LINTER["contracts"] if contract["type"] == "acyclic_siblings"]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)


def test_the_import_contracts_are_kept():
    run = lint_imports(ROOT)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
    assert "0 broken" in run.stdout


def test_every_package_is_checked_for_cycles():
    assert sorted(CYCLES["ancestors"]) == sorted(LINTER["root_packages"])


def test_no_package_above_transport_may_import_any_provider():
    """Every package of transport but `http` is a provider."""
    [contract] = [contract for contract in LINTER["contracts"] if contract["name"].startswith("only config/mail_provider.py")]
    providers = [folder.name for folder in folders() if folder.parent == ROOT / "transport" and folder.name != "http"]
    assert sorted(contract["forbidden_modules"]) == sorted(f"transport.{name}" for name in providers)
