"""Line and column of findings in the Markdown, sizes of articles, and findings over all variants."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.composition import Composition, compose_folder
from composer.preflight import Mail, levelled
from composer.preflight.mail import GMAIL_CLIPS
from composer.preflight.parsed_html import ParsedHtml
from composer.themes.theme_check import check_theme
from composer.themes.theme_loading import theme_names
from tests.composer.making import theme_copy
from tests.composer.preflight.mails import BODY, CHINESE, ENGLISH, HEAD, HOST, PLAIN, RICH, mail_of, write_issue
from tests.support.variations import first

ALT = "Engineers stand on a bridge and look at a drawing"
LINK = "[report on village schools](https://example.org/schools)"


def compose(folder: Path, root: Path) -> Composition:
    return compose_folder(folder, theme_root=root, picture_url=lambda picture: f"{HOST}/{picture.name}")


def test_a_finding_has_the_line_and_column_of_its_text(tmp_path: Path, root: Path) -> None:
    body = BODY.replace(ALT, "x" * 130).replace(LINK, "[click here](https://example.org/schools)")
    found = {each.code: each for each in compose(write_issue(tmp_path, {}, body), root).findings}
    lines = (tmp_path / "issue.md").read_text(encoding="utf-8").split("\n")
    for code, words in (("alt-length", "![xxx"), ("link-text", "https://example.org/schools")):
        place = found[code]
        assert place.file.endswith("issue.md")
        assert place.line
        assert place.column
        assert lines[place.line - 1][place.column - 1 :].startswith(words), lines[place.line - 1]


def test_a_fault_of_the_theme_names_its_file(tmp_path: Path, root: Path) -> None:
    found = compose(write_issue(tmp_path, {"theme": "odd"}, BODY), root).findings
    assert {(each.code, each.file) for each in found} == {("dark-meta", str(root / "odd" / "issue.mjml.j2"))}


def test_a_colour_from_a_theme_style_sheet_is_reported_with_its_rule(tmp_path: Path) -> None:
    """For text colours and backgrounds, also in dark mode. Colours from the template are reported with the template."""
    faint = "td.number { color: #c0301a; font-weight"
    dark = "{{ before }} .lit { display: none !important; }\n{{ before }} .number { color: #c22f18 !important; }"
    root = theme_copy(
        tmp_path,
        theme__css=("td.number { font-weight", faint),
        media__css=("{{ before }} .lit { display: none !important; }", dark),
    )
    report = check_theme("ours", root)
    found = {(each.code, each.params["fore"]): each for each in report.findings if each.code.startswith("contrast")}
    for key, file, words in (
        (("contrast", "#c0301a"), "theme.css", "td.number { color"), (("contrast-dark", "#c22f18"), "media.css", ".number { color"),
    ):  # fmt: skip
        path = root / "ours" / file
        lines = path.read_text(encoding="utf-8").split("\n")
        assert found[key].file == str(path)
        assert words in lines[(found[key].line or 0) - 1]


def test_a_colour_from_the_template_is_reported_with_the_template(tmp_path: Path) -> None:
    old = '<td class="number">{{ number_text }}</td>'
    root = theme_copy(tmp_path, issue__mjml__j2=(old, old.replace("class", 'style="color: #c22f18" class')))
    found = [each for each in check_theme("ours", root).findings if each.code == "contrast"]
    assert {(each.file, each.line) for each in found} == {(str(root / "ours" / "issue.mjml.j2"), None)}


@pytest.mark.parametrize("theme", first(theme_names()))
def test_the_size_of_each_article_is_measured_in_any_theme(tmp_path: Path, root: Path, theme: str) -> None:
    def body(times: int) -> str:
        return f"\n# News\n\n## One {{#one}}\n\nShort.\n\n## Two {{#two}}\n\n{PLAIN * times}\n\n## Three {{#three}}\n\nShort.\n"

    small = mail_of(write_issue(tmp_path / "a", {"theme": theme}, body(1)), root).budget
    large = mail_of(write_issue(tmp_path / "b", {"theme": theme}, body(4)), root).budget
    before, after = ({each.id: each.size for each in budget.articles} for budget in (small, large))
    assert list(after) == ["one", "two", "three"]
    assert after["two"] - before["two"] == pytest.approx(3 * len(PLAIN), abs=60)
    assert (after["one"], after["three"]) == (before["one"], before["three"])
    longer = {"theme": theme, "about": PLAIN * 3}
    footed = mail_of(write_issue(tmp_path / "c", longer, body(4)), root).budget
    assert {each.id: each.size for each in footed.articles}["three"] == after["three"], "the footer is no article's"
    assert footed.rest > large.rest + len(PLAIN)
    assert large.rest + sum(after.values()) == large.html
    assert large.limit == GMAIL_CLIPS


@given(st.lists(st.tuples(st.booleans(), st.text(st.sampled_from("ab \n\u00a0"), max_size=5)), max_size=8))
def test_texts_have_single_spaces_with_and_without_hidden_text(runs: list[tuple[bool, str]]) -> None:
    spans = "".join(f"<b{' hidden' if hidden else ''}>{words}</b>" for hidden, words in runs)
    parsed = ParsedHtml(f"<html><body><div>{spans}</div></body></html>")
    assert parsed.body_text == " ".join("".join(words for _, words in runs).split())
    assert parsed.seen == " ".join("".join(words for hidden, words in runs if not hidden).split())


def test_each_finding_is_listed_once_and_names_its_variant_if_it_is_in_one(tmp_path: Path, root: Path) -> None:
    body = BODY + RICH + '\n## In China {#china}\nOnly: country = "CN"\n\nRead [click here](https://example.org/china).\n'
    write_issue(tmp_path, {}, body.replace(ALT, "a.jpg"))
    chinese = (
        "\n# 要闻\n\n## 世界工程日 {#day}\n\n" + "工程师们在马德里讨论了水资源。" * 40 + "[点击这里](https://example.org/zh)\n"
    )
    (tmp_path / "issue.zh-CN.md").write_text(HEAD.format(**(ENGLISH | CHINESE)) + chinese, encoding="utf-8")
    made = compose(tmp_path, root)
    assert len(made.variants) == 3
    found = {(each.code, str(each.params.get("words"))): each for each in made.findings}
    assert len(found) == len(made.findings), "each once"
    assert found["alt-file", "a.jpg"].variant == "", "it is in both that are in English"
    assert 'country = "CN"' in found["link-text", "click here"].variant
    assert found["link-text", "点击这里"].variant == "zh-CN"
    assert str(found["link-text", "点击这里"]).endswith("(only in the variant zh-CN)")


def test_levels_change_or_remove_findings(tmp_path: Path, root: Path) -> None:
    body = BODY.replace(ALT, "x" * 130).replace(LINK, "[click here](https://example.org/schools)")
    found = compose(write_issue(tmp_path, {"subject": "NEWS FROM MADRID TODAY"}, body), root).findings
    levels = {"alt-length": "error", "link-text": "off", "subject-capitals": "info", "key-unknown": "off"}
    assert {each.code: each.level for each in levelled(found, levels)} == {"alt-length": "error", "subject-capitals": "info"}


def test_a_fixed_rule_keeps_its_level(sound: Mail) -> None:
    from composer.errors import Finding

    found = (Finding("unsubscribe", params={"where": "x"}), Finding("merge", params={"problem": "x"}), Finding("head-open"))
    assert levelled(found, {"unsubscribe": "off", "merge": "info", "head-open": "off"}) == found
