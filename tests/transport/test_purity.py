"""The transport is independent: importing it loads no framework, no database and no other package of the project."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import importlib, pkgutil, sys
import transport
for module in pkgutil.walk_packages(transport.__path__, "transport."):
    importlib.import_module(module.name)
strangers = {"django", "celery", "psycopg", "redis", "composer", "config", "campaigns", "worker", "subscribers",
    "publication", "editorial", "web", "cli", "sandbox"}
print(sorted(strangers & {name.split(".")[0] for name in sys.modules}))
"""


def test_importing_the_transport_loads_no_framework_or_database() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
