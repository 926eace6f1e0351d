"""The child process that decodes pictures with limited time and memory: `python -m composer.images.codec_process`."""

from __future__ import annotations

from typing import Any

from composer.errors import FaultError
from composer.images.pillow_codec import encode, keep, thumbnail
from composer.limited_process import Message, serve

SECONDS = 15.0  # of processor time for one picture; the largest allowed one takes 3
MEMORY = 640 * 1024 * 1024  # bytes of address space; the largest allowed pictures and animations take 500 MiB


def work(request: dict[str, Any], data: bytes) -> Message:
    """Runs one task. `encode`: for a mail; `keep`: for the folder of an imported issue. `thumbnail`: for a list of pictures."""
    try:
        kind, coded, (width, height) = {"encode": encode, "keep": keep, "thumbnail": thumbnail}[request["task"]](data)
    except FaultError as refusal:
        return {"refused": refusal.code, "params": refusal.params}, b""
    return {"kind": kind, "width": width, "height": height}, coded


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
