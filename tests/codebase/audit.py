"""`make audit`: asks a vulnerability service about every locked package, and fails unless it answered for each of them.

pip-audit alone exits 0 when its service knows none of the packages or answers for half of them: it calls that "skipped".
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LOCKS = ("runtime.txt", "s3.txt", "development.txt")


def locked(text: str) -> dict[str, str]:
    """The packages of a lock file and their versions."""
    return {
        canonicalize_name(name): version for name, version in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", text, re.M)
    }


def below_lowest_safe(packages: dict[str, str], table: dict[str, dict[str, str]]) -> list[str]:
    """A sentence for each package that is locked at a version known to be unsafe."""
    return [
        f"{name} {packages[name]} is older than {row['lowest']}, the lowest safe version ({row['advisory']}: {row['why']}). "
        "Raise it in requirements/*.in and run `make lock`."
        for name, row in table.items()
        if name in packages and Version(packages[name]) < Version(row["lowest"])
    ]


def lowest_safe() -> dict[str, dict[str, str]]:
    return tomllib.loads((REQUIREMENTS / "lowest-safe.toml").read_text(encoding="utf-8"))


def faults_of_report(report: dict[str, Any], packages: dict[str, str]) -> list[str]:
    """The vulnerabilities in pip-audit's JSON, and the packages that it does not cover."""
    faults, answered = [], set()
    for entry in report.get("dependencies", []):
        name = canonicalize_name(entry["name"])
        if "skip_reason" in entry:
            faults.append(f"{name}: not audited. {entry['skip_reason']}")
            answered.add(name)
        elif packages.get(name) == entry.get("version"):
            answered.add(name)
        for found in entry.get("vulns", []):
            fixed = ", ".join(found.get("fix_versions", [])) or "no release yet"
            known_as = ", ".join([found["id"], *found.get("aliases", [])])
            faults.append(f"{name} {entry.get('version')}: {known_as}. Fixed in: {fixed}.")
    missing = sorted(packages.keys() - answered)
    return faults + [f"{name} {packages[name]}: not audited. The report does not name it." for name in missing]


def audit(lock: Path, options: list[str]) -> list[str]:
    """The faults that the service reports for one lock file."""
    packages = locked(lock.read_text(encoding="utf-8"))
    command = ["pip_audit", "--format", "json", "--desc", "off", "--aliases", "on", "--progress-spinner", "off"]
    # --disable-pip: the lock file is complete and hashed, nothing needs to be resolved or downloaded.
    command += ["--disable-pip", "--require-hashes", "--requirement", str(lock), *options]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        said = done.stderr.strip().splitlines()
        return [f"no audit: the service gave no usable answer. {said[-1] if said else f'pip-audit ended with {done.returncode}'}"]
    return faults_of_report(report, packages)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument("--service", choices=("pypi", "osv"), default="pypi", help="whom to ask (ARGS='--service osv')")
    parser.add_argument("--osv-url", help="the address of your own mirror of osv")
    parser.add_argument("--timeout", type=int, default=15, help="seconds to wait for an answer")
    parser.add_argument("locks", nargs="*", type=Path, default=[REQUIREMENTS / name for name in LOCKS])
    chosen = parser.parse_args(arguments)
    options = ["--vulnerability-service", chosen.service, "--timeout", str(chosen.timeout)]
    options += ["--osv-url", chosen.osv_url] if chosen.osv_url else []
    failed = False
    for lock in chosen.locks:
        packages = locked(lock.read_text(encoding="utf-8"))
        faults = below_lowest_safe(packages, lowest_safe()) + audit(lock, options)
        failed = failed or bool(faults)
        print(
            f"{lock.name}: {f'{len(faults)} faults' if faults else f'{len(packages)} packages audited, no known vulnerability'}"
        )
        for fault in faults:
            print(f"  {fault}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
