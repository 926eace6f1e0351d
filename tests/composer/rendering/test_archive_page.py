"""An issue as a web page: every block as clean HTML, no recipient data, any characters."""

import re
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from composer.issue.document import Article, Issue, Section
from composer.issue.merge_fields import MergeField
from composer.issue.parsing.issue_file import parse_issue
from composer.issue.variants import variants_of
from composer.rendering.archive_page import (
    UNSAID,
    LinkTargets,
    WebIssue,
    WebPicture,
    as_one_text,
    legible,
    line_for_nobody,
    unaddressed,
    web_issue,
)
from composer.themes.theme_loading import load_theme
from composer.themes.theme_trial import specimens
from tests.composer.making import AS_TYPED, HEAD, issue_of, paragraph

PAGE, FRONT = "https://news.example.org/archive/news/light/", "https://news.example.org/archive/news/"
WORDS = load_theme("cast").fixed_texts("en")
VOID = {"img", "br"}


PICTURES = tuple((f"images/{name}.jpg", WebPicture(f"/media/images/{name}.jpg", 600, 400)) for name in ("a", "b", "wei"))


def drawn(issue: Issue, *, pictures=PICTURES, anchors: str = "") -> WebIssue:
    return web_issue(issue, WORDS, LinkTargets(PAGE, FRONT, pictures, anchors))


def shown(body: str, **more) -> WebIssue:
    return drawn(parse_issue(HEAD + body), **more)


def article(text: str, **more) -> str:
    return str(shown(f"# Section\n\n## First {{#first}}\n\n{text}\n", **more).sections[0].articles[0].body)


class Nesting(HTMLParser):
    """Raises an error for a wrong end tag, and collects the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words, self.tags = "", []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def test_paragraphs_headings_lists_and_quotations_are_rendered():
    html = article("A *b* **c** [d](https://example.org/?a=1&b=2).\n\n### 1. Part\n\n- one\n- two\n\n3. three\n4. four\n\n> said")
    assert html == (
        '<p>A <em>b</em> <strong>c</strong> <a href="https://example.org/?a=1&#38;b=2">d</a>.</p>'
        '<h4><span class="part">1.</span> Part</h4><ul><li>one</li><li>two</li></ul><ol start="3"><li>three</li><li>four</li></ol>'
        '<blockquote class="pull"><p>said</p></blockquote>'
    )


def test_a_figure_has_its_size_and_text_and_later_ones_load_lazily():
    html = article("![A lamp](images/a.jpg)\nCaption: The lamp\nCredit: Wei\n\n![](images/b.jpg)")
    assert html == (
        '<figure><img src="/media/images/a.jpg" alt="A lamp" width="600" height="400" decoding="async">'
        "<figcaption>The lamp · Photo: Wei</figcaption></figure>"
        '<figure><img src="/media/images/b.jpg" alt="" width="600" height="400" loading="lazy" decoding="async"></figure>'
    )


def test_a_missing_picture_is_replaced_by_its_text():
    assert "A picture is still to come: A lamp" in article("![A lamp](missing)")
    assert "A picture is still to come: A lamp" in article("![A lamp](images/a.jpg)", pictures=())


def test_profile_calendar_action_and_passage_are_rendered():
    html = article(
        "::: profile\n![Wei](images/wei.jpg)\nName: Wei 伟\nRole: Chief\nCredit: Li\n\nTold.\n:::\n\n"
        "::: calendar\n- 2023-04-12 to 2023-04-14: Contest; Beijing\n:::\n\n::: action\n[Come](https://example.org/)\n:::\n\n"
        "::: lang ar\nنص\n:::"
    )
    assert '<p class="name">Wei <span lang="zh-CN">伟</span></p><p class="role">Chief</p><p>Told.</p>' in html
    assert '<time datetime="2023-04-12">12–14 April 2023</time></dt><dd>Contest <span class="place">Beijing</span></dd>' in html
    assert '<p class="action"><a href="https://example.org/">Come</a></p>' in html
    assert html.endswith('<div lang="ar" dir="rtl"><p>نص</p></div>')


def test_a_table_has_headings_and_a_wide_one_scrolls_separately():
    narrow = article("Table: Who\n\n| A | B |\n|---|--:|\n| c | 1 |")
    assert narrow == (
        '<table><caption>Who</caption><thead><tr><th scope="col">A</th><th scope="col" class="to-right">B</th></tr></thead>'
        '<tbody><tr><td>c</td><td class="to-right">1</td></tr></tbody></table>'
    )
    wide = article("| A | B | C | D |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |")
    assert wide.startswith('<section class="scroll" tabindex="0" aria-label="A, B, C, D"><table>')
    long = article("| Internationalisation | Intergovernmental |\n|---|---|\n| Responsibilities | 2 |")
    assert long.startswith('<section class="scroll" tabindex="0" aria-label="Internationalisation, Intergovernmental"><table>')


def test_a_table_whose_columns_have_no_names_has_no_heading_row():
    assert article("| | |\n|---|---|\n| c | 1 |") == "<table><tbody><tr><td>c</td><td>1</td></tr></tbody></table>"
    wide = article("| | | | |\n|---|---|---|---|\n| 1 | 2 | 3 | 4 |")
    assert wide.startswith('<section class="scroll" tabindex="0" aria-label="1, 2, 3, 4"><table><tbody>')


def test_a_chinese_day_is_not_broken():
    body = "# 一\n\n## 二\n\n::: calendar\n- 2024-06-28 to 2024-07-02: x\n:::\n"
    page = web_issue(parse_issue(HEAD + body), load_theme("cast").fixed_texts("zh-CN"), LinkTargets(PAGE, FRONT))
    html = page.sections[0].articles[0].body
    assert '<span class="day">2024年6月28日</span>至<span class="day">7月2日</span>' in html


def test_no_merge_tag_is_left():
    html = article(
        'Dear {{ name or "friend" }} of {{ email }}: [see](<{{ view_url }}>), [go](<{{ unsubscribe_url }}>){{ name }}.'
    )
    assert html == f'<p>Dear friend of {UNSAID}: <a href="{PAGE}">see</a>, <a href="{FRONT}">go</a>.</p>'
    assert drawn(issue_of(subject='For {{ name or "you" }}')).texts["subject"] == "For you"


def test_subject_and_preheader_of_a_composed_mail_are_filled():
    fields = [MergeField("-mr_name_text-", "name", "you", "text"), MergeField("-mr_email_text-", "email", "", "text"),
              MergeField("-mr_view_url-", "view_url", "", "url")]  # fmt: skip
    assert line_for_nobody("For -mr_name_text- at -mr_email_text-", fields) == f"For you at {UNSAID}"
    assert unaddressed(fields, PAGE, FRONT)["-mr_view_url-"] == PAGE


def test_the_style_sheet_of_the_archive_has_a_rule_for_every_class_of_a_block():
    style = (Path(__file__).resolve().parents[3] / "templates" / "static" / "archive.css").read_text(encoding="utf-8")
    html = "".join(str(as_one_text(drawn(variants_of((issue,))[0][-1].issue))) for issue in specimens())
    classes = {name for names in re.findall(r'class="([^"]+)"', html) for name in names.split()}
    assert {"calendar", "profile", "scroll"} <= classes
    assert sorted(name for name in classes if not re.search(rf"\.{name}\b", style)) == []


def test_links_within_the_page_have_its_full_address_in_a_feed():
    assert '<a href="#first">' in article("[here](#first)")
    assert f'<a href="{PAGE}#first">' in article("[here](#first)", anchors=PAGE)


def test_marks_of_editors_never_appear():
    assert "secret" not in article("Text. <!-- secret -->\n\n<!-- secret too -->\n\nMore.")


def test_the_whole_issue_is_rendered_as_one_fragment():
    whole = str(as_one_text(shown("Hello\n\n# Section\n\n## First\n\nText\n\nSources: A; B")))
    assert whole == (
        '<div lang="en" dir="ltr"><p>Hello</p><h2>Section</h2><h3>First</h3><p>Text</p><p><small>Sources: A; B</small></p></div>'
    )


# Every character that an issue file may contain, without those of merge fields.
letters = st.one_of(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="{}").filter(lambda each: legible(f"a{each}b") != "a b"),
    st.sampled_from("<>&\"'\\`]\u0627\u05d0\u200d\u200f\u0301\ufe0f😀中施\u3000\u00a0"),
)
words = st.text(letters, min_size=1, max_size=40).map(lambda text: f"a{text}b").filter(lambda text: "-mr_" not in text)


@given(words)
def test_any_text_appears_unchanged_on_the_page(text):
    issue = issue_of(sections=(Section(text, (Article("one", text, (paragraph(text),)),)),), subject=text, language=AS_TYPED)
    page = drawn(issue)
    article = page.sections[0].articles[0]
    for written in (page.sections[0].title, article.title, article.body, as_one_text(page)):
        read = Nesting(str(written))
        assert text in read.words
        assert {tag for tag, _ in read.tags} <= {"span", "p", "div", "h2", "h3"}
    assert page.texts["subject"] == legible(text)


@given(st.text(max_size=60))
def test_legible_text_is_one_line_of_valid_xml_characters(text):
    line = legible(f"{text} <script>")
    assert legible(line) == line
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", line)
    assert "<script>" in line, "it takes nothing away that can be seen"


def test_a_landscape_picture_after_the_first_paragraph_comes_before_it():
    text = "It lit.\n\n![A lamp](images/a.jpg)\n\nIt burns."
    assert article(text).index("<figure") < article(text).index("It lit.") < article(text).index("It burns.")
    upright = (("images/a.jpg", WebPicture("/media/images/a.jpg", 400, 600)),)
    for kept in (article(text, pictures=upright), article(f"The evening came.\n\n{text}")):
        assert kept.index("It lit.") < kept.index("<figure") < kept.index("It burns.")
