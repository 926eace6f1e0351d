"""The same connection over TLS: certificates are verified, session tickets are not taken for answers, early answers are read."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.transport.scripted_server import ACCEPTED, Script, Scripted, answer, errors, reply, serve
from transport.outcomes import Outcome, OutcomeKind
from transport.sendgrid.client import ApiClient

BODY = b'{"personalizations":[]}'
BIG = b"x" * 8_000_000


def write_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    cert_file, key_file = folder / f"{host}.pem", folder / f"{host}.key"
    cert_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert_file, key_file


class Shop:
    """A certificate, and the two TLS contexts that belong to it."""

    def __init__(self, folder: Path, host: str = "127.0.0.1") -> None:
        cert_file, key_file = write_certificate(folder, host)
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(cert_file, key_file)
        self.client = ssl.create_default_context(cafile=str(cert_file))

    def over_tls(self, script: Script) -> Script:
        def wrapped(seen: Scripted, conn: socket.socket) -> None:
            with self.server.wrap_socket(conn, server_side=True) as secured:
                script(seen, secured)

        return wrapped


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def made() -> Iterator[list[ApiClient]]:
    clients: list[ApiClient] = []
    yield clients
    for client in clients:
        client.close()


def connect(made: list[ApiClient], server: Scripted, trust: ssl.SSLContext | None, timeout: float = 5.0) -> ApiClient:
    provider = ApiClient("SG.key", f"https://127.0.0.1:{server.port}", timeout=timeout)
    if trust:
        provider._connection._tls = trust
    made.append(provider)
    return provider


def test_an_unknown_certificate_never_connects(shop: Shop, made: list[ApiClient], tmp_path: Path) -> None:
    other_name = Shop(tmp_path, "127.0.0.2")
    for there, trust in ((shop, None), (other_name, other_name.client)):
        with serve(there.over_tls(answer(ACCEPTED))) as server:
            outcome = connect(made, server, trust).send(BODY)
        assert outcome.kind is OutcomeKind.NEVER_CONNECTED
        assert outcome.detail == "TLS: CERTIFICATE_VERIFY_FAILED"
        assert server.requests == []


def test_close_while_idle_is_detected_before_sending(shop: Shop, made: list[ApiClient]) -> None:
    heard, closed = threading.Semaphore(0), threading.Semaphore(0)

    def one_each(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)
        conn.sendall(ACCEPTED)
        heard.acquire()
        conn.close()
        closed.release()

    with serve(shop.over_tls(one_each)) as server:
        provider = connect(made, server, shop.client)
        for _ in range(3):
            assert provider.send(BODY).kind is OutcomeKind.ACCEPTED
            heard.release()
            assert closed.acquire(timeout=30)
        assert server.connections == 3


def test_early_413_is_read(shop: Shop, made: list[ApiClient]) -> None:
    def early(seen: Scripted, conn: socket.socket) -> None:
        conn.recv(1000)
        conn.sendall(reply(413, errors("too large"), "Connection: close"))
        seen.stop.wait(10)

    with serve(shop.over_tls(early), receive_buffer=4096) as server:
        outcome = connect(made, server, shop.client).send(BIG)
    assert (outcome.kind, outcome.status) == (OutcomeKind.REFUSED, 413)


@pytest.mark.parametrize("body", [BODY, BIG])
def test_time_out_applies_to_sending_and_receiving(body: bytes, shop: Shop, made: list[ApiClient]) -> None:
    def mute(seen: Scripted, conn: socket.socket) -> None:
        conn.recv(100)
        seen.stop.wait(10)

    with serve(shop.over_tls(mute), receive_buffer=4096) as server:
        began = time.monotonic()
        outcome = connect(made, server, shop.client, timeout=0.5).send(body)
        assert time.monotonic() - began < 4
    assert outcome == Outcome(OutcomeKind.UNKNOWN, detail="time-out")


def test_a_close_without_an_answer_is_unknown(shop: Shop, made: list[ApiClient]) -> None:
    def leave(seen: Scripted, conn: socket.socket) -> None:
        seen.read_request(conn)

    with serve(shop.over_tls(leave)) as server:
        assert connect(made, server, shop.client).send(BODY).kind is OutcomeKind.UNKNOWN
