import os
import random
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from composer.errors import ComposeError
from composer.issue import merge_fields
from composer.issue.document import (
    LAYOUTS,
    Article,
    EditorMark,
    Emphasis,
    Field,
    Figure,
    Link,
    Paragraph,
    Quote,
    Section,
    Sources,
    SubHeading,
    Text,
)
from composer.issue.links import normalise
from composer.issue.parsing.issue_file import load_issue
from composer.rendering.theme_model import Theme
from tests.composer.making import AS_TYPED, address_of, codes, composed, issue_of, paragraph, picture_bytes, with_picture
from tests.support.variations import EVERY

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "cast-2023-03"


class Reading(HTMLParser):
    """Collects what a mail client reads: attributes and texts, decoded."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: set[str] = set()  # of attributes
        self.alts: list[str] = []
        self.hrefs: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given_ = dict(attrs)
        self.names |= given_.keys()
        if tag == "img":
            self.alts.append(given_["alt"] or "")
        if tag == "a" and "href" in given_:
            self.hrefs.append(given_["href"] or "")
        if tag not in ("img", "br", "meta"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data


# Characters that some engine of the pipeline writes wrongly in attributes, and their neighbours.
PIECES = [
    "a", "b ", '"', "'", "\\", "<", ">", "&", "{", "}", "中", "é", "\u3000", "\u00a0", "\u00ad", "\ufe0f", "\u200d",
    "\u200b", "\u200c", "\u2764\ufe0f", "\U0001f469\u200d\U0001f52c", "e\u0301", "\n", "\t", "\u115f", "\u3164",
    "\uffa0", "\ue000", "&amp;", "&#65;", "\\n", "\\u{3000}", "%", "</p>", "<!--", "-->", "]]>",
]  # fmt: skip
# Characters for addresses, without spaces, control characters and invisible characters, which are refused.
NEVER_IN_ADDRESSES = re.compile(
    r"[\x00-\x20\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]"
)


def drawn(luck: random.Random) -> str:
    """Random characters, mostly of PIECES. Unlike Hypothesis, it does not repeat small strings."""
    found: list[str] = []
    while len(found) < luck.choice(range(1, 13)):
        character = chr(luck.randrange(0x20, luck.choice((0x300, 0x3200, 0x110000))))
        if luck.random() < 0.6:
            found.append(luck.choice(PIECES))
        elif unicodedata.category(character) not in ("Cs", "Cc") and character not in "\ufffe\uffff":
            found.append(character)
    return "".join(found)


def packed(text: str) -> str:
    """Removes white space, because the text part breaks its lines."""
    return "".join(text.split())


def in_a_line(text: str) -> str:
    """Normalises spaces that HTML does not distinguish: next to a tag and next to a line end. Between Chinese characters, a line
    end is nothing."""
    return re.sub(r"\s*\n\s*", "", text).strip("\t ")


def assert_exact(strings: Sequence[tuple[str, str, str, str]], folder: Path, theme: Theme) -> None:
    """Asserts that each (alt, title, text, target) of an article passes the whole pipeline unchanged."""
    addresses = [f"https://e.org/{NEVER_IN_ADDRESSES.sub('', target)}" for _, _, _, target in strings]
    articles = tuple(
        Article(f"a{at}", title, (Paragraph((Link(addresses[at], (Text(words),)),)), Figure("images/a.jpg", alt)))
        for at, (alt, title, words, _) in enumerate(strings)
    )
    mail = composed(issue_of(sections=(Section("S", articles),), language=AS_TYPED), folder, theme)
    seen, said = Reading(mail.html), packed(mail.text)
    assert seen.alts == [alt for alt, _, _, _ in strings]
    titles, linked = ([in_a_line(text) for text in seen.texts[tag]] for tag in ("h3", "a"))
    assert titles == [in_a_line(title) for _, title, _, _ in strings]
    for (alt, title, words, _), address in zip(strings, addresses, strict=True):
        assert normalise(address) in seen.hrefs
        assert in_a_line(words) in linked
        assert normalise(address) in said
        for written in (alt, title, words):
            assert packed(written) in said


@pytest.fixture(scope="module")
def one_picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("one-picture")
    with_picture(folder)
    return folder


@pytest.mark.every_example
def test_hundreds_of_strings_pass_the_pipeline_unchanged(one_picture: Path, theme: Theme) -> None:
    luck = random.Random(secrets.randbits(64) if os.environ.get("MAILROOM_TEST_RANDOM") else 1)
    strings = [(drawn(luck), drawn(luck), drawn(luck), drawn(luck)) for _ in range(480 if EVERY else 80)]
    assert all(len(set(column)) > 0.8 * len(strings) for column in zip(*strings, strict=True))
    for first in range(0, len(strings), 8):
        assert_exact(strings[first : first + 8], one_picture, theme)


def test_alternative_text_that_looks_like_markup_is_escaped(theme: Theme, tmp_path: Path) -> None:
    with_picture(tmp_path)
    alts = [
        "<!-->",
        '<!-- &#65; " onload="x" -->',
        "<!--[if mso]><table><tr>-->",
        '"<td width="600">',
        "<style>p { color: red }</style>",
        "a > b < c",
    ]
    mail = composed(issue_of(Figure("images/a.jpg", alt) for alt in alts), tmp_path, theme)
    plain = composed(issue_of(Figure("images/a.jpg", "seen") for _ in alts), tmp_path, theme)
    assert Reading(mail.html).alts == alts
    assert codes(mail.findings) == codes(plain.findings)
    assert Reading(mail.html).names == Reading(plain.html).names
    for markup in ("<!-->", "<table", "<style", "<td"):
        assert mail.html.count(markup) == plain.html.count(markup)


def test_all_parts_of_an_issue_are_in_the_mail(theme: Theme, tmp_path: Path) -> None:
    with_picture(tmp_path)
    blocks = (
        paragraph("First words."),
        SubHeading("A sub-heading"),
        Figure("images/a.jpg", "what is seen", (Text("the caption"),), (Emphasis((Text("Nature"),)),)),
        Quote((paragraph("a voice"),)),
        EditorMark("never to be seen"),
        Sources(((Text("news.cn"),), (Link("https://example.org/s", (Text("CAST"),)),))),
    )
    mail = composed(issue_of(blocks), tmp_path, theme)
    for part in (mail.html, mail.text):
        for words in ("First words.", "A sub-heading", "the caption", "Nature", "a voice", "news.cn", "Ying Wenqi",
                      "https://example.org/s", "3 Fuxing Road, Beijing", "https://english.cast.org.cn/", "a@cast.org.cn",
                      "-mr_unsubscribe_url-", "-mr_view_url-", "31 March 2023", "No. 2023-03"):  # fmt: skip
            assert words in part
        assert "never to be seen" not in part
    assert mail.subject == "Light in Dalian"
    assert [field.name for field in mail.fields] == ["preferences_url", "subscribe_url", "unsubscribe_url", "view_url"]
    assert codes(mail.findings) == ["image-only", "editor-mark"]
    assert 'lang="en"' in mail.html
    assert address_of(mail.pictures[0]) in mail.html


def test_the_id_of_a_section_never_reaches_a_mail(theme: Theme) -> None:
    plain = issue_of()
    named = issue_of(sections=tuple(replace(section, id="only-for-editing") for section in plain.sections))
    first, second = (composed(issue, theme=theme) for issue in (plain, named))
    assert (second.html, second.text, second.digest) == (first.html, first.text, first.digest)
    assert "only-for-editing" not in second.html + second.text


def test_merge_fields_have_separate_tags_for_html_and_text(theme: Theme) -> None:
    greeting = Paragraph((Text("Dear "), Field("name", "reader"), Text(", or "), Field("name", "friend")))
    mail = composed(issue_of((greeting,), subject='For {{ name or "you" }}'), theme=theme)
    filled = merge_fields.values(mail.fields, {"name": "<Ann>", **merge_fields.EXAMPLE_PAGES})
    assert merge_fields.fill(mail.subject, filled) == "For <Ann>"
    assert "Dear &lt;Ann&gt;, or &lt;Ann&gt;" in merge_fields.fill(mail.html, filled)
    assert "Dear <Ann>, or <Ann>" in merge_fields.fill(mail.text, filled)
    nobody = merge_fields.values(mail.fields, merge_fields.EXAMPLE_PAGES)
    assert merge_fields.fill(mail.subject, nobody) == "For you"
    assert "Dear reader, or friend" in merge_fields.fill(mail.html, nobody)
    assert "-mr_" not in merge_fields.fill(mail.html + mail.text, nobody)


def test_a_missing_picture_is_shown_in_a_draft_and_prevents_sending(theme: Theme) -> None:
    issue = issue_of((Figure("missing", "the laser"),))
    draft = composed(issue, theme=theme)
    assert "A picture is still to come: the laser" in draft.html
    assert "the laser" in draft.text
    sent = composed(issue, theme=theme)
    assert ("image-missing", "error") in [(finding.code, finding.level) for finding in sent.findings]


def test_the_faults_of_all_pictures_are_reported(theme: Theme, tmp_path: Path) -> None:
    with_picture(tmp_path, "images/bad.jpg", b"no picture")
    issue = issue_of((Figure("images/bad.jpg", "a"), Figure("images/none.jpg", "b"), Figure("../x", "c")))
    with pytest.raises(ComposeError) as caught:
        composed(issue, tmp_path, theme)
    assert codes(caught.value.findings) == ["image-format", "image-file", "image-path"]


def test_a_picture_is_never_shown_wider_than_it_is_or_very_tall(theme: Theme, tmp_path: Path) -> None:
    with_picture(tmp_path, "images/small.jpg", picture_bytes(200, 100))
    with_picture(tmp_path, "images/tall.jpg", picture_bytes(600, 1200))
    html = composed(issue_of((Figure("images/small.jpg", "a"), Figure("images/tall.jpg", "b"))), tmp_path, theme).html
    assert re.findall(r'<img[^>]*\bwidth="(\d+)"', html) == ["200", "280"]


@pytest.mark.parametrize(
    ("language", "direction", "word"), [("zh-CN", "ltr", "退订"), ("ar", "rtl", "إلغاء الاشتراك"), ("he", "rtl", "Unsubscribe")]
)
def test_the_mail_has_the_language_and_direction_of_the_issue(theme: Theme, language: str, direction: str, word: str) -> None:
    mail = composed(issue_of((paragraph("中文"),), language=language), theme=theme)
    assert f'lang="{language}" dir="{direction}"' in mail.html
    assert word in mail.html
    assert not [finding for finding in mail.findings if finding.level == "error"]


def test_the_example_is_below_the_size_limit_and_has_no_findings(theme: Theme) -> None:
    for layout in LAYOUTS:
        mail = composed(replace(load_issue(EXAMPLE), layout=layout), EXAMPLE, theme)
        assert len(mail.html.encode()) < 90_000
        assert [finding for finding in mail.findings if finding.level != "info"] == []


def test_the_digest_covers_all_that_reaches_a_recipient(theme: Theme, tmp_path: Path) -> None:
    with_picture(tmp_path)
    figure = Figure("images/a.jpg", "a")
    seen = {composed(issue_of((figure,)), tmp_path, theme).digest}
    for changes in ({"subject": "Other"}, {"preheader": "Other " * 9}, {"language": "en-GB"}, {"number": "4"}):
        seen.add(composed(issue_of((figure,), **changes), tmp_path, theme).digest)
    with_picture(tmp_path, data=picture_bytes(601))
    seen.add(composed(issue_of((figure,)), tmp_path, theme).digest)
    assert len(seen) == 6
