"""Who asks, behind front servers: the rightmost address that no trusted proxy has, and nothing that an untrusted peer says."""

import ipaddress

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from cli.system import environment_checks, service_processes
from config import untrusted_proxy
from config.env import load, networks
from web.middleware import trusted_proxies

TRUSTED = networks("10.0.0.0/8, 192.168.1.5, fd00::/8, ::ffff:172.16.0.0/108")
PEER = ipaddress.ip_address("10.0.0.1")


@pytest.fixture(autouse=True)
def _front(settings, tmp_path):
    settings.TRUSTED_PROXIES = TRUSTED
    settings.DATA_DIR = tmp_path


def ask(peer: str, *reported: str, scheme: str = ""):
    """What a view sees of a request; several headers of one name arrive joined, as WSGI servers do."""
    seen = []
    given = {"HTTP_X_FORWARDED_FOR": ",".join(reported)} if reported else {}
    given |= {"HTTP_X_FORWARDED_PROTO": scheme} if scheme else {}
    request = RequestFactory().get("/", REMOTE_ADDR=peer, **given)
    trusted_proxies.TrustedProxies(lambda request: seen.append(request) or HttpResponse())(request)
    return seen[0]


@pytest.mark.parametrize(
    ("reported", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7, 10.9.9.9,192.168.1.5", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:db8::7%eth0", "2001:db8::7"),
        ("203.0.113.7, fd00::1, [fd12::9]:80", "203.0.113.7"),
        ("203.0.113.7, ::ffff:10.1.1.1, 172.16.0.9", "203.0.113.7"),
        ("10.2.2.2, 10.3.3.3", "10.2.2.2"),
        ("", "10.0.0.1"),
        ("unknown", "10.0.0.1"),
        ("1.1.1.1, _hidden, 10.3.3.3", "10.3.3.3"),
        ("203.0.113.07", "10.0.0.1"),
        ("203.0.113.7:x, 10.3.3.3", "10.3.3.3"),
        ("[2001:db8::7", "10.0.0.1"),
        ("203.0.113.7\n", "203.0.113.7"),
        ("٢٠٣.0.113.7", "10.0.0.1"),
        ("1.1.1.1, " + "10.3.3.3, " * 50_000, "10.3.3.3"),
        ("x" * 1_000_000, "10.0.0.1"),
    ],
)
def test_the_rightmost_untrusted_address_counts(reported, client):
    assert str(trusted_proxies.client_address(PEER, reported)) == client


def test_several_headers_are_read_as_one_list():
    assert ask("10.0.0.1", "1.1.1.1", "203.0.113.7", "10.2.2.2").META["REMOTE_ADDR"] == "203.0.113.7"
    assert ask("::ffff:10.0.0.1", "203.0.113.7").META["REMOTE_ADDR"] == "203.0.113.7"


def test_an_untrusted_peer_is_believed_neither_address_nor_scheme(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    seen = ask("203.0.113.9", "1.1.1.1", scheme="https")
    assert (seen.META["REMOTE_ADDR"], seen.is_secure()) == ("203.0.113.9", False)
    assert not [name for name in seen.META if "FORWARDED" in name]
    for scheme, secure in (("https", True), ("HTTPS", True), ("http, https", True), ("https, http", False), ("", False)):
        assert ask("10.0.0.1", scheme=scheme).is_secure() is secure, scheme
    assert ask("", "1.1.1.1", scheme="https").META["REMOTE_ADDR"] == "", "a Unix socket has no address"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("localhost", ""),
    ],
)
def test_a_client_is_counted_by_its_network(address, network):
    assert trusted_proxies.client_network(RequestFactory().get("/", REMOTE_ADDR=address)) == network


# ------------------------------------------------------------------------------------------------------- the setting
def test_the_setting_takes_addresses_and_networks_and_refuses_everybody():
    assert [str(network) for network in networks("10.0.0.5, 10.1.2.3/16,[fd00::1], ::ffff:10.0.0.0/104")] == [
        "10.0.0.5/32", "10.1.0.0/16", "fd00::1/128", "10.0.0.0/8",
    ]  # fmt: skip
    assert networks("none") == []
    for wrong in ("0.0.0.0/0", "::/0", "10.0.0.0/33", "front.example", "::ffff:0.0.0.0/96"):
        faults = load({"MAILROOM_TRUSTED_PROXIES": f"10.0.0.1, {wrong}"}).faults
        assert len(faults) == 1
        assert "MAILROOM_TRUSTED_PROXIES" in faults[0]
        assert wrong in faults[0]


# ------------------------------------------------------------------------------------------------------- the doctor
def diagnosis(tmp_path, **given: str):
    environ = {"MAILROOM_DATA_DIR": str(tmp_path)} | {f"MAILROOM_{name}": value for name, value in given.items()}
    (line,) = environment_checks._proxies(load(environ))
    return line


@pytest.mark.django_db
def test_the_doctor_says_which_front_server_is_not_trusted(tmp_path):
    assert diagnosis(tmp_path).level == "ok"
    unset = diagnosis(tmp_path, PUBLIC_URL="https://news.example")
    assert (unset.level, "MAILROOM_TRUSTED_PROXIES" in unset.remedy) == ("warn", True)
    assert diagnosis(tmp_path, PUBLIC_URL="https://news.example", TRUSTED_PROXIES="10.0.0.1").level == "ok"
    ask("203.0.113.9", "1.1.1.1")
    diagnosed = diagnosis(tmp_path, PUBLIC_URL="https://news.example", TRUSTED_PROXIES="10.0.0.1")
    assert diagnosed.level == "warn"
    assert "203.0.113.9" in diagnosed.finding
    assert "MAILROOM_TRUSTED_PROXIES=203.0.113.9" in diagnosed.remedy
    assert diagnosis(tmp_path, TRUSTED_PROXIES="10.0.0.1, 203.0.113.9").level == "ok", "set since"


def test_mailroom_up_trusts_this_machine_unless_told_otherwise(tmp_path, monkeypatch):
    everything = service_processes.ServiceProcesses(load({"MAILROOM_DATA_DIR": str(tmp_path)}), print)
    for given, trusted in (("", "127.0.0.0/8,::1"), ("none", "none"), ("10.0.0.5", "10.0.0.5")):
        monkeypatch.setenv("MAILROOM_TRUSTED_PROXIES", given)
        assert everything._environment()["MAILROOM_TRUSTED_PROXIES"] == trusted
    assert [str(network) for network in networks(service_processes.THIS_MACHINE)] == ["127.0.0.0/8", "::1/128"]


def test_a_hint_that_cannot_be_kept_or_read_disturbs_nobody(tmp_path, settings):
    settings.DATA_DIR = tmp_path / "file"
    settings.DATA_DIR.touch()
    assert ask("203.0.113.9", "1.1.1.1").META["REMOTE_ADDR"] == "203.0.113.9"
    (tmp_path / "run").mkdir()
    for text in ("", "[]", '{"peer": 1}', '{"peer": "x", "at": "2001-01-01T00:00:00+00:00"}', '{"peer": "x", "at": 5}'):
        (tmp_path / "run" / "untrusted-proxy.json").write_text(text)
        assert untrusted_proxy.read(tmp_path) is None
