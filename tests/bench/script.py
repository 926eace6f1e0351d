"""Cases (c) and (d): a script with the `sendgrid` package, written like its examples.

Runs as its own process, with the handshake of bare.py. `--kind one`: a complete message and a request for each recipient, as its
helpers build it. `helpers`, `dicts`: one template and `--size` personalizations in a request, built from the package's helper
objects, or from plain dictionaries. `tasks`: hands each recipient to Celery (tests/bench/tasks.py).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sendgrid import SendGridAPIClient
from sendgrid.helpers import mail as helper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tests.bench.bare import MOST, Body, Recipient
from tests.bench.people import people
from tests.bench.telling import Clock


class Script:
    """Sends with the package's client, which opens a connection for each request."""

    def __init__(self, mail: dict[str, Any], port: int) -> None:
        self.body = Body(mail)
        self.client = SendGridAPIClient("SG.bench", host=f"http://127.0.0.1:{port}")
        shared = mail["shared"]
        self.sender = helper.Email(shared["from"]["email"], shared["from"].get("name"))
        self.subject = shared["subject"]
        self.text, self.html = (part["value"] for part in shared["content"])

    def one(self, recipient: Recipient) -> None:
        """A complete message; the template is filled here."""
        number, address, name = recipient
        values = self.body.one(number, address, name)
        text, html = self.text, self.html
        for tag, value in values["substitutions"].items():
            text, html = text.replace(tag, value), html.replace(tag, value)
        message = helper.Mail(
            from_email=self.sender, to_emails=helper.To(address, name or None), subject=self.subject,
            plain_text_content=text, html_content=html,
        )  # fmt: skip
        for header, value in values["headers"].items():
            message.add_header(helper.Header(header, value))
        for key, value in values["custom_args"].items():
            message.add_custom_arg(helper.CustomArg(key, value))
        self._expect(self.client.send(message))

    def helpers(self, recipients: list[Recipient]) -> None:
        """One template, and helper objects for each recipient."""
        message = helper.Mail(from_email=self.sender, subject=self.subject, plain_text_content=self.text, html_content=self.html)
        for recipient in recipients:
            values = self.body.one(*recipient)
            each = helper.Personalization()
            each.add_to(helper.To(values["to"][0]["email"], values["to"][0].get("name")))
            for header, value in values["headers"].items():
                each.add_header(helper.Header(header, value))
            for tag, value in values["substitutions"].items():
                each.add_substitution(helper.Substitution(tag, value))
            for key, value in values["custom_args"].items():
                each.add_custom_arg(helper.CustomArg(key, value))
            message.add_personalization(each)
        self._expect(self.client.send(message))

    def dicts(self, recipients: list[Recipient]) -> None:
        """One template and plain dictionaries, which the package serialises with the standard library's json."""
        whole = {**self.body.shared, "personalizations": [self.body.one(*recipient) for recipient in recipients]}
        self._expect(self.client.client.mail.send.post(request_body=whole))

    def _expect(self, answer: Any) -> None:
        if answer.status_code != 202:
            raise SystemExit(f"answered {answer.status_code}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mail", type=Path)
    for name in ("port", "count", "size"):
        parser.add_argument(f"--{name}", type=int, default=1)
    parser.add_argument("--kind", choices=("one", "helpers", "dicts", "tasks"))
    options = parser.parse_args()
    script = Script(json.loads(options.mail.read_text(encoding="utf-8")), options.port)
    everybody = [(n, p.address, p.name) for n, p in enumerate(people(0, min(MOST, options.count)))]
    work: list[Any] = everybody
    send: Callable[[Any], object] = script.one
    if options.kind in {"helpers", "dicts"}:
        work = [everybody[at : at + options.size] for at in range(0, len(everybody), options.size)]
        send = getattr(script, options.kind)
    elif options.kind == "tasks":
        from tests.bench.tasks import send_one

        send = lambda recipient: send_one.delay(*recipient)  # noqa: E731
    clock = Clock()
    for piece in work:
        send(piece)
    clock.tell()


if __name__ == "__main__":
    main()
