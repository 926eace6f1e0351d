"""The child process that decodes pictures of issues and documents within limits: `python -m composer.images.codec_process`."""

from __future__ import annotations

from typing import Any

from composer.errors import FaultError
from composer.images.pillow_codec import encode, keep
from composer.limited_process import Message, serve

SECONDS = 15.0  # of the processor for one picture; the largest that is allowed takes 3
MEMORY = 640 * 1024 * 1024  # of address space; the largest pictures and animations that are allowed take 500


def work(request: dict[str, Any], data: bytes) -> Message:
    """`encode`: as it goes into a mail; `keep`: as it goes into the folder of an imported issue."""
    try:
        kind, coded, (width, height) = {"encode": encode, "keep": keep}[request["task"]](data)
    except FaultError as refusal:
        return {"refused": refusal.code, "params": refusal.params}, b""
    return {"kind": kind, "width": width, "height": height}, coded


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
