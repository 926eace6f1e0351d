"""The wrappers of the two engines: repairs of what the engines would break, and no network access."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from markupsafe import Markup

from composer.css.selectors import parse
from composer.errors import ComposeError
from composer.rendering import css_inliner, mjml_compiler
from composer.rendering.escaping import attribute, sanitised
from composer.rendering.template_engine import environment_for, fill_template
from composer.rendering.theme_model import Theme
from composer.themes.theme_loading import check_css, load_theme
from tests.composer.making import composed, issue_of

PAGE = '<mjml lang="en"><mj-body>{}</mj-body></mjml>'
TEXT = PAGE.format('<mj-section padding="0 40px"><mj-column><mj-text>{}</mj-text></mj-column></mj-section>')


@pytest.mark.parametrize(
    ("source", "code", "line", "column"),
    [
        ("<mjml>\n<mj-body>\n</mjml>", "mjml-tag", 3, 1),
        ("<mjml>\n  <mj-body>", "mjml-tag", 2, 3),
        ("</mjml>", "mjml-tag", 1, 1),
        ("<mjml>\n a < b</mjml>", "mjml-tag", 2, 4),
        ("<mjml><!-- a -- b --></mjml>", "mjml-tag", 1, 7),
        ('<mjml>\n<mj-include path="../../etc/passwd" /></mjml>', "mjml-include", 2, 1),
        ("<mjml>" + "<mj-text>" * 100, "mjml-deep", 1, 6 + 59 * 9 + 1),
        ("中<mjml><mj-body><mj-text>\n中 <p class=x>y</p></mj-text></mj-body></mjml>", "mjml-engine", None, None),
    ],
)
def test_faults_of_mjml_have_a_line_and_column(source: str, code: str, line: int | None, column: int | None) -> None:
    with pytest.raises(ComposeError) as caught:
        mjml_compiler.compile_mjml(source)
    finding = caught.value.findings[0]
    assert finding.code == code
    if line is not None:
        assert (finding.line, finding.column) == (line, column)


def test_a_zero_without_unit_in_a_padding_counts_for_outlook() -> None:
    html = mjml_compiler.compile_mjml(TEXT.format("x"))
    assert "520px" in html
    assert "fonts.googleapis" not in html


@pytest.mark.parametrize(
    ("written", "prepared"),
    [("0", "0px"), ("0 40px", "0px 40px"), ("40px 0", "40px 0px"), ("1px 0 2px", "1px 0px 2px"), (" 4px", "4px"), ("4px ", "4px"),
     ("1px  2px", "1px 2px"), ("1px\t2px", "1px 2px"), ("1px\n0", "1px 0px"), ("0px 40px", "0px 40px"), ("10px", "10px"), ("", "")],
)  # fmt: skip
def test_zero_sizes_of_mjml_elements_get_a_unit_and_nothing_else_changes(written: str, prepared: str) -> None:
    other = '<p title="0  0" height="0">0  0</p>'
    for name in ("padding", "inner-padding", "height"):
        source = f'<mj-text {name}="{{}}" line-height="0">{other}</mj-text>'
        assert mjml_compiler.prepare(source.format(written)) == source.format(prepared)


@pytest.mark.parametrize(
    ("source", "problem", "place"),
    [('<p>\n<a title="x>y</a></p>', "a < does not begin a tag", (2, 1)), ("<p>\n <!-- a -- b --></p>", "a comment contains --", (2, 2)),
     ("<p><b>\n</p></b>", "</p> does not match <b> of line 1, which is still open", (2, 1)), ("<p>\n<p/ ></p>", "", None),
     ("<!----><p title='>' class=\"'\" />\n  <br></b>", "</b> has no start tag", (2, 7)), ("<br/>\n<p><b></b>", "<p> is never closed", (2, 1))],
)  # fmt: skip
def test_malformed_markup_is_reported_with_its_position(source: str, problem: str, place: tuple[int, int] | None) -> None:
    if place is None:
        with pytest.raises(ComposeError, match="is never closed"):
            mjml_compiler.check_shape(source)
        return
    with pytest.raises(ComposeError) as caught:
        mjml_compiler.check_shape(source)
    [finding] = caught.value.findings
    assert (finding.line, finding.column) == place
    assert str(finding.params["problem"]) == problem


HOSTILE = "a\u3000b\u00a0c\ufe0f\u200d\u00ad\"'\\\n\te\u0301<>&"


def test_an_attribute_passes_the_mjml_engine_unchanged() -> None:
    html = mjml_compiler.compile_mjml(TEXT.format(f'<a title="{attribute(HOSTILE)}">x</a>'))
    assert f'title="{attribute(HOSTILE)}"' in html


def test_a_sanitised_fragment_keeps_only_the_tags_of_articles() -> None:
    made = sanitised('<p onclick="x">a<script>b</script><img src="x"><a href="javascript:x" class="y">c<br>d')
    assert made == '<p>a<a class="y">c<br>d</a></p>'


PLAIN = """<!doctype html><html lang="en"><head><style type="text/css">.x { color: red !important }</style>
<!--[if mso]><style>td { width: 1px }</style><![endif]--><style media="print">p { color: blue }</style></head>
<body><!--[if mso]><table><tr><td><![endif]--><p class="x" width="5" style="margin:0">-mr_name_html- 中 <a href="#a">b</a></p>
<!--[if mso]></td></tr></table><![endif]--></body></html>"""


def test_only_style_attributes_change() -> None:
    inlined = css_inliner.inline_css(PLAIN, "p.x { color: #123456; width: 9px } a { color: #654321 }")
    assert 'style="color:#123456;width:9px;margin:0"' in inlined
    assert '<a href="#a" style="color:#654321">' in inlined
    assert ".x { color: red !important }" in inlined
    assert "<!--[if mso]><style>td { width: 1px }</style><![endif]-->" in inlined
    assert 'width="5"' in inlined
    assert "data-premailer" not in inlined
    assert inlined.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("<!DOCTYPE html>", "", "the doctype"),
        ("<![endif]-->", "-->", "a comment"),
        ("red !important", "red", "a style block"),
        ("-mr_name_html-", "", "a merge field"),
        ('href="#a"', 'href="#b"', "element"),
        ("中", "", "element"),
        (f"<!--{css_inliner.END_SENTINEL}-->", "", "the end of the document"),
    ],
)
def test_changes_other_than_style_attributes_are_detected(old: str, new: str, what: str) -> None:
    before = PLAIN.replace("doctype", "DOCTYPE").replace("</body>", f"<!--{css_inliner.END_SENTINEL}--></body>")
    content = css_inliner.without_styles(parse(before.encode()))
    css_inliner.check_unchanged(before, before.replace("margin:0", "margin:1"), content)
    with pytest.raises(ComposeError, match=what):
        css_inliner.check_unchanged(before, before.replace(old, new, 1), content)


def test_a_document_too_deep_for_the_inliner_is_refused_and_not_truncated() -> None:
    deep = PLAIN.replace("<p ", "<div>" * 300 + "<p ").replace("</p>", "</p>" + "</div>" * 300)
    with pytest.raises(ComposeError, match="inline-invariant"):
        css_inliner.inline_css(deep, "p { color: red }")


@pytest.mark.parametrize(
    "css",
    ["@import url(http://x/y.css);", "p { background: url(http://x/y.png) }", "@font-face { src: url(x) }", "p { color }",
     "p { color: red !important }", "a:hover { color: red }", "p > a { color: var(--x) }", "p { color: red } }", "p { quotes: \"<\" }",
     "@media print { p { color: red } }", "p { color: rgb(0 0 0) }"],
)  # fmt: skip
def test_css_that_would_be_dropped_or_load_files_is_refused(css: str) -> None:
    assert check_css(css, file="theme.css", inlined=True)


def test_a_nested_at_rule_is_refused() -> None:
    assert check_css("@media print { @media screen { p { color: red } } }", file="media.css", inlined=False)


class _Counting(http.server.BaseHTTPRequestHandler):
    hits: list[str] = []  # noqa: RUF012  (read by the test)

    def do_GET(self) -> None:
        self.hits.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None: ...


@pytest.fixture
def canary() -> Iterator[str]:
    _Counting.hits.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Counting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_composing_loads_nothing_from_the_network(theme: Theme, canary: str) -> None:
    """Links, style sheets and imports of the page point to a server that counts requests."""
    from composer.issue.document import Link, Paragraph, Text

    composed(issue_of((Paragraph((Link(f"{canary}/a.css", (Text("x"),)),)),)), theme=theme)
    page = PLAIN.replace("</head>", f'<style>@import url("{canary}/b.css");</style><link rel="stylesheet" '
                         f'href="{canary}/c.css"><style>p{{background:url({canary}/d.png)}}</style></head>')  # fmt: skip
    page = page.replace("</body>", f'<img src="{canary}/e.png"></body>')
    css_inliner.inline_css(page, "p { color: red }")
    assert _Counting.hits == []


@pytest.mark.parametrize("name", ["../cast", "", "cats", "/etc", "cast/../cast"])
def test_a_missing_theme_is_reported(name: str) -> None:
    with pytest.raises(ComposeError, match="theme-missing"):
        load_theme(name)


@pytest.mark.parametrize(
    "template",
    ["{{ ''.__class__ }}", "{{ nothing }}", "{% include '/etc/passwd' %}", "{% include 'issue.mjml.j2' %}", "{{ 1 / 0 }}",
     "{{ cycler }}", "{{ x.append(1) }}", "{{ lipsum() }}", "{% import 'os' as os %}", "{% if %}", "{{ range(10**9) | list }}",
     "{{ x | attr('append') }}", "{{ config }}", "{{ self.__init__ }}", "{{ x.__init__.__globals__ }}"],
)  # fmt: skip
def test_a_template_cannot_access_python_internals(theme: Theme, template: str) -> None:
    mine = replace(theme, templates={"issue.mjml.j2": template})
    with pytest.raises(ComposeError, match="template"):
        fill_template(environment_for(mine, escape=True), "issue.mjml.j2", {"x": []}, mine)


def test_the_output_of_a_template_is_escaped_exactly_once(theme: Theme) -> None:
    template = """{% macro quoted(x) %}{{ x }}{% endmacro %}{% set kept %}{{ x }}{% endset %}{% autoescape false %}{{ x }}{% endautoescape %}
{{ x }} {{ quoted(x) }} {% for each in [x, done] %}{{ quoted(x=each) }}{% endfor %} {{ kept }} {{ '<' if false }} {{ [x] | join }} {{ 7 }}"""
    values = {"x": "\"&<'\u3000", "done": Markup("<br />&#34;")}
    written = "&#34;&#38;&#60;&#39;&#12288;"
    mine = replace(
        theme, templates={"issue.mjml.j2": template, "text.txt.j2": "{{ x }}{% autoescape true %}{{ x }}{% endautoescape %}"}
    )
    filled = fill_template(environment_for(mine, escape=True), "issue.mjml.j2", values, mine)
    assert filled == f"{written}{written} {written} {written}<br />&#34; {written}  {written} 7"
    plain = fill_template(environment_for(mine, escape=False), "text.txt.j2", values, mine)
    assert plain == "\"&<'\u3000&#34;&amp;&lt;&#39;\u3000"


def test_a_less_than_sign_in_an_attribute_stays_whatever_the_text_contains() -> None:
    words = "".join(map(chr, range(0xE000, 0xF900)))
    html = f'<!doctype html><html><head></head><body><img alt="a &#60;!-- b" src="x" /><p>{words}</p></body></html>'
    inlined = css_inliner.inline_css(html, "p { color: red }")
    assert 'alt="a &#60;!-- b"' in inlined
    assert words in inlined
