"""Checks the settings MEDIA_S3_… together and turns them into Django's STORAGES."""

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

BUCKET = "MAILROOM_MEDIA_S3_BUCKET"
NEEDED = {
    "MEDIA_S3_KEY": "the id of the key that may write into the bucket",
    "MEDIA_S3_SECRET": "the secret that belongs to the key",
    "MEDIA_URL": "the address at which readers find what is in the bucket",
}
WITHOUT_BUCKET = ("MEDIA_S3_ENDPOINT", "MEDIA_S3_KEY", "MEDIA_S3_SECRET")
INSTALL = ".venv/bin/pip install --require-hashes -r requirements/s3.txt"
# A name holds the digest of its picture, so what is behind it never changes.
FOR_EVER = "public, max-age=31536000, immutable"


def faults_of(values: Mapping[str, Any]) -> list[str]:
    """One sentence for each fault. `values` has the keys of the settings table."""
    if not values["MEDIA_S3_BUCKET"]:
        return [f"MAILROOM_{name} is set, but {BUCKET} is not: name the bucket" for name in WITHOUT_BUCKET if values[name]]
    faults = [f"MAILROOM_{name} is not set, and {BUCKET} is: {meaning}" for name, meaning in NEEDED.items() if not values[name]]
    if find_spec("storages") is None or find_spec("boto3") is None:
        faults.append(f"{BUCKET} is set, but the S3 package is not installed: {INSTALL}")
    return faults


def storages(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Django's STORAGES: pictures in files below MEDIA_ROOT, or in the bucket."""
    store: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    if values["MEDIA_S3_BUCKET"]:
        store = {
            "BACKEND": "config.media_bucket.PictureBucket",
            "OPTIONS": {
                "bucket_name": values["MEDIA_S3_BUCKET"],
                "endpoint_url": values["MEDIA_S3_ENDPOINT"],
                "region_name": values["MEDIA_S3_REGION"],
                "access_key": values["MEDIA_S3_KEY"],
                "secret_key": values["MEDIA_S3_SECRET"],
                # Set explicitly, so that nothing is taken from the machine's environment.
                "security_token": None,
                "session_profile": None,
                "default_acl": None,
                "file_overwrite": False,
                "querystring_auth": False,
                "object_parameters": {"CacheControl": FOR_EVER},
            },
        }
    return {"default": store, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
