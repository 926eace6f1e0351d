"""The version of the code that a process runs: the release, and the commit if it runs from a git checkout."""

import importlib.metadata
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]


def code_version() -> str:
    """Such as `0.1.0 47b2b4d0`. Call it when a process starts: later the checkout may have been updated."""
    release = importlib.metadata.version("mailroom")
    commit = _commit(_ROOT / ".git")
    return f"{release} {commit[:8]}" if commit else release


def _commit(git: Path) -> str:
    """The commit that is checked out, without the program git; empty if there is none to be read."""
    try:
        if git.is_file():  # a linked worktree
            git = (git.parent / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()).resolve()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref:"):
            return head
        name = head.partition("ref:")[2].strip()
        common = (git / "commondir").read_text(encoding="utf-8").strip() if (git / "commondir").exists() else "."
        references = (git / common).resolve()
        if (references / name).exists():
            return (references / name).read_text(encoding="utf-8").strip()
        packed = (references / "packed-refs").read_text(encoding="utf-8").splitlines()
        return next((line.partition(" ")[0] for line in packed if line.endswith(f" {name}")), "")
    except OSError:
        return ""
