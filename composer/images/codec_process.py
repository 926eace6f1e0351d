"""The child process that decodes pictures with limited time and memory: `python -m composer.images.codec_process`."""

from collections.abc import Callable
from typing import Any

from composer.errors import ContentError
from composer.images import pillow_codec
from composer.limited_process import Message, serve

SECONDS = 15.0  # of processor time for one picture; the largest allowed one takes 3
MEMORY = 640 * 1024 * 1024  # bytes of address space; the largest allowed pictures and animations take 500 MiB


def work(request: dict[str, Any], data: bytes) -> Message:
    try:
        return TASKS[request["task"]](request, data)
    except ContentError as refusal:
        return {"refused": refusal.code, "params": refusal.params}, b""


def _coded(made: pillow_codec.Coded) -> Message:
    kind, coded, (width, height) = made
    return {"kind": kind, "width": width, "height": height}, coded


def _measure(_request: dict[str, Any], data: bytes) -> Message:
    kind, frames, (width, height) = pillow_codec.measure(data)
    return {"kind": kind, "width": width, "height": height, "frames": frames}, b""


TASKS: dict[str, Callable[[dict[str, Any], bytes], Message]] = {
    "encode": lambda _, data: _coded(pillow_codec.encode(data)),  # for a mail
    "keep": lambda _, data: _coded(pillow_codec.keep(data)),  # for the folder of an imported issue
    "thumbnail": lambda request, data: _coded(pillow_codec.thumbnail(data, int(request["longest"]))),  # for pages of the console
    "crop": lambda request, data: _coded(pillow_codec.crop(data, request["box"])),
    "measure": _measure,
}


if __name__ == "__main__":
    serve(work, memory=MEMORY, seconds=SECONDS)
