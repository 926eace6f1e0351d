"""Case (a): a bare client without database, queue or delivery guarantee. It imports nothing from Mailroom.

Runs as its own process. It reads the mail from a file, generates recipients in memory, prints `ready`, waits for a line, then
builds each request as plain dicts with keyed tokens, serialises it whole with orjson and posts it on one kept-alive connection.
"""

import argparse
import html
import http.client
import json
import sys
from base64 import urlsafe_b64encode
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.bench.people import people
from tests.bench.telling import Clock

PAYLOAD = Struct(">BIHI")
MOST = 100_000  # recipients kept in memory; after the last one it starts again with the first

Recipient = tuple[int, str, str]


class Body:
    """Builds the requests for one mail from the data that all of its recipients share."""

    def __init__(self, mail: dict[str, Any]) -> None:
        self.shared: dict[str, Any] = mail["shared"]
        self.headers: dict[str, str] = mail["headers"]
        self.campaign: int = mail["campaign"]
        self.leave_root, self.view_root, self.preferences_root = (f"{mail['public_url']}/{path}/" for path in "uvp")
        secret = blake2b(mail["link_key"].encode(), digest_size=32, person=b"link key").digest()
        self.key_id = blake2b(secret, digest_size=1, person=b"key id").digest()[0]
        self.keyed = {
            purpose: blake2b(key=secret, digest_size=16, person=purpose.encode())
            for purpose in ("unsubscribe", "view", "preferences", "delivery", "attempt")
        }
        fields = mail["fields"]
        self.names = [(f["tag"], f["default"], f["escape"] == "html") for f in fields if f["name"] == "name"]
        self.addresses = [f["tag"] for f in fields if f["name"] == "email"]
        self.leaves = [f["tag"] for f in fields if f["name"] == "unsubscribe_url"]
        self.views = [f["tag"] for f in fields if f["name"] == "view_url"]
        self.preferences = [f["tag"] for f in fields if f["name"] == "preferences_url"]

    def token(self, purpose: str, subject: int) -> str:
        payload = PAYLOAD.pack(self.key_id, self.campaign, subject >> 32, subject & 0xFFFFFFFF)
        keyed = self.keyed[purpose].copy()
        keyed.update(payload)
        return urlsafe_b64encode(payload + keyed.digest()).decode("ascii")

    def one(self, number: int, address: str, name: str) -> dict[str, Any]:
        leave = self.leave_root + self.token("unsubscribe", number)
        view = self.view_root + self.token("view", number)
        preferences = self.preferences_root + self.token("preferences", number)
        values = {tag: (html.escape(name) if escaped else name) or default for tag, default, escaped in self.names}
        for tag in self.addresses:
            values[tag] = address
        for tag in self.leaves:
            values[tag] = leave
        for tag in self.views:
            values[tag] = view
        for tag in self.preferences:
            values[tag] = preferences
        to = {"email": address}
        if name and "," not in name and ";" not in name:  # the provider accepts neither in a display name
            to["name"] = name
        return {
            "headers": {
                **self.headers, "List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "to": [to],
            "substitutions": values,
            "custom_args": {"mr_d": self.token("delivery", number)},
        }  # fmt: skip

    def request(self, recipients: list[Recipient], attempt: int) -> bytes:
        return orjson.dumps(
            {
                **self.shared,
                "personalizations": [self.one(*recipient) for recipient in recipients],
                "custom_args": {"mr_a": self.token("attempt", attempt)},
            }
        )


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("mail", "port", "size", "first", "end"):
        parser.add_argument(f"--{name}")
    options = parser.parse_args()
    body = Body(json.loads(Path(options.mail).read_text(encoding="utf-8")))
    size, first, end = int(options.size), int(options.first), int(options.end)
    memory = [(number, p.address, p.name) for number, p in enumerate(people(first, min(end, first + MOST)), first)]
    slices = [memory[at : at + size] for at in range(0, len(memory), size)]
    clock = Clock()
    connection = http.client.HTTPConnection("127.0.0.1", int(options.port), timeout=30)
    headers = {"Authorization": "Bearer SG.bench", "Content-Type": "application/json"}
    sent = attempt = 0
    while sent < end - first:
        recipients = slices[attempt % len(slices)]
        attempt += 1
        recipients = recipients[: end - first - sent]
        connection.request("POST", "/v3/mail/send", body.request(recipients, attempt), headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 202:
            sys.exit(f"answered {answer.status}")
        sent += len(recipients)
    clock.tell()


if __name__ == "__main__":
    main()
