"""Debian's nginx on loopback, with the configuration of docs/operations.md."""

import os
import pwd
import re
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Self

from tests.support.processes import ROOT, free_port
from tests.support.waiting import wait_until

# Debian installs it where ordinary users do not search.
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
# What surrounds the documented block: Debian's number of connections, and files below `folder`.
MAIN = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 768; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{block}
}}
"""


def documented_block() -> str:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    block = re.search(r"^```nginx\n(.*?)^```", page, re.M | re.S)
    assert block
    return block[1]


class Nginx:
    """Passes https on `port` to the web server on `web_port`; a context manager that ends it."""

    def __init__(self, folder: Path, web_port: int) -> None:
        self.port, self._folder = free_port(), folder
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE
        block = documented_block()
        for documented, ours in {
            "server 127.0.0.1:8025;": f"server 127.0.0.1:{web_port};",
            "listen 443 ssl;": f"listen 127.0.0.1:{self.port} ssl;",
            "/etc/ssl/certs/news.example.org.pem": f"{folder}/certificate.pem",
            "/etc/ssl/private/news.example.org.key": f"{folder}/key.pem",
        }.items():
            assert documented in block, documented
            block = block.replace(documented, ours)
        user = pwd.getpwuid(os.geteuid()).pw_name
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user, block=block), encoding="utf-8")

    def __enter__(self) -> Self:
        assert NGINX is not None
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=news.example.org", "-days", "1",
             "-keyout", self._folder / "key.pem", "-out", self._folder / "certificate.pem"],
            check=True, capture_output=True,
        )  # fmt: skip
        self._process = subprocess.Popen([NGINX, "-e", self._folder / "error.log", "-c", self._folder / "nginx.conf"])
        wait_until((self._folder / "pid").exists, what="nginx has started")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)
