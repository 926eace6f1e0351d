"""The settings of the bucket: all faults are reported at once, and without a bucket nothing changes."""

import pytest

from config import media_storage
from config.env import load

WHOLE = {
    "MAILROOM_MEDIA_URL": "https://pictures.example.org",
    "MAILROOM_MEDIA_S3_BUCKET": "pictures",
    "MAILROOM_MEDIA_S3_KEY": "key",
    "MAILROOM_MEDIA_S3_SECRET": "secret",
}


def test_without_a_bucket_pictures_are_files():
    environment = load({})
    assert environment.faults == []
    assert media_storage.storages(environment.values)["default"] == {"BACKEND": "django.core.files.storage.FileSystemStorage"}


def test_complete_bucket_settings_have_no_fault(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("from a file\n")
    others = {name: value for name, value in WHOLE.items() if name != "MAILROOM_MEDIA_S3_SECRET"}
    environment = load({**others, "MAILROOM_MEDIA_S3_SECRET_FILE": str(secret)})
    assert environment.faults == []
    options = media_storage.storages(environment.values)["default"]["OPTIONS"]
    assert (options["bucket_name"], options["access_key"], options["secret_key"]) == ("pictures", "key", "from a file")
    assert (options["endpoint_url"], options["region_name"]) == (None, "us-east-1")


def test_a_bucket_without_its_other_settings_reports_each_of_them():
    faults = load({"MAILROOM_MEDIA_S3_BUCKET": "pictures", "MAILROOM_MEDIA_S3_ENDPOINT": "http://s3.example.org"}).faults
    assert [fault.split()[0].strip(":") for fault in faults] == [
        "MAILROOM_MEDIA_S3_ENDPOINT", "MAILROOM_MEDIA_S3_KEY", "MAILROOM_MEDIA_S3_SECRET", "MAILROOM_MEDIA_URL",
    ]  # fmt: skip
    assert "on this machine only" in faults[0]


@pytest.mark.parametrize("name", ["ENDPOINT", "KEY", "SECRET"])
def test_bucket_settings_without_a_bucket_are_faults(name):
    [fault] = load({f"MAILROOM_MEDIA_S3_{name}": "https://s3.example.org"}).faults
    assert fault == f"MAILROOM_MEDIA_S3_{name} is set, but MAILROOM_MEDIA_S3_BUCKET is not: name the bucket"


def test_a_bucket_without_the_s3_package_reports_what_to_install(monkeypatch):
    monkeypatch.setattr(media_storage, "find_spec", lambda name: None)
    [fault] = load(WHOLE).faults
    assert "pip install" in fault
    assert "requirements/s3.txt" in fault
    assert load({}).faults == []
