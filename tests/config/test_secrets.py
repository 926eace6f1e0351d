"""Secrets appear neither in a repr nor in an error about the settings."""

import copy
import pickle

import pytest

from cli.system import environment_checks
from config.env import load

PLANTED = {
    "MAILROOM_SECRET_KEY": "planted<signing&key> of sufficient length",
    "MAILROOM_LINK_KEYS": "planted-link-1-of-sufficient-length,planted-link-2-of-sufficient-length",
    "MAILROOM_SENDGRID_API_KEY": "SG.planted-provider",
    "MAILROOM_MEDIA_S3_BUCKET": "pictures",
    "MAILROOM_MEDIA_URL": "https://pictures.example",
    "MAILROOM_MEDIA_S3_KEY": "planted-id",
    "MAILROOM_MEDIA_S3_SECRET": "planted-s3'secret",
}


def addresses(port: int) -> dict[str, str]:
    return {
        "MAILROOM_DATABASE_URL": f"postgresql://mailroom:planted%40data%2Fbase@127.0.0.1:{port}/mailroom",
        "MAILROOM_BROKER_URL": f"redis://:planted%3Dbroker@127.0.0.1:{port}/0",
    }


SECRETS = ("planted", "signing&", "data/base", "s3'secret")


@pytest.mark.parametrize("name", ["SECRET_KEY", "LINK_KEYS"])
@pytest.mark.parametrize("key", ["short", "x" * 40])
def test_a_key_that_can_be_guessed_is_refused_for_a_new_installation_and_a_fault_of_the_doctor(tmp_path, name, key):
    given = {f"MAILROOM_{name}": key, "MAILROOM_DATA_DIR": str(tmp_path / "data")}
    (fault,) = load(given).faults
    assert fault.startswith(f"MAILROOM_{name}: its value can be guessed")
    assert key not in fault
    (tmp_path / "data" / "run").mkdir(parents=True)
    existing = load(given)
    assert not existing.faults, "it was started before, and a new key would sign everybody out"
    (check,) = environment_checks._keys(existing)
    assert (check.level, f"MAILROOM_{name} can be guessed" in check.finding) == ("fault", True)


def test_the_repr_of_settings_shows_no_secret():
    environment = load({**PLANTED, **addresses(5432)})
    assert not environment.faults
    for shown in (
        repr(environment),
        str(environment),
        f"{environment}",
        repr(environment.values),
        repr(vars(environment.values)),
    ):
        assert not any(secret in shown for secret in SECRETS), shown
    for write in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="secrets"):
            write(environment)


@pytest.mark.parametrize(
    "wrong", ["postgresql://mailroom:pla/nted@db/x", "postgresql://m:planted@[db/x", "mysql://m:planted@db/x"]
)
def test_an_error_about_a_secret_setting_quotes_no_part_of_it(wrong):
    (fault,) = load({"MAILROOM_DATABASE_URL": wrong}).faults
    assert fault.startswith("MAILROOM_DATABASE_URL: its value ")
    assert "pla" not in fault
