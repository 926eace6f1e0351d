"""The gallery finds nothing in a theme of ours, and each planted fault."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from composer.themes.theme_loading import load_theme
from tests.composer.making import theme_copy
from tests.gallery import browser_checks
from tests.gallery.__main__ import main
from tests.gallery.contents import Mail, copy_pictures, mail_of
from tests.gallery.link_checks import wrong_links
from tests.support.chromium import MARKS, chromium
from tests.support.mail_browser import opened

pytestmark = [*MARKS, pytest.mark.soak]

REDUCED = ("--layout", "digest", "--language", "en", "--content", "one", "--width", "320", "--workers", "1")

# What is inserted at the end of the mail -> how the fault that it is begins.
PLANTED = {
    '<div style="width: 900px">wide</div>': "overflow",
    '<table><tr><td><p style="margin-left: -60px">A paragraph beside its cell</p></td></tr></table>': "outside of its cell: p",
    '<p style="width: 300px; word-break: break-all">The word that breaks is the last: oceanographers</p>': "broken word",
    '<p><a href="https://e.org/" style="font-size: 9px">small</a></p>': "low link",
    '<p style="color: #bbbbbb; background: #ffffff">pale</p>': "contrast",
    '<p style="background: #ffffff"><img alt="pale" width="90" height="60" style="color: #cccccc" src="https://e.org/a.png"></p>':
        "contrast",
    '<p><img alt="tiny type" width="90" height="60" style="font-size: 6px" src="https://e.org/a.png"></p>':
        "alternative text not visible",
    '<p><img width="90" height="60" src="https://e.org/a.png"></p>': "axe image-alt",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Mail:
    folder = tmp_path_factory.mktemp("pictures")
    copy_pictures(folder)
    return mail_of(load_theme("plain"), "digest", "en", "no-pictures", folder)


def faults_of(browser: Any, html: str) -> set[str]:
    with opened(browser, html, width=320, mode="light", pictures={}, scripts=True) as page:
        page.wait_for_function("[...document.images].every((e) => e.complete)")
        checks = (browser_checks.colour_faults, browser_checks.picture_faults, browser_checks.rule_faults)
        return {fault for check in checks for fault in check(page)} | set(browser_checks.layout_faults(page, 320))


def test_a_reduced_gallery_finds_nothing_and_writes_a_sheet(tmp_path: Path) -> None:
    assert main([str(tmp_path), "--theme", "plain", *REDUCED]) == 0
    assert (tmp_path / "plain-digest-en.png").stat().st_size > 10_000
    assert (tmp_path / "faults.txt").read_text() == ""


def test_a_fault_in_a_theme_is_listed_and_ends_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    themes = theme_copy(tmp_path, theme__css=("a.on { display: inline-block;", "a.on { display: inline; font-size: 11px;"))
    assert main([str(tmp_path / "out"), "--themes", str(themes), *REDUCED]) == 1
    listed = (tmp_path / "out" / "faults.txt").read_text()
    assert "ours-digest-en: low link: " in listed
    assert listed in capsys.readouterr().out


@pytest.mark.parametrize("planted", PLANTED)
def test_each_measurement_finds_its_planted_fault(browser: Any, mail: Mail, planted: str) -> None:
    before = faults_of(browser, mail.html)
    after = faults_of(browser, mail.html.replace("</body>", f"{planted}</body>"))
    assert before == set()
    assert any(fault.startswith(PLANTED[planted]) for fault in after - before)


def test_wrong_links_are_found(mail: Mail) -> None:
    story = mail.stories()[0]
    address = f"https://newsletter.example.org/read/{story.id}"
    assert list(wrong_links(mail)) == []
    for old, new, found in (
        (address, "", "a link leads nowhere"),
        (address, "#nowhere", "a link leads to a missing anchor"),
        (address, f"{address}-2", "a link leads to a page that does not exist"),
        (">Read on", ">More", "there is no link to read on"),
        ("https://newsletter.example.org/unsubscribe", "https://e.org/", "there is no link to unsubscribe_url"),
    ):
        changed = replace(
            mail,
            html=mail.html.replace(f'"{old}"' if old.startswith("http") else old, f'"{new}"' if old.startswith("http") else new),
        )
        assert changed.html != mail.html
        assert any(fault.startswith(found) for fault in wrong_links(changed)), found
