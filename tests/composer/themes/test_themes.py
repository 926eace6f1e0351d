"""The included themes: every block in every theme, within the limits of mail clients; and their documentation."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from itertools import count, islice
from pathlib import Path
from typing import Any

import pytest

from composer.css import stylesheets
from composer.errors import ComposeError, Finding
from composer.images.picture_encoder import Picture
from composer.issue.document import FULL, Article, Issue, Section
from composer.issue.parsing.issue_file import load_issue, parse_issue
from composer.issue.typography import typeset_issue
from composer.issue.variants import variants_of
from composer.pipeline import ComposedIssue
from composer.preflight.mail import GMAIL_CLIPS
from composer.rendering.blocks import NAMES_IN_THEMES, name_in_themes
from composer.rendering.mjml_rendering import template_values
from composer.rendering.text_part import render_text, text_values
from composer.rendering.theme_model import Theme
from composer.themes.theme_check import check_theme
from composer.themes.theme_loading import load_theme, theme_names
from composer.themes.theme_settings import KEYS, LOGO, PICTURES, WORDS
from composer.themes.theme_trial import FOLDER, bare, specimens, words_of
from tests.composer.making import HEAD, composed, picture_bytes, theme_copy, with_picture
from tests.support.variations import first

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "cast-2023-03"
PAGE = (ROOT / "docs" / "themes.md").read_text(encoding="utf-8")
NAMES = theme_names()
ARTICLES = [article.id for article in specimens()[0].articles()]
LANGUAGES = [issue.language for issue in specimens()]
LARGEST_STYLE = 8_192  # bytes; half of Gmail's limit


def specimen_in(language: str) -> Issue:
    return next(issue for issue in specimens() if issue.language == language)


def squeezed(text: str) -> str:
    return "".join(text.replace("\u00ad", "").split())  # soft hyphens are not text


def test_there_are_four_themes() -> None:
    assert NAMES == ("bulletin", "cast", "journal", "plain")


def test_the_specimen_has_every_block_in_both_languages() -> None:
    for issue in specimens():
        assert {name_in_themes(block) for block in issue.blocks()} >= set(NAMES_IN_THEMES)
    assert [article.id for article in specimens()[1].articles()] == ARTICLES


def _errors(mail: ComposedIssue) -> list[Finding]:
    """Returns the unexpected errors: a picture of the specimen is missing on purpose."""
    return [finding for finding in mail.findings if finding.level == "error" and finding.code != "image-missing"]


@pytest.mark.parametrize("language", first(LANGUAGES))
@pytest.mark.parametrize("name", NAMES)
def test_every_block_appears_in_every_theme(name: str, language: str) -> None:
    theme, issue = load_theme(name), specimen_in(language)
    mail = composed(issue, FOLDER, theme)
    assert _errors(mail) == []
    html = squeezed(unescape(re.sub(r"<(?!img)[^<>]*>", "", mail.html)))
    for article in typeset_issue(issue).articles():
        for block in article.blocks:
            for words in words_of(block):
                assert squeezed(words) in html


@pytest.mark.parametrize("name", first(NAMES))
def test_the_included_themes_pass_their_check(name: str) -> None:
    report = check_theme(name)
    assert report.findings == ()
    assert [each.language for each in report.measured] == LANGUAGES
    assert all(each.style_bytes < LARGEST_STYLE for each in report.measured)


@pytest.mark.parametrize("name", first(NAMES))
def test_the_themes_handle_right_to_left_and_a_minimal_issue(name: str) -> None:
    theme, specimen = load_theme(name), specimens()[0]
    mail = composed(replace(specimen, language="he"), FOLDER, theme)  # in which no theme has texts
    assert 'dir="rtl"' in mail.html
    assert "direction:ltr" not in mail.html.replace(" ", "")
    # What the theme writes in English, dates and addresses keep their direction and their punctuation.
    mail_html = re.sub(r"\s+style=(\"[^\"]*\"|'[^']*')", "", mail.html)
    for text in (theme.fixed_texts("en")["view"], theme.fixed_texts("en")["forwarded"].strip(), "17 May 2024", "5–7 June 2024"):
        assert f'<span lang="en" dir="ltr">{text}</span>' in mail_html, text
    for text in ("A Learned Society", "1 Museum Lane, 1011 Example Town", "www.example.org"):
        assert re.search(rf'<span dir="ltr">{text}', mail.html), text
    assert re.search(r'<a [^>]*href="mailto:specimen@example.org" dir="ltr"', mail.html)
    assert 'dir="ltr"' not in re.sub("<(?:html|div)[^>]*>", "", composed(specimen, FOLDER, theme).html)
    least = composed(bare(specimen), FOLDER, theme)
    for each in (mail, least):
        assert _errors(each) == []
    assert "None" not in least.html


@pytest.mark.parametrize("name", first(NAMES))
def test_twelve_articles_with_pictures_are_not_clipped_by_gmail(name: str) -> None:
    issue = load_issue(EXAMPLE)
    more = islice(_numbered(issue), 12)
    grown = replace(issue, sections=(Section("Headlines", tuple(more)),), highlights=(), layout=FULL)
    assert len(list(grown.articles())) == 12
    mail = composed(grown, EXAMPLE, load_theme(name))
    assert mail.html.count("<img") >= 12
    assert len(mail.html.encode()) <= GMAIL_CLIPS
    style = "".join(re.findall(r"<style[^>]*>(.*?)</style>", mail.html, re.DOTALL))
    assert len(style.encode()) < LARGEST_STYLE


def _numbered(issue: Issue) -> Iterator[Article]:
    """Yields the articles with a picture repeatedly, each time with another id."""
    for turn in count():
        for article in issue.articles():
            if any(name_in_themes(block) == "figure" for block in article.blocks):
                yield replace(article, id=f"{article.id}-{turn}" if turn else article.id)


EXAMPLES = re.findall(r"```markdown\n(.*?)```", (ROOT / "docs" / "issue-format.md").read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("name", first(NAMES))
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n")[0][:30])
def test_every_example_in_the_format_docs_is_rendered(name: str, example: str, tmp_path: Path) -> None:
    for source in re.findall(r"\]\((images/[^)]*)\)", example):
        with_picture(tmp_path, source, picture_bytes(1200, 800))
    issue = parse_issue(f"{HEAD}\n# Headlines\n\n## One {{#one}}\n\nText.\n\n{example}", folder=tmp_path)
    variants, _ = variants_of((issue,))
    for variant in variants:
        mail = composed(variant.issue, tmp_path, load_theme(name))
        assert _errors(mail) == []
        for block in variant.issue.blocks():
            for words in words_of(block):
                assert squeezed(words)[:12] in squeezed(re.sub(r"<(?!img)[^<>]*>", "", mail.html).replace("&#39;", "'"))


def test_the_format_docs_have_examples() -> None:
    assert len(EXAMPLES) >= 6


# -- the docs and the code -------------------------------------------------------------------------------------------


def table(after: str) -> dict[str, str]:
    """Returns the first table after a heading or sentence: names in its first cells -> the rest of the row."""
    rows = PAGE.partition(after)[2].partition("\n| ")[2]
    found: dict[str, str] = {}
    for row in f"| {rows}".split("\n\n")[0].splitlines()[2:]:
        names, _, rest = row.strip("| ").partition(" | ")
        found |= dict.fromkeys(re.findall(r"`([^`]+)`", names), rest)
    return found


def bare_keys(keys: Any) -> set[str]:
    return {key.removesuffix("?") for key in keys}


def test_the_docs_list_every_key_of_theme_yaml() -> None:
    told = table("## theme.yaml")
    assert set(told) == bare_keys(KEYS)
    for key, inner in (("pictures", PICTURES), ("logo", LOGO)):
        for name in bare_keys(inner):
            assert f"`{name}`" in told[key], (key, name)
    assert all(f"`{block}`" in told["blocks"] for block in NAMES_IN_THEMES)
    words = table("These words contain fields")
    assert set(words) == set(WORDS)
    for word, (must, _) in WORDS.items():
        assert all(f"{{{name}}}" in words[word] for name in must), word


def _values(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    theme, issue = load_theme("cast"), replace(specimens()[0], **changes)
    tags = issue.tags()
    some = {src: Picture("a.png", "image/png", b"", 900, 600, "") for src in ("images/wide.jpg", "images/portrait.jpg")}
    values = template_values(issue, theme, tags, some, dict.fromkeys(some, "https://e.org/a.png"))
    return values, text_values(issue, theme, tags)


def test_the_docs_list_everything_that_a_template_is_given() -> None:
    mail, text = _values()
    both, mail_only = table("Both templates:"), table("Only `issue.mjml.j2`:")
    assert set(both) | set(mail_only) == set(mail)
    assert set(both) == set(text)
    for name in ("issue", "footer"):
        assert set(re.findall(r"`(\w+)`", both[name])) == set(mail[name])
    assert set(re.findall(r"`(\w+)`", both["credits"])) == set(mail["credits"][0])
    assert set(re.findall(r"`(\w+)`", both["highlights"])) == set(mail["highlights"][0])
    assert set(re.findall(r"`(\w+)`", both["sections"])) == set(mail["sections"][0])
    short_mail, short_text = _values(layout="digest")
    for beginning, of_mail, of_text in (("An article has ", mail, text), ("A story has ", short_mail, short_text)):
        told = PAGE.partition(beginning)[2].partition("\n\n")[0]
        given = {*of_mail["sections"][-1]["articles"][0], *of_text["sections"][-1]["articles"][0]}
        assert set(re.findall(r"`(\w+)`", told)) == given, beginning


def test_the_docs_list_every_kind_of_part_with_all_that_it_has() -> None:
    mail, _ = _values()
    parts = [part for section in mail["sections"] for article in section["articles"] for part in article["parts"]]
    told = table("### Parts")
    assert set(told) == {part["kind"] for part in parts}
    for part in parts:
        named = set(re.findall(r"`(\w+)`", told[part["kind"]]))
        assert set(part) - {"kind", "block"} <= named, part["kind"]
        if part["kind"] == "calendar":
            assert named == {"events", *part["events"][0]}
        else:
            assert named == set(part) - {"kind", "block"}


# -- the style block -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_style_block_has_no_unused_rules(name: str) -> None:
    theme = load_theme(name)
    html = composed(bare(specimens()[0]), FOLDER, theme).html
    style = "".join(re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL))
    assert ".broad" not in style
    assert ".key" not in style
    named = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", " ", style)))
    assert named <= stylesheets.classes_in(html) | {"moz-text-html"}  # MJML writes this one for Thunderbird


@pytest.mark.parametrize("name", NAMES)
def test_the_text_part_contains_every_title(name: str) -> None:
    theme = load_theme(name)
    for issue in specimens():
        text = squeezed(render_text(issue, theme, issue.tags()))
        for article in issue.articles():
            assert squeezed(article.title) in text


def test_an_edited_copy_is_a_theme(tmp_path: Path) -> None:
    root = theme_copy(tmp_path, theme__yaml=('ground: "$accent"', 'ground: "#1d5c9b"'))
    ours = load_theme("ours", root)
    mail = composed(specimens()[0], FOLDER, ours)
    assert "#1d5c9b" in mail.html
    assert ours.digest != load_theme("cast").digest
    assert theme_names(root) == ("ours",)


def test_a_changed_theme_is_loaded_again(tmp_path: Path) -> None:
    root = theme_copy(tmp_path)
    assert load_theme("ours", root).settings["name"] == "CAST"
    path = root / "ours" / "theme.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("name: CAST", "name: Ours", 1), encoding="utf-8")
    assert load_theme("ours", root).settings["name"] == "Ours"


LOGO_YAML = 'logo: { light: mark.png, dark: mark-dark.png, alt: "The mark of the society", width: 120 }\nwidth: 600'


@pytest.fixture
def with_logo(tmp_path: Path) -> Theme:
    root = theme_copy(tmp_path, theme__yaml=("width: 600", LOGO_YAML))
    for name in ("mark.png", "mark-dark.png"):
        (root / "ours" / name).write_bytes(picture_bytes(240, 80, "PNG"))
    (root / "ours" / "mark-dark.png").write_bytes(picture_bytes(240, 81, "PNG"))
    return load_theme("ours", root)


def test_a_logo_is_mailed_in_light_and_dark(with_logo: Theme) -> None:
    mail = composed(specimens()[0], FOLDER, with_logo)
    named = [picture.name for picture in mail.pictures if picture.name.startswith("mark")]
    assert len(named) == 2
    tags = re.findall(r"<img[^>]*mark[^>]*>", mail.html)
    assert [re.findall(r'(?:alt|width)="([^"]*)"', tag) for tag in tags] == [["The mark of the society", "120"], ["", "120"]]
    assert "display:none" in tags[1].replace(" ", "")
    assert ".unlit{ display: block !important; }".replace(" ", "") in mail.html.replace(" ", "")
    assert _errors(mail) == []
    assert mail.digest != composed(specimens()[0], FOLDER, load_theme("cast")).digest


@pytest.mark.parametrize(
    ("logo", "told"),
    [
        ("light: gone.png, alt: a, width: 10", "image-file"),
        ("light: ../mark.png, alt: a, width: 10", "theme-value: “logo.light” must be a PNG file in the theme's folder"),
        ("light: mark.gif, alt: a, width: 10", "theme-value: “logo.light”"),
        ("light: broken.png, alt: a, width: 10", "image-format"),
        ("light: mark.png, width: 10", "theme-lacks: theme.yaml lacks “logo.alt”"),
        ("light: mark.png, alt: a, width: 900", "theme-value: “logo.width” must be at most the width, 600"),
    ],
)
def test_an_invalid_logo_is_reported(tmp_path: Path, logo: str, told: str) -> None:
    root = theme_copy(tmp_path, theme__yaml=("width: 600", f"logo: {{ {logo} }}\nwidth: 600"))
    (root / "ours" / "mark.png").write_bytes(picture_bytes(240, 80, "PNG"))
    (root / "ours" / "broken.png").write_bytes(b"no picture")
    with pytest.raises(ComposeError) as caught:
        load_theme("ours", root)
    assert told in str(caught.value)
    assert caught.value.findings[0].line is not None


@pytest.mark.parametrize("language", first(LANGUAGES))
@pytest.mark.parametrize("name", NAMES)
def test_every_picture_reserves_its_space_and_keeps_its_aspect_ratio(name: str, language: str) -> None:
    mail = composed(specimen_in(language), FOLDER, load_theme(name))
    files = {picture.name: picture for picture in mail.pictures}
    seen = re.findall(r"<img\b[^>]*>", mail.html)
    assert len(seen) >= 4
    for tag in seen:
        picture = files[re.search(r'src="[^"]*/([^"/]+)"', tag)[1]]  # type: ignore[index]
        width, height = (int(re.search(rf'\b{side}="(\d+)"', tag)[1]) for side in ("width", "height"))  # type: ignore[index]
        assert abs(width * picture.height / picture.width - height) <= 1, tag
        style = re.search(r'style="([^"]*)"', tag)[1].replace(" ", "")  # type: ignore[index]
        if "width:100%" in style:
            assert "height:auto" in style, tag
        else:
            assert not re.search(r"(?<!-)height:\d", style), tag
