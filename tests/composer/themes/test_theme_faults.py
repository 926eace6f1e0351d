"""Faults of a theme: each is reported with its file and line, all in one run."""

import shutil
from pathlib import Path

import pytest

from composer.errors import ComposeError, Finding
from composer.pipeline import compose
from composer.rendering.blocks import NAMES_IN_THEMES
from composer.themes.theme_check import check_theme
from composer.themes.theme_loading import COMMON_TEXT, DEFAULT_ROOT, check_css, load_theme, theme_names
from composer.themes.theme_trial import FOLDER, specimens
from tests.composer.making import theme_copy
from tests.support.variations import first


def faults_of(root: Path) -> tuple[Finding, ...]:
    with pytest.raises(ComposeError) as caught:
        load_theme("ours", root)
    return caught.value.findings


def line_with(root: Path, file: str, words: str) -> int:
    """Returns the line of the file that contains the text."""
    lines = (root / "ours" / file).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, start=1) if words in line)


# (file, text in cast, text that replaces it, text in the reported line, code, text in the finding)
FAULTS = [
    ("theme.yaml", "maker: Mailroom", "makr: Mailroom", "makr", "theme-key", "a theme has no key “makr” — did you mean “maker”?"),
    ("theme.yaml", "maker: Mailroom", "maker: 7", "maker", "theme-value", "“maker” must be a text"),
    ("theme.yaml", "width: 600", "width: 900", "width: 900", "theme-value", "“width” must be a whole number from 320 to 700"),
    ("theme.yaml", "widest: 520", "widest: 620", "widest", "theme-value", "“pictures.widest” must be at most the width, 600"),
    ("theme.yaml", "portrait: 240", "potrait: 240", "potrait", "theme-key", "did you mean “portrait”?"),
    ("theme.yaml", "portrait: 240", "", "pictures:", "theme-lacks", "lacks “pictures.portrait”"),
    ("theme.yaml", "YaHei', sans-serif\"", "YaHei'\"", "YaHei'\"", "theme-value", "“fonts.text” must be font names"),
    ("theme.yaml", 'ground: "$masthead"', 'ground: "navy"', '"navy"', "theme-value", "“tones.night.light.ground” must be a colour such"),
    ("theme.yaml", 'ground: "$accent"', 'ground: "$acent"', "$acent", "theme-value", "a slot of this theme ($accent, $masthead), not $acent"),
    ("theme.yaml", 'masthead: "#0b2239"', 'masthead: "#fff"', '"#fff"', "theme-value", "“slots.masthead” must be a colour such"),
    ("theme.yaml", "  masthead:", '  unused: "#000000"\n  masthead:', "unused", "theme-value", "a slot that a tone refers to"),
    ("theme.yaml", 'ink: "#e8edf2"', 'ink: "#30363c"', "#30363c", "theme-contrast", "night, dark: ink #30363c on #06131f"),
    ("theme.yaml", 'quiet: "#5a6773"', 'quiet: "#9aa7b3"', "#9aa7b3", "theme-contrast", "paper, light"),
    ("theme.yaml", "  desk:", "  desk:\n    lite: {}", "lite", "theme-key", "“tones.desk.lite” — did you mean “light”?"),
    ("theme.yaml", "[paper, mist]", "[paper, snow]", "snow", "theme-value", "“sections.1” must be one of the tones night"),
    ("theme.yaml", "人物: night", "人物: nite", "nite", "theme-value", "“section_tones.人物” must be one of"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nblocks: [proflie]", "proflie", "theme-key", "“blocks: proflie” — did you mean “profile”?"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nwords:\n  中文: {why: x}", "中文", "theme-value", "“words.中文” must be a language tag"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nwords:\n  eo: {contents: Enhavo}", "  eo:", "theme-lacks", "lacks “words.eo.why”"),
    ("issue.mjml.j2", "{{ words.view }}", "{{ words.sight }}", "", "theme-lacks", "lacks “words.en.sight”"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nwords:\n  en: {whi: You}", "whi:", "theme-key", "“words.en.whi” — did you mean “why”?"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nwords:\n  en: {why: \"{titel}\"}", "{titel}", "theme-value", "“words.en.why” must be a text with {title}"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nwords:\n  en: {number: \"No. {number\"}", "No. {number\"", "theme-value", "a text with matching braces"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nwords:\n  en: {months: [February]}", "[February", "theme-value", "a list of twelve names"),
    ("theme.yaml", "maker: Mailroom", "maker: Mailroom\nmaker: Me", "maker: Me", "key-twice", "delete one; the first is on line 3"),
    ("theme.yaml", "maker: Mailroom", "maker: [Mailroom", "width: 600", "theme-yaml", "expected"),
    ("theme.yaml", "maker: Mailroom", "maker: !!python/object/apply:os.system ['true']", "", "theme-yaml", "could not determine"),
    ("theme.css", "p.last { margin: 0; }", "p.last { margin: 0 !important; }", "p.last", "theme-css", "would override the rules for dark"),
    ("theme.css", "p.last {", "p:last-child {", "p:last-child", "theme-css", "a pseudo-class cannot be inlined"),
    ("theme.css", "p.last {", 'p[title="a,b"] {', "p[title=", "theme-css", "in brackets"),
    ("theme.css", "p.last {", 'a[href^="https://"] {', "a[href^=", "theme-css", "in brackets"),
    ("theme.css", "p.last {", "p..last {", "p..last", "theme-css", "cannot be read"),
    ("theme.css", "p.last {", "p > {", "p > {", "theme-css", "cannot be read"),
    ("theme.css", "p.last {", "p, {", "p, {", "theme-css", "cannot be read"),
    ("theme.css", "p.last {", "* {", "* { margin", "theme-css", "the inliner skips selectors with *"),
    ("theme.css", "p.last { margin: 0; }", "p.last { margin: -4px; }", "-4px", "theme-css", "a negative margin"),
    ("theme.css", "p.last { margin: 0; }", "p.last { position: absolute; }", "absolute", "theme-css", "lay out with tables"),
    ("theme.css", "p.last { margin: 0; }", "p.last { display: flex; }", "flex", "theme-css", "lay out with tables"),
    ("theme.css", "p.last { margin: 0; }", "p.last { color: rgb(0 0 0); }", "rgb(", "theme-css", "do not understand rgb()"),
    ("theme.css", "p.last { margin: 0; }", "p.last { background: url(x.png); }", "url(", "theme-css", "would load the url()"),
    ("theme.css", ".s-{{ name }} td.ink a,", ".s-{{ name }} td.ink a:hover,", "a:hover", "theme-css", "a pseudo-class"),
    ("theme.css", "p.last { margin: 0; }", "p.last { margin }", "p.last", "theme-css", ""),
    ("theme.css", "{{ fonts.display }}", "{{ fonts.displey }}", "fonts.displey", "template", "did you mean “display”?"),
    ("blocks/heading.mjml.j2", "h4 { margin", "h5 { margin", "", "theme-block", "the block “heading” is not styled: theme.css has no rule for h4"),
    ("media.css", "@media (max-width: 479px) {", "@media (width <= 479px) {", "<= 479px", "theme-css", "a < in CSS"),
    ("media.css", "@media (max-width: 479px) {", "@media (479px >= width) {", ">= width", "theme-css", "Gmail drops a query"),
    ("media.css", "h1.size-0 { font-size: 52px", "@media print { p { color: red; } }\nh1.size-0 { font-size: 52px", "@media print", "theme-css", "not allowed here"),
    ("media.css", "{{ before }} .lit { display", "{{ before }} .lit { position: fixed; display", ".lit {", "theme-css", "position: fixed"),
    ("media.css", "{% endmacro %}", "", "", "template", ""),
    ("theme.css", "{% for name, tone", "p.left { margin: 0;\n{% for name, tone", "p.left {", "theme-css", "the { is not closed"),
    ("media.css", "{{ darkened(\"[data-ogsc]\") }}", ".lit { color: red;", ".lit { color: red;", "theme-css", "the { is not closed"),
    ("issue.mjml.j2", "{{ issue.title }}", "{{ issue.titel }}", "issue.titel", "template", "there is no “titel” here; did you mean “title”?"),
    ("issue.mjml.j2", "{{ preheader }}", "{{ preheadr }}", "preheadr", "template", "there is no “preheadr”; did you mean “preheader”?"),
    ("issue.mjml.j2", "</a>{{ article.title }}", "</a>{{ artcle.title }}", "artcle", "template", "there is no “artcle”; did you mean “article”?"),
    ("issue.mjml.j2", "{{ footer.about }}", "{{ footer.xyz }}", "footer.xyz", "template", "available: about, address, email, social, website"),
    ("issue.mjml.j2", "<mj-head>", "{% include '/etc/passwd' %}<mj-head>", "/etc/passwd", "template",
     "“/etc/passwd” cannot be included; a template may only include files of its theme: blocks/action.mjml.j2, blocks/calendar.mjml.j2"),
    ("theme.css", "p.last {", "{% include 'x' %}p.last {", "{% include", "template", "a style sheet cannot include files"),
    ("blocks/calendar.mjml.j2", "for event in part.events %}", "for event in part.event %}", "part.event %}", "template", "event"),
    ("blocks/calendar.mjml.j2", "</table>", "</tabel>", "</tabel>", "mjml-tag", "</tabel> does not match"),
    ("blocks/calendar.mjml.j2", "{% endfor -%}", "", "event in part.events", "template", ""),
    ("blocks/calendar.mjml.j2", "td.event { display", "td.event { margin: -4px; display", "-4px", "theme-css", "a negative margin"),
    ("issue.mjml.j2", "{% if opening %}{{", "{% if opening{{", "{% if opening{{", "template", ""),
    ("issue.mjml.j2", "</mj-body>", "</mj-bdy>", "</mj-bdy>", "mjml-tag", "</mj-bdy> does not match"),
    ("issue.mjml.j2", "</h1>", "", "<h1", "mjml-tag", "</mj-text> does not match <h1>"),
    ("issue.mjml.j2", "{{ story.summary }}", "", "", "theme-unwritten", "does not write story.summary"),
    ("blocks/calendar.mjml.j2", "{{ event.title }}", "", "", "theme-block", "the block “calendar” is not styled: “Lecture: What whales hear”"),
    ("issue.mjml.j2", "{{ footer.address }}", "", "", "theme-unwritten", "the template does not write footer.address"),
    ("issue.mjml.j2", "{{ words.unsubscribe }}", "", "", "theme-unwritten", "does not write words.unsubscribe"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "code", "told"), FAULTS, ids=[f"{row[4]}-{row[2][:24]}" for row in FAULTS]
)
def test_each_error_of_a_theme_is_reported_at_its_line(
    tmp_path: Path, file: str, old: str, new: str, place: str, code: str, told: str
) -> None:
    root = theme_copy(tmp_path, **{file: (old, new)})
    found = [finding for finding in faults_of(root) if finding.code == code]
    assert found, str(faults_of(root))
    texts = [str(finding) for finding in found]
    assert any(told in text for text in texts), texts
    finding = next(finding for finding in found if told in str(finding))
    assert finding.file.startswith(str(root / "ours"))
    if place:
        assert finding.file == str(root / "ours" / file)
        assert finding.line is not None
        assert finding.line == line_with(root, file, place)


def test_a_text_template_of_its_own_is_checked_as_well(tmp_path: Path) -> None:
    root = theme_copy(tmp_path)
    common = COMMON_TEXT.read_text(encoding="utf-8")
    for new, expected in (("{{ footer.about | wraped }}", "did you mean “wrapped”?"), ("", "does not write footer.about")):
        (root / "ours" / "text.txt.j2").write_text(common.replace("{{ footer.about | wrapped }}", new), encoding="utf-8")
        assert any(expected in str(finding) for finding in faults_of(root))


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    root = theme_copy(tmp_path, theme__yaml=("maker: Mailroom", "makr: Mailroom\nwidth: 9000"))
    path = root / "ours" / "theme.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('ground: "$accent"', "ground: red", 1), encoding="utf-8")
    codes = {finding.code for finding in faults_of(root)}
    assert codes >= {"theme-key", "theme-lacks", "key-twice", "theme-value"}
    css = theme_copy(tmp_path / "other", theme__css=("p.last {", "p:last-child {"), media__css=(".g {", "@import 'x';\nh1 {"))
    assert {Path(finding.file).name for finding in faults_of(css)} == {"theme.css", "media.css"}


def test_missing_files_and_invalid_utf8_are_reported(tmp_path: Path) -> None:
    root = theme_copy(tmp_path)
    (root / "ours" / "media.css").unlink()
    (root / "ours" / "theme.css").write_bytes(b"p { }\n\xff")
    found = {finding.code: finding for finding in faults_of(root)}
    assert found["theme-file"].params == {"path": "media.css"}
    assert found["not-utf8"].line == 2


def test_a_block_that_is_not_listed_is_a_warning(tmp_path: Path) -> None:
    listed = "blocks: [text, heading, list, quotation, table, summary, figure, waiting, profile, calendar]"
    root = theme_in_one_piece(tmp_path, "cast", listed)
    theme = load_theme("ours", root)
    assert [(finding.code, finding.level) for finding in theme.findings] == [("theme-block", "warning")]
    assert theme.findings[0].line == line_with(root, "theme.yaml", "blocks:")


def theme_in_one_piece(tmp_path: Path, name: str, listed: str) -> Path:
    """Returns a folder of themes with a copy of a theme, called `ours`, that has no folder `blocks`: issue.mjml.j2 and theme.css draw
    the blocks, and theme.yaml lists them, as themes did before each block had a file."""
    ours = tmp_path / "ours"
    shutil.copytree(DEFAULT_ROOT / name, ours)
    kinds: list[str] = []
    css = ""
    for file in sorted((ours / "blocks").iterdir()):
        markup, _, style = file.read_text(encoding="utf-8").partition("<style>\n")
        css += style.removesuffix("</style>\n")
        if markup:
            kinds.append(f'if part.block == "{file.name.partition(".")[0]}" %}}\n{markup.rstrip()}\n')
    template = (ours / "issue.mjml.j2").read_text(encoding="utf-8")
    drawn = "{% " + "{% el".join(kinds) + "{% endif %}"
    parts = template.replace('{% include "blocks/" ~ part.block ~ ".mjml.j2" %}', drawn)
    assert parts != template
    (ours / "issue.mjml.j2").write_text(parts, encoding="utf-8")
    with (ours / "theme.css").open("a", encoding="utf-8") as sheet:
        sheet.write(css)
    with (ours / "theme.yaml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n{listed}\n")
    shutil.rmtree(ours / "blocks")
    return tmp_path


@pytest.mark.parametrize("name", first(theme_names()))
def test_a_theme_without_a_folder_of_blocks_composes_the_same_mail(tmp_path: Path, name: str) -> None:
    listed = f"blocks: [{', '.join(NAMES_IN_THEMES)}]"
    parts, whole = load_theme(name), load_theme("ours", theme_in_one_piece(tmp_path, name, listed))
    assert [finding.code for finding in whole.findings] == []
    for issue in specimens():
        mails = [
            compose(issue, folder=FOLDER, theme=theme, picture_url=lambda picture: f"https://e.org/{picture.name}")
            for theme in (parts, whole)
        ]
        assert mails[0].html == mails[1].html


def test_a_misspelt_class_is_reported_with_the_nearest_one(tmp_path: Path) -> None:
    root = theme_copy(tmp_path, theme__css=("p.sources {", "p.souces {"), media__css=(".portrait {", ".portriat {"))
    report = check_theme("ours", root)
    assert report.fit
    found = {Path(finding.file).name: finding for finding in report.findings if finding.code == "theme-dead"}
    assert found["theme.css"].params == {"name": "souces", "nearest": "sources"}
    assert found["theme.css"].line == line_with(root, "theme.css", "p.souces")
    assert found["media.css"].params == {"name": "portriat", "nearest": "portrait"}
    assert found["media.css"].line == line_with(root, "media.css", ".portriat {")


def test_a_misspelt_property_is_reported_with_the_nearest_one(tmp_path: Path) -> None:
    strange = "p.last { colr: red; mso-hide: all; text-wrap: pretty; margin: 0;\n  fnord: 1; }"
    report = check_theme("ours", theme_copy(tmp_path, theme__css=("p.last { margin: 0; }", strange)))
    assert report.fit
    found = [finding for finding in report.findings if finding.code == "theme-property"]
    assert [finding.params for finding in found] == [{"name": "colr", "nearest": "color"}, {"name": "fnord", "nearest": ""}]
    lines = [line_with(tmp_path, "theme.css", word) for word in ("colr", "fnord")]
    assert [(finding.level, finding.line) for finding in found] == [("warning", line) for line in lines]


def test_an_unused_class_is_reported_with_an_existing_one(tmp_path: Path) -> None:
    report = check_theme("ours", theme_copy(tmp_path, theme__css=("p.last {", ".nosuch { margin: 0; }\np.last {")))
    (finding,) = (each for each in report.findings if each.code == "theme-dead")
    assert finding.params["nearest"]


@pytest.mark.parametrize(
    "css", ["h1 { color: red; } /* { */", "h1::after { content: '{' }", "@media print { h1 { color: red } }"]
)
def test_a_brace_that_is_closed_or_none_is_no_fault(css: str) -> None:
    assert "the { is not closed" not in [str(finding.params["problem"]) for finding in check_css(css, file="x", inlined=False)]


def test_the_check_reports_loading_errors_and_raises_for_a_missing_theme(tmp_path: Path) -> None:
    root = theme_copy(tmp_path, theme__yaml=("width: 600", "width: wide"))
    report = check_theme("ours", root)
    assert not report.fit
    assert report.measured == ()
    with pytest.raises(ComposeError, match="theme-missing"):
        check_theme("hours", root)


def test_the_style_sheets_of_the_included_themes_have_no_faults() -> None:
    for folder in DEFAULT_ROOT.iterdir():
        for file, sheet in load_theme(folder.name).sheets.items():
            assert check_css(sheet.compact(), file=file, inlined=file != "media.css") == []
            assert len(sheet.lines) == len(sheet.css.split("\n"))
