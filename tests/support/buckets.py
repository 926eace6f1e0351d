"""An S3-compatible server on loopback in a separate process, for tests that keep pictures in a bucket."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config

from config import media_storage
from tests.support.processes import free_port
from tests.support.waiting import wait_until

BUCKET, KEY, SECRET = "pictures", "A-KEY-OF-THE-TESTS", "a secret of the tests"
WRITES = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"]


@dataclass(frozen=True)
class Store:
    """The server at `url`. It checks no permissions until `key_that_may` is called."""

    url: str

    @property
    def media_url(self) -> str:
        return f"{self.url}/{BUCKET}/"

    def client(self, kind: str) -> Any:
        config = Config(ignore_configured_endpoint_urls=True)
        session = boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1")
        return session.client(kind, endpoint_url=self.url, config=config)

    def empty(self) -> None:
        """Delete everything, stop checking permissions, and create one bucket whose policy lets anybody read it."""
        urlopen(Request(f"{self.url}/moto-api/reset", method="POST"), timeout=30).close()
        self.let_pass("inf")
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [read]}))

    def key_that_may(self, *actions: str) -> dict[str, str]:
        """Create a key that has only these rights, and check permissions from now on; returns the settings for the key."""
        iam = self.client("iam")
        iam.create_user(UserName="mailroom")
        allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [*actions], "Resource": "*"}]}
        iam.put_user_policy(UserName="mailroom", PolicyName="pictures", PolicyDocument=json.dumps(allowed))
        made = iam.create_access_key(UserName="mailroom")["AccessKey"]
        self.let_pass("0")
        return {"MEDIA_S3_KEY": made["AccessKeyId"], "MEDIA_S3_SECRET": made["SecretAccessKey"]}

    def let_pass(self, requests: str) -> None:
        """Set how many requests are accepted before permissions are checked."""
        urlopen(
            Request(f"{self.url}/moto-api/reset-auth", data=requests.encode(), headers={"Content-Type": "text/plain"}), timeout=30
        ).close()

    def values(self, **changes: str) -> dict[str, Any]:
        """The settings for this bucket, by their names in `config.env`."""
        return {
            "MEDIA_URL": self.media_url.rstrip("/"), "MEDIA_S3_BUCKET": BUCKET, "MEDIA_S3_ENDPOINT": self.url,
            "MEDIA_S3_REGION": "us-east-1", "MEDIA_S3_KEY": KEY, "MEDIA_S3_SECRET": SECRET, **changes,
        }  # fmt: skip

    def use(self, settings: Any, **changes: str) -> None:
        """Change the settings of this process so that pictures are stored here."""
        values = self.values(**changes)
        settings.STORAGES = media_storage.storages(values)
        settings.MEDIA_URL = values["MEDIA_URL"] + "/"


@contextlib.contextmanager
def store_running(log: Path) -> Iterator[Store]:
    port = free_port()
    store = Store(f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with log.open("wb") as output:
        environment = {"PATH": os.environ["PATH"], "HOME": str(log.parent)}
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            wait_until(lambda: _answers(store, process), what=f"the S3 server: {log}")
            yield store
        finally:
            process.terminate()
            process.wait(20)


def _answers(store: Store, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the S3 server has ended"
    try:
        with urlopen(f"{store.url}/moto-api/data.json", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:  # not started yet, or a TimeoutError on a busy machine
        return False
