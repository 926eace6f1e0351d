"""import-linter confirms that the import contracts of pyproject.toml are kept and that no package has an import cycle."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

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


# At the top of a file, inside a function, for type checking.
IMPORTING = (
    "from {package} import planted_first", "def late():\n    from {package} import planted_first",
    "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from {package} import planted_first",
)  # fmt: skip


@pytest.mark.soak
def test_a_cycle_planted_in_any_package_is_found(tmp_path):
    """Plants two modules that import one another in every folder of a copy of the product, and runs import-linter on it. The
    folders get the kinds of import in turn.
    """
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in LINTER["root_packages"]:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=lambda _, names: [n for n in names if Path(n).suffix == ".pyc"]
        )
    planted = [
        ".".join(folder.relative_to(ROOT).parts)
        for folder in folders()
        if folder.relative_to(ROOT).parts[0] in CYCLES["ancestors"]
    ]
    for number, package in enumerate(planted):
        folder = tmp_path.joinpath(*package.split("."))
        (folder / "planted_first.py").write_text(f"from {package} import planted_second\n")
        (folder / "planted_second.py").write_text(IMPORTING[number % len(IMPORTING)].format(package=package) + "\n")
    run = lint_imports(tmp_path)
    assert run.returncode == 1
    assert [package for package in planted if f"No cycles are allowed in {package}.\n" not in run.stdout] == []
