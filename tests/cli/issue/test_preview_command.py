"""`mailroom issue preview` as a process: it starts without settings, prints its address, follows edits, and ends cleanly."""

import http.client
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from urllib.request import urlopen

import pytest

from config.env import ROOT
from tests.support.chromium import CHROMIUM, chromium
from tests.support.issues import FOR_SOME, for_some_readers
from tests.support.phone import unfold
from tests.support.variations import few
from tests.support.waiting import wait_until
from tests.web.test_browser import INSPECT, watched

COMMAND = [sys.executable, "-m", "cli", "issue", "preview"]


@pytest.fixture
def folder(tmp_path):
    return for_some_readers(tmp_path / "april")


def write(folder, text: str) -> None:
    (folder / "issue.md").write_text(text, encoding="utf-8")


@pytest.fixture
def run():
    """Starts the command; whatever still runs at the end is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: object, **more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **more},
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def document_of(process) -> dict[str, object]:
    """The document that it prints before it serves."""
    lines = []
    while not lines or lines[-1] != "}\n":
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
    return json.loads("".join(lines))


@pytest.mark.processes
@pytest.mark.parametrize("number", few(signal.SIGTERM, soak=[signal.SIGINT]))
def test_it_serves_without_settings_until_it_is_interrupted_and_that_is_no_fault(run, folder, number):
    process = run(
        folder, "--port", 0, "--json", MAILROOM_DATABASE_URL="nonsense", MAILROOM_NONSENSE="x", MAILROOM_DATA_DIR="/proc/x"
    )
    document = document_of(process)
    assert document["address"] == f"http://127.0.0.1:{document['port']}/"
    with urlopen(document["address"], timeout=60) as answer:
        assert "For you, news of April" in answer.read().decode()
    for method, status in (("HEAD", 200), ("POST", 405)):
        connection = http.client.HTTPConnection("127.0.0.1", document["port"], timeout=20)
        connection.request(method, "/en/")
        assert connection.getresponse().status == status
        connection.close()
    # A connection that stays open must not hold it up.
    idle = socket.create_connection(("127.0.0.1", document["port"]))
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    idle.close()
    assert (process.returncode, out, err) == (0, "", "")


@pytest.mark.processes
def test_it_listens_on_loopback_only(run, folder):
    port = document_of(run(folder, "--port", 0, "--json"))["port"]
    others = {entry[4][0] for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in {other for other in others if not other.startswith("127.")}:
        with pytest.raises(OSError), socket.create_connection((address, port), timeout=2):  # noqa: PT011
            pass


@pytest.mark.processes
def test_it_opens_the_browser_on_request(run, folder, tmp_path):
    opened = tmp_path / "opened"
    process = run(folder, "--port", 0, "--json", "--open", BROWSER=f"sh -c 'echo %s > {opened}'")
    address = document_of(process)["address"]
    wait_until(lambda: opened.exists() and opened.read_text(encoding="utf-8"), 60)
    assert opened.read_text(encoding="utf-8").strip() == address


@pytest.mark.processes
def test_a_taken_port_is_refused_if_it_was_asked_for(run, folder):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = run(folder, "--port", port)
        out, err = process.communicate(timeout=90)
    assert (process.returncode, out) == (1, "")
    assert f"port {port} cannot be used" in err
    assert "--port" in err


@pytest.mark.processes
def test_pictures_without_chromium_are_refused_with_the_reason(run, folder, tmp_path):
    process = run(folder, "--png", tmp_path / "out", PATH=str(tmp_path))
    out, err = process.communicate(timeout=90)
    assert (process.returncode, out) == (1, "")
    assert "screenshots need Chromium" in err or "screenshots need Playwright" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.processes
def test_pictures_of_every_variant_on_two_widths_in_both_lights(run, folder, tmp_path):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    text = (
        (folder / "issue.md").read_text(encoding="utf-8").replace("Only: interests", "Only: country").replace("chemistry", "CN")
    )
    write(folder, text)  # one condition: two variants
    process = run(folder, "--png", tmp_path / "out", "--json")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    names = [
        f"variant-0{number}-en-{width}-{scheme}.png" for number in (0, 1) for width in ("desktop", "phone") for scheme in ("dark", "light")
    ]  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    assert len(json.loads(out)["files"]) == 8
    pixels = {}
    for name in names:
        data = (tmp_path / "out" / name).read_bytes()
        pixels[name] = data
        width, height = struct.unpack(">II", data[16:24])
        assert width == (800 if "desktop" in name else 375)
        assert height > 900
    assert len(set(pixels.values())) == 8


@pytest.mark.processes
def test_pictures_of_an_issue_that_makes_no_mail(run, folder, tmp_path):
    pytest.importorskip("playwright", reason="Playwright is not installed")
    write(folder, "no head")
    process = run(folder, "--png", tmp_path / "out")
    out, err = process.communicate(timeout=90)
    assert (process.returncode, out) == (1, "")
    assert "head-missing" in err or "screenshots need Chromium" in err


@pytest.mark.browser
@pytest.mark.processes
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize(("width", "scheme", "language"), few((1280, "dark", "zh-CN"), soak=[(390, "light", "en")]))
def test_the_page_follows_edits_and_keeps_its_place(run, folder, width, scheme, language):
    address = document_of(run(folder, "--port", 0, "--json"))["address"]
    with chromium() as browser:
        context = browser.new_context(viewport={"width": width, "height": 800}, locale=language, color_scheme=scheme)
        page = watched(context)
        page.goto(f"{address}?view=dark")
        mail = page.frame_locator(".sheet iframe:not(.coming)")
        mail.get_by_text("Somebody is told").wait_for()
        assert page.evaluate(INSPECT) == []
        unfold(page, "#preview-view")
        page.check("#preview-view [value=designed]")
        page.wait_for_url("**/*view=designed*")
        page.locator(".sheet iframe[src*='designed']:only-child").wait_for()
        # Where there is room, the page is as long as the mail; on a phone the frame scrolls.
        scrolled = (
            "document.documentElement"
            if width > 1000
            else "document.querySelector('.sheet iframe').contentDocument?.documentElement"
        )
        # A mail that is not laid out yet cannot be scrolled.
        page.wait_for_function(f"""() => {{
          const mail = {scrolled};
          if (!mail) return false;
          mail.scrollTop = 150;
          return mail.scrollTop === 150;
        }}""")
        write(folder, FOR_SOME.replace("Somebody is told", "A chemist is told"))
        mail.get_by_text("A chemist is told").wait_for()
        page.locator(".sheet iframe:only-child").wait_for()
        assert page.evaluate(f"{scrolled}.scrollTop") == 150
        write(folder, FOR_SOME.replace("subject:", "subjct:"))
        page.get_by_text("subjct").first.wait_for()
        mail.get_by_text("A chemist is told").wait_for()
        assert page.evaluate(INSPECT) == []
        assert page.complaints == []
