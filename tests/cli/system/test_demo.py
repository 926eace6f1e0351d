"""What the demo leaves: a mail that shows itself when everything has been stopped, and a line that serves its data again."""

import os
import re
import subprocess
import sys

import pytest

from cli.system import demo_command, demo_run, service_processes
from composer.composition import compose_folder
from config.env import ROOT
from tests.support.chromium import MARKS, chromium

THEMES = ROOT / "templates" / "email"
PICTURES = 9  # a digest shows the first one of each article
GONE = "http://127.0.0.1:1/media/"


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder with the mail, as the demo leaves it when its server is gone."""
    folder = tmp_path_factory.mktemp("the demo")

    def url(picture):
        return f"{GONE}{picture.name}"

    mail = compose_folder(demo_run.ISSUE, theme_root=THEMES, picture_url=url).variants[0].mail
    assert f'src="{GONE}' in mail.html
    demo_run.write_mail(mail, folder, url)
    return folder


def test_the_demos_mail_needs_no_server(left):
    html = (left / "issue.html").read_text(encoding="utf-8")
    sources = re.findall(r'<img[^>]* src="([^"]*)"', html)
    assert len(set(sources)) == PICTURES
    assert all((left / source).is_file() for source in sources)
    for name in ("issue.html", "issue.txt"):
        written = (left / name).read_text(encoding="utf-8")
        assert GONE not in written
        assert "Li Na" in written
        assert "-mr_" not in written


def test_a_campaign_in_the_demos_console_can_be_paused_for_a_minute_and_more():
    assert len(demo_run._expected()) / demo_command.CONSOLE_RATE >= 60


class TestSeen:
    pytestmark = MARKS

    def test_a_browser_shows_every_picture_from_the_disk(self, left):
        with chromium() as browser:
            page = browser.new_page()
            page.goto((left / "issue.html").as_uri())
            widths = page.evaluate("[...document.images].map(each => each.naturalWidth)")
        assert len(widths) == PICTURES
        assert min(widths) > 100


def test_a_command_on_another_data_directory_is_quoted_for_the_shell(tmp_path, monkeypatch):
    program = os.path.join(os.path.dirname(sys.executable), "mailroom")
    monkeypatch.setattr(sys, "argv", [program, "demo"])
    folder = tmp_path / "data of the demo"
    line = service_processes.typed(folder, "system", "settings")
    completed = subprocess.run(["sh", "-c", line], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True)
    assert str(folder) in completed.stdout


def test_a_command_on_the_usual_data_needs_no_setting(monkeypatch):
    monkeypatch.setattr(sys, "argv", [".venv/bin/mailroom", "up"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert service_processes.typed(ROOT / "var", "staff", "add", "NAME") == ".venv/bin/mailroom staff add NAME"
    monkeypatch.setattr(sys, "argv", ["/somewhere/cli/__main__.py", "up"])
    assert service_processes.typed(ROOT / "var", "up") == "mailroom up"
