"""The key is sent to the provider and appears nowhere else."""

import copy
import logging
import pickle
import traceback

import pytest

from tests.transport.scripted_server import ACCEPTED, answer, errors, reply, serve
from transport.errors import OperatorError, ProviderError
from transport.sendgrid.client import ApiClient

KEY = "SG.very-secret.0123456789"


def test_debug_logs_contain_no_key_and_no_payload(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("python_http_client").setLevel(logging.DEBUG)
    for script in (answer(ACCEPTED), answer(reply(401, errors(f"bad key {KEY}", KEY))), answer(b"nonsense\r\n")):
        with serve(script) as server:
            provider = ApiClient(KEY, server.url, timeout=1)
            outcome = provider.send(b'{"to":"ann@example.org"}')
            assert KEY.encode() in server.requests[0][0]
            logging.getLogger("test").debug("%r %s %r", provider, outcome, provider._headers)
            assert KEY not in repr(outcome)
            provider.close()
    assert KEY not in caplog.text
    assert "very-secret" not in caplog.text
    assert "ann@example.org" not in caplog.text


def test_repr_str_and_tracebacks_contain_no_key() -> None:
    with serve(answer(reply(403, errors(f"no, {KEY}")))) as server:
        provider = ApiClient(KEY, server.url, timeout=1)
        try:
            provider.ask("GET", "suppression/bounces")
        except ProviderError:
            printed = traceback.format_exc()
        provider.close()
    printed += "".join(map(repr, (provider, provider._headers, provider.__class__)))
    printed += str(provider._headers) + str(provider)
    assert "very-secret" not in printed
    assert "ProviderError" in printed


def test_a_client_is_not_pickled_or_copied() -> None:
    provider = ApiClient(KEY, "http://127.0.0.1:9")
    with pytest.raises(TypeError):
        pickle.dumps(provider)
    with pytest.raises(TypeError):
        copy.copy(provider)


@pytest.mark.parametrize("key", ["", " ", "SG.a b", "SG.a\r\nX: y", "SG.ä"])
def test_unusable_keys_are_refused_without_being_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDGRID_API_KEY", "SG.from-the-environment")  # the package would fall back to this
    with pytest.raises(OperatorError, match="MAILROOM_SENDGRID_API_KEY") as caught:
        ApiClient(key)
    assert "SG." not in str(caught.value)
