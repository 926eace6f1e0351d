"""The accounts and the WeChat QR code in finished mails, in every theme, and on the page of the archive."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from composer.css.stylesheets import pixels
from composer.images.picture_encoder import encode_picture
from composer.issue.parsing.issue_file import load_issue
from composer.pipeline import ComposedIssue, compose
from composer.preflight.parsed_html import ParsedHtml
from composer.rendering.archive_page import LinkTargets, WebPicture, web_issue
from composer.rendering.mjml_rendering import template_values
from composer.themes.theme_loading import load_theme, theme_names
from composer.themes.theme_settings import common_words
from tests.composer.making import BODY, HEAD, picture_bytes

THEMES = theme_names()
MORE = """  social:
    - 微博: https://weibo.com/example
    - LinkedIn: https://www.linkedin.com/company/example?a=1&b=2
  wechat: images/code.png
"""
Composer = Callable[..., ComposedIssue]


@pytest.fixture
def composed(tmp_path: Path) -> Composer:
    def compose_with(more: str = MORE, theme: str = "cast", size: tuple[int, int] = (430, 430), language: str = "en"):
        (tmp_path / "images").mkdir(exist_ok=True)
        (tmp_path / "images" / "code.png").write_bytes(picture_bytes(*size))
        head = HEAD.removesuffix("---\n").replace("language: en", f"language: {language}")
        (tmp_path / "issue.md").write_text(f"{head}{more}---\n{BODY}", encoding="utf-8")
        issue = load_issue(tmp_path)
        return compose(issue, folder=tmp_path, theme=load_theme(theme), picture_url=lambda each: f"https://e.org/{each.name}")

    return compose_with


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_draws_the_accounts_and_the_code(composed: Composer, theme: str):
    mail = composed(theme=theme)
    parsed = ParsedHtml(mail.html)
    links = [link for link in parsed.all("a") if "example" in str(link.get("href")) and "cast.org" not in str(link.get("href"))]
    assert [(link.get("href"), "".join(link.itertext())) for link in links] == [
        ("https://weibo.com/example", "微博"),
        ("https://www.linkedin.com/company/example?a=1&b=2", "LinkedIn"),
    ]
    assert all("line-height:44px" in re.sub(r"\s", "", str(link.get("style"))) for link in links)
    [code] = [image for image in parsed.all("img") if "code-" in str(image.get("src"))]
    assert (code.get("width"), code.get("height")) == ("120", "120")
    assert code.get("alt") == "WeChat QR code of China Association for Science and Technology"
    cell = code.getparent()
    assert cell.get("bgcolor") == "#ffffff"
    assert {"padding:8px", "background:#fff"} <= set(re.sub(r"\s", "", str(cell.get("style"))).split(";"))
    dark = re.findall(r"\.code\{background: #ffffff !important", mail.html)
    assert len(dark) == 2, "for the dark mode of mail clients, and for Outlook's"
    assert "Follow us on WeChat" in "".join(parsed.body.itertext())
    codes = {finding.code for finding in mail.findings}
    assert not codes & {"qr-code", "footer-unwritten", "tap-target", "contrast", "contrast-dark", "alt-contrast", "support"}
    assert mail.html.count("view_url") == 1
    assert "微博: https://weibo.com/example\nLinkedIn: https://www.linkedin.com/company/example?a=1&b=2\n" in mail.text


@pytest.mark.parametrize("theme", THEMES)
def test_a_footer_without_them_leaves_no_trace(composed: Composer, theme: str):
    mail = composed("", theme)
    assert not re.search(r"\b(?:qr|account|code|follow)\b", mail.html)
    assert mail.pictures == ()


def test_a_small_code_is_not_enlarged_and_is_reported(composed: Composer):
    mail = composed(size=(90, 90))
    [code] = [image for image in ParsedHtml(mail.html).all("img") if "code-" in str(image.get("src"))]
    assert pixels(code.get("width")) == 90
    [finding] = [finding for finding in mail.findings if finding.code == "qr-code"]
    assert (finding.level, finding.line) == ("warning", 15)
    assert "images/code.png is less than 200 px wide (90 × 90 px)" in str(finding)


@pytest.mark.parametrize(
    ("size", "is_reported"), [((430, 430), False), ((430, 424), False), ((430, 400), True), ((200, 200), False)]
)
def test_a_code_should_be_square(composed: Composer, size: tuple[int, int], is_reported: bool):
    assert any("is not square" in str(finding) for finding in composed(size=size).findings) == is_reported


def test_transparent_places_of_a_code_become_white(tmp_path: Path):
    path = tmp_path / "code.png"
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(path)
    made = Image.open(io.BytesIO(encode_picture(path, opaque=True).data))
    assert made.convert("RGBA").getpixel((5, 5)) == (255, 255, 255, 255)
    assert Image.open(io.BytesIO(encode_picture(path).data)).convert("RGBA").getpixel((5, 5))[3] == 0


def test_the_texts_of_the_code_are_in_every_language(composed: Composer):
    words = common_words()
    assert all("{organisation}" in texts["wechat_code"] and "WeChat" in texts["wechat_follow"] for name, texts in words.items()
               if not name.startswith("zh"))  # fmt: skip
    assert "扫码关注微信公众号" in composed(language="zh-Hans").html
    assert 'alt="China Association for Science and Technology微信公众号二维码"' in composed(language="zh-Hans").html


def test_a_theme_that_does_not_show_them_is_reported(composed: Composer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("composer.pipeline.render_mjml", _without_footer_values)
    found = [finding for finding in composed().findings if finding.code == "footer-unwritten"]
    assert [finding.line for finding in found] == [13, 15]


def _without_footer_values(issue, theme, tags, pictures, urls):
    from composer.rendering.mjml_rendering import TEMPLATE, environment_for, fill_template

    values = template_values(issue, theme, tags, pictures, urls)
    values["footer"] = values["footer"] | {"social": [], "wechat": None}
    return fill_template(environment_for(theme, escape=True), TEMPLATE, values, theme)


def test_the_page_of_the_archive_has_the_accounts_and_the_code(composed: Composer, tmp_path: Path):
    composed()
    issue, words = load_issue(tmp_path), load_theme("cast").fixed_texts("en")
    picture = WebPicture("/media/code.png", 430, 430)
    shown = web_issue(issue, words, LinkTargets("https://e.org/1", "https://e.org/", (("images/code.png", picture),)))
    assert shown.social == (
        ("微博", "https://weibo.com/example"), ("LinkedIn", "https://www.linkedin.com/company/example?a=1&b=2"),
    )  # fmt: skip
    assert shown.wechat == (picture, "WeChat QR code of China Association for Science and Technology")
