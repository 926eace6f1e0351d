"""A preview that serves a small issue with variants on loopback, and a client that speaks HTTP to it."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from cli.issue.preview.preview_server import Preview
from config.env import ROOT

THEMES = ROOT / "templates" / "email"
PICTURE = ROOT / "examples" / "cast-2023-03" / "images" / "pacifichem.jpg"

ISSUE = """---
title: CAST Newsletter
organisation: China Association for Science and Technology
number: 2023-04
date: 2023-04-30
subject: For {{ name or "you" }}, news of April
preheader: Too short
language: en
footer:
  about: CAST is the largest organisation of scientists in the country.
  address: 3 Fuxing Road, Beijing
---
Dear {{ name or "reader" }}, this issue has parts for some readers.

# Headlines

## Madrid hosts the engineers

The first paragraph tells of a congress, with a [plain link](http://english.cast.org.cn/) in it.

![A ring of molecules around a mountain](images/pacifichem.jpg)
Caption: Pacifichem

::: only country = "CN"
The congress is open to members in China without a fee.
:::

## For chemists
Only: interests = "chemistry"

Only chemists read this article.

## A portrait

Somebody is told about here, at length and in the last article.

<!-- check: is this her own word? -->
"""


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def document(self):
        return json.loads(self.body)


@dataclass
class Client:
    port: int

    def get(self, path: str, method: str = "GET", host: str = "", **query: str) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        address = f"{path}?{urlencode(query)}" if query else path
        connection.putrequest(method, address, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{self.port}")
        connection.endheaders()
        answer = connection.getresponse()
        got = Got(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return got

    def sheet(self, **query: str):
        answer = self.get("/sheet.json", **query)
        assert answer.status == 200, answer.text
        return answer.document


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "april"
    (folder / "images").mkdir(parents=True)
    shutil.copy(PICTURE, folder / "images")
    (folder / "issue.md").write_text(ISSUE, encoding="utf-8")
    return folder


@pytest.fixture
def themes(tmp_path):
    """The themes, for a test to change."""
    return shutil.copytree(THEMES, tmp_path / "themes")


@pytest.fixture
def start():
    """Starts previews; all of them end with the test."""
    running: list[tuple[Preview, threading.Thread]] = []

    def start(folder, themes=THEMES) -> Preview:
        preview = Preview(folder, 0, themes)
        thread = threading.Thread(target=preview.serve)
        thread.start()
        running.append((preview, thread))
        return preview

    yield start
    for preview, thread in running:
        preview.shutdown()
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def preview(start, folder):
    return start(folder)


@pytest.fixture
def client(preview):
    return Client(preview.server_port)


def write(folder, text: str) -> None:
    (folder / "issue.md").write_text(text, encoding="utf-8")


def proof_after(preview: Preview, change) -> object:
    """The proof that follows a change."""
    now = preview.watcher.proof(patience=20).revision
    change()
    found = preview.watcher.proof(now, patience=20)
    assert found.revision > now
    return found
