"""The S3 client for the bucket of pictures. It uses our settings and ignores other S3 configuration on the machine.

Imported only if the settings name a bucket, because it needs requirements/s3.txt.
"""

from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from storages.backends.s3 import S3Storage

CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 30, 3


class PictureBucket(S3Storage):  # type: ignore[misc]  # the package has no types
    """The bucket: addressed by path at a configured endpoint, and by host name at Amazon."""

    def __init__(self, **options: Any) -> None:
        options["client_config"] = Config(
            s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            # Not every store supports these checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            ignore_configured_endpoint_urls=True,
        )
        super().__init__(**options)

    def _create_session(self) -> boto3.Session:
        """Ignore the profiles and files of other programs, and do not query the machine's metadata for credentials."""
        nothing = (None, None, None, None)
        session = botocore.session.Session(
            session_vars={"profile": nothing, "config_file": nothing, "credentials_file": nothing},
        )
        return boto3.Session(
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region_name,
            botocore_session=session,
        )
