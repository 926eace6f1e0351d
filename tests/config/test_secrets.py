"""Secrets appear nowhere: not in a repr, not in an error about the settings, not on an error page of MAILROOM_DEBUG."""

from __future__ import annotations

import copy
import pickle
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from cli.system import environment_checks
from config.env import load
from tests.support.processes import Processes, free_port

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
    assert (check.level, f"MAILROOM_{name} can be guessed" in check.found) == ("fault", True)


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


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_an_error_page_for_developers_shows_no_secret():
    """The driver rejects an option of the database URL. Its stack frames contain the password, and Django shows the variables of
    every frame.
    """
    planted = {**PLANTED, **addresses(free_port()), "MAILROOM_DEBUG": "yes"}
    planted["MAILROOM_DATABASE_URL"] += "?no_such_option=1"
    with Processes("http://127.0.0.1:1", **planted) as processes:
        processes.start_web()
        root = f"http://127.0.0.1:{processes.web_port}"
        form = urlencode({"csrfmiddlewaretoken": "a" * 32, "username": "wei", "password": "planted-password"}).encode()
        asked = {
            "text/html": Request(f"{root}/archive/", headers={"Accept": "text/html"}),
            "text/plain": Request(f"{root}/archive/", headers={"Accept": "text/plain"}),
            "a form": Request(f"{root}/console/login/", form, {"Cookie": f"mailroom-csrf={'a' * 32}; mailroom=planted-session"}),
        }
        pages = {}
        for kind, request in asked.items():
            with pytest.raises(HTTPError) as caught:
                urlopen(request, timeout=20)
            assert caught.value.code == 500, kind
            pages[kind] = caught.value.read().decode()
    assert "conninfo" in pages["text/html"], "the variables of the driver are on the page"
    assert "LINK_KEYS" in pages["text/html"], "and the settings"
    for page in pages.values():
        assert "ProgrammingError" in page
        assert not [page[max(0, at - 80) : at + 60] for secret in SECRETS if (at := page.find(secret)) >= 0]
