"""Emphasis next to Chinese, Japanese and Korean is parsed as intended, and printed without character references."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from composer.importing.importer import import_manuscript
from composer.importing.readers.markdown_reader import read_markdown
from composer.issue.document import Emphasis, Field, Inlines, Link, Paragraph, Span, Strong, Text
from composer.issue.inlines.emphasis import is_cjk, opens_and_closes
from composer.issue.inlines.inline_printer import print_inlines
from composer.issue.inlines.inline_reader import tidy
from composer.issue.parsing.issue_file import load_issue, parse_issue
from composer.issue.printing.issue_printer import print_issue
from composer.pipeline import compose
from composer.themes.theme_loading import load_theme
from tests.composer.making import HEAD, codes, issue_of
from tests.composer.strategies import readable
from tests.support.variations import examples

SENTENCE = "**指导思想：**坚持……**会议指出，**要“加快”推进。"
MEANT = (
    Strong((Text("指导思想："),)), Text("坚持……"), Strong((Text("会议指出，"),)), Text("要“加快”推进。"),
)  # fmt: skip


def _read(markdown: str) -> Inlines:
    (block,) = parse_issue(HEAD + "# S\n## One\n" + markdown + "\n").sections[0].articles[0].blocks
    assert isinstance(block, Paragraph)
    return block.content


# The text inside and outside of bold text, by the kinds of neighbours that the amendment distinguishes.
WORKS = [
    *((f"真{mark}", "她") for mark in "，。、；：？！“”‘’（）【】《》—～…·〃-々"),  # ends with a mark, more text follows
    *((f"真{mark}", "a") for mark in "，。、；：？！（）【】《》～〃"),  # a mark of Chinese is enough beside Latin letters, too
    ("「.NET」", "上"), ('"Hello"', "说"), ("C#", "和"), ("a)", "，"), ("¥10,000", "起"), ("④", "是"), ("㋐", ":"), ("(あ)", "ﾃ"),
    ("(k)", "ᄏ"), ("스크립트(script)", "라고"), ("(公式)", "〽"), ("(公式)", "㊙"), ("(公式)", "₩"), ("(x)", "㐧"), ("(x)", "𠮟"),
    ("(x)", "𪜈"), ("(x)", "𱟛"), ("(x)", "𛀙"), ("(x)", "ㇿ"), ("さようなら︙", "と"), ("字\ufe00", "a"), ("字\U000e0100", "a"),
    ("。\ufe01", "a"), ("〽\ufe0e", "a"), ("”\ufe01", "a"), ("’\ufe01", "a"),
]  # fmt: skip
FAILS = [  # without a Chinese, Japanese or Korean neighbour, the rules of CommonMark apply
    ("a«", "a"), ("a∇", "a"), ("a𝜵", "a"), ("a𐬻", "a"), ("(a)", "a"), ("”", "a"), ("”\ufe00", "a"),
    ("⭕", "a"), ("❌", "a"), ("🈯", "a"), ("❌\ufe0e", "a"), ("🈯\ufe0e", "a"), ("(a)", "é"),
]  # fmt: skip


@pytest.mark.parametrize(("inner", "outer"), WORKS)
def test_bold_text_can_end_next_to_chinese_and_its_punctuation(inner: str, outer: str) -> None:
    assert _read(f"**{inner}**{outer}") == (Strong((Text(inner),)), Text(outer))
    assert opens_and_closes(inner[-2:], outer, within_words=True)[1]


@pytest.mark.parametrize(
    ("outer", "inner"),
    [("太郎は", '"Hello"'), ("真", "（她"), ("Git", "（注）"), ("Go", "「初」"), ("𰻞", "(ビ)"), ("葛\U000e0100", "(x)"), ("塚\ufe00", "(x)"),
     ("〽\ufe0e", "(x)"), ("“\ufe01", "(x)"), ("ᅡ", "(a)"), ("コㇿ", "(a)"), ("(", "“b”"), ("，", "“b”"), ("推进", "“加快”")],
)  # fmt: skip
def test_bold_text_can_begin_next_to_chinese_and_its_punctuation(outer: str, inner: str) -> None:
    assert _read(f"{outer}**{inner}**") == (Text(outer), Strong((Text(inner),)))


@pytest.mark.parametrize(("inner", "outer"), FAILS)
def test_bold_text_next_to_other_text_ends_as_in_commonmark(inner: str, outer: str) -> None:
    assert _read(f"a**{inner}**{outer}") == (Text(f"a**{inner}**{outer}"),)


@pytest.mark.parametrize(
    ("text", "emphasised"),
    [("__注意__：事项", "注意"), ("注意：__事项__", "事项"), ("字。\ufe01_Traditional._", "Traditional."), ("字。\ufe00__China.__", "China."),
     ("注_意_事", ""), ("注_意_", ""), ("_注_意", "")],
)  # fmt: skip
def test_underscores_need_space_or_punctuation_outside_also_in_chinese(text: str, emphasised: str) -> None:
    found = [node for node in _read(text) if isinstance(node, Strong | Emphasis)]
    assert [node.children for node in found] == ([(Text(emphasised),)] if emphasised else [])


def test_merge_fields_and_marks_do_not_stop_emphasis() -> None:
    name = Field("name", "您")
    assert _read('**您好，**{{ name or "您" }}') == (Strong((Text("您好，"),)), name)
    assert _read('**Dear!**{{ name or "您" }}**(you)**') == (Strong((Text("Dear!"),)), name, Strong((Text("(you)"),)))
    issue = parse_issue(HEAD + "# S\n## One\n坚持<!-- a --><!-- b -->**“加快”**<!-- c -->推进\n")
    assert issue.sections[0].articles[0].blocks[0] == Paragraph((Text("坚持"), Strong((Text("“加快”"),)), Text("推进")))


@pytest.mark.soak
def test_the_characters_of_the_amendment_are_the_wide_ones_without_emoji_and_hangul() -> None:
    for character in map(chr, range(0x110000)):
        category, name = unicodedata.category(character), unicodedata.name(character, "")
        if category in ("Cn", "Co", "Cs"):
            continue
        wide = unicodedata.east_asian_width(character) in "WFH"
        if wide and not is_cjk(character):
            assert category in ("So", "Sk") or character in "◽◾", name  # an emoji
        elif is_cjk(character) and not wide:  # narrow before Unicode 16: counting rods and divination symbols
            assert re.match("HANGUL|HEXAGRAM|TETRAGRAM|TRIGRAM|(MONO|DI)GRAM|DIGRAM|COUNTING ROD|IDEOGRAPHIC", name), name


_PLAIN = "ab .,(“—é🎉\u00a0"


@given(st.text(_PLAIN + "\\", max_size=3), st.sampled_from(["*", "**", "_"]), st.text(_PLAIN, max_size=2))
def test_text_without_chinese_is_parsed_as_in_commonmark(before: str, sign: str, after: str) -> None:
    alone = StateInline(before + sign + after, MarkdownIt(), {}, []).scanDelims(len(before), sign != "_")
    assert opens_and_closes(before, after, within_words=sign != "_") == (alone.can_open, alone.can_close)


# -- printing ----------------------------------------------------------------------------------------------------------

_WORDS = st.text("国语。，：！？“”‘’（）「」…—한字\ufe00\ufe01\U000e0100aé.,(!*_ ；;🎉", min_size=1, max_size=5).map(Text)
_LEAVES = st.lists(_WORDS | st.just(Field("name", "您")), min_size=1, max_size=2).map(tuple)
_CONTENT = st.recursive(
    _LEAVES,
    lambda inner: st.lists(
        st.one_of(
            _WORDS,
            inner.map(Strong),
            inner.map(Emphasis),
            st.builds(Span, st.just("en"), inner),
            st.builds(Link, st.just("https://e.org/x"), inner),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    max_leaves=8,
)
CONTENT = _CONTENT.map(tidy).filter(readable)
_REFERENCE = re.compile(r"&#x([0-9a-f]+);")


@examples(150, suppress_health_check=list(HealthCheck))
@given(CONTENT)
@example(MEANT)
@example((Text("a"), Strong((Text("“b”"), Emphasis((Text("c"),)))), Text("国")))
@example((Strong((Text("国"),)), Emphasis((Text("国"),)), Text("国")))
@example((Text("国"), Emphasis((Strong((Text("x"),)),)), Text("国")))
@example((Field("name", "您"), Emphasis((Strong((Text("x"),)),)), Field("name", "您")))
def test_mixed_text_is_printed_without_needless_references_and_parsed_back_the_same(content: Inlines) -> None:
    meant, printed = tidy((Text("x "), *content, Text(" x"))), print_inlines(content)
    assert _read(f"x {printed} x") == meant, printed
    for found in _REFERENCE.finditer(printed):
        if chr(int(found[1], 16)).isspace():  # spaces at the ends are always references
            continue
        bare = printed[: found.start()] + chr(int(found[1], 16)) + printed[found.end() :]
        assert _read(f"x {bare} x") != meant, f"{printed!r}: {found[0]} is not needed"


def test_imported_text_is_printed_without_character_references(tmp_path: Path) -> None:
    """From Markdown of another program, where it is typed; and from other documents, where bold text is formatting."""
    source = f"# 简报\n\n## 头条\n\n### 会议\n\n{SENTENCE}\n"
    imported = import_manuscript(read_markdown(source.encode(), "a.md", tmp_path)).issue_md
    assert SENTENCE in imported
    assert "&#" not in imported
    assert SENTENCE in print_issue(issue_of([Paragraph(MEANT)]))


def test_bold_text_next_to_chinese_is_bold_in_the_mail(tmp_path: Path) -> None:
    (tmp_path / "issue.md").write_text(
        f"{HEAD}# S\n## One\n{SENTENCE}\n".replace("language: en", "language: zh-CN"), encoding="utf-8"
    )
    issue = load_issue(tmp_path)
    assert "markup-left" not in codes(issue.findings)
    assert _read(SENTENCE) == MEANT
    mail = compose(issue, folder=tmp_path, theme=load_theme("cast"), picture_url=lambda picture: picture.name)
    assert "<strong>会议指出，</strong>要" in re.sub(r' (style|class)="[^"]*"', "", mail.html)
    assert "*" not in mail.text


@pytest.mark.parametrize(
    ("text", "told"),
    [("**指导思想：坚持", "**指导思想：坚持"), ("这是*重要的。", "*重要的。"), ("GDP*增长", "*增长"), ("**“十四五”**GDP", "**“十四五”**GDP"),
     ("2*3", ""), ("价格*，不含税", ""), ("长\\*宽", "")],
)  # fmt: skip
def test_an_asterisk_without_a_partner_is_reported_next_to_chinese(text: str, told: str) -> None:
    issue = parse_issue(f"{HEAD}# S\n## One\n{text}\n")
    found = [finding.params["text"] for finding in issue.findings if finding.code == "markup-left"]
    assert found[:1] == ([told] if told else [])
